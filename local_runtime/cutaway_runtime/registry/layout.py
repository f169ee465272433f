"""Which files of a diffusers checkpoint are read: decided by name, for a folder and for a repository alike.

    model_index.json                                     names the pipeline, and a class for each component
    transformer/config.json                              one folder per component
    transformer/diffusion_pytorch_model.safetensors      its weights, whole or in numbered shards

Nothing outside these folders is taken, no pickle and no code ever. Of several variants of the same weights one
is taken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.registry.errors import DamagedFile, PickleOnly, UnknownCheckpoint, UnsafeCheckpoint
from cutaway_runtime.registry.pipelines import LIBRARIES, NOT_RUN, PIPELINES

if TYPE_CHECKING:
    from collections.abc import Iterable

INDEX: Final = "model_index.json"
PICKLES: Final = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".msgpack", ".h5"})
"""Weights that are never opened: most can run code, none is needed."""
_TEXTS: Final = frozenset({".json", ".txt", ".model", ".jinja"})
"""Configurations, vocabularies, sentencepiece models and chat templates."""
_COMPONENT: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_WEIGHTS: Final = re.compile(
    r"(diffusion_pytorch_)?model(\.(?P<variant>[a-z0-9_]+))?(-\d{5}-of-\d{5})?(\.(?P<late>[a-z0-9_]+))?\.safetensors"
)
_SHARDS_INDEX: Final = re.compile(r"(diffusion_pytorch_)?model\.safetensors\.index(\.(?P<variant>[a-z0-9_]+))?\.json")
_REMOTE: Final = ("auto_map", "custom_pipeline")
_LICENCE: Final = re.compile(r"(?i)licen[cs]e|notice")
CONVERT: Final = (
    "Convert it once, where you trust it: `pipe = DiffusionPipeline.from_pretrained(...)` and "
    "`pipe.save_pretrained(FOLDER, safe_serialization=True)`, or one of diffusers' `scripts/convert_*.py`"
)


@dataclass(frozen=True, slots=True)
class Index:
    """What a `model_index.json` says: the pipeline's class, and (library, class) of each component it comes with."""

    pipeline: str
    components: dict[str, tuple[str, str]]

    @property
    def family(self) -> str:
        return PIPELINES[self.pipeline]


def index_of(table: Any, *, where: str) -> Index:
    """A parsed `model_index.json`.

    Raises:
        UnsafeCheckpoint: it names code of its own.
        UnknownCheckpoint: it is of no pipeline that cutaway runs.
        DamagedFile: it is no such index.
    """
    if not isinstance(table, dict) or "_class_name" not in table:
        raise DamagedFile(f"{where} is no index of a diffusers pipeline: it names no class", path=where)
    refuse_remote_code(table, where=where)
    pipeline = table["_class_name"]
    if not isinstance(pipeline, str):
        raise UnsafeCheckpoint(
            f"{where} wants a pipeline from code that comes with it ({pipeline!r}); such code is never run", path=where
        )
    if pipeline not in PIPELINES:
        known = ", ".join(sorted(PIPELINES))
        raise UnknownCheckpoint(f"{where} is of the pipeline {pipeline}, which cutaway does not run; it runs: {known}")
    components = {}
    for name, entry in table.items():
        if name.startswith("_") or name in NOT_RUN or not isinstance(entry, list) or len(entry) != 2:
            continue
        if entry[0] is None:
            continue
        library, kind = entry
        if not _COMPONENT.fullmatch(name) or not isinstance(library, str) or not isinstance(kind, str):
            raise DamagedFile(f"{where}: {name!r} is no component", path=where)
        if library not in LIBRARIES:
            raise UnsafeCheckpoint(
                f"{where}: {name} is a class of {library!r}, which is neither diffusers nor transformers; "
                "code that comes with weights is never run",
                path=where,
            )
        components[name] = (library, kind)
    if not components:
        raise DamagedFile(f"{where} names no component", path=where)
    return Index(pipeline, components)


def refuse_remote_code(config: Any, *, where: str) -> None:
    """A configuration that asks for code which comes with it is refused, however deep it asks.

    Raises:
        UnsafeCheckpoint: it does.
    """
    ahead = [config]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            for key in _REMOTE:
                if value.get(key):
                    raise UnsafeCheckpoint(
                        f"{where} asks for code that comes with the weights ({key}); such code is never run. "
                        "Use a checkpoint in the layout of diffusers or transformers themselves",
                        path=where,
                    )
            ahead.extend(value.values())
        elif isinstance(value, list):
            ahead.extend(value)


def chosen(names: Iterable[str], index: Index, variant: str | None) -> list[str]:
    """The files of a checkpoint that are read, out of all its names (relative, with slashes), in a steady order.

    Raises:
        PickleOnly: a component has its weights as a pickle only.
        UnknownCheckpoint: a component's weights are there in other variants only.
        DamagedFile: a component that the index names is not there, or has no weights.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    taken = [INDEX]
    for path in names:
        folder, _, name = path.rpartition("/")
        folders[folder].append(name)
        if not folder and _LICENCE.search(name) and suffix(name) in {"", ".txt", ".md"}:
            taken.append(name)
    for component in index.components:
        here = folders.get(component)
        if not here:
            raise DamagedFile(f"the component {component} that {INDEX} names is not there", path=component)
        taken += [f"{component}/{name}" for name in _of_component(component, here, variant)]
    return sorted(taken)


def _of_component(component: str, names: list[str], variant: str | None) -> list[str]:
    texts = [name for name in names if suffix(name) in _TEXTS and not _SHARDS_INDEX.fullmatch(name)]
    if "config.json" not in names:
        return texts  # a tokenizer, a scheduler, a processor: nothing to learn, nothing learned
    variants: dict[str | None, list[str]] = defaultdict(list)
    for name in names:
        if found := _WEIGHTS.fullmatch(name):
            variants[found["variant"] or found["late"]].append(name)
        elif found := _SHARDS_INDEX.fullmatch(name):
            variants[found["variant"]].append(name)
    kept = {key: files for key, files in variants.items() if any(suffix(name) == ".safetensors" for name in files)}
    if not kept:
        pickles = sorted(name for name in names if suffix(name) in PICKLES)
        if pickles:
            raise PickleOnly(
                f"{component} has its weights only as a pickle ({', '.join(pickles[:3])}), which can run code when it "
                f"is opened, so it was left closed. {CONVERT}",
                path=f"{component}/{pickles[0]}",
            )
        raise DamagedFile(f"{component} has a configuration and no weights", path=component)
    wanted = variant if variant in kept else None
    if wanted not in kept:
        there = ", ".join(str(key) for key in kept)
        raise UnknownCheckpoint(f"the weights of {component} are there as {there} only; choose one with --variant")
    weights = _whole_or_shards(kept[wanted])
    if not weights:
        raise DamagedFile(f"{component} has shards of weights and no index that says what is in which", path=component)
    return texts + weights


def _whole_or_shards(files: list[str]) -> list[str]:
    """With an index of shards the shards, else the one whole file."""
    shards = [name for name in files if "-of-" in name or name.endswith(".json")]
    return shards if any(name.endswith(".json") for name in shards) else [name for name in files if "-of-" not in name]


def suffix(name: str) -> str:
    """The last suffix of a name, with its dot."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""
