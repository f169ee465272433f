"""Server-sent events arrive whole however their bytes are cut."""

from __future__ import annotations

import pytest

from cutaway.client.events import EventReader, ServerEvent

STREAM = 'id: 1\nevent: state\ndata: {"a":\ndata: "강"}\n\n: keep-alive\n\ndata:plain\nretry: 5\n\nid: 7\n\n'.encode()
EVENTS = [ServerEvent("1", "state", '{"a":\n"강"}'), ServerEvent("1", "message", "plain")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_pieces_of_any_size_and_any_line_end(size: int, end: bytes) -> None:
    reader, stream = EventReader(), STREAM.replace(b"\n", end) + b"\n"
    found = [event for at in range(0, len(stream), size) for event in reader.feed(stream[at : at + size])]
    assert found == EVENTS
    assert reader.last_id == "7"


def test_half_an_event_is_none() -> None:
    assert EventReader().feed(b"data: almost\n") == []
