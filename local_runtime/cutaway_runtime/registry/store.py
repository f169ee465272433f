"""What is installed on this machine.

    <home>/models/<id>/manifest.json     a model; weights that were pulled lie beside it
    <home>/models/<id>/lora.json         a LoRA, likewise

The manifest is written last, in one rename: what has none is not installed.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import ValidationError

from cutaway_runtime.registry.errors import DamagedManifest, NotInstalled, RegistryError, UnknownModel
from cutaway_runtime.registry.known import LORAS, MANIFESTS
from cutaway_runtime.registry.manifest import FolderSource, Lora, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST: Final = "manifest.json"
LORA: Final = "lora.json"
_MAX_RECORD: Final = 4 << 20
"""Bytes of the largest record that is read; the longest real one has a few hundred files."""

_log: Final = logging.getLogger(__name__)
_Record = TypeVar("_Record", Manifest, Lora)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on this machine.

    `folder` holds `model_index.json` and the components; `overrides` are the files that replace a
    component's weights, absolute, such as a GGUF transformer; `root` is what the paths of
    `manifest.files` are relative to. The last two differ from `folder` only where a checkpoint of one file
    takes the rest from another model.
    """

    manifest: Manifest
    folder: Path
    root: Path
    overrides: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstalledLora:
    """A LoRA on this machine. `weights` is the safetensors file for each component it changes, absolute."""

    lora: Lora
    root: Path
    weights: dict[str, Path]


class Store:
    """The installed models of one home folder; `home` is `cutaway.home.Home.find().folder`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.models = home / "models"

    def known(self) -> list[Manifest]:
        """The models that can be pulled by their id, installed or not. Without files and hashes."""
        return list(MANIFESTS.values())

    def known_loras(self) -> list[Lora]:
        """The LoRAs that can be pulled by their id, installed or not."""
        return list(LORAS.values())

    def installed(self) -> list[Installed]:
        """Every model that is whole, by id. What cannot be read is logged and left out; `damaged` names it."""
        found = []
        for name in self._names(MANIFEST):
            try:
                found.append(self.get(name))
            except DamagedManifest as error:
                _log.warning("%s", error)
        return found

    def damaged(self) -> list[DamagedManifest]:
        """Why each model that should be installed is not in `installed()`."""
        wrong: list[DamagedManifest] = []
        for name in self._names(MANIFEST):
            try:
                self.get(name)
            except DamagedManifest as error:
                wrong.append(error)
        return wrong

    def get(self, model_id: str) -> Installed:
        """One installed model.

        Raises:
            UnknownModel: no such model; NotInstalled: it can be pulled.
            DamagedManifest: its manifest cannot be read, or the model it is based on is not here.
        """
        manifest = self._read(model_id, MANIFEST, Manifest)
        if manifest is None:
            raise self._absent(model_id)
        root = self._root(manifest)
        overrides = {part: root / path for part, path in manifest.overrides.items()}
        if manifest.base is None:
            return Installed(manifest, root, root, overrides)
        base = self._read(manifest.base, MANIFEST, Manifest)
        if base is None or base.base is not None:
            missing = "is not installed" if base is None else "is no whole model itself"
            raise DamagedManifest(
                f"{model_id} takes its other components from {manifest.base}, which {missing}; "
                f"install {manifest.base}, or remove {model_id}",
                path=self.models / model_id / MANIFEST,
            )
        return Installed(manifest, self._root(base), root, overrides)

    def loras(self) -> list[InstalledLora]:
        """Every LoRA that is whole, by id."""
        return [self.lora(name) for name in self._names(LORA)]

    def lora(self, lora_id: str) -> InstalledLora:
        """One installed LoRA.

        Raises:
            UnknownModel: no such LoRA; NotInstalled: it can be pulled.
            DamagedManifest: its record cannot be read.
        """
        lora = self._read(lora_id, LORA, Lora)
        if lora is None:
            raise self._absent(lora_id)
        root = self._root(lora)
        return InstalledLora(lora, root, {part: root / path for part, path in lora.parts.items()})

    def put(self, record: Manifest | Lora) -> Path:
        """Write a record in one rename; from then on it is installed. Its file."""
        folder = self.folder_of(record.id)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (MANIFEST if isinstance(record, Manifest) else LORA)
        part = path.with_name(f"{path.name}.part")
        with part.open("w", encoding="utf-8") as file:
            file.write(record.model_dump_json(indent=2))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return path

    def remove(self, model_id: str) -> int:
        """Forget a model or LoRA and delete what was pulled of it; files that were added stay. Bytes freed.

        A LoRA's styles go with it.

        Raises:
            UnknownModel: neither installed nor begun.
            RegistryError: another model takes components from it.
        """
        folder = self.folder_of(model_id)
        if not folder.is_dir():
            raise self._absent(model_id)
        manifests = [one.manifest for one in self.installed() if one.manifest.id != model_id]
        if leaning := [manifest.id for manifest in manifests if manifest.base == model_id]:
            raise RegistryError(f"{', '.join(leaning)} takes components from {model_id}; remove that first")
        for manifest in manifests:
            if model_id in manifest.loras.values():
                kept = {style: lora for style, lora in manifest.loras.items() if lora != model_id}
                self.put(manifest.model_copy(update={"loras": kept}))
        for name in (MANIFEST, LORA):
            (folder / name).unlink(missing_ok=True)
        freed = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        shutil.rmtree(folder)
        return freed

    def folder_of(self, model_id: str) -> Path:
        """Where a model's record stands, and what is pulled of it.

        Raises:
            UnknownModel: no possible id.
        """
        if not _possible(model_id):
            raise self._absent(model_id)
        return self.models / model_id

    def _root(self, record: Manifest | Lora) -> Path:
        return Path(record.source.path) if isinstance(record.source, FolderSource) else self.models / record.id

    def _names(self, record: str) -> Iterator[str]:
        if self.models.is_dir():
            for folder in sorted(self.models.iterdir()):
                if _possible(folder.name) and (folder / record).is_file():
                    yield folder.name

    def _read(self, name: str, file: str, kind: type[_Record]) -> _Record | None:
        path = self.folder_of(name) / file
        try:
            if path.stat().st_size > _MAX_RECORD:
                raise DamagedManifest(
                    f"{path} is too large for a manifest; delete it or install {name} anew", path=path
                )
            record = kind.model_validate(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, ValidationError) as error:
            raise DamagedManifest(
                f"{path} cannot be read: {error}\nInstall {name} anew, or delete it", path=path
            ) from error
        if record.id != name:
            raise DamagedManifest(f"{path} is the manifest of {record.id}, in the folder of {name}", path=path)
        return record

    def _absent(self, name: str) -> UnknownModel:
        if name in MANIFESTS or name in LORAS:
            return NotInstalled(f"{name} is not installed; fetch it with: cutaway models pull {name}", near=(name,))
        ids = {*MANIFESTS, *LORAS, *self._names(MANIFEST), *self._names(LORA)}
        near = tuple(get_close_matches(name.lower(), sorted(ids), n=3, cutoff=0.5))
        hint = f"did you mean {', '.join(near)}?" if near else "`cutaway models list` names those that are"
        return UnknownModel(f"no model called {name!r} is known here; {hint}", near=near)


def _possible(name: str) -> bool:
    """Whether a name may be an id: ids become folders, so nothing else is ever joined to a path."""
    return Manifest.ID.fullmatch(name) is not None
