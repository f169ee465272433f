"""CogVideoX: text, a picture and footage to video on the CogVideoX 1.0 and 1.5 checkpoints.

Follows the pipelines of diffusers for the CogVideoX models. Lengths are 8k+1 frames: with an even number
of latent frames the decoder does not treat the first one as a single frame, and gives three frames too many.

1.5 denoises two latent frames as one token, so an odd number of them gets one more in front, which is
thrown away before decoding. Footage to repaint is given its first frame four times more for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Footage, Steps, pixels, tell
from cutaway_runtime.models.libraries import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import torch

    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.models.base import Tensors

TEXT_TOKENS: Final = 226
"""What the pipelines ask of the text encoder where the denoiser does not say."""
FRAME_STEP: Final = 8
LATENT_STEP: Final = 4
"""Frames per latent frame, after the first."""
PIXEL_STEP: Final = 8
"""Pixels per latent, each way."""

_TEXT: Final = Abilities({Pattern.TEXT: "CogVideoXPipeline", Pattern.LOOSE: "CogVideoXVideoToVideoPipeline"})
"""Both are pipelines round the same weights."""


class CogVideoX(Family):
    """CogVideoX 1.0 and 1.5."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        "CogVideoXPipeline": _TEXT,
        "CogVideoXVideoToVideoPipeline": _TEXT,
        "CogVideoXImageToVideoPipeline": Abilities({Pattern.FIRST: "CogVideoXImageToVideoPipeline"}),
    }

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        pipe = self.components.pipeline("CogVideoXPipeline", "tokenizer", "text_encoder")
        positive, opposite = pipe.encode_prompt(
            prompt,
            negative,
            do_classifier_free_guidance=negative is not None,
            max_sequence_length=self.components.config("transformer").get("max_text_seq_length", TEXT_TOKENS),
            device=self.components.device,
        )
        embeds = {"prompt_embeds": positive}
        return embeds if opposite is None else {**embeds, "negative_prompt_embeds": opposite}

    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        self._refuse(ask)
        canvas, schedule = ask.canvas, ask.schedule
        padding = self._padding(canvas)
        count, more = schedule.steps, {}
        if ask.pattern is Pattern.LOOSE:
            # A pipeline's strength is how far it goes from the footage, a canvas's how firmly it holds.
            # It must come to one step at least, and rounding keeps 1 - 0.9 from being less than a tenth.
            strength = max(round(1 - canvas.known[0].strength, 6), 1 / count)
            count = int(count * strength)
            images = Footage.of(canvas).images()
            more = {"video": images[:1] * LATENT_STEP * padding + images, "strength": strength}
        elif ask.pattern is Pattern.FIRST:
            more = {"image": Image.fromarray(canvas.known[0].read(0, 1)[0]), "num_frames": canvas.frames}
        else:
            more = {"num_frames": canvas.frames}
        pipe = self.components.pipeline(self.pipeline_class(ask.pattern), "transformer", "vae")
        steps.total(count)
        latents = pipe(
            **embeds,
            **more,
            height=canvas.height,
            width=canvas.width,
            num_inference_steps=schedule.steps,
            guidance_scale=schedule.guidance,
            generator=ask.generator(),
            output_type="latent",
            callback_on_step_end=tell(steps),
        ).frames  # (1, T, C, H, W)
        return {"latents": latents[:, padding:]}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        """Two latent frames (eight frames) at a time, the first three together, as the decoder itself does."""
        del ask
        vae = self.components.pipeline("CogVideoXPipeline", "vae").vae
        z = latents["latents"].to(self.components.device).permute(0, 2, 1, 3, 4)  # (1, C, T, H, W)
        z = (1 / vae.config.scaling_factor * z).to(vae.dtype)
        for video in streamed(vae, z):
            yield pixels(video)

    def _refuse(self, ask: Ask) -> None:
        canvas, made_for = ask.canvas, self.components.config("transformer")
        if canvas.frames % FRAME_STEP != 1:
            raise ValueError(f"CogVideoX paints 8k+1 frames, not {canvas.frames}")
        if ask.schedule.sigmas is not None:
            raise ValueError("CogVideoX takes a number of steps; its schedulers know no sigmas of one's own")
        if made_for.get("use_learned_positional_embeddings"):
            size = made_for["sample_width"] * PIXEL_STEP, made_for["sample_height"] * PIXEL_STEP
            if size != (canvas.width, canvas.height):
                asked = f"{canvas.width}x{canvas.height}"
                raise ValueError(f"{self.manifest.id} paints {size[0]}x{size[1]} and no other size, not {asked}")

    def _padding(self, canvas: Canvas) -> int:
        """How many latent frames go in front, so that the denoiser can take them by the token."""
        per_token: int | None = self.components.config("transformer").get("patch_size_t")
        latents = (canvas.frames - 1) // LATENT_STEP + 1
        return -latents % per_token if per_token else 0


def streamed(vae: Any, z: torch.Tensor) -> Iterator[torch.Tensor]:
    """A decode of the CogVideoX VAE in chunks: (1, 3, 8 or 9, H, W) in [-1, 1].

    Equal to `vae.decode(z)` bit for bit, which takes as many latent frames at a time, with the same
    cache between them. Tiled decoding comes as one chunk.
    """
    if vae.use_tiling and (z.shape[-1] > vae.tile_latent_min_width or z.shape[-2] > vae.tile_latent_min_height):
        yield vae.decode(z).sample
        return
    step = vae.num_latent_frames_batch_size
    rest, cache = z.shape[2] % step, None
    for i in range(max(z.shape[2] // step, 1)):
        part = z[:, :, step * i + (rest if i else 0) : step * (i + 1) + rest]
        if vae.post_quant_conv is not None:
            part = vae.post_quant_conv(part)
        video, cache = vae.decoder(part, conv_cache=cache)
        yield video
