"""SkyReels-V2, diffusion forcing: words, pictures and footage to shots of any length.

Follows the pipelines of diffusers for Skywork's models, of which three are built round the same weights.
Each latent frame has a noise level of its own, so that what is known enters as latent frames without noise:

    text          ................
    first         #...............
    first, last   #...............#    the last picture follows the shot and is not part of it
    head          #####...........     its last 4k+1 frames, or its first one held until there are five

A canvas longer than what the model was trained on is painted in windows that pass on their last latents,
`window_context` frames of them. The decoder is that of Wan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Steps, pixels, tell
from cutaway_runtime.models.libraries import Image, np, torch
from cutaway_runtime.models.wan import streamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.models.base import Tensors
    from cutaway_runtime.registry.manifest import Schedule

TEXT_TOKENS: Final = 512
"""What the pipelines ask of the text encoder; their `encode_prompt` alone would take 226."""
LATENT_STEP: Final = 4
"""Frames per latent frame, after the first."""
SIDE_STEP: Final = 16
TRAINED: Final = 97
TRAINED_LARGE: Final = 121
"""Frames it was trained on: at up to 544p, and above."""
LARGE: Final = 960 * 544
"""Pixels."""

_TEXT: Final = "SkyReelsV2DiffusionForcingPipeline"
_PICTURES: Final = "SkyReelsV2DiffusionForcingImageToVideoPipeline"
_FOOTAGE: Final = "SkyReelsV2DiffusionForcingVideoToVideoPipeline"
_ABLE: Final = Abilities(
    {Pattern.TEXT: _TEXT, Pattern.FIRST: _PICTURES, Pattern.FIRST_LAST: _PICTURES, Pattern.HEAD: _FOOTAGE}
)


class SkyReels(Family):
    """SkyReels-V2 diffusion forcing."""

    abilities: ClassVar[Mapping[str, Abilities]] = dict.fromkeys((_TEXT, _PICTURES, _FOOTAGE), _ABLE)

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        pipe = self.components.pipeline(_TEXT, "tokenizer", "text_encoder")
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
        frames = canvas.frames + (LATENT_STEP if _begins(ask) < 0 else 0)
        window = min(self._trained(ask), frames)
        shown = _shown(ask)
        overlap = shown.get("overlap_history")
        if frames > window:
            overlap = overlap or _whole(self.manifest.grid.window_context)
        pipe = self.components.pipeline(self.pipeline_class(ask.pattern), "transformer", "vae")
        if schedule.sigmas is not None:
            pipe.scheduler = distilled(pipe.scheduler, schedule)
        steps.total(len(schedule.sigmas or range(schedule.steps)) * _windows(frames, window, overlap))
        latents = pipe(
            **embeds,
            **shown | {"overlap_history": overlap},
            prompt=None,  # which has no default in one of the three
            base_num_frames=window,
            height=canvas.height,
            width=canvas.width,
            num_frames=frames,
            num_inference_steps=schedule.steps,
            guidance_scale=schedule.guidance,
            fps=round(canvas.rate.fraction),
            generator=ask.generator(),
            output_type="latent",
            callback_on_step_end=tell(steps),
        ).frames  # (1, C, T, H, W)
        return {"latents": latents[:, :, : _latents(frames)]}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        """One latent frame at a time. Known frames in front of those the model saw come as they are."""
        canvas, at = ask.canvas, _begins(ask)
        if at > 0:
            yield canvas.known[0].read(0, at)
        vae = self.components.pipeline(_TEXT, "vae").vae
        z = latents["latents"].to(self.components.device, vae.dtype)
        mean, deviation = (
            torch.tensor(values).view(1, vae.config.z_dim, 1, 1, 1).to(z.device, z.dtype)
            for values in (vae.config.latents_mean, vae.config.latents_std)
        )
        # The pipelines divide by the reciprocal; multiplying instead would differ in the last bit.
        for video in streamed(vae, z / (1.0 / deviation) + mean):
            chunk = pixels(video)[max(0, -at) : canvas.frames - at]
            at += video.shape[2]
            if len(chunk):
                yield chunk

    def _trained(self, ask: Ask) -> int:
        """Frames that the model paints at a time, at most.

        Raises:
            ValueError: a canvas that the pipelines would round, or get wrong.
        """
        canvas = ask.canvas
        trained = TRAINED_LARGE if canvas.width * canvas.height > LARGE else TRAINED
        if canvas.frames % LATENT_STEP != 1 or canvas.width % SIDE_STEP or canvas.height % SIDE_STEP:
            raise ValueError(
                f"SkyReels-V2 paints 4k+1 frames with sides that are multiples of {SIDE_STEP}, "
                f"not {canvas.frames} of {canvas.width}x{canvas.height}"
            )
        if ask.pattern is Pattern.FIRST_LAST and canvas.frames > trained:
            raise ValueError(
                f"SkyReels-V2 comes to a last picture within {trained} frames, not {canvas.frames}; "
                "ask for a shorter shot, or leave the last picture out"
            )
        return trained


def _shown(ask: Ask) -> dict[str, Any]:
    """What is known of a canvas, as the pipeline of its pattern takes it."""
    canvas = ask.canvas
    if ask.pattern is Pattern.HEAD:
        head, begins = canvas.known[0], _begins(ask)
        seen = [Image.fromarray(frame) for frame in head.read(max(0, begins), head.range.end)]
        seen = seen[:1] * max(0, -begins) + seen
        return {"video": seen, "overlap_history": len(seen)}
    known = sorted(canvas.known, key=lambda known: known.at)
    names = ("image", "last_image")[: 0 if ask.pattern is Pattern.TEXT else 2]
    return {name: Image.fromarray(k.read(k.at, k.at + 1)[0]) for name, k in zip(names, known, strict=False)}


def _begins(ask: Ask) -> int:
    """The frame of the canvas with which what the model paints begins: not 0 where footage is not 4k+1 frames long."""
    if ask.pattern is not Pattern.HEAD:
        return 0
    known = len(ask.canvas.known[0].plate)
    return (known - 1) % LATENT_STEP if known > LATENT_STEP else known - LATENT_STEP - 1


def _latents(frames: int) -> int:
    return (frames - 1) // LATENT_STEP + 1


def _whole(frames: int) -> int:
    """4k+1, at most so many."""
    return (_latents(frames) - 1) * LATENT_STEP + 1


def _windows(frames: int, window: int, overlap: int | None) -> int:
    """How many windows make a canvas; each after the first begins with what the one before it ended with."""
    if frames <= window or overlap is None:
        return 1
    return 1 + int(np.ceil((_latents(frames) - _latents(window)) / (_latents(window) - _latents(overlap))))


def distilled(scheduler: Any, schedule: Schedule) -> Any:
    """The scheduler, going through the noise levels of a schedule however many steps it is asked for.

    Its own class, because the pipelines copy it for each latent frame.
    """
    kind: Any = type(scheduler)

    class Distilled(kind):  # type: ignore[misc]
        def set_timesteps(self, *_: object, device: Any = None) -> None:
            super().set_timesteps(device=device, sigmas=np.array(schedule.sigmas))

    # These are the levels themselves; the checkpoint's own shift would move them again.
    return Distilled.from_config(scheduler.config, flow_shift=1.0)
