"""Server-sent events, read from bytes as they come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream; `id` is the last one seen, also where this event had none."""

    id: str
    event: str
    data: str


class EventReader:
    """Takes the bytes of a text/event-stream in any pieces and gives whole events. Comments are skipped."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self._rest = b""
        self._id = last_id
        self._event = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that `chunk` completes."""
        self._rest += chunk
        # A trailing CR waits for its LF, so that one line end is not read as two.
        whole = self._rest.replace(b"\r\n", b"\n")
        held = b"\r" if whole.endswith(b"\r") else b""
        lines = whole.removesuffix(held).replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + held
        events = []
        for line in lines:
            event = self._line(line.decode("utf-8", "replace"))
            if event is not None:
                events.append(event)
        return events

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            # An id counts when its event is whole, or a stream broken inside one would skip it.
            self.last_id = self._id
            event = ServerEvent(self.last_id, self._event or "message", "\n".join(self._data)) if self._data else None
            self._event, self._data = "", []
            return event
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id":
            self._id = value
        return None
