"""A diffusers checkpoint in a folder, read without opening anything that could run code.

Checkpoint.read(folder)     what it is: pipeline, components, the files that count, the shapes of the weights
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.registry import layout, weights
from cutaway_runtime.registry.errors import DamagedFile, PickleOnly, UnknownCheckpoint, UnsafeCheckpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_JSON: Final = 256 << 20
"""Bytes; the longest real one is the vocabulary of a large tokenizer."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a folder holds. `files` are relative and those that are read; `configs` are by component, "" the index's."""

    folder: Path
    index: layout.Index
    files: tuple[str, ...]
    configs: dict[str, dict[str, Any]]
    parameters: dict[str, int]

    @classmethod
    def read(cls, folder: Path, *, variant: str | None = None) -> Checkpoint:
        """The checkpoint in a folder, checked.

        Raises:
            UnknownCheckpoint: no diffusers folder, or of no pipeline that cutaway runs.
            UnsafeCheckpoint: pickles only, code of its own, or links that lead out of the folder.
            DamagedFile: something is missing, cut short, or contradicts itself.
        """
        index_file = folder / layout.INDEX
        if not index_file.is_file():
            raise _no_index(folder)
        inside(index_file, folder)
        index = layout.index_of(read_json(index_file), where=str(index_file))
        here = sorted(path for part in ("", *index.components) for path in _files(folder / part))
        names = [path.relative_to(folder).as_posix() for path in here]
        files = layout.chosen(names, index, variant)
        for name in files:
            inside(folder / name, folder)
        configs = checked_configs(folder, files)
        return cls(folder, index, tuple(files), configs, _parameters(folder, files))


def checked_configs(folder: Path, files: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The configurations among `files`, by component, none of which asks for code.

    Raises:
        UnsafeCheckpoint: one does.
        DamagedFile: one is no JSON object.
    """
    configs: dict[str, dict[str, Any]] = {}
    for name in files:
        component, _, file = name.rpartition("/")
        if not file.endswith(("config.json", layout.INDEX)):
            continue
        table = read_json(folder / name)
        if not isinstance(table, dict):
            raise DamagedFile(f"{folder / name} is no table of settings", path=folder / name)
        layout.refuse_remote_code(table, where=str(folder / name))
        if file != "generation_config.json" and (file == "config.json" or component not in configs):
            configs[component] = table
    return configs


def _parameters(folder: Path, files: Sequence[str]) -> dict[str, int]:
    """How many parameters each component has; its shards must be those that their index names."""
    counted: dict[str, int] = {}
    shards: dict[str, set[str]] = {}
    for name in files:
        component, _, file = name.rpartition("/")
        if file.endswith(".safetensors"):
            counted[component] = counted.get(component, 0) + weights.header(folder / name).parameters
        elif ".safetensors.index" in file:
            table = read_json(folder / name)
            named = table.get("weight_map") if isinstance(table, dict) else None
            if not isinstance(named, dict) or not all(isinstance(file, str) for file in named.values()):
                raise DamagedFile(f"{folder / name} does not say which shard has which tensor", path=folder / name)
            shards[component] = set(named.values())
    for component, named in shards.items():
        there = {name.rpartition("/")[2] for name in files if name.startswith(f"{component}/")}
        if missing := sorted(named - there):
            raise DamagedFile(
                f"{component} is incomplete: its index names {', '.join(missing[:3])}, which "
                f"{'is' if len(missing) == 1 else 'are'} not there",
                path=folder / component / missing[0],
            )
    return counted


def read_json(path: Path) -> Any:
    """A JSON file of bounded length.

    Raises:
        DamagedFile: too long, not there, or no JSON.
    """
    try:
        if path.stat().st_size > MAX_JSON:
            raise DamagedFile(f"{path} is too long for a configuration", path=path)
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedFile(f"{path} cannot be read: {error}", path=path) from error


def inside(path: Path, folder: Path) -> Path:
    """The file itself, which must lie in the folder, whatever links lead to it.

    A snapshot in the hub's cache is a folder of links to blobs beside it; there the whole repository's cache counts
    as the folder.

    Raises:
        UnsafeCheckpoint: it lies elsewhere.
    """
    real, home = path.resolve(), folder.resolve()
    cache = home.parent.parent
    if home.parent.name == "snapshots" and (cache / "blobs").is_dir():
        home = cache
    if not real.is_relative_to(home):
        raise UnsafeCheckpoint(
            f"{path} is a link that leads out of {folder}; copy the file to where the link is", path=path
        )
    return real


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _no_index(folder: Path) -> UnknownCheckpoint | PickleOnly:
    names = [path.name for path in _files(folder)]
    if any(name.endswith((".safetensors", ".gguf")) for name in names):
        return UnknownCheckpoint(
            f"{folder} has no {layout.INDEX}; a single file is added by its own path: cutaway models add {folder}/FILE"
        )
    if any(layout.suffix(name) in layout.PICKLES for name in names):
        return PickleOnly(
            f"{folder} has its weights only as a pickle, which can run code when it is opened, so it was left closed. "
            f"{layout.CONVERT}",
            path=folder,
        )
    return UnknownCheckpoint(
        f"{folder} has no {layout.INDEX}, so it is no diffusers checkpoint; name the folder that holds that file"
    )
