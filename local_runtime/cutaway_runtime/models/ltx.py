"""LTX-Video: words, pictures and footage to video, on the 0.9 checkpoints.

Follows the pipelines of diffusers for Lightricks' models. From 0.9.5 on a checkpoint is an
`LTXConditionPipeline` and can be shown any frames, anywhere:

    ####............####....    canvas: known runs, a picture, open frames
    [clip)          [clip).s    shown: clips of 8k+1 frames that begin at a multiple of 8, and stills

A clip that began elsewhere would be taken for other frames than it is: diffusers rounds its place down and
says nothing. So a known run is shown as the longest such clip inside it, and as a still at each end that the
clip does not reach; a still may lie anywhere. Runs of 8k+1 frames from a multiple of 8 are shown whole.

The decoder looks ahead as well as back, so a clip is decoded at once. Decoders of 0.9.1 and later clean up
a little noise themselves; it is drawn where the pipelines draw it, behind the last step, and kept with the
latents, so that decoding them again gives the same pixels.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from cutaway.timebase import FrameRange
from cutaway.wire import Pattern
from cutaway_runtime.canvas import RunKind
from cutaway_runtime.models.base import Abilities, Ask, Family, Steps, pixels, tell
from cutaway_runtime.models.libraries import Image, diffusers, np, torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.models.base import Tensors

FRAME_STEP: Final = 8
"""Frames per latent frame, after the first."""
PIXEL_STEP: Final = 32
"""Pixels per latent, each way."""
CHUNK: Final = 8
"""Frames turned into bytes at a time."""
DECODE_TIMESTEP: Final = 0.05
DECODE_NOISE: Final = 0.025
"""What decoders that clean up noise are told and given, as the makers recommend."""

_T2V: Final = "LTXPipeline"
_I2V: Final = "LTXImageToVideoPipeline"
_ANY: Final = "LTXConditionPipeline"
_PICTURE: Final = Abilities({Pattern.TEXT: _T2V, Pattern.FIRST: _I2V, Pattern.LOOSE: _ANY})
"""Before 0.9.5: never trained to be shown frames but the first. Painting over footage asks for no training."""
SHOWN: Final = (
    Pattern.TEXT, Pattern.FIRST, Pattern.LAST, Pattern.FIRST_LAST,
    Pattern.KEYFRAMES, Pattern.HEAD, Pattern.TAIL, Pattern.HEAD_TAIL, Pattern.LOOSE,
)  # fmt: skip


class Ltx(Family):
    """LTX-Video 0.9."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        _ANY: Abilities(dict.fromkeys(SHOWN, _ANY)),
        _T2V: _PICTURE,
        _I2V: _PICTURE,
    }

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        # The pipelines ask for other lengths, and only one of them hides the padding from the text encoder.
        name, tokens = (_ANY, 256) if self.manifest.pipeline == _ANY else (_T2V, 128)
        pipe = self.components.pipeline(name, "tokenizer", "text_encoder")
        positive, mask, opposite, opposite_mask = pipe.encode_prompt(
            prompt,
            negative,
            do_classifier_free_guidance=negative is not None,
            max_sequence_length=tokens,
            device=self.components.device,
        )
        embeds = {"prompt_embeds": positive, "prompt_attention_mask": mask}
        if opposite is None:
            return embeds
        return {**embeds, "negative_prompt_embeds": opposite, "negative_prompt_attention_mask": opposite_mask}

    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        canvas, schedule = ask.canvas, ask.schedule
        check_grid(canvas)
        name = self.pipeline_class(ask.pattern)
        pipe = self.components.pipeline(name, "transformer", "vae")
        count = schedule.steps
        if schedule.sigmas is not None:
            count = len(schedule.sigmas)
            pipe.scheduler = at_sigmas(pipe.scheduler, schedule.sigmas)
        elif name == _ANY and pipe.scheduler.config.use_dynamic_shifting:
            # The pipeline brings noise levels of its own and cannot tell a scheduler of 0.9.1 how to shift them.
            pipe.scheduler = unshifted(pipe.scheduler)
        check_steps(pipe.scheduler, count)
        generator = ask.generator()
        more, total = self._shown(ask, pipe, count)
        steps.total(total)
        latents = pipe(
            **embeds,
            **more,
            height=canvas.height,
            width=canvas.width,
            num_frames=canvas.frames,
            frame_rate=float(canvas.rate.fraction),
            num_inference_steps=count,
            guidance_scale=schedule.guidance,
            generator=generator,
            output_type="latent",
            callback_on_step_end=tell(steps),
        ).frames
        if name != _ANY:
            latents = pipe._unpack_latents(latents, *latent_shape(canvas))  # noqa: SLF001 - no public way
        return {"latents": _settled(pipe, latents, embeds["prompt_embeds"].dtype, generator)}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        vae = self.components.pipeline(_T2V, "vae").vae
        z = latents["latents"].to(self.components.device, vae.dtype)
        timestep = None
        if vae.config.timestep_conditioning:
            timestep = torch.tensor([DECODE_TIMESTEP], device=z.device, dtype=z.dtype)
        yield from decoded(vae, z, timestep, ask.seed)

    def _shown(self, ask: Ask, pipe: Any, count: int) -> tuple[dict[str, Any], int]:
        """The arguments that show a pipeline what is known, and how many of `count` steps it will take."""
        canvas = ask.canvas
        if ask.pattern is Pattern.TEXT:
            return {}, count
        if ask.pattern is Pattern.LOOSE:
            # A pipeline's strength is how far it goes from the footage, a canvas's how firmly it holds.
            strength = max(round(1 - canvas.known[0].strength, 6), 1 / count)
            return {"latents": _encoded(pipe, canvas), "denoise_strength": strength}, int(count * strength)
        if self.pipeline_class(ask.pattern) == _I2V:
            return {"image": Image.fromarray(known_frames(canvas, 0, 1)[0])}, count
        condition = diffusers.pipelines.ltx.pipeline_ltx_condition.LTXVideoCondition
        conditions = []
        for clip in shown(canvas):
            images = [Image.fromarray(frame) for frame in known_frames(canvas, clip.at, clip.at + clip.frames)]
            what = {"image": images[0]} if clip.frames == 1 else {"video": images}
            conditions.append(condition(**what, frame_index=clip.at, strength=clip.strength))
        return {"conditions": conditions}, count


