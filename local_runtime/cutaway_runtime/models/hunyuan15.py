"""HunyuanVideo 1.5: words, or a first picture, to video.

Follows the pipelines of diffusers for Tencent's models, which differ from all others in three ways:

    guidance    is an object of the checkpoint, and takes no number in the call
    steps       are told to nobody: they are counted where the scheduler takes them
    size        follows from the picture, by a table of shapes; here it is the canvas's
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Steps, pixels
from cutaway_runtime.models.libraries import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.models.base import Tensors

LATENT_STEP: Final = 4
"""Frames per latent frame, after the first."""
SIDE_STEP: Final = 16
"""Pixels per latent, each way."""
_TEXT: Final = "HunyuanVideo15Pipeline"
_PICTURE: Final = "HunyuanVideo15ImageToVideoPipeline"
_EMBEDS: Final = ("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2")
"""What `encode_prompt` returns."""


class HunyuanVideo15(Family):
    """HunyuanVideo 1.5."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        _TEXT: Abilities({Pattern.TEXT: _TEXT}),
        _PICTURE: Abilities({Pattern.FIRST: _PICTURE}),
    }

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        """By Qwen2.5-VL, and by ByT5 what stands in quotation marks, which is written in the picture."""
        # The pipeline cannot be made without its decoder.
        parts = ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2", "vae")
        pipe = self.components.pipeline(_TEXT, *parts)
        device = self.components.device
        embeds = dict(zip(_EMBEDS, pipe.encode_prompt(prompt, device=device), strict=True))
        if negative is not None:
            opposite = zip(_EMBEDS, pipe.encode_prompt(negative, device=device), strict=True)
            embeds |= {f"negative_{name}": tensor for name, tensor in opposite}
        return embeds

    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        canvas, schedule = ask.canvas, ask.schedule
        if canvas.frames % LATENT_STEP != 1 or canvas.width % SIDE_STEP or canvas.height % SIDE_STEP:
            raise ValueError(
                f"HunyuanVideo 1.5 paints 4k+1 frames with sides that are multiples of {SIDE_STEP}, "
                f"not {canvas.frames} of {canvas.width}x{canvas.height}"
            )
        parts = ("transformer", "vae", "guider", "image_encoder", "feature_extractor")
        pipe = self.components.pipeline(self.pipeline_class(ask.pattern), *parts)
        pipe.guider = pipe.guider.new(guidance_scale=schedule.guidance)
        pipe.scheduler.step = told(pipe.scheduler.step, steps)
        if ask.pattern is Pattern.FIRST:
            shown: dict[str, Any] = {"image": Image.fromarray(canvas.known[0].read(0, 1)[0])}
            pipe.video_processor.calculate_default_height_width = _size(canvas)
        else:
            shown = {"height": canvas.height, "width": canvas.width}
        steps.total(len(schedule.sigmas or range(schedule.steps)))
        latents = pipe(
            **embeds,
            **shown,
            num_frames=canvas.frames,
            num_inference_steps=schedule.steps,
            sigmas=None if schedule.sigmas is None else list(schedule.sigmas),
            generator=ask.generator(),
            output_type="latent",
        ).frames  # (1, C, T, H, W)
        return {"latents": latents}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        """All frames at once: each looks at all those before it."""
        del ask
        vae = self.components.pipeline(_TEXT, "vae").vae
        z = latents["latents"].to(self.components.device, vae.dtype) / vae.config.scaling_factor
        yield pixels(vae.decode(z).sample)


def told(step: Any, steps: Steps) -> Any:
    """A scheduler's step that tells of itself. The scheduler is the pipeline's own copy, and goes with it."""

    def stepped(*args: Any, **more: Any) -> Any:
        made = step(*args, **more)
        steps.done()
        return made

    return stepped


def _size(canvas: Canvas) -> Any:
    """In place of the table of shapes: the size that was asked for."""

    def size(**_: int) -> tuple[int, int]:
        return canvas.height, canvas.width

    return size
