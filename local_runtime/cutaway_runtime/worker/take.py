"""One job carried out: footage opened, canvases painted, a file written.

clips -> plan_shot -> play -> Writer -> the finished file, in the folder of the attempt
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
import shutil
from contextlib import ExitStack, suppress
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cutaway import __version__
from cutaway.errors import MediaError
from cutaway.media.decode import Clip
from cutaway.media.encode import Recording, SoundPiece, Writer
from cutaway.media.sniff import CONTAINERS
from cutaway.wire import Profile, Rank
from cutaway_runtime.canvas import Slate
from cutaway_runtime.engine.base import DEVICE_FAULT, Cancelled, Control, EngineError, Manner, Notes
from cutaway_runtime.engine.catalog import load, stamp
from cutaway_runtime.engine.sound import JOIN, part
from cutaway_runtime.expand.expander import Expander
from cutaway_runtime.expand.instruction import Brief, ExpansionFailed
from cutaway_runtime.jobs.shelf import Superseded, enter
from cutaway_runtime.plan.cards import labelled
from cutaway_runtime.plan.cast import CHARACTER
from cutaway_runtime.plan.pattern import loss
from cutaway_runtime.plan.request import PlanError
from cutaway_runtime.plan.shot import Paint, plan_shot
from cutaway_runtime.registry.errors import UnknownModel
from cutaway_runtime.worker.play import play
from cutaway_runtime.worker.protocol import Failed, Finished, Result, Stopped
from cutaway_runtime.worker.resuming import ANEW_SECONDS, Resuming
from cutaway_runtime.worker.segments import Segments
from cutaway_runtime.worker.wear import OUT_OF_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.media.encode import Written
    from cutaway.timebase import Rate
    from cutaway.wire import VideoCreate
    from cutaway_runtime.engine.base import Engine, Hear
    from cutaway_runtime.models.base import Sound as Made
    from cutaway_runtime.plan.effective import Effective
    from cutaway_runtime.plan.shot import Shot, Sound
    from cutaway_runtime.worker.pace import Pace
    from cutaway_runtime.worker.protocol import JobSpec

SEGMENTS: Final = "segments"
"""The folder in that of an attempt which the next one takes over."""

_PATH: Final = re.compile(r"https?://\S+|(?:[A-Za-z]:)?(?:[/\\][^/\\\s'\"]+)+[/\\]([^/\\\s'\"]+)")
"""A web address, or a path and, as its group, the name at its end."""


log = logging.getLogger(__name__)


class Keep(NamedTuple):
    """Where what is painted is kept for another attempt, and when that is worth it."""

    folder: Path
    spare: int
    anew_seconds: float


class Studio:
    """The engines that are loaded, and the jobs done with them, one at a time."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}
        self._installed: dict[str, int] = {}

    def carry_out(
        self,
        spec: JobSpec,
        pace: Pace,
        cancelled: Callable[[], bool],
        *,
        attempt: int = 1,
        spare: int = 0,
        anew_seconds: float = ANEW_SECONDS,
    ) -> Finished | Failed | Stopped:
        """What became of the job. Never raises over a job: the next one finds everything as it was.

        Args:
            spec: of the job.
            pace: is told how far it is.
            cancelled: whether somebody has.
            attempt: how often the job was begun, this time among them. What an earlier attempt painted is used.
            spare: bytes of the disk that are not for what would only help a later attempt.
            anew_seconds: what is painted sooner is not kept for one.
        """
        home = Path(spec.output).parent
        folder = None
        try:
            folder = enter(home, attempt, SEGMENTS)
            keep = Keep(folder / SEGMENTS, spare, anew_seconds)
            return Finished(result=self._take(spec, folder, keep, pace, cancelled))
        except Cancelled:
            outcome: Failed | Stopped = Stopped()
        except Exception as error:
            outcome = failure(error)
            log.warning("attempt %s ended with %s", attempt, outcome.code, exc_info=_unexpected(error))
        if folder is not None and not (isinstance(outcome, Failed) and outcome.code == DEVICE_FAULT):
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                home.rmdir()
        return outcome

    def _take(self, spec: JobSpec, folder: Path, keep: Keep, pace: Pace, cancelled: Callable[[], bool]) -> Result:
        effective, notes = spec.effective, Notes()
        control = Control(notes, on_progress=pace.engine, cancelled=cancelled, manner=_manner(spec))
        expanded = _expanded(spec, control, pace) if effective.expand_prompt else None
        request = spec.request.model_copy(update={"prompt": expanded}) if expanded else spec.request
        pace.phase("loading")
        engine = self._engine(effective.model)
        with ExitStack() as stack:
            segments = Segments(keep.folder, _mark(request, effective, engine), spare=keep.spare)
            painter = Resuming(engine, stack.enter_context(segments), keep.anew_seconds)
            pace.phase("planning")
            clips = {
                role: stack.enter_context(
                    Clip(source.path, container=CONTAINERS[source.container], alpha=role.startswith(CHARACTER))
                )
                for role, source in spec.sources.items()
            }
            slates = {role: Slate(**dict(source.slate)) for role, source in spec.sources.items() if source.slate}
            shot = plan_shot(effective, request, clips, engine.info, slates)
            control.check()
            written = self._write(spec, shot, painter, control, pace, folder)
        if effective.rank is Rank.DEGRADED and not any("degraded" in text for text in notes.warnings):
            # Of a clip of one frame an engine sees a picture, and has lost nothing by its own account.
            lost = loss(engine.info, effective.pattern)
            notes.warnings.insert(0, f"{effective.verb} is degraded with {engine.info.id}: {lost}")
        return Result(
            num_frames=written.frames,
            fps=effective.fps,
            bytes=written.bytes,
            sha256=written.sha256,
            engine=engine.info.id,
            revision=engine.revision,
            preview=engine.info.preview,
            path="; ".join(notes.paths) or None,
            expanded_prompt=expanded,
            segments=labelled(notes.segments, effective.cards),
            understood=notes.understood,
            unmatched=notes.unmatched,
            warnings=notes.warnings,
        )

    @property
    def loaded(self) -> frozenset[str]:
        """The engines that are."""
        return frozenset(self._engines)

    def _engine(self, name: str) -> Engine:
        """The engine, loaded; anew where the model was installed anew under the same name."""
        installed = dict(stamp()).get(name, 0)
        if name not in self._engines or self._installed[name] != installed:
            self._engines[name], self._installed[name] = load(name), installed
        return self._engines[name]

    @staticmethod
    def _write(spec: JobSpec, shot: Shot, engine: Engine, control: Control, pace: Pace, folder: Path) -> Written:
        """Frames from the engine to the encoder, a few at a time; the file gets its name only when it is whole."""
        e = spec.effective
        hears = e.keep_sound and engine.info.makes_sound
        kept = _kept_sound(spec, shot, JOIN if hears else Fraction(0))
        writer = Writer(
            folder / Path(spec.output).name,
            width=e.width,
            height=e.height,
            rate=e.rate,
            format=e.format,
            sound=kept if kept or hears else None,
            metadata=_credits(spec),
        )
        with writer:
            pace.starts(shot.frames)
            line = control.listening(_hear(writer, shot, e.rate)) if hears else control
            for chunk in play(shot, engine, line, folder):
                writer.write(chunk)
                pace.wrote(len(chunk))
                control.check()
            pace.phase("encoding")
            return writer.finish()


