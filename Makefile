# The commands of the course. Each one sets up .venv first when that is needed.
# LAB=3-backprop narrows release, grade, feedback, report, export and prove to one lab (several: LAB="1-... 2-...").

PYTHON ?= python3
TORCH ?= pypi
BIN := .venv/bin
STAMP := .venv/.set-up-$(shell cat requirements.txt pyproject.toml Makefile 2>/dev/null | cksum | cut -d' ' -f1)-$(TORCH)
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu

.PHONY: help setup demo test lint prove validate release grade feedback report export lab docs hooks pictures bench clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## .venv with everything (TORCH=cpu: PyTorch's smaller wheel from its own index)

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || \
		{ echo "Python 3.11 to 3.14 is needed; name one with: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "The module venv is missing: install your system's package python3-venv"; rm -rf .venv; exit 1; }
	@echo "Installing the pinned packages into .venv (a few minutes the first time)"
	@$(if $(filter cpu,$(TORCH)),$(BIN)/pip install --quiet --disable-pip-version-check \
		--index-url $(TORCH_CPU_INDEX) "$$(grep '^torch==' requirements.txt)",true)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null || \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -m grader.sandbox --brief
	@rm -f .venv/.set-up-*; touch $@

demo: setup  ## the main job on the example class: release, grade, feedback, report, table of marks
	@$(BIN)/python -m grader.demo $(LAB)

test: setup lint  ## all tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup --reruns 1 tests

lint: setup  ## ruff and mypy
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary

prove: setup  ## run the hidden checks on the known wrong and right answers, print the table
	@$(BIN)/python -m grader prove $(LAB)

validate: setup  ## run every notebook, the instructor's and the released ones
	@$(BIN)/python -m grader validate $(LAB)

release: setup  ## make the students' notebooks and zips in release/
	@$(BIN)/python -m grader release $(LAB)

grade: setup  ## grade what is in submitted/
	@$(BIN)/python -m grader grade $(LAB)

feedback: setup  ## write the students' pages to feedback/
	@$(BIN)/python -m grader feedback $(LAB)

report: setup  ## write the class report to reports/
	@$(BIN)/python -m grader report $(LAB)

export: setup  ## write the grades to exports/ (FORMAT=plain, parquet, moodle, canvas or gradescope; WORKSHEET=file)
	@$(BIN)/python -m grader export $(LAB) $(if $(FORMAT),--format $(FORMAT)) \
		$(if $(WORKSHEET),--worksheet "$(WORKSHEET)")

lab: setup  ## JupyterLab with the formgrader
	@$(BIN)/python -m grader.lab

docs: setup  ## the documentation as a site in site/; a dead link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

hooks: setup  ## git: strip and format notebooks before a commit, show their changes by cells
	@$(BIN)/pre-commit install
	@$(BIN)/nbdime config-git --enable

pictures: demo  ## take the pictures of the documentation again
	@$(BIN)/python -m grader.reporting.gallery

bench: setup  ## benchmarks side by side with peers, a table and a plot in reports/ (WRITE=docs: in the documentation)
	@$(BIN)/python -m grader.bench $(LAB) --write $(or $(WRITE),reports)
	@$(BIN)/python -m grader.bench.sweeps
	@$(BIN)/python -m grader.bench.live

clean:  ## remove what the commands made, submissions and gradebook excepted
	@rm -rf demo reports exports site .mypy_cache .ruff_cache .pytest_cache
