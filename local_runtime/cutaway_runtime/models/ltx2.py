"""LTX-2: picture and sound together, from words, pictures and footage, on the 2.0, 2.3 and 2.5 checkpoints.

Follows `LTX2Pipeline` and, where something is known, `LTX2ConditionPipeline` of diffusers; every checkpoint has
the parts for both. Known frames are shown as `models.ltx.shown` cuts them. The
pipeline counts the places of conditions in latent frames, and puts condition i at frame 8 (i - 1) + 1: right for
a clip, whose later latents then lie on those of the canvas, but up to seven frames early for a still. A still is
therefore given a place between two latent frames, which is where the makers' own code puts it. Footage to paint
over is a condition over all frames, as firm as it is to hold.

The sound is made by the same steps as the picture. The decoder of its latents, which looks back only, ends some
hundredths of a second before the frames do; its mirror image, falling silent, fills them.

What the text encoder gives is 49 layers deep, hundreds of megabytes a prompt; so the connectors, which make a
few of it, run with it, and it is theirs that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.timebase import round_half_up
from cutaway.wire import Pattern
from cutaway_runtime.models.base import Abilities, Ask, Family, Sound, Steps, tell
from cutaway_runtime.models.libraries import Image, diffusers, np, torch
from cutaway_runtime.models.ltx import (
    FRAME_STEP,
    SHOWN,
    at_sigmas,
    check_grid,
    check_steps,
    decoded,
    known_frames,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.models.base import Tensors

TEXT_TOKENS: Final = 1024
"""What the pipelines ask of the text encoder."""
UNGUIDED: Final = {
    "guidance_scale": 1.0, "stg_scale": 0.0, "modality_scale": 1.0,
    "audio_guidance_scale": 1.0, "audio_stg_scale": 0.0, "audio_modality_scale": 1.0,
}  # fmt: skip
"""One pass a step. The pipeline guides in three ways, each for picture and sound, and leaves five of them on."""
FIRST_GENERATION: Final = {"stg_scale": 0.0, "audio_stg_scale": 0.0, "use_cross_timestep": False}
"""2.0, where the defaults of the pipeline are those of 2.3 and later: its attention cannot be perturbed, so the
pass in which it would be comes out as the one before it.
"""

_T2V: Final = "LTX2Pipeline"
_ANY: Final = "LTX2ConditionPipeline"
_ABLE: Final = Abilities({**dict.fromkeys(SHOWN, _ANY), Pattern.TEXT: _T2V}, makes_sound=True)


class Ltx2(Family):
    """LTX-2."""

    abilities: ClassVar[Mapping[str, Abilities]] = {
        _T2V: _ABLE,
        "LTX2ImageToVideoPipeline": _ABLE,
        _ANY: _ABLE,
    }

    def embed(self, prompt: str, negative: str | None) -> Tensors:
        pipe = self.components.pipeline(_T2V, "tokenizer", "text_encoder", "connectors")
        positive, mask, opposite, opposite_mask = pipe.encode_prompt(
            prompt,
            negative,
            do_classifier_free_guidance=negative is not None,
            max_sequence_length=TEXT_TOKENS,
            device=self.components.device,
        )
        corner = positive[:, :1, :1].clone()
        if opposite is not None:
            positive, mask = torch.cat([opposite, positive]), torch.cat([opposite_mask, mask])
        video, audio, attention = pipe.connectors(positive, mask, padding_side="left")  # as prompts are padded
        return {"video": video, "audio": audio, "attention": attention, "corner": corner}

    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        canvas, schedule = ask.canvas, ask.schedule
        check_grid(canvas)
        name = self.pipeline_class(ask.pattern)
        pipe = self.components.pipeline(name, "transformer", "vae", "audio_vae")
        count = schedule.steps
        more: dict[str, Any] = {} if name == _T2V else {"conditions": self._conditions(canvas)}
        if not self.components.config("transformer").get("perturbed_attn"):
            more |= FIRST_GENERATION
        if schedule.sigmas is not None:
            count, more["sigmas"] = len(schedule.sigmas), list(schedule.sigmas)
            pipe.scheduler = at_sigmas(pipe.scheduler, schedule.sigmas)
        check_steps(pipe.scheduler, count)
        pipe.connectors = _Connected(embeds)
        prompt = {"prompt_embeds": embeds["corner"], "prompt_attention_mask": embeds["corner"][:, :, 0]}
        if schedule.guidance > 1:
            prompt |= {f"negative_{name}": value for name, value in prompt.items()}
            more["guidance_scale"] = schedule.guidance
        else:
            more |= UNGUIDED
        denormalized = pipe._denormalize_latents  # noqa: SLF001 - no public way
        pipe._denormalize_latents = _as_they_are  # noqa: SLF001 - "latent" output is rounded otherwise than decoded one
        steps.total(count)
        made = pipe(
            **prompt,
            **more,
            height=canvas.height,
            width=canvas.width,
            num_frames=canvas.frames,
            frame_rate=float(canvas.rate.fraction),
            num_inference_steps=count,
            generator=ask.generator(),
            output_type="latent",
            callback_on_step_end=tell(steps),
        )
        vae = pipe.vae
        latents = made.frames.to(embeds["corner"].dtype)
        z = denormalized(latents, vae.latents_mean, vae.latents_std, vae.config.scaling_factor)
        return {"latents": z, "audio_latents": made.audio}

    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        vae = self.components.pipeline(_T2V, "vae").vae
        z = latents["latents"].to(self.components.device, vae.dtype)
        timestep = torch.zeros(1, device=z.device, dtype=z.dtype) if vae.config.timestep_conditioning else None
        yield from decoded(vae, z, timestep, ask.seed)

    def sound(self, ask: Ask, latents: Tensors) -> Sound:
        pipe = self.components.pipeline(_T2V, "audio_vae", "vocoder")
        spectrum = latents["audio_latents"].to(self.components.device, pipe.audio_vae.dtype)
        made = pipe.vocoder(pipe.audio_vae.decode(spectrum).sample)[0]  # (channels, samples)
        rate = pipe.vocoder.config.output_sampling_rate
        length = round_half_up(ask.canvas.frames / ask.canvas.rate.fraction * rate)
        samples = made[:, :length].float().clamp(-1, 1).cpu().numpy()
        missing = length - samples.shape[1]
        fall = np.cos(np.pi / 2 * (np.arange(missing, dtype=np.float32) + 1) / (missing + 1))
        return Sound(np.concatenate([samples, samples[:, ::-1][:, :missing] * fall], axis=1), rate)

    def _conditions(self, canvas: Canvas) -> list[Any]:
        """What is known, as the pipeline is shown it."""
        utils = diffusers.pipelines.ltx2.utils
        condition = diffusers.pipelines.ltx2.pipeline_ltx2_condition.LTX2VideoCondition
        # The pipeline compresses stills as those were that it was trained with, and asks the text encoder how much.
        is_newer = self.components.config("text_encoder").get("model_type") in {"gemma4", "gemma4_unified"}
        crf = utils.LTX2_5_IMAGE_CRF if is_newer else utils.DEFAULT_IMAGE_CRF
        made = []
        for clip in shown(canvas):
            images = [Image.fromarray(frame) for frame in known_frames(canvas, clip.at, clip.at + clip.frames)]
            is_still = clip.frames == 1 and clip.at > 0
            index = (clip.at + FRAME_STEP - 1) / FRAME_STEP if is_still else clip.at // FRAME_STEP
            made.append(condition(frames=images, index=index, strength=clip.strength, crf=crf))
        return made


class _Connected:
    """In the place of the connectors: what they made of the prompts when these were read."""

    def __init__(self, embeds: Tensors) -> None:
        self._made = (embeds["video"], embeds["audio"], embeds["attention"])

    def __call__(self, *_: object, **__: object) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self._made


def _as_they_are(latents: torch.Tensor, *_: object) -> torch.Tensor:
    return latents
