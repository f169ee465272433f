"""Wan: words, pictures and footage to video, on the Wan 2.1 and 2.2 checkpoints.

Follows the pipelines of diffusers for Wan-AI's models. What a checkpoint can do hangs on more than its
pipeline class, so `abilities` has a row for each kind:

    WanPipeline                words, and footage painted over
      2.2 A14B                 the same; one expert for the rough of a shot, one for its detail
      2.2 TI2V-5B              words, footage, or a first picture, which it is given as its first latent frame
    WanImageToVideoPipeline    a first picture, seen through CLIP
      2.1 FLF2V                a first and a last one, both through CLIP, and nothing else
      2.2 A14B                 either, without CLIP
    WanVACEPipeline            any frames known, and pictures of characters beside them

The decoder is causal in time: fed one latent frame at a time with its feature cache it gives the very
pixels of one whole decode, so a clip is never in memory as floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Footage, Steps, pixels, tell
from cutaway_runtime.models.libraries import Image, diffusers, torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.models.base import Tensors
    from cutaway_runtime.registry.manifest import Schedule

TEXT_TOKENS: Final = 512
"""What the pipelines ask of the text encoder; their `encode_prompt` alone would take 226."""
GREY: Final = 128
"""What VACE is shown where nothing is known."""
CHUNK: Final = 8
"""Frames of footage read at a time."""
REFERENCES: Final = 4
"""Pictures that VACE is shown beside a canvas. Each costs as much as four more frames."""

_T2V: Final = "WanPipeline"
_I2V: Final = "WanImageToVideoPipeline"
_VACE: Final = "WanVACEPipeline"
_FROM_WORDS: Final = {Pattern.TEXT: _T2V, Pattern.LOOSE: _T2V}
_FLF: Final = f"{_I2V} (2.1 FLF2V)"
_EXPERTS: Final = f"{_I2V} (2.2 A14B)"
_FIVE: Final = f"{_T2V} (2.2 TI2V-5B)"
_SHOWN_BY_VACE: Final = (
    Pattern.TEXT, Pattern.FIRST, Pattern.LAST, Pattern.FIRST_LAST,
    Pattern.KEYFRAMES, Pattern.HEAD, Pattern.TAIL, Pattern.HEAD_TAIL,
)  # fmt: skip


class Wan(Family):
    """Wan 2.1 and 2.2."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        _T2V: Abilities(_FROM_WORDS),
        "WanVideoToVideoPipeline": Abilities(_FROM_WORDS),
        _FIVE: Abilities({**_FROM_WORDS, Pattern.FIRST: _I2V}),
        _I2V: Abilities({Pattern.FIRST: _I2V}),
        _FLF: Abilities({Pattern.FIRST_LAST: _I2V}),
        _EXPERTS: Abilities({Pattern.FIRST: _I2V, Pattern.FIRST_LAST: _I2V}),
        _VACE: Abilities(dict.fromkeys(_SHOWN_BY_VACE, _VACE), references=REFERENCES),
    }

    @classmethod
    def kind(cls, pipeline: str, settings: Mapping[str, object]) -> str:
        if pipeline == _VACE:
            return pipeline
        if settings.get("expand_timesteps"):
            return _FIVE
        if pipeline == _I2V and settings.get("pos_embed_seq_len") is not None:
            return _FLF  # two pictures at once, or it does not run
        if pipeline == _I2V and settings.get("image_dim", "unknown") is None:
            return _EXPERTS
        return pipeline

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        pipe = self.components.pipeline(_T2V, "tokenizer", "text_encoder")
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
        canvas, schedule = ask.canvas, ask.schedule
        self._check_grid(canvas)
        generator = ask.generator()
        shown: dict[str, Any] = {}
        begin, count = 0, schedule.steps if schedule.sigmas is None else len(schedule.sigmas)
        if ask.pattern is Pattern.LOOSE:
            begin = count - max(1, int(count * round(1 - min(known.strength for known in canvas.known), 6)))
            shown["latents"] = self._noised(ask, begin, generator)
        parts = ("transformer", "transformer_2", "vae", "image_encoder", "image_processor")
        pipe = self.components.pipeline(self.pipeline_class(ask.pattern), *parts)
        pipe.scheduler = begun(scheduled(pipe.scheduler, schedule), begin)
        steps.total(count - begin)
        if pipe.config.boundary_ratio is not None:
            shown["guidance_scale_2"] = schedule.guidance_2
        if isinstance(pipe, diffusers.WanImageToVideoPipeline):
            shown |= pictures(ask)
        if isinstance(pipe, diffusers.WanVACEPipeline):
            shown |= conditions(canvas)
        latents = pipe(
            **embeds,
            **shown,
            height=canvas.height,
            width=canvas.width,
            num_frames=canvas.frames,
            num_inference_steps=schedule.steps,
            guidance_scale=schedule.guidance,
            generator=generator,
            output_type="latent",
            callback_on_step_end=tell(steps),
        ).frames
        # VACE puts a latent frame for each reference picture in front of those of the canvas.
        return {"latents": latents[:, :, len(shown.get("reference_images") or ()) :]}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        vae = self.components.pipeline(_T2V, "vae").vae
        z = latents["latents"].to(self.components.device, vae.dtype)
        mean, deviation = (
            torch.tensor(values).view(1, vae.config.z_dim, 1, 1, 1).to(z.device, z.dtype)
            for values in (vae.config.latents_mean, vae.config.latents_std)
        )
        # The pipelines divide by the reciprocal; multiplying instead would differ in the last bit.
        for video in streamed(vae, z / (1.0 / deviation) + mean):
            yield pixels(video)

    def _noised(self, ask: Ask, begin: int, generator: torch.Generator) -> torch.Tensor:
        """Footage in the noise of the step at which painting over it begins.

        As `WanVideoToVideoPipeline` does it, whose own loop knows one expert only. A pipeline's strength is
        how far it goes from the footage, a canvas's how firmly it holds. One step is the least.
        """
        canvas, device = ask.canvas, self.components.device
        pipe = self.components.pipeline("WanVideoToVideoPipeline", "vae")
        pipe.scheduler = begun(scheduled(pipe.scheduler, ask.schedule), begin)
        pipe.scheduler.set_timesteps(ask.schedule.steps, device=device)
        pipe.vae_scale_factor_spatial = pipe.vae.config.scale_factor_spatial  # it takes every decoder for Wan 2.1's
        video = pipe.video_processor.preprocess_video(Footage.of(canvas).images(), canvas.height, canvas.width)
        latents: torch.Tensor = pipe.prepare_latents(
            video,
            num_channels_latents=pipe.vae.config.z_dim,
            height=canvas.height,
            width=canvas.width,
            dtype=torch.float32,
            device=device,
            generator=generator,
            timestep=pipe.scheduler.timesteps[:1],
        )
        return latents

    def _check_grid(self, canvas: Canvas) -> None:
        """Off the grid diffusers would round, and a clip would change its length."""
        vae = self.components.config("vae")
        time, space = vae.get("scale_factor_temporal") or 4, 2 * (vae.get("scale_factor_spatial") or 8)
        if canvas.frames % time != 1 or canvas.width % space or canvas.height % space:
            raise ValueError(
                f"{canvas.frames} frames of {canvas.width}x{canvas.height} for {self.manifest.id}, which makes "
                f"{time}k + 1 frames with sides that are multiples of {space}; its manifest says otherwise"
            )


