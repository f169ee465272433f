"""When a worker that lives does not get on, by a clock of our own."""

import pytest

from cutaway_runtime.worker.protocol import Progress
from cutaway_runtime.worker.standstill import FIRST_SECONDS, Standstill


class Job:
    """A job whose worker gives a sign of life every second."""

    def __init__(self, least: float = 60.0, first: float = FIRST_SECONDS) -> None:
        self.now = 1000.0
        self.standstill = Standstill(least, first, lambda: self.now)

    def steps(self, phase: str, *steps: int, total: int, each: float = 0.0) -> None:
        for step in steps:
            self.passes(each)
            self.standstill.moves(Progress(phase=phase, step=step, total=total))

    def passes(self, seconds: float) -> None:
        """Signs of life and nothing else."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 1)
            self.standstill.beat()

    def stuck_after(self, most: float = 10_000) -> float:
        """Seconds of silence after which it is."""
        start = self.now
        while not self.standstill.stuck:
            assert self.now - start < most, "never"
            self.passes(1)
        return self.now - start


@pytest.fixture
def job():
    return Job()


def test_quick_steps_leave_a_minute(job):
    job.steps("denoising", 0, 1, 2, 3, total=50, each=2)
    assert job.stuck_after() == pytest.approx(60, abs=1)


def test_slow_steps_leave_ten_of_them(job):
    job.steps("denoising", 0, 1, 2, 3, 4, total=50, each=30)
    assert job.stuck_after() == pytest.approx(300, abs=1)


def test_one_slow_step_among_others_is_no_measure(job):
    job.steps("denoising", 0, 1, 2, 3, total=50, each=2)
    job.steps("denoising", 4, total=50, each=50)
    job.steps("denoising", 5, 6, total=50, each=2)
    assert job.stuck_after() == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    "before",
    [
        [],
        [("loading", (0,), 1)],
        [("painting", (0, 0), 240)],
        [("denoising", (0,), 4)],
        [("denoising", (0, 1, 2, 3, 4), 4)],
        [("denoising", (0, 1, 2, 3, 4), 4), ("decoding", (8,), 81)],
    ],
    ids=["silence", "loading", "about to paint", "first step", "between phases", "first of the next phase"],
)
def test_where_no_step_was_measured_there_is_half_an_hour(job, before):
    for phase, steps, total in before:
        job.steps(phase, *steps, total=total, each=1)
    assert job.stuck_after() == pytest.approx(FIRST_SECONDS, abs=1)


def test_a_phase_is_known_again_in_the_next_window_and_its_slowest_kind_counts(job):
    job.steps("denoising, window 1 of 2", 0, 1, 2, 3, 4, total=4, each=40)
    job.steps("decoding, window 1 of 2", 8, 16, 24, 81, total=81, each=1)
    job.steps("denoising, window 2 of 2", 0, 1, total=4, each=40)
    assert job.stuck_after() == pytest.approx(400, abs=1)


def test_a_machine_that_slept_is_not_stuck(job):
    job.steps("denoising", 0, 1, 2, total=50, each=2)
    job.now += 8 * 3600
    job.standstill.beat()
    assert not job.standstill.stuck


def test_the_first_bound_is_never_under_the_least():
    assert Job(least=40, first=5).stuck_after() == pytest.approx(40, abs=1)
