"""Markers of the double: of a timeline, of an item, of a clip of the pool."""

from __future__ import annotations

from typing import Any

from cutaway_davinci.testing.vocabulary import MARKER_COLORS, one_of


class Markers:
    """Markers by whole frames: of a timeline from its start, of an item or a clip from their source head (Q5)."""

    markers: dict[int, dict[str, Any]]

    def on_get_markers(self) -> dict[float, dict[str, Any]]:
        """The keys come back as floats (Q22)."""
        return {float(frame): dict(marker) for frame, marker in self.markers.items()}

    def on_add_marker(
        self, frame: float, color: str, name: str, note: str, duration: float, custom_data: str = ""
    ) -> bool:
        """False where there is one already (Q22)."""
        one_of("a marker color", color, MARKER_COLORS)
        if int(frame) in self.markers or frame < 0:
            return False
        self.markers[int(frame)] = {
            "color": color, "duration": duration, "note": note, "name": name, "customData": custom_data,
        }  # fmt: skip
        return True

    def on_get_marker_by_custom_data(self, custom_data: str) -> dict[str, Any]:
        """Empty where there is none."""
        found = self._with_data(custom_data)
        return {} if found is None else dict(self.markers[found])

    def on_delete_marker_by_custom_data(self, custom_data: str) -> bool:
        return self.on_delete_marker_at_frame(self._with_data(custom_data))

    def on_delete_marker_at_frame(self, frame: float | None) -> bool:
        return frame is not None and self.markers.pop(int(frame), None) is not None

    def on_update_marker_custom_data(self, frame: float, custom_data: str) -> bool:
        if int(frame) not in self.markers:
            return False
        self.markers[int(frame)]["customData"] = custom_data
        return True

    def _with_data(self, custom_data: str) -> int | None:
        return next((frame for frame, there in self.markers.items() if there["customData"] == custom_data), None)
