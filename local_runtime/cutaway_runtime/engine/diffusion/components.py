"""The parts of checkpoints in memory, within a budget of bytes.

A part (text encoder, denoiser, decoder) is loaded when it is asked for and stays until room is needed;
then the one that was used longest ago leaves. Parts are shared by every pipeline built on them.
"""

from __future__ import annotations

import copy
import gc
import inspect
import json
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import diffusers
import torch
import transformers

from cutaway_runtime.engine.base import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cutaway_runtime.registry.manifest import Manifest

LIBRARIES: Final = {"diffusers": diffusers, "transformers": transformers}
"""Where classes named by a checkpoint may come from. Code that lies beside weights is never run."""


@dataclass
class Part:
    """One loaded part, and what it takes."""

    module: Any
    bytes: int


class Residency:
    """What is loaded, of all checkpoints, the least recently used first. `budget` is in bytes, None without end."""

    def __init__(self, budget: int | None = None) -> None:
        self.budget = budget
        self._parts: OrderedDict[tuple[str, str], Part] = OrderedDict()

    @property
    def bytes(self) -> int:
        """Of all that is loaded."""
        return sum(part.bytes for part in self._parts.values())

    def get(self, model: str, name: str, load: Callable[[], Any]) -> Any:
        """The part, loaded if it is not, and now the last one to leave."""
        key = (model, name)
        if key not in self._parts:
            module = load()
            self._parts[key] = Part(module, size_of(module))
        self._parts.move_to_end(key)
        self._make_room(keep=model)
        return self._parts[key].module

    def drop(self, model: str, name: str) -> None:
        """The part leaves, if it is here."""
        if self._parts.pop((model, name), None) is not None:
            release()

    def clear(self) -> None:
        self._parts.clear()
        release()

    def _make_room(self, keep: str) -> None:
        while self.budget is not None and self.bytes > self.budget:
            oldest = next((key for key in self._parts if key[0] != keep), None)
            if oldest is None:
                return
            self.drop(*oldest)


class Checkpoint:
    """`models.base.Components` of one installed checkpoint, in a residency."""

    def __init__(self, manifest: Manifest, folder: Path, residency: Residency, device: torch.device) -> None:
        self.manifest = manifest
        self.folder = folder
        self._residency = residency
        self._device = device

    @property
    def device(self) -> torch.device:
        return self._device

    @cached_property
    def index(self) -> dict[str, Any]:
        """`model_index.json`: the pipeline's own settings, and [library, class] for each part."""
        index: dict[str, Any] = json.loads((self.folder / "model_index.json").read_text("utf-8"))
        return index

    def config(self, name: str) -> dict[str, Any]:
        """The configuration of a part; {} where it has none. "" is `model_index.json`."""
        if not name:
            return self.index
        found = [path for path in self.folder.glob(f"{name}/*config.json") if "generation" not in path.name]
        if not found:
            return {}
        config: dict[str, Any] = json.loads(found[0].read_text("utf-8"))
        return config

    def has(self, name: str) -> bool:
        """Whether the checkpoint comes with that part."""
        entry = self.index.get(name)
        return isinstance(entry, list) and entry[0] is not None

    def part(self, name: str) -> Any:
        """The part, loaded; None where the checkpoint comes without it."""
        if not self.has(name):
            return None
        return self._residency.get(self.manifest.id, name, lambda: self._load(name))

    def drop(self, *names: str) -> None:
        """Those parts leave memory."""
        for name in names:
            self._residency.drop(self.manifest.id, name)

    def pipeline(self, name: str, *parts: str) -> Any:
        """A diffusers pipeline of that class with these parts loaded and every other one None."""
        cls = getattr(diffusers, name)
        wanted = set(inspect.signature(cls.__init__).parameters) - {"self"}
        settings = {key: value for key, value in self.index.items() if not isinstance(value, list)}
        given = {part: self.part(part) if part in parts else None for part in wanted - settings.keys()}
        given["scheduler"] = copy.deepcopy(self.part("scheduler"))
        pipe = cls(**given, **{key: settings[key] for key in wanted & settings.keys()})
        pipe.set_progress_bar_config(disable=True)
        return pipe

    def _load(self, name: str) -> Any:
        library, cls_name = self.index[name]
        if library not in LIBRARIES or not hasattr(LIBRARIES[library], cls_name):
            raise EngineError(
                f"{self.manifest.id} asks for {library}.{cls_name} as its {name}, which is not part of diffusers or "
                "transformers as they are installed; code that comes with weights is never run",
                code="unsupported_model",
            )
        cls = getattr(LIBRARIES[library], cls_name)
        folder = self.folder / name
        if not isinstance(cls, type) or not issubclass(cls, torch.nn.Module):
            return cls.from_pretrained(folder, local_files_only=True)
        dtype = getattr(torch, self.manifest.dtypes.get(name, self.manifest.dtype))
        module = cls.from_pretrained(folder, dtype=dtype, local_files_only=True, use_safetensors=True)
        return module.to(self._device).eval().requires_grad_(False)


def size_of(module: Any) -> int:
    """Bytes of its parameters and buffers."""
    if not isinstance(module, torch.nn.Module):
        return 0
    return sum(t.numel() * t.element_size() for t in (*module.parameters(), *module.buffers()))


def release() -> None:
    """Gives back what is no longer referred to."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
