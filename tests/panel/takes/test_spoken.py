"""Waits in words."""

import pytest

from cutaway_panel.takes.spoken import spoken


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (-3, "0.0 s"), (0.44, "0.4 s"), (0.96, "1 s"), (59.4, "59 s"), (59.6, "1 min 00 s"),
        (95, "1 min 35 s"), (3599.7, "1 h 00 min"), (7500, "2 h 05 min"),
    ],
)  # fmt: skip
def test_a_wait_is_said_as_people_say_it(seconds, words):
    assert spoken(seconds) == words
