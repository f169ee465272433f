"""Which engines there are and what each can do, known without loading any of them.

The server reads this file and stays light; the worker calls `load`, and only then does an engine
(numpy, OpenCV, torch) enter memory.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from cutaway.wire import ModelInfo, Rank, Verb

if TYPE_CHECKING:
    from cutaway_runtime.engine.base import Engine

BARS: Final = ModelInfo(
    id="bars",
    preview=True,
    description="The synthetic test picture: colour bars, a moving marker and the frame number. For tests.",
    verbs=dict.fromkeys(Verb, Rank.NATIVE),
)

STYLES: Final[dict[str, str]] = {
    "film-noir": "black and white, hard light, grain",
    "archival": "faded colour, dust and gate weave of an old film",
    "papercraft": "cut paper: flat colours, edges and soft shadows",
    "watercolor": "washes of colour on paper",
    "stop-motion": "twelve poses a second, a little jitter",
    "pixel": "large pixels, few colours",
}
"""Style presets and what they look like."""

DRAFT: Final = ModelInfo(
    id="draft",
    preview=True,
    description=(
        "Moving storyboards drawn by rules, not by a model: pictograms in a layered scene for a prompt, "
        "optical flow for footage. Needs no GPU and no weights."
    ),
    verbs=dict.fromkeys(Verb, Rank.NATIVE),
    styles=list(STYLES),
)

CATALOG: Final[dict[str, ModelInfo]] = {info.id: info for info in (DRAFT, BARS)}

_HOMES: Final = {
    "bars": ("cutaway_runtime.engine.bars", "Bars", ("numpy",)),
    "draft": ("cutaway_runtime.engine.draft", "Draft", ("numpy", "cv2", "PIL")),
}


def models() -> list[ModelInfo]:
    """Every model this machine could run; `installed` says whether it can now."""
    return [info.model_copy(update={"installed": _installed(name)}) for name, info in CATALOG.items()]


def _installed(name: str) -> bool:
    return all(find_spec(module) is not None for module in _HOMES[name][2])


def default_models() -> dict[Verb, str]:
    """Which model answers a request that names none: the best rank, real models before drafts, drafts before bars."""
    best: dict[Verb, str] = {}
    for verb in Verb:
        able = [info for info in models() if info.installed and verb in info.verbs]
        able.sort(key=lambda info: (info.preview, list(Rank).index(info.verbs[verb]), info.id == "bars"))
        if able:
            best[verb] = able[0].id
    return best


def load(name: str) -> Engine:
    """The engine itself, ready to paint.

    Raises:
        KeyError: no such engine.
    """
    module, engine, _needs = _HOMES[name]
    made: Engine = getattr(import_module(module), engine)()
    return made
