"""AI video generation where editors and developers already work.

    from cutaway import Cutaway

    client = Cutaway()
    video = client.videos.create(prompt="a red ball rolls left across a desert at sunset", seconds=4)
    video.wait().save("ball.mp4")

Names are loaded when they are first used: `import cutaway` itself imports no HTTP library and no models.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cutaway._version import __version__

if TYPE_CHECKING:
    from cutaway import errors as errors
    from cutaway import webhooks as webhooks
    from cutaway.client.client import AsyncCutaway as AsyncCutaway
    from cutaway.client.client import Cutaway as Cutaway
    from cutaway.client.video import AsyncVideo as AsyncVideo
    from cutaway.client.video import Video as Video
    from cutaway.timebase import FrameRange as FrameRange
    from cutaway.timebase import Rate as Rate

_HOMES = {
    "AsyncCutaway": "cutaway.client.client",
    "AsyncVideo": "cutaway.client.video",
    "Cutaway": "cutaway.client.client",
    "FrameRange": "cutaway.timebase",
    "Rate": "cutaway.timebase",
    "Video": "cutaway.client.video",
}

__all__ = [
    "AsyncCutaway",
    "AsyncVideo",
    "Cutaway",
    "FrameRange",
    "Rate",
    "Video",
    "__version__",
    "errors",
    "webhooks",
]

_MODULES = frozenset({"errors", "webhooks"})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"cutaway.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'cutaway' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
