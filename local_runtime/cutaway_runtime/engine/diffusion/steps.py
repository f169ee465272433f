"""Denoising steps as they are told: those that the device has done, not those it was handed.

A GPU runs behind the program that feeds it. Each step leaves an event in its queue; a step is told when
the event of the one before has come by, so nothing is told that is not so and the queue stays short enough
for a cancel to be heard within a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

if TYPE_CHECKING:
    from cutaway_runtime.engine.base import Control


DENOISING: Final = 0.85
"""Of the time of a canvas, what denoising is taken for; the rest is decoding."""


class Told:
    """`models.base.Steps`: each step told to the control, which also hears a cancel."""

    def __init__(self, control: Control, device: torch.device) -> None:
        self._control = control
        self._device = device
        self._total = self._done = 0
        self._event: Any = None

    def total(self, steps: int) -> None:
        self._total, self._done = steps, 0
        self._tell()

    def done(self) -> None:
        if self._device.type == "cuda":
            before, self._event = self._event, torch.cuda.Event()
            self._event.record()
            if before is not None:
                before.synchronize()
        self._done += 1
        self._tell()

    def check(self) -> None:
        self._control.check()

    def _tell(self) -> None:
        step = min(self._done, self._total)
        self._control.progress("denoising", step, self._total, DENOISING * step / max(1, self._total))