def pictures(ask: Ask) -> dict[str, Any]:
    """The first frame of a canvas, and the last where it is known, for `WanImageToVideoPipeline`."""
    known = {at: frame for at, frame in _frames(ask.canvas) if at in {0, ask.canvas.frames - 1}}
    if ask.pattern is Pattern.FIRST_LAST:
        return {"image": known[0], "last_image": known[ask.canvas.frames - 1]}
    return {"image": known[0]}


def conditions(canvas: Canvas) -> dict[str, Any]:
    """A canvas for `WanVACEPipeline`: the frames, with grey where they are open, and a mask, black where they are kept.

    How firmly a frame is held makes no difference to it. The anchor is shown as the last of the references.
    """
    beside = [*canvas.references, *([] if canvas.anchor is None else [canvas.anchor])]
    shown: dict[str, Any] = {}
    if beside:
        shown["reference_images"] = [Image.fromarray(plate.read(0, 1)[0]) for plate in beside]
    if canvas.known:
        size = (canvas.width, canvas.height)
        video = [Image.new("RGB", size, (GREY, GREY, GREY))] * canvas.frames
        mask = [Image.new("L", size, 255)] * canvas.frames
        kept = Image.new("L", size, 0)
        for at, frame in _frames(canvas):
            video[at], mask[at] = frame, kept
        shown |= {"video": video, "mask": mask}
    return shown