def _manner(spec: JobSpec) -> Manner:
    """How the request wants its canvases painted."""
    asked = spec.request.cutaway
    return Manner(asked.profile or Profile.EXACT, asked.steps, asked.guidance, asked.allow_degraded)


def _mark(request: VideoCreate, effective: Effective, engine: Engine) -> str:
    """A digest of what the canvases of a job follow from, and of who paints them."""
    said = (__version__, engine.revision, effective.model_dump_json(), request.model_dump_json())
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _expanded(spec: JobSpec, control: Control, pace: Pace) -> str | None:
    """The prompt, written out by a language model; None, with a warning, where that did not succeed."""
    e, r = spec.effective, spec.request
    pace.phase("expanding")
    brief = Brief(r.prompt, e.style, e.rate.seconds(e.paint_frames), e.pattern, r.negative_prompt or "")
    try:
        return Expander.configured().expand(brief, control.check)
    except ExpansionFailed as error:
        control.notes.warnings.append(f"the prompt was painted as it was sent, not written out: {error}")
        return None


def _kept_sound(spec: JobSpec, shot: Shot, join: Fraction) -> list[SoundPiece]:
    """The sound that is kept, laid in seconds. Where it meets painted frames it falls silent over `join` of them."""
    rate = spec.effective.rate.fraction
    ends = list(accumulate((piece.frames for piece in shot.pieces), initial=0))
    painted = [pair for pair, piece in zip(pairwise(ends), shot.pieces, strict=True) if isinstance(piece, Paint)]

    cards = bool(spec.effective.cards)  # their clips lie inside what is painted

    def piece(sound: Sound) -> SoundPiece:
        source = spec.sources[sound.role]
        start, duration, at = (Fraction(n) / rate for n in (sound.source.start, sound.source.duration, sound.at))
        lead, tail = (
            join if any(pair[side] == met or (cards and pair[0] < met < pair[1]) for pair in painted) else Fraction(0)
            for met, side in ((sound.at, 1), (sound.at + sound.source.duration, 0))
        )
        return SoundPiece(source.path, CONTAINERS[source.container], start, duration, at, lead, tail)

    return [piece(sound) for sound in shot.sound]