class Clip(NamedTuple):
    """Known frames as a model is shown them: `frames` (8k+1) of them from frame `at` of the canvas on."""

    at: int
    frames: int
    strength: float


def shown(canvas: Canvas) -> list[Clip]:
    """Everything that is known on a canvas, as clips that begin at multiples of 8, and stills.

    Raises:
        ValueError: two shots at once, which no model of these is shown.
    """
    clips = []
    for run, strength in _known_runs(canvas):
        begin = -(-run.start // FRAME_STEP) * FRAME_STEP
        end = begin
        if begin < run.end:
            end = begin + (run.end - begin - 1) // FRAME_STEP * FRAME_STEP + 1
            clips.append(Clip(begin, end - begin, strength))
        edges = {run.start, run.end - 1}
        clips += [Clip(edge, 1, strength) for edge in edges if not begin <= edge < end]
    return sorted(clips)


def _known_runs(canvas: Canvas) -> list[tuple[FrameRange, float]]:
    """Runs of known frames and how firmly they hold; neighbours that hold alike are one."""
    runs: list[tuple[FrameRange, float]] = []
    for run in canvas.runs():
        if run.kind is RunKind.OVERLAP:
            raise ValueError(f"two shots lie over frames {run.range}; a model is shown one")
        if run.kind is RunKind.OPEN:
            continue
        here, strength = run.range, run.known[0].strength
        if runs and runs[-1][0].end == here.start and runs[-1][1] == strength:
            here = FrameRange(runs.pop()[0].start, here.end)
        runs.append((here, strength))
    return runs


def known_frames(canvas: Canvas, start: int, end: int) -> Pixels:
    """Frames [start, end) of a canvas, all of them known: (end - start, H, W, 3) RGB uint8."""
    here = FrameRange(start, end)
    parts = [(both, k) for k in canvas.known if (both := k.range.intersection(here)) is not None]
    frames: Pixels = np.concatenate(
        [k.read(both.start, both.end) for both, k in sorted(parts, key=lambda p: p[0].start)]
    )
    return frames


def check_grid(canvas: Canvas) -> None:
    """Raises `ValueError` for a canvas that diffusers would round to another length, or refuse."""
    if canvas.frames % FRAME_STEP != 1:
        raise ValueError(f"LTX paints 8k+1 frames, not {canvas.frames}")
    if canvas.width % PIXEL_STEP or canvas.height % PIXEL_STEP:
        raise ValueError(f"LTX paints sizes that are multiples of {PIXEL_STEP}, not {canvas.width}x{canvas.height}")


def check_steps(scheduler: Any, count: int) -> None:
    """Raises `ValueError` for a single step where the last noise level is moved: it would be divided by zero."""
    if count < 2 and scheduler.config.get("shift_terminal"):
        raise ValueError("this checkpoint takes 2 steps or more, for its scheduler spreads noise levels between two")


def latent_shape(canvas: Canvas) -> tuple[int, int, int]:
    """Latent frames, rows and columns."""
    return (canvas.frames - 1) // FRAME_STEP + 1, canvas.height // PIXEL_STEP, canvas.width // PIXEL_STEP


def unshifted(scheduler: Any) -> Any:
    """The scheduler, taking noise levels as they come."""
    return type(scheduler).from_config(scheduler.config, use_dynamic_shifting=False, shift=1.0, shift_terminal=None)


def at_sigmas(scheduler: Any, levels: Sequence[float]) -> Any:
    """The scheduler, at these noise levels whatever a pipeline asks of it. So are its copies."""

    def set_timesteps(
        self: Any,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: object = None,
        mu: float | None = None,
        timesteps: object = None,
    ) -> None:
        del num_inference_steps, sigmas, mu, timesteps
        type(self).set_timesteps(self, sigmas=list(levels), device=device)

    fixed = unshifted(scheduler)
    fixed.set_timesteps = MethodType(set_timesteps, fixed)
    return fixed


def decoded(vae: Any, z: torch.Tensor, timestep: torch.Tensor | None, seed: int) -> Iterator[Pixels]:
    """One whole decode, in chunks (n, H, W, 3) RGB uint8. Decoders that add noise of their own draw it from `seed`."""
    devices = [z.device] if z.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        video = vae.decode(z, timestep).sample
    for at in range(0, video.shape[2], CHUNK):
        yield pixels(video[:, :, at : at + CHUNK])


def _encoded(pipe: Any, canvas: Canvas) -> torch.Tensor:
    """Footage that covers the canvas, as latents in the form the pipeline denoises."""
    images = [Image.fromarray(frame) for frame in known_frames(canvas, 0, canvas.frames)]
    video = pipe.video_processor.preprocess_video(images, canvas.height, canvas.width)
    vae = pipe.vae
    latents = vae.encode(video.to(pipe._execution_device, vae.dtype)).latent_dist.mode()  # noqa: SLF001 - no public way
    return pipe._normalize_latents(latents.float(), vae.latents_mean, vae.latents_std)  # noqa: SLF001 - no public way


def _settled(pipe: Any, latents: torch.Tensor, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
    """What the pipelines give the decoder for denoised latents, (1, C, T, H, W)."""
    vae = pipe.vae
    z: torch.Tensor = pipe._denormalize_latents(  # noqa: SLF001 - no public way
        latents, vae.latents_mean, vae.latents_std, vae.config.scaling_factor
    ).to(dtype)
    if not vae.config.timestep_conditioning:
        return z
    noise = diffusers.utils.torch_utils.randn_tensor(z.shape, generator=generator, device=z.device, dtype=dtype)
    share = torch.tensor([DECODE_NOISE], device=z.device, dtype=dtype)[:, None, None, None, None]
    return (1 - share) * z + share * noise
