"""One table decides how a command ends."""

import pytest

from cutaway import errors
from cutaway.cli.exits import EXIT_OF, Exit, exit_of
from cutaway.wire import Video

JOB = Video(id="video_1")


def kinds(root):
    return {root}.union(*(kinds(kind) for kind in root.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(kinds(errors.CutawayError), key=lambda kind: kind.__name__))
def test_every_error_of_cutaway_has_a_code(kind):
    error = kind.__new__(kind)
    assert exit_of(error) is not Exit.OK
    if kind is not errors.ServerError:
        assert exit_of(error) is not Exit.UNEXPECTED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.JobFailed("", job=JOB), 3),
        (errors.WaitTimeout("", job=JOB), 5),
        (errors.JobStalled("", job=JOB), 5),
        (errors.NotFound(""), 2),
        (errors.RateLimited(""), 6),
        (errors.ServerError(""), 1),
        (errors.RequestTimeout(""), 4),
        (errors.RuntimeUnavailable(""), 4),
        (errors.MissingExtra("media", needed_for="x"), 2),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError(), 1),
    ],
)
def test_the_codes_are_those_that_scripts_rely_on(error, code):
    assert int(exit_of(error)) == code


def test_no_row_is_hidden_by_one_above_it():
    seen = set()
    for _, row in EXIT_OF:
        for kind in row:
            assert not any(issubclass(kind, above) for above in seen), kind
        seen |= set(row)
