"""Which attention is fastest here, measured once per device, dtype and head size.

Only what is installed is tried: backends that would fetch kernels from a hub are left out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import torch
from diffusers.models.attention_dispatch import dispatch_attention_fn

if TYPE_CHECKING:
    from collections.abc import Callable

CANDIDATES: Final = ("_flash_3", "_native_cudnn", "_native_flash", "native")
"""Exact attention only; `native` is the library's own choice and always works."""
MASKED: Final = ("_native_cudnn", "native")
"""Those that can be told what to leave out."""
TOKENS: Final = 4096
HEADS: Final = 8
ROUNDS: Final = 5


@cache
def fastest(device: torch.device, dtype: torch.dtype, head_size: int, *, masks: bool) -> str:
    """The name of the backend, for `set_attention_backend`. On a CPU there is one.

    `masks` says whether the denoiser hides some of the prompt, or of the picture, from itself.
    """
    if device.type != "cuda":
        return "native"
    q, k, v = (torch.randn(1, TOKENS, HEADS, head_size, device=device, dtype=dtype) for _ in range(3))
    among = MASKED if masks else CANDIDATES
    times = {name: _seconds(lambda name=name: dispatch_attention_fn(q, k, v, backend=name)) for name in among}  # type: ignore[misc]
    return min(times, key=lambda name: times[name])


def _seconds(run: Callable[[], object]) -> float:
    """GPU seconds of one run; infinite where it cannot run here."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    try:
        run()
        start.record()
        for _ in range(ROUNDS):
            run()
        end.record()
        end.synchronize()
    except (RuntimeError, ValueError, ImportError, TypeError):  # a missing library is called as None
        return float("inf")
    return float(start.elapsed_time(end))
