"""What was denoised, kept on disk until it is no longer wanted.

Denoising takes minutes, decoding seconds, and it is decoding that runs out of memory. Latents are named
by a digest of everything they came from, so a job that is tried again after a crash finds its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_runtime.models.base import Tensors


class Shelf:
    """A folder of tensors by name, at most `budget` bytes of them; the oldest leave first."""

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = folder
        self._budget = budget

    def get(self, key: str) -> Tensors | None:
        """What was put under that name, or None. A damaged file is as good as none."""
        path = self._path(key)
        try:
            found: Tensors = load_file(path)
        except (OSError, SafetensorError):
            return None
        os.utime(path)
        return found

    def holds(self, key: str) -> bool:
        """Whether something was put under that name and has not left."""
        return self._path(key).exists()

    def put(self, key: str, tensors: Tensors) -> None:
        """Whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{key}.{os.getpid()}.part"
        save_file({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, part)
        part.replace(self._path(key))
        self._sweep()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.safetensors"

    def _sweep(self) -> None:
        held = sorted(self._folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime, reverse=True)
        total = 0
        for path in held:
            total += path.stat().st_size
            if total > self._budget and path != held[0]:
                path.unlink(missing_ok=True)
