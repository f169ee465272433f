"""Which engines there are and what each can do, known without loading any of them.

The server reads this file and stays light; the worker calls `load`, and only then does an engine
(numpy, OpenCV, torch) enter memory.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, cast

from cutaway.home import Home
from cutaway.wire import ModelInfo, Pattern, Rank, Verb
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.models import FAMILIES, family
from cutaway_runtime.registry.store import MANIFEST, Store

if TYPE_CHECKING:
    from cutaway_runtime.engine.base import Engine
    from cutaway_runtime.registry.manifest import Manifest

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

MODEL_LIBRARIES: Final = ("torch", "diffusers", "transformers", "accelerate", "safetensors")
"""What the extra `models` brings."""

_HOMES: Final = {
    "bars": ("cutaway_runtime.engine.bars", "Bars", ("numpy",)),
    "draft": ("cutaway_runtime.engine.draft", "Draft", ("numpy", "cv2", "PIL")),
}


def models() -> list[ModelInfo]:
    """Every model this machine could run; `installed` says whether it can now."""
    found = [info.model_copy(update={"installed": _importable(*_HOMES[name][2])}) for name, info in CATALOG.items()]
    able = _importable(*MODEL_LIBRARIES)
    manifests = [installed.manifest for installed in store().installed()]
    ids = {manifest.id for manifest in manifests}
    known = [manifest for manifest in manifests if is_known(manifest) and manifest.id not in CATALOG]
    return found + [info_of(manifest, installed=able, stills=manifest.stills in ids) for manifest in known]


def store() -> Store:
    """The installed checkpoints of this machine."""
    return Store(Home.find().folder)


def stamp() -> tuple[tuple[str, int], ...]:
    """Changes whenever a model is installed, changed or removed."""
    folder = store().models
    if not folder.is_dir():
        return ()
    found = ((entry.name, folder / entry.name / MANIFEST) for entry in os.scandir(folder))
    return tuple(sorted((name, path.stat().st_mtime_ns) for name, path in found if path.is_file()))


def is_known(manifest: Manifest) -> bool:
    """Whether this version has the family, and the family the pipeline class."""
    return manifest.family in FAMILIES and manifest.pipeline in family(manifest.family).abilities


def _importable(*names: str) -> bool:
    return all(find_spec(name) is not None for name in names)


def default_models() -> dict[Verb, str]:
    """Which model answers a request that names none: the best rank, real models before drafts, drafts before bars."""
    best: dict[Verb, str] = {}
    for verb in Verb:
        able = [info for info in models() if info.installed and verb in info.verbs and _from_little(info, verb)]
        able.sort(key=lambda info: (info.preview, list(Rank).index(info.verbs[verb]), info.id == "bars"))
        if able:
            best[verb] = able[0].id
    return best


def _from_little(info: ModelInfo, verb: Verb) -> bool:
    """Whether it can do the verb for a request that sends the least: words alone, where something new is made."""
    return verb is not Verb.GENERATE or not info.patterns or Pattern.TEXT in info.patterns


def load(name: str) -> Engine:
    """The engine itself, ready to paint.

    Raises:
        registry.errors.UnknownModel: no such engine, and no such model installed.
    """
    if name not in _HOMES:
        return cast("Engine", import_module("cutaway_runtime.engine.diffusion.engine").open_engine(store().get(name)))
    module, engine, _needs = _HOMES[name]
    made: Engine = getattr(import_module(module), engine)()
    return made
