"""What nbgrader_config.py plugs into nbgrader: our release, our engine, our marks."""

from __future__ import annotations

import atexit
import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.course import Course
from grader.handout.bundle import shared_files
from grader.handout.colab import with_colab
from grader.intake.files import read_submission
from grader.intake.model import Ungradable
from grader.keys import lab_fingerprint
from grader.limits import Limits
from grader.marking.autograded import SECRET, TIMESTAMP, as_notebook, read_secret, read_time, stamp
from grader.marking.gradebook import ensure_assignment, open_gradebook
from grader.marking.gradebook_rows import Rows
from grader.marking.marks import marks
from grader.release import released_notebook
from grader.results import Graded, Result
from grader.settings import settings

GRADED = "grader"  # where a Graded travels in nbconvert's resources


class ReleaseNotebook(NbGraderPreprocessor):
    """Makes the student's version of a notebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Replace the instructor's notebook by the released one."""
        lab, notebook = resources["nbgrader"]["assignment"], resources["nbgrader"]["notebook"]
        released = released_notebook(nb, f"source/{lab}/{notebook}.ipynb")
        return with_colab(released, lab, notebook, settings(course_of(self))), resources


class ShareFiles(NbGraderPreprocessor):
    """Puts utils, data, instructions and pins beside the notebooks, as real copies."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Add the files to what nbconvert writes into the lab's folder."""
        files = shared_files(course_of(self), resources["nbgrader"]["assignment"])
        resources["outputs"] = {**(resources.get("outputs") or {}), **files}
        return nb, resources


class SubmissionExporter(NotebookExporter):
    """Starts from the released notebook; what a student handed in is never opened here.

    nbgrader hands its converter to the exporter that the configuration names. The converter's course folder is
    replaced by one that copies nothing of a submission (no link is followed) and reads times carefully.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        converter: Any = self.parent
        if converter is not None:
            before = converter.coursedir
            traits = {name: getattr(before, name) for name in before.trait_names(config=True)}
            converter.coursedir = SubmissionFolders(**{**traits, "ignore": ["*"]})

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> tuple[Any, Any]:
        """Export the released notebook that the file is named after."""
        names = resources["nbgrader"]
        notebook = course_of(self).lab(names["assignment"]).notebook(names["notebook"])
        released = released_notebook(notebook.source, str(notebook.path))
        resources["metadata"] = {"name": notebook.name, "path": str(Path(filename).parent)}
        return self.from_notebook_node(released, resources=resources, **kwargs)


class SubmissionFolders(CourseDirectory):
    """The course's folders while grading."""

    def get_existing_timestamp(self, dest_path: str) -> datetime.datetime | None:
        """The time of hand-in, or None: a damaged or linked timestamp.txt stops nobody's grading."""
        return read_time(Path(dest_path), Path(dest_path).parent)


class Grade(NbGraderPreprocessor):
    """Has the engine grade the submitted file; the executed notebook goes on from here."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Replace the notebook by the executed one, with the result in its metadata."""
        course, names = course_of(self), resources["nbgrader"]
        graded = grade(course, names["student"], names["assignment"], names["notebook"])
        resources[GRADED] = graded
        folder = course.root / "submitted" / names["student"] / names["assignment"]
        files = {SECRET: read_secret(folder, folder.parents[1])}
        if timestamp := read_time(folder, folder.parents[1]):
            files[TIMESTAMP] = stamp(timestamp).encode()
        resources["outputs"] = {name: content for name, content in files.items() if content}
        notebook = course.lab(names["assignment"]).notebook(names["notebook"])
        return nbformat.from_dict(as_notebook(notebook, graded)), resources


class SaveMarks(NbGraderPreprocessor):
    """Writes the marks of a graded notebook to the gradebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Write the rows of this notebook; those of the lab's other notebooks stay as they are."""
        course, names = course_of(self), resources["nbgrader"]
        lab = course.lab(names["assignment"])
        found = marks(lab.notebook(names["notebook"]), resources.pop(GRADED))
        with Gradebook(names["db_url"]) as gradebook:
            Rows(gradebook, lab).write(names["student"], {names["notebook"]: found})
        for problem in found.problems:
            self.log.error("%s, %s: %s", names["student"], names["notebook"], problem)
        return nb, resources


def prepare(assignment: str, student: str, notebooks: list[str]) -> None:
    """Keep gradebook and engine in step with the lab's files; nbgrader calls it before each submission."""
    if not notebooks:
        return
    course = Course(Path(notebooks[0]).absolute().parents[3])
    _engines.retire_if_changed(course, assignment)
    with open_gradebook(course) as gradebook:
        ensure_assignment(gradebook, course, assignment)


def grade(course: Course, student: str, lab: str, notebook: str) -> Graded:
    """Grade one submitted file; whatever is wrong with the file ends in a result."""
    submitted = course.root / "submitted"
    try:
        raw = read_submission(submitted / student / lab / f"{notebook}.ipynb", Limits(), submitted)
    except Ungradable as reason:
        return Graded(Result(lab, notebook, "ungradable", reason.reason), None)
    return _engines.of(course, lab).grade(lab, notebook, raw)


def course_of(plugin: Any) -> Course:
    """The course that a plugin of one of nbgrader's converters works on."""
    while not isinstance(getattr(plugin, "coursedir", None), CourseDirectory):
        plugin = plugin.parent
    return Course(plugin.coursedir.root)


class Engines:
    """The engine that this process grades with: started when first needed, anew when it has died or its lab
    has changed.
    """

    def __init__(self) -> None:
        self._lab: tuple[Path, str] | None = None
        self._fingerprint = ""
        self._engine: Any = None

    def retire_if_changed(self, course: Course, lab: str) -> None:
        """End an engine that knows the lab, or the checks, as they were before an edit."""
        fingerprint = lab_fingerprint(course, lab)
        if (self._lab, self._fingerprint) != ((course.root, lab), fingerprint):
            self.close()
        self._fingerprint = fingerprint

    def of(self, course: Course, lab: str) -> Any:
        """The engine for a lab."""
        from grader.engine import Engine

        if self._engine is None or self._lab != (course.root, lab) or not self._engine.alive():
            self.close()
            self._engine = Engine(course, labs=[lab], device="auto").__enter__()
            self._lab = (course.root, lab)
        return self._engine

    def close(self) -> None:
        """End the engine's processes."""
        engine, self._engine, self._lab = self._engine, None, None
        if engine is not None:
            engine.__exit__(None, None, None)


_engines = Engines()
atexit.register(_engines.close)
