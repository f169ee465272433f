"""LoRAs on a denoiser, for one job: a style, or a schedule of few steps.

They leave with the job, so that the next one finds the checkpoint as it was.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.base import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cutaway_runtime.engine.diffusion.components import Checkpoint
    from cutaway_runtime.registry.store import InstalledLora

_SECOND: Final = {"transformer_2": {"load_into_transformer_2": True}}
"""How a pipeline is told that a LoRA is for the second of two experts."""


@contextmanager
def wearing(checkpoint: Checkpoint, painter: str, loras: Sequence[InstalledLora]) -> Iterator[None]:
    """The checkpoint with those LoRAs, each at its strength, until the block is left.

    Args:
        checkpoint: whose denoisers change.
        painter: the diffusers class that knows how to read LoRAs of this family.
        loras: what to put on.

    Raises:
        EngineError: one does not fit, or the weights are in a form that takes none.
    """
    if not loras:
        yield
        return
    if checkpoint.running.eight_bits:
        raise EngineError(
            f"the LoRA {loras[0].lora.id} cannot be put on weights that are stored in 8 bits, as in low memory; "
            "ask for another profile, a smaller size or fewer frames, or leave the style out",
            code="unsupported_lora",
        )
    worn: dict[str, list[tuple[str, float]]] = {}
    try:
        for installed in loras:
            for part, path in installed.weights.items():
                name = installed.lora.id.replace(".", "-")  # a dot would split the name of a submodule
                pipe = checkpoint.pipeline(painter, part)
                try:
                    pipe.load_lora_weights(
                        str(path.parent),
                        weight_name=path.name,
                        adapter_name=name,
                        local_files_only=True,
                        **_SECOND.get(part, {}),
                    )
                except (ValueError, RuntimeError, KeyError, OSError) as error:
                    raise EngineError(
                        f"the LoRA {installed.lora.id} does not fit {checkpoint.manifest.id}: {error}",
                        code="unsupported_lora",
                    ) from error
                worn.setdefault(part, []).append((name, installed.lora.strength))
        for part, names in worn.items():
            checkpoint.part(part).set_adapters([name for name, _ in names], [strength for _, strength in names])
        yield
    finally:
        for part in worn:
            checkpoint.part(part).unload_lora()
