"""What a server lacks, done another way where the caller allows it (`emulate=True`), and marked as such.

    asked                     done                                                       needs of the server
    extend forward            create from the clip's last picture                        a first frame
    extend backward           create that ends on the clip's first picture               a last frame
    fill                      create between the two pictures at the gap                 a last frame, else only the
                                                                                         picture before the gap is seen
    loop from a picture       create that begins and ends on it                          a last frame
    loop of a clip            create from its last picture to its first                  a last frame
    edit, remix               create that is shown the clip                              a clip for a create
    style                     words in the prompt
    priority                  the server's own order
    frames, a rate, 4.5 s     the nearest whole seconds, at the server's own rate        seconds

Of a clip that is extended or looped, only the new frames come; an extension with `output="full"` is joined to its clip
when it is saved (`stitching`). There is no other way to blend. What was done stands in `video.cutaway.emulated`, and
changed values in `video.cutaway.adjustments`.

A server's own word for the same thing is no emulation and comes first: that is for its dialect. Pictures are decoded by
`cutaway.media`, loaded only then; clips are fetched by what is handed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import unquote

from cutaway.client import stitching
from cutaway.client.dialects.base import Submission
from cutaway.client.frames import as_png, decoded
from cutaway.client.request import FilePart, opened
from cutaway.errors import UnsupportedCapability

if TYPE_CHECKING:
    from cutaway.client.dialects.base import Dialect
    from cutaway.client.io import IO
    from cutaway.home import Home
    from cutaway.wire import Video

Fetch = Callable[[Mapping[str, Any], Path], Awaitable[Path]]
"""The file of a clip that is named by {"id"} or {"url"}, saved in a folder."""

EXTENSION: Final = frozenset({"video", "context_frames", "direction", "output"})
"""What only an extension has."""
STATES: Final = {"queued": "queued", "in_progress": "running", "completed": "completed", "failed": "failed"}
"""The state of a job of which only its status is known."""


class Note(str):
    """What was done instead, in words; with the value that was changed, where one was, and with what the result
    is a part of.
    """

    __slots__ = ("adjustment", "part")

    adjustment: Mapping[str, Any] | None
    part: stitching.Join | None

    def __new__(cls, text: str, *, part: stitching.Join | None = None, **adjustment: Any) -> Self:
        note = super().__new__(cls, text)
        note.adjustment = {**adjustment, "reason": text} if adjustment else None
        note.part = part
        return note


async def emulated(
    submission: Submission, refused: UnsupportedCapability, dialect: Dialect, fetch: Fetch, io: IO
) -> tuple[Submission, list[str]]:
    """The submission as this server can carry it out, and what was done about it, in words.

    Raises:
        UnsupportedCapability: there is no other way to something; `refused`, or what came up behind it.
        MissingExtra: a picture has to be decoded and the extra `media` is not there.
        MediaError: a clip cannot be decoded.
    """
    with TemporaryDirectory(prefix="cutaway-") as folder:
        work = _Work(submission, refused, fetch, Path(folder), io)
        trouble = refused
        while True:
            await work.round(trouble)
            try:
                dialect.encode(work.submission)
            except UnsupportedCapability as another:
                if another.capability in work.done:
                    raise
                trouble = another
            else:
                return work.submission, [*work.notes.values()]


def marked(body: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    """A decoded job with what was emulated written into its `cutaway` object."""
    status = str(body.get("status", "queued"))
    details: dict[str, Any] = dict(body.get("cutaway") or {"state": STATES.get(status, "running")})
    changed = [note.adjustment for note in notes if isinstance(note, Note) and note.adjustment]
    details["emulated"] = [*details.get("emulated", []), *(str(note) for note in notes)]
    if changed:
        details["adjustments"] = [*details.get("adjustments", []), *changed]
    return {**body, "cutaway": details}


def remembered(notes: Sequence[str], home: Home, server: str, video_id: str) -> list[str]:
    """The notes about a job that was made, after what it is a part of was written down for `save`."""
    for note in notes:
        if isinstance(note, Note) and note.part:
            try:
                stitching.note(home, server, video_id, note.part)
            except OSError as error:
                # The job is there, and this must not hide it.
                return [*notes, f"extend: save() will not join it to the clip, as that cannot be noted: {error}"]
    return [*notes]


def carried(body: Mapping[str, Any], video: Video) -> Mapping[str, Any]:
    """A later answer about a job, with what `video` knows to have been emulated in it: the server does not know."""
    known = video.cutaway
    if known is None or not known.emulated or body.get("cutaway"):
        return body
    told = marked(body, known.emulated)
    told["cutaway"]["adjustments"] = [change.model_dump() for change in known.adjustments]
    return told


class _Work:
    """A submission that is rewritten until a server takes it. `notes` are kept by what they are about."""

    def __init__(
        self, submission: Submission, refused: UnsupportedCapability, fetch: Fetch, folder: Path, io: IO
    ) -> None:
        self.submission = submission
        self._first = refused
        self.done: set[str] = set()
        self.notes: dict[str, str] = {}
        self._fetch, self._folder, self._io = fetch, folder, io

    async def round(self, trouble: UnsupportedCapability) -> None:
        """Rewrite what the trouble is about."""
        self.done.add(trouble.capability)
        # A dialect may add the value it refuses in brackets.
        way = WAYS.get(trouble.capability.partition(" (")[0])
        if way is None:
            raise trouble
        await way(self, trouble)

    # -- verbs ---------------------------------------------------------------------------------

    async def extend(self, trouble: UnsupportedCapability) -> None:
        body, extras = self._parts()
        if self.submission.operation != "extend":
            raise trouble
        self.notes.pop("context", None)
        source = body["video"]
        backward, whole = extras.get("direction") == "backward", extras.get("output") == "full"
        body, extras = _of_a_create(body), _of_a_create(extras)
        if backward:
            extras["last_frame"] = await self._picture(source, 0, trouble, body)
        else:
            body["input_reference"] = await self._picture(source, -1, trouble, body)
        where = "which end on the first picture of the clip" if backward else "from the last picture of the clip"
        self.notes["extend"] = (
            Note(f"extend: new frames, {where}, joined to it by save()", part=stitching.Join(source, backward))
            if whole
            else f"extend: new frames only, {where}"
        )
        self._become("create", body, extras)

    async def context(self, _: UnsupportedCapability) -> None:
        body, extras = self._parts()
        del extras["context_frames"]
        self.notes["context"] = "context_frames: how much of the clip is seen is the server's choice"
        self._become(self.submission.operation, body, extras)

    async def fill(self, trouble: UnsupportedCapability) -> None:
        body, extras = self._parts()
        gap = extras.pop("fill")
        body["input_reference"] = await self._picture(gap["before"], -1, trouble, body)
        extras["last_frame"] = await self._picture(gap["after"], 0, trouble, body)
        self.notes["fill"] = "fill: from the last picture before the gap to the first one after it; motion is not seen"
        self._become("create", body, extras)

    async def fill_from_one_side(self, trouble: UnsupportedCapability) -> None:
        if "fill" not in self.notes:
            raise trouble
        body, extras = self._parts()
        del extras["last_frame"]
        self.notes["fill"] = "fill: from the last picture before the gap; the shot after it is not seen"
        self._become("create", body, extras)

    async def edit(self, trouble: UnsupportedCapability) -> None:
        """Some servers take a clip for a create, which those models make something of that were made for it."""
        body, extras = self._parts()
        if extras.get("loop"):
            await self.loop(trouble)
            return
        self.notes["edit"] = "edit: a create that is shown the clip; what comes of that is the model's affair"
        self._become("create", body, extras)

    async def sent_along(self, trouble: UnsupportedCapability) -> None:
        """A clip that the server takes as a file and not by the id of a video or by its address."""
        body, extras = self._parts()
        if "edit" not in self.notes or isinstance(body.get("video"), FilePart):
            raise trouble
        clip = await self._file(body["video"], trouble)
        # In memory: the folder goes before the request leaves.
        body["video"] = FilePart(clip.name, await self._io.aside(clip.read_bytes), "video/mp4")
        self._become(self.submission.operation, body, extras)

    async def remix(self, trouble: UnsupportedCapability) -> None:
        """By its id, a video that is to be made anew: an edit of it."""
        if self.submission.video_id is None:
            raise trouble
        body, extras = self._parts()
        self._become("edit", body | {"video": {"id": unquote(self.submission.video_id)}}, extras)

    async def unshown(self, trouble: UnsupportedCapability) -> None:
        raise self._first if "edit" in self.notes else trouble

    async def loop(self, trouble: UnsupportedCapability) -> None:
        body, extras = self._parts()
        del extras["loop"]
        if self.submission.operation == "edit":
            source = body["video"]
            body = _of_a_create(body)
            body["input_reference"] = await self._picture(source, -1, trouble, body)
            extras["last_frame"] = await self._picture(source, 0, trouble, body)
            self.notes["loop"] = "loop: new frames only, from the last picture of the clip to its first"
        elif "input_reference" in body and "last_frame" not in extras:
            extras["last_frame"] = body["input_reference"]
            self.notes["loop"] = "loop: it begins and ends on one picture"
        else:
            raise UnsupportedCapability(
                f"{trouble}; emulated, a loop begins and ends on one picture: give it as first_frame=, no last_frame=",
                capability="cutaway.loop",
                alternative="first_frame=",
            )
        self._become("create", body, extras)

    # -- values --------------------------------------------------------------------------------

    async def style(self, _: UnsupportedCapability) -> None:
        body, extras = self._parts()
        style = extras.pop("style")
        body["prompt"] = f"{str(body.get('prompt', '')).rstrip(' .')}. In the style of {style}.".lstrip(". ")
        self.notes["style"] = f"style: the words 'In the style of {style}.' at the end of the prompt"
        self._become(self.submission.operation, body, extras)

    async def priority(self, _: UnsupportedCapability) -> None:
        body, extras = self._parts()
        asked = extras.pop("priority")
        text = f"priority: the server's own order in place of {asked}"
        self.notes["priority"] = Note(text, field="priority", requested=asked)
        self._become(self.submission.operation, body, extras)

    async def no_rate(self, _: UnsupportedCapability) -> None:
        body, extras = self._parts()
        self.own_rate(body.pop("fps"))
        self._become(self.submission.operation, body, extras)

    def own_rate(self, fps: str) -> None:
        self.notes["fps"] = Note(f"fps: the server's own rate in place of {fps}", field="fps", requested=fps)

    async def whole_rate(self, _: UnsupportedCapability) -> None:
        body, extras = self._parts()
        fps = body["fps"]
        body["fps"] = whole = str(round(Fraction(fps)))
        self.notes["fps"] = Note(f"fps: {whole} in place of {fps}", field="fps", requested=fps, effective=whole)
        self._become(self.submission.operation, body, extras)

    async def whole_frames(self, _: UnsupportedCapability) -> None:
        """The nearest number of frames, at least one, in place of a duration that ends between two of them."""
        body, extras = self._parts()
        seconds = body.pop("seconds")
        body["num_frames"] = frames = max(1, round(Fraction(str(seconds)) * Fraction(body["fps"])))
        text = f"seconds: {frames} frames in place of {seconds:g} s"
        self.notes["seconds"] = Note(text, field="seconds", requested=seconds, effective=f"{frames} frames")
        self._become(self.submission.operation, body, extras)

    async def whole_seconds(self, trouble: UnsupportedCapability) -> None:
        """The nearest whole seconds, at least one, in place of frames and their rate or of a fraction."""
        body, extras = self._parts()
        frames, fps, seconds = (body.pop(name, None) for name in ("num_frames", "fps", "seconds"))
        if frames is not None and fps is None:
            raise UnsupportedCapability(
                f"{trouble}; emulated, frames become seconds by their rate: give rate= as well",
                capability=trouble.capability,
                alternative="rate= as well, or seconds=",
            )
        if fps is not None:
            self.own_rate(fps)
        asked = seconds if frames is None or fps is None else frames / Fraction(fps)
        if asked is not None:
            body["seconds"] = whole = max(1, int(asked + Fraction(1, 2)))
            requested = asked if frames is None else f"{frames} frames at {fps}"
            if whole != asked:
                text = f"seconds: {whole} in place of {requested}"
                self.notes["seconds"] = Note(text, field="seconds", requested=requested, effective=whole)
        self._become(self.submission.operation, body, extras)

    # -- pictures ------------------------------------------------------------------------------

    async def _picture(self, clip: Any, number: int, refusal: UnsupportedCapability, body: dict[str, Any]) -> FilePart:
        """Frame `number` of a clip, as a PNG file in memory. A clip that the server has made says the size as well:
        there that is surely a legal one.
        """
        path = await self._file(clip, refusal)
        pixels = await self._io.aside(lambda: decoded(path, number))
        height, width, _ = pixels.shape
        if isinstance(clip, Mapping) and "id" in clip:
            body.setdefault("size", f"{width}x{height}")
        name = "first-frame.png" if number == 0 else "last-frame.png"
        return await self._io.aside(lambda: as_png(pixels, name))

    async def _file(self, clip: Any, refusal: UnsupportedCapability) -> Path:
        if isinstance(clip, FilePart):
            if isinstance(clip.content, Path):
                return clip.content
            path = self._folder / f"given-{len(list(self._folder.iterdir()))}"
            with opened(clip.content) as file, path.open("wb") as copy:
                while chunk := file.read(1 << 20):
                    copy.write(chunk)
            return path
        if "file_id" in clip:
            raise refusal
        folder = self._folder / f"fetched-{len(list(self._folder.iterdir()))}"
        folder.mkdir()
        return await self._fetch(clip, folder)

    # -- the submission ------------------------------------------------------------------------

    def _parts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The body without its `cutaway` object, and that."""
        body = dict(self.submission.body)
        return body, dict(body.pop("cutaway", {}))

    def _become(self, operation: Any, body: dict[str, Any], extras: dict[str, Any]) -> None:
        self.submission = Submission(operation, body | {"cutaway": extras} if extras else body)


def _of_a_create(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a create has as well."""
    return {name: value for name, value in fields.items() if name not in EXTENSION}


WAYS: Final[Mapping[str, Callable[[_Work, UnsupportedCapability], Awaitable[None]]]] = {
    "extend": _Work.extend,
    "extension of a local clip": _Work.extend,
    "cutaway.direction": _Work.extend,
    "cutaway.output": _Work.extend,
    "cutaway.context_frames": _Work.context,
    "cutaway.fill": _Work.fill,
    "cutaway.last_frame": _Work.fill_from_one_side,
    "cutaway.loop": _Work.loop,
    "edit": _Work.edit,
    "remix": _Work.remix,
    "video": _Work.unshown,
    "video as video": _Work.sent_along,
    "video as video_reference": _Work.sent_along,
    "input_reference by URL or id": _Work.sent_along,
    "cutaway.style": _Work.style,
    "cutaway.priority": _Work.priority,
    "num_frames": _Work.whole_seconds,
    "fraction of a second": _Work.whole_seconds,
    "fraction of a frame": _Work.whole_frames,
    "fps": _Work.no_rate,
    "fractional rate": _Work.whole_rate,
}
"""What is done about a capability that a server lacks; for any other there is no other way."""
