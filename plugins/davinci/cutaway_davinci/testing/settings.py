"""Settings of the double: `GetSettings` and `SetSettings` from 21.1 on, the calls for one of them before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway.timebase import Rate, TimebaseError
from cutaway_davinci.testing.vocabulary import TIMELINE_SETTINGS, Misuse

if TYPE_CHECKING:
    from cutaway_davinci.testing.items import ItemKept

_GIVEN: Final = {
    "useCustomSettings": "0",
    "timelineResolutionWidth": "1920",
    "timelineResolutionHeight": "1080",
    "timelinePixelAspectRatio": "square",
}


class Settings:
    """What is set for a timeline, or for a project and the timelines that are made in it, as text."""

    frame_rate: str
    """"24", "29.97 DF"."""
    own_settings: dict[str, str] | None = None
    has_to_say_so = True
    """Settings of its own need `useCustomSettings` "1"; those of a project do not."""

    if TYPE_CHECKING:

        @property
        def items(self) -> list[ItemKept]: ...

    @property
    def rate(self) -> Rate:
        return Rate.parse(self.frame_rate.split()[0])

    @property
    def drops(self) -> bool:
        return self.frame_rate.endswith("DF")

    def on_get_settings(self) -> dict[str, str]:
        drop = "1" if self.drops else "0"
        told = {"timelineFrameRate": self.frame_rate, "timelineDropFrameTimecode": drop}
        return _GIVEN | (self.own_settings or {}) | told

    def on_get_setting(self, name: str = "") -> Any:
        settings = self.on_get_settings()
        if name and name not in TIMELINE_SETTINGS:
            raise Misuse(f"a timeline has no setting {name!r}")
        return settings[name] if name else settings

    def on_set_settings(self, settings: Any) -> bool:
        """Needs `useCustomSettings` "1"; the rate is locked once clips lie there."""
        if not isinstance(settings, dict) or set(settings) - TIMELINE_SETTINGS:
            raise Misuse(f"settings are a dict of {', '.join(sorted(TIMELINE_SETTINGS))}, not {settings!r}")
        if any(not isinstance(value, str) for value in settings.values()):
            raise Misuse(f"settings are text, not {settings!r}")
        if self.has_to_say_so and (self.on_get_settings() | settings)["useCustomSettings"] != "1":
            return False
        rate = settings.get("timelineFrameRate", self.frame_rate)
        if rate != self.frame_rate and not self._is_rate(rate):
            return False
        self.frame_rate = rate
        rest = {key: value for key, value in settings.items() if key in _GIVEN}
        self.own_settings = (self.own_settings or {}) | rest
        return True

    def on_set_setting(self, name: str, value: str) -> bool:
        return self.on_set_settings({name: value})

    def _is_rate(self, text: str) -> bool:
        try:
            Rate.parse(text.removesuffix(" DF"))
        except TimebaseError:
            return False
        return not self.items