def _hear(writer: Writer, shot: Shot, rate: Rate) -> Hear:
    """Lays what a model made to be heard on the track, except where sound is kept."""
    kept = [(sound.at / rate.fraction, (sound.at + sound.source.duration) / rate.fraction) for sound in shot.sound]

    def hear(sound: Made, at: Fraction) -> None:
        made = Recording(sound.samples, sound.rate, at)
        over = sorted((start, end) for start, end in kept if start < made.end and made.at < end)
        if not over:
            writer.add_sound(made)
            return
        ends = [made.at, *(end for _, end in over)]
        starts = [*(start for start, _ in over), made.end]
        for start, end in zip(ends, starts, strict=True):
            rises, falls = (JOIN if start > made.at else Fraction(0)), (JOIN if end < made.end else Fraction(0))
            seen = part(sound, at, start, end, rises, falls) if end - start > 2 * JOIN else None
            if seen is not None:
                writer.add_sound(Recording(seen[0].samples, seen[0].rate, seen[1]))

    return hear


def _credits(spec: JobSpec) -> dict[str, str]:
    """What the file says of itself. The prompt is not in it: a file travels further than its maker thinks."""
    e = spec.effective
    return {"comment": f"cutaway {spec.job_id} model={e.model} seed={e.seed} verb={e.verb}"}


def failure(error: Exception) -> Failed:
    """An exception as a reason a client can act on; no path of this machine is in it."""
    code, message = "generation_failed", f"{type(error).__name__}: {error}"
    if _disk_is_full(error):
        code, message = "storage_full", "the disk is full; delete some videos and send the request again"
    elif isinstance(error, (PlanError, EngineError)):
        code, message = error.code, str(error)
    elif isinstance(error, MediaError):
        code, message = "invalid_media", str(error)
    elif isinstance(error, Superseded):
        code, message = "interrupted", str(error)
    elif isinstance(error, UnknownModel):  # removed while the job waited
        code, message = "model_not_found", str(error)
    elif isinstance(error, MemoryError):
        code, message = (
            OUT_OF_MEMORY,
            "not enough memory for this size and length; ask for a smaller or shorter video",
        )
    return Failed(code=code, message=_PATH.sub(lambda found: found[1] or found[0], message))


def _unexpected(error: Exception) -> Exception | None:
    """An error that nobody foresaw, and of which it matters where it happened."""
    foreseen = isinstance(error, (PlanError, EngineError, MediaError, UnknownModel, Superseded)) or _disk_is_full(error)
    return None if foreseen else error


def _disk_is_full(error: BaseException | None) -> bool:
    """Whether that is what it comes from: an encoder reports it in an error of its own."""
    while error is not None:
        if getattr(error, "errno", None) == errno.ENOSPC:
            return True
        error = error.__cause__
    return False
