"""The simulation of a deadline against queues whose answers are known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.bench.simulate import HOUR, arrivals, main, measured_seconds, serve, service_times, simulate
from grader.errors import GraderError

MINUTES = st.lists(st.floats(0, 1000), min_size=1, max_size=60)


@given(MINUTES, st.integers(1, 8), st.floats(0.1, 50))
@settings(deadline=None)
def test_each_job_starts_as_soon_as_fewer_than_all_servers_are_busy(times, servers, work):
    arrived = np.sort(np.array(times))
    ended = serve(arrived, np.full(len(arrived), work), servers)
    began = ended - work
    assert (began >= arrived - 1e-9).all()
    assert np.allclose(began[:servers], arrived[:servers])
    # with equal work, job n waits for job n - servers and for nobody else
    later = np.maximum(arrived[servers:], ended[: max(0, len(arrived) - servers)])
    assert np.allclose(began[servers:], later)


@given(st.integers(1, 300), st.integers(1, 20))
@settings(deadline=None)
def test_a_class_that_hands_in_at_once_takes_as_many_rounds_as_it_needs(count, servers):
    ended = serve(np.zeros(count), np.full(count, 2.0), servers)
    assert ended.max() == 2.0 * math.ceil(count / servers)


def random_arrivals(rate, count, rng):
    return np.cumsum(rng.exponential(1 / rate, count))


def test_one_server_with_equal_work_waits_as_pollaczek_and_khinchine_say():
    rng, load = np.random.default_rng(1), 0.7
    arrived = random_arrivals(load, 300_000, rng)
    waited = serve(arrived, np.ones(300_000), 1) - 1 - arrived
    assert waited.mean() == pytest.approx(load / (2 * (1 - load)), rel=0.05)


def test_many_servers_wait_as_erlang_says():
    rng, servers, rate = np.random.default_rng(2), 5, 4.0
    arrived, work = random_arrivals(rate, 400_000, rng), rng.exponential(1.0, 400_000)
    waited = serve(arrived, work, servers) - work - arrived
    last = rate**servers / math.factorial(servers) * servers / (servers - rate)
    all_busy = last / (sum(rate**k / math.factorial(k) for k in range(servers)) + last)
    assert waited.mean() == pytest.approx(all_busy / (servers - rate), rel=0.06)


def test_the_rate_doubles_every_so_many_hours_up_to_the_deadline():
    times = arrivals(200_000, 7, 3.0, np.random.default_rng(3)) / HOUR
    assert times.max() <= 0
    assert times.min() >= -7 * 24
    assert (times > -3).mean() == pytest.approx(0.5, abs=0.01)
    assert ((times <= -3) & (times > -6)).mean() == pytest.approx(0.25, abs=0.01)


def test_work_has_the_mean_and_spread_that_were_asked_for():
    work = service_times(300_000, 0.8, 1.0, np.random.default_rng(4))
    assert work.mean() == pytest.approx(0.8, rel=0.02)
    assert work.std() == pytest.approx(0.8, rel=0.05)


def test_the_writer_is_the_limit_when_it_is_the_slowest():
    arrived, work = np.full(1000, -1.0), np.full(1000, 0.001)
    outcome = simulate(arrived, work, workers=100, landing=0.5)
    assert outcome.after_deadline == pytest.approx(1000 * 0.5 - 1, abs=0.1)
    assert outcome.queue_at_deadline == 999


def test_the_measured_time_is_read_from_the_benchmark(tmp_path):
    page = tmp_path / "benchmark.md"
    with pytest.raises(GraderError, match="make bench"):
        measured_seconds(page)
    page.write_text("| grader | runs |\n|---|---|\n| this grader, 1 worker | 3 | 0.62 | 0.7 | 900 | 9 x |\n")
    assert measured_seconds(page) == 0.62


def test_the_page_and_its_plot_are_written(tmp_path, capsys):
    assert (
        main(["--submissions", "3000", "--seconds", "0.5", "--workers", "1", "2", "--write", str(tmp_path)])
        == 0
    )
    assert (tmp_path / "images" / "simulation.svg").read_text().rstrip().endswith("</svg>")
    assert capsys.readouterr().out.strip() in (tmp_path / "simulation.md").read_text()
