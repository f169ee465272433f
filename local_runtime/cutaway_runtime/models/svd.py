"""Stable Video Diffusion: a picture, set in motion. It takes no words.

Follows the pipeline of diffusers for Stability AI's models. How fast things move follows from the rate of
the canvas, which the model was told of when it was trained, and from a motion bucket, which stays at the
value that diffusers chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Steps, pixels, tell
from cutaway_runtime.models.libraries import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.models.base import Tensors

PIPELINE: Final = "StableVideoDiffusionPipeline"
SIDE_STEP: Final = 64
"""Both sides are multiples of it: the denoiser halves the latents, an eighth of the picture, three times."""


class StableVideoDiffusion(Family):
    """Stable Video Diffusion and its XT."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        PIPELINE: Abilities({Pattern.FIRST: PIPELINE}, negative_prompt=False, reads_prompt=False)
    }

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        """Nothing: there is no text encoder."""
        del prompt, negative
        return {}

    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        del embeds
        canvas, schedule = ask.canvas, ask.schedule
        if canvas.width % SIDE_STEP or canvas.height % SIDE_STEP:
            raise ValueError(
                f"Stable Video Diffusion paints sides that are multiples of {SIDE_STEP}, "
                f"not {canvas.width}x{canvas.height}"
            )
        pipe = self.components.pipeline(PIPELINE, "vae", "image_encoder", "feature_extractor", "unet")
        # This scheduler counts the zero at the end, which a schedule leaves out.
        sigmas = None if schedule.sigmas is None else [*schedule.sigmas, 0.0]
        steps.total(len(schedule.sigmas or range(schedule.steps)))
        dtype = pipe.vae.dtype
        try:
            latents = pipe(
                Image.fromarray(canvas.known[0].read(0, 1)[0]),
                height=canvas.height,
                width=canvas.width,
                num_frames=canvas.frames,
                num_inference_steps=schedule.steps,
                sigmas=sigmas,
                # From the first frame, which follows the picture anyway, to the last.
                min_guidance_scale=1.0,
                max_guidance_scale=schedule.guidance,
                fps=max(1, round(canvas.rate.fraction)),
                generator=ask.generator(),
                output_type="latent",
                callback_on_step_end=tell(steps),
            ).frames  # (1, T, C, H, W)
        finally:
            pipe.vae.to(dtype)  # its encoder is widened while it works
        return {"latents": latents}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        """All frames at once: the decoder looks at each frame's neighbours and levels over all of them, so that
        a part decoded alone comes out otherwise.
        """
        pipe = self.components.pipeline(PIPELINE, "vae")
        z = latents["latents"].to(self.components.device, pipe.vae.dtype)
        yield pixels(pipe.decode_latents(z, ask.canvas.frames, ask.canvas.frames))
