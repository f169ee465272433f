"""Pictures from words: the text-to-image pipelines of diffusers whose call is the common one.

A canvas of one frame. A picture is so small that it is kept finished instead of as latents. The safety
checker that comes with some checkpoints is not run: its code is not part of diffusers' models.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Steps, tell
from cutaway_runtime.models.libraries import diffusers, np, torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.models.base import Tensors
    from cutaway_runtime.registry.manifest import Schedule

TEXT_PARTS: Final = ("tokenizer", "tokenizer_2", "tokenizer_3", "text_encoder", "text_encoder_2", "text_encoder_3")
_NO_WORDS: Final = " "
"""A negative prompt that says nothing, where the pipeline takes an empty one for none."""


@dataclass(frozen=True)
class Kind:
    """In what the pipelines differ: the names of what `encode_prompt` returns, and of the guidance.

    `negative` says where the negative prompt goes: into the same call of `encode_prompt`, into one of its
    own, or nowhere, where the guidance is part of the weights.
    """

    embeds: tuple[str, ...]
    guidance: str = "guidance_scale"
    negative: str | None = "same"


_PAIRS: Final = ("prompt_embeds", "negative_prompt_embeds")
_POOLED: Final = (*_PAIRS, "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
KINDS: Final[dict[str, Kind]] = {
    "StableDiffusionPipeline": Kind(_PAIRS),
    "StableDiffusionXLPipeline": Kind(_POOLED),
    "StableDiffusion3Pipeline": Kind(_POOLED),
    "FluxPipeline": Kind(("prompt_embeds", "pooled_prompt_embeds"), negative=None),
    "QwenImagePipeline": Kind(("prompt_embeds", "prompt_embeds_mask"), guidance="true_cfg_scale", negative="own"),
}


class Stills(Family):
    """Text to image."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        name: Abilities({Pattern.TEXT: name}, negative_prompt=kind.negative is not None) for name, kind in KINDS.items()
    }

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        kind = KINDS[self.manifest.pipeline]
        pipe = self.components.pipeline(self.manifest.pipeline, *TEXT_PARTS)
        embeds = self._encoded(pipe, kind, prompt, negative if kind.negative == "same" else None)
        if kind.negative == "own" and negative is not None:
            opposite = self._encoded(pipe, kind, negative or _NO_WORDS, None)
            embeds |= {f"negative_{name}": tensor for name, tensor in opposite.items()}
        return embeds

    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        canvas, schedule, kind = ask.canvas, ask.schedule, KINDS[self.manifest.pipeline]
        if canvas.frames != 1:
            raise ValueError(f"{self.manifest.id} paints one picture, not {canvas.frames} frames")
        pipe = self.components.pipeline(self.manifest.pipeline, "unet", "transformer", "vae")
        dtype, denoiser = pipe.vae.dtype, (getattr(pipe, "unet", None) or pipe.transformer).dtype
        if dtype != denoiser:
            raise ValueError(
                f"{self.manifest.id} has a decoder in {dtype} and a denoiser in {denoiser}, and its pipeline takes "
                "both in one; change `dtypes` in its manifest"
            )
        steps.total(len(schedule.sigmas or range(schedule.steps)))
        try:
            [picture] = pipe(
                **embeds,
                **_sigmas(pipe.scheduler, schedule),
                **{kind.guidance: schedule.guidance},
                height=canvas.height,
                width=canvas.width,
                num_inference_steps=schedule.steps,
                generator=ask.generator(),
                output_type="np",
                callback_on_step_end=tell(steps),
            ).images  # (H, W, 3) in [0, 1]
        finally:
            pipe.vae.to(dtype)  # a decoder that overflows in half precision is widened while it works
        return {"picture": torch.from_numpy((picture * 255).round().astype(np.uint8))}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        """The picture, which is finished."""
        del ask
        yield latents["picture"][None].cpu().numpy()

    def _encoded(self, pipe: Any, kind: Kind, prompt: str, negative: str | None) -> Tensors:
        """What `encode_prompt` makes of the prompts, with the defaults of the call that it is part of."""
        takes = inspect.signature(pipe.encode_prompt).parameters
        calls = inspect.signature(type(pipe).__call__).parameters.values()
        given = {p.name: p.default for p in calls if p.default is not p.empty} | {
            "prompt": prompt,
            "negative_prompt": negative or None,
            "do_classifier_free_guidance": negative is not None,
            "device": self.components.device,
        }
        made = pipe.encode_prompt(**{name: value for name, value in given.items() if name in takes})
        return {name: tensor for name, tensor in zip(kind.embeds, made, strict=False) if tensor is not None}


def _sigmas(scheduler: Any, schedule: Schedule) -> dict[str, list[float]]:
    if schedule.sigmas is None:
        return {}
    # This scheduler counts the zero at the end, which a schedule leaves out.
    end = [0.0] if isinstance(scheduler, diffusers.EulerDiscreteScheduler) else []
    return {"sigmas": [*schedule.sigmas, *end]}
