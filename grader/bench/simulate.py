"""What a deadline asks of the grader: a hundred thousand submissions, most of them in the last hours.

    python -m grader.bench.simulate [--submissions N] [--workers C ...] [--seconds S] [--write FOLDER]

Submissions arrive by a curve that rises to the deadline, wait in one queue for one of C workers, are graded, and wait
for the one writer of marks. The seconds that a notebook takes are those of docs/benchmark.md unless they are given.
"""

from __future__ import annotations

import argparse
import heapq
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grader.course import course_root
from grader.errors import GraderError

Times = NDArray[np.float64]
HOUR = 3600.0
ROW = re.compile(r"^\| this grader, 1 worker \| \d+ \| ([\d.]+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What became of the submissions with so many workers: seconds from hand-in to the mark, and what it took."""

    workers: int
    delays: Times
    after_deadline: float
    queue_at_deadline: int
    busy_hours: float

    def quantile(self, share: float) -> float:
        """The delay that this share of the submissions stays below, in seconds."""
        return float(np.quantile(self.delays, share))


def arrivals(count: int, days: float, half_hours: float, rng: np.random.Generator) -> Times:
    """Sorted times of hand-in in seconds before the deadline (negative), (count,).

    The rate doubles every `half_hours` hours, so that half of them come in the last of these and ends at the deadline; nothing comes before `days` days.
    """
    scale, span = half_hours * HOUR / np.log(2), days * 24 * HOUR
    shares = rng.uniform(np.exp(-span / scale), 1.0, count)
    return np.sort(scale * np.log(shares))


def serve(arrived: Times, seconds: Times, servers: int) -> Times:
    """When each job ends: first come, first served by `servers` equal servers. All are (n_jobs,), `arrived` sorted."""
    free = [-np.inf] * servers
    ended = np.empty_like(arrived)
    for job, (time, work) in enumerate(zip(arrived.tolist(), seconds.tolist(), strict=True)):
        ended[job] = max(time, free[0]) + work
        heapq.heapreplace(free, ended[job])
    return ended


def simulate(arrived: Times, seconds: Times, workers: int, landing: float) -> Outcome:
    """Grade on `workers`, then land the marks one by one, `landing` seconds each."""
    graded = serve(arrived, seconds, workers)
    order = np.argsort(graded, kind="stable")
    landed = np.empty_like(graded)
    landed[order] = serve(graded[order], np.full(len(graded), landing), 1)
    waiting = int(((arrived <= 0) & (landed > 0)).sum())
    last = max(0.0, float(landed.max()))
    return Outcome(workers, landed - arrived, last, waiting, float(seconds.sum()) / HOUR)


def service_times(count: int, mean: float, spread: float, rng: np.random.Generator) -> Times:
    """Seconds of work for each notebook, (count,): log-normal with this mean; `spread` is deviation over mean."""
    variance = np.log1p(spread**2)
    return rng.lognormal(np.log(mean) - variance / 2, np.sqrt(variance), count)


def measured_seconds(page: Path) -> float:
    """Seconds that one worker takes for a notebook, as the benchmark found; raises GraderError without one."""
    found = ROW.search(page.read_text(encoding="utf-8")) if page.is_file() else None
    if found is None:
        raise GraderError(
            f"{page} tells no measured time: run `make bench` with --write docs, or give --seconds"
        )
    return float(found[1])


def table(outcomes: list[Outcome], price: float, kept_hours: float) -> str:
    """A Markdown table with a line for each number of workers."""
    lines = [
        "| workers | median wait | 95 % | longest | waiting at the deadline | all done after it "
        f"| cost, kept {kept_hours:g} h | cost, by the second |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        times = [span(one.quantile(share)) for share in (0.5, 0.95, 1.0)]
        hours = kept_hours + one.after_deadline / HOUR
        costs = f"{price * one.workers * hours:.0f} | {price * one.busy_hours:.0f}"
        done = f"{one.queue_at_deadline:,} | {span(one.after_deadline)}"
        lines.append(f"| {one.workers} | {' | '.join(times)} | {done} | {costs} |")
    return "\n".join(lines)


def span(seconds: float) -> str:
    """Seconds in words."""
    for unit, length in (("h", HOUR), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def plot(arrived: Times, outcomes: list[Outcome], hours: float, path: Path) -> None:
    """Hand-ins an hour, and the delay of a submission by the time of its hand-in."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5.5), sharex=True, layout="constrained")
    shown = arrived >= -hours * HOUR
    edges = np.linspace(-hours, 0, 97)
    counts, _ = np.histogram(arrived / HOUR, edges)
    above.stairs(counts / np.diff(edges), edges, fill=True)
    above.set(title="Hand-ins before a deadline", ylabel="hand-ins an hour")
    step = max(1, int(shown.sum()) // 400)
    for one in outcomes:
        below.plot(
            arrived[shown][::step] / HOUR, one.delays[shown][::step] / 60, label=f"{one.workers} workers"
        )
    below.set(
        title="From hand-in to mark", xlabel="hours before the deadline", ylabel="minutes", yscale="log"
    )
    below.legend()
    figure.savefig(path)
    plt.close(figure)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m grader.bench.simulate", description=(__doc__ or "").split("\n")[0]
    )
    add = made.add_argument
    add("--submissions", type=int, default=100_000, help="notebooks handed in (default %(default)s)")
    add("--workers", type=int, nargs="+", default=[4, 8, 16, 32], metavar="C", help="cores that grade")
    add("--seconds", type=float, help="mean seconds of one worker for a notebook (default: as measured)")
    add("--spread", type=float, default=1.0, help="standard deviation over mean of it (default %(default)s)")
    add("--landing", type=float, default=0.015, help="seconds of the writer for a mark (default %(default)s)")
    add("--days", type=float, default=7.0, help="days from the first hand-in to the deadline (default 7)")
    add("--half-hours", type=float, default=1.0, help="hours in which the rate doubles (default %(default)s)")
    add("--price", type=float, default=0.04, help="price of a core for an hour (default %(default)s)")
    add(
        "--kept",
        type=float,
        default=24.0,
        help="hours before the deadline that workers are kept (default 24)",
    )
    add("--seed", type=int, default=0)
    add("--write", type=Path, metavar="FOLDER", help="write simulation.md and images/simulation.svg there")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Simulate, print the table, and write it when a folder is named."""
    options = parser().parse_args(arguments)
    try:
        mean = options.seconds or measured_seconds(course_root() / "docs" / "benchmark.md")
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2
    rng = np.random.default_rng(options.seed)
    arrived = arrivals(options.submissions, options.days, options.half_hours, rng)
    seconds = service_times(options.submissions, mean, options.spread, rng)
    outcomes = [simulate(arrived, seconds, count, options.landing) for count in options.workers]
    busiest = int((arrived > -HOUR).sum())
    text = (
        f"{options.submissions:,} notebooks in {options.days:g} days, {busiest:,} of them in the last hour; {mean:g} s of one"
        f" worker for a notebook (spread {options.spread:g}), {1000 * options.landing:g} ms of the writer for a mark;"
        f" {options.price:g} for a core and hour.\n\n{table(outcomes, options.price, options.kept)}\n"
    )
    print(text)
    if options.write:
        (options.write / "images").mkdir(parents=True, exist_ok=True)
        plot(arrived, outcomes, options.kept, options.write / "images" / "simulation.svg")
        head = "# Simulation of a deadline\n\n`python -m grader.bench.simulate --write docs` makes this again.\n\n"
        (options.write / "simulation.md").write_text(f"{head}{text}\n![plot](images/simulation.svg)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
