"""Wan: text, pictures and footage to video on the Wan 2.1 and 2.2 checkpoints.

Follows the pipelines of diffusers for Wan-AI's models. The decoder is causal in time: fed one latent
frame at a time with its feature cache it gives the very pixels of one whole decode, so a clip is never
in memory as floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Footage, Steps, pixels, tell
from cutaway_runtime.models.libraries import diffusers, torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.models.base import Tensors

TEXT_TOKENS: Final = 512
"""What the pipelines ask of the text encoder; their `encode_prompt` alone would take 226."""


class Wan(Family):
    """Wan 2.1 and 2.2."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        "WanPipeline": Abilities({Pattern.TEXT: "WanPipeline", Pattern.LOOSE: "WanVideoToVideoPipeline"}),
    }

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        pipe = self.components.pipeline("WanPipeline", "tokenizer", "text_encoder")
        positive, opposite = pipe.encode_prompt(
            prompt,
            negative,
            do_classifier_free_guidance=negative is not None,
            max_sequence_length=TEXT_TOKENS,
            device=self.components.device,
        )
        embeds = {"prompt_embeds": positive}
        return embeds if opposite is None else {**embeds, "negative_prompt_embeds": opposite}

    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        pipe = self.components.pipeline(self.pipeline_class(ask.pattern), "transformer", "transformer_2", "vae")
        canvas, schedule = ask.canvas, ask.schedule
        more: dict[str, Any] = {"num_frames": canvas.frames}
        if ask.pattern is Pattern.LOOSE:
            # A pipeline's strength is how far it goes from the footage, a canvas's how firmly it holds.
            more = {"video": Footage.of(canvas).images(), "strength": 1 - canvas.known[0].strength}
        steps.total(schedule.steps)
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
        ).frames
        return {"latents": latents}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        vae = self.components.pipeline("WanPipeline", "vae").vae
        z = latents["latents"].to(self.components.device, vae.dtype)
        mean, deviation = (
            torch.tensor(values).view(1, vae.config.z_dim, 1, 1, 1).to(z.device, z.dtype)
            for values in (vae.config.latents_mean, vae.config.latents_std)
        )
        # The pipelines divide by the reciprocal; multiplying instead would differ in the last bit.
        for video in streamed(vae, z / (1.0 / deviation) + mean):
            yield pixels(video)


def streamed(vae: Any, z: torch.Tensor) -> Iterator[torch.Tensor]:
    """A decode of the Wan VAE in chunks: (1, 3, 1 or 4, H, W) in [-1, 1] for each latent frame in turn.

    Equal to `vae.decode(z)` bit for bit. Tiled decoding, if it is on, comes as one chunk.
    """
    tile = [side // vae.spatial_compression_ratio for side in (vae.tile_sample_min_height, vae.tile_sample_min_width)]
    if vae.use_tiling and (z.shape[-2] > tile[0] or z.shape[-1] > tile[1]):
        yield vae.decode(z).sample
        return
    vae.clear_cache()
    try:
        features = vae.post_quant_conv(z)
        for i in range(z.shape[2]):
            vae._conv_idx = [0]  # noqa: SLF001 - the cache has no public way in
            more = {"first_chunk": True} if i == 0 else {}
            out = vae.decoder(features[:, :, i : i + 1], feat_cache=vae._feat_map, feat_idx=vae._conv_idx, **more)  # noqa: SLF001
            if vae.config.patch_size is not None:
                out = diffusers.models.autoencoders.autoencoder_kl_wan.unpatchify(out, vae.config.patch_size)
            yield out.clamp(-1.0, 1.0)
    finally:
        vae.clear_cache()
