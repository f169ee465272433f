"""How long a video is, in the words of servers that count frames."""

from __future__ import annotations

from typing import Any

import pytest

from cutaway.client.dialects import frames
from cutaway.client.dialects.encoding import Server
from cutaway.errors import UnsupportedCapability

SERVER = Server("http://gpu:8000", "A Server")


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"prompt": "a"}, {"prompt": "a"}),
        ({"num_frames": 97, "seconds": 4.0}, {"num_frames": 97}),
        ({"seconds": 4.0}, {"seconds": 4}),
        ({"seconds": 4.0, "fps": "24000/1001"}, {"seconds": 4, "fps": "24000/1001"}),
        ({"seconds": 2.5, "fps": "24"}, {"num_frames": 60, "fps": "24"}),
        ({"seconds": 0.1, "fps": "30"}, {"num_frames": 3, "fps": "30"}),
    ],
)
def test_a_length_is_written_once_and_exactly(asked: dict[str, Any], sent: dict[str, Any]) -> None:
    assert frames.timed(asked, SERVER) == sent


@pytest.mark.parametrize(
    ("asked", "capability", "instead"),
    [
        ({"seconds": 2.5}, "fraction of a second", "num_frames=, or seconds=2"),
        ({"seconds": 0.3}, "fraction of a second", "num_frames=, or seconds=1"),
        ({"seconds": 2.51, "fps": "24"}, "fraction of a frame", "num_frames=60"),
    ],
)
def test_what_is_no_whole_number_of_frames_is_refused(asked: dict[str, Any], capability: str, instead: str) -> None:
    with pytest.raises(UnsupportedCapability) as caught:
        frames.timed(asked, SERVER)
    assert caught.value.capability == capability
    assert instead in caught.value.alternative
    assert "http://gpu:8000 (A Server)" in str(caught.value)


def test_rates_are_whole_or_decimal() -> None:
    assert (frames.whole_rate("25", SERVER), frames.decimal_rate("25")) == (25, 25)
    assert frames.decimal_rate("24000/1001") == pytest.approx(23.976024, abs=1e-6)
    with pytest.raises(UnsupportedCapability, match="rate=24, and conform the file to 24000/1001"):
        frames.whole_rate("24000/1001", SERVER)