def _frames(canvas: Canvas) -> Iterator[tuple[int, Image.Image]]:
    """Each known frame of a canvas, read a few at a time."""
    for known in canvas.known:
        for start in range(0, len(known.plate), CHUNK):
            frames = known.plate.read(start, min(start + CHUNK, len(known.plate)))
            for at, frame in enumerate(frames, known.at + start):
                yield at, Image.fromarray(frame)


def scheduled(scheduler: Any, schedule: Schedule) -> Any:
    """The scheduler itself or, for a distilled checkpoint, a plain Euler one that goes through the noise levels of
    the schedule, however many steps it is asked for.
    """
    if schedule.sigmas is None:
        return scheduler
    made = diffusers.FlowMatchEulerDiscreteScheduler(scheduler.config.num_train_timesteps, shift=1.0)
    set_timesteps, sigmas = made.set_timesteps, list(schedule.sigmas)
    made.set_timesteps = lambda *_, device=None: set_timesteps(sigmas=sigmas, device=device)
    return made


def begun(scheduler: Any, begin: int) -> Any:
    """The scheduler, which leaves out the first `begin` steps of those it is asked for."""
    set_timesteps = scheduler.set_timesteps

    def from_there(*args: Any, **more: Any) -> None:
        set_timesteps(*args, **more)
        scheduler.timesteps = scheduler.timesteps[begin:]
        scheduler.sigmas = scheduler.sigmas[begin:]

    if begin:
        scheduler.set_timesteps = from_there
    return scheduler


def streamed(vae: Any, z: torch.Tensor) -> Iterator[torch.Tensor]:
    """A decode of the Wan VAE in chunks: (1, 3, 1 or 4, H, W) in [-1, 1] for each latent frame in turn.

    Equal to `vae.decode(z)` bit for bit. Tiled decoding, if it is on, comes as one chunk. The feature cache is
    this decode's own: one that was left halfway does not disturb the next.
    """
    tile = [side // vae.spatial_compression_ratio for side in (vae.tile_sample_min_height, vae.tile_sample_min_width)]
    if vae.use_tiling and (z.shape[-2] > tile[0] or z.shape[-1] > tile[1]):
        yield vae.decode(z).sample
        return
    vae.clear_cache()  # which makes an empty one of the right length
    cache = list(vae._feat_map)  # noqa: SLF001 - the cache has no public way in
    features = vae.post_quant_conv(z)
    for i in range(z.shape[2]):
        more = {"first_chunk": True} if i == 0 else {}
        out = vae.decoder(features[:, :, i : i + 1], feat_cache=cache, feat_idx=[0], **more)
        if vae.config.patch_size is not None:
            out = diffusers.models.autoencoders.autoencoder_kl_wan.unpatchify(out, vae.config.patch_size)
        yield out.clamp(-1.0, 1.0)
