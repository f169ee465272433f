"""The keywords of every verb, each spelled once.

Both faces take them by `Unpack`, so that type checkers and editors know each of them; `spelled_out` tells `help()` and
whoever asks for a signature the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, TypeVar, cast

if TYPE_CHECKING:
    import os

    from cutaway.client.media_input import MediaInput
    from cutaway.timebase import FrameRange, RateLike
    from cutaway.wire import Character, CharacterName, Direction, OutputFormat, Priority, Profile, TimedCard

    CharacterInput: TypeAlias = str | Character | CharacterName

Format: TypeAlias = 'OutputFormat | Literal["mp4", "prores", "dnxhr", "ffv1", "png"]'
Sound: TypeAlias = Literal["keep", "silent"]
ProfileName: TypeAlias = 'Profile | Literal["exact", "balanced", "fast", "low-memory"]'
PriorityName: TypeAlias = 'Priority | Literal["interactive", "normal", "batch"]'
Part: TypeAlias = Literal["full", "segment"]


class CardInput(TypedDict, total=False):
    """Of a card.

    It says when, by `at` or `at_s`, and what is seen from then on or pinned there: `prompt`, `image` or `clip`.
    """

    at: int
    """Frames from the start of the result; -1 is its last one."""
    at_s: float
    """Seconds from the start."""
    prompt: str
    """Holds until the next card that has one."""
    image: MediaInput
    """The frame at that time."""
    clip: MediaInput
    """Known motion from that time on: `frames` of it, or as many as there are before the next card."""
    frames: int
    """How many frames of `clip`."""
    strength: float
    """How firmly it is pinned, above 0 and up to 1."""


class Call(TypedDict, total=False):
    """Of every call."""

    extra_headers: Mapping[str, str] | None
    """Headers beside those that are sent anyway; `Idempotency-Key` is taken as the call's own."""
    extra_query: Mapping[str, Any] | None
    """Words behind the question mark."""
    timeout: float | None
    """Seconds that each wait for the network may take; the client's if left out."""
    max_retries: int | None
    """How often the request may be repeated where that is safe; the client's if left out."""


class Post(Call, total=False):
    """Of every call that makes something."""

    extra_body: Mapping[str, Any] | None
    """What a server knows beyond this; merged over the rest."""


class Making(TypedDict, total=False):
    """Of every video."""

    model: str | None
    """As `client.models.list()` names it; the best one for the verb if left out."""
    seed: int | None
    """The same request and seed give the same frames, where the model allows it."""
    negative_prompt: str | None
    """What should not be seen."""
    style: str | None
    """A look with a name, as `client.styles()` lists them."""
    format: Format | None
    """Codec and container: mp4 (H.264) if left out, prores, dnxhr, ffv1, or png, a ZIP of numbered pictures."""
    sound: Sound | None
    """Whether the sound of a source is kept ("keep", if left out) or left away ("silent")."""
    references: Sequence[MediaInput] | None
    """Pictures of characters or things that should look the same in the video; they are no frames of it."""
    characters: Sequence[CharacterInput] | None
    """Characters to be seen, beside those that the prompt calls by their names: their ids or names, or
    as they were made."""
    profile: ProfileName | None
    """How a real model is run: exact, balanced, fast or low-memory."""
    steps: int | None
    """Of the denoiser; the checkpoint's own number if left out."""
    guidance: float | None
    """How strictly the prompt is followed; the checkpoint's own number if left out."""
    expand_prompt: bool
    """A language model writes the prompt out before it is painted."""
    allow_degraded: bool
    """A way that loses something of what was given may be taken where the model has no better one."""
    n: int | None
    """How many takes: a video each, of seeds that follow each other. The first comes back, and names the others in
    `video.cutaway.siblings`."""
    priority: PriorityName | None
    """Whose turn comes first among jobs that are equally early by their callers' plans."""
    deadline_s: float | None
    """A video that is not done so many seconds after it was accepted fails (`deadline_exceeded`), uncharged."""
    strict: bool
    """What would be ignored, and told in `ignored_params`, is refused instead; other servers' lacks always are."""
    save_to: str | os.PathLike[str] | None
    """Where the video is meant to go: noted, so that `resume` brings it there after a crash."""
    emulate: bool | None
    """What the server lacks may be done another way, which `video.cutaway.emulated` tells; the client's if left out."""


class Create(TypedDict, total=False):
    """Of `create`, `create_and_poll` and `estimate`."""

    seconds: float | str | None
    """How long; the contract counts whole seconds, cutaway any number up to 60."""
    size: str | None
    """Pixels, such as "1280x720"."""
    input_reference: MediaInput | None
    """The contract's name of `first_frame`."""
    first_frame: MediaInput | None
    """The picture that the video begins with."""
    last_frame: MediaInput | None
    """The picture that it ends with."""
    keyframes: Mapping[int, MediaInput] | None
    """Pictures by their frame numbers; -1 is the last."""
    cards: Sequence[CardInput | TimedCard] | None
    """One video told in several cards, each with its time."""
    num_frames: int | None
    """Exact, and wins over `seconds`."""
    rate: RateLike | None
    """Frames per second: 24, 23.976, "30000/1001"."""
    loop: bool
    """The end runs into the start."""


class Poll(TypedDict, total=False):
    """Of `poll` and `create_and_poll`."""

    wait_timeout: float | None
    """Seconds that may pass until the video is there; without it there is no end but `stall_timeout`, 900 s."""
    poll_interval_ms: int | None
    """Ask that often, instead of following the server's events or its own pace."""
    cancel_on_interrupt: bool
    """Ctrl-C ends the job too, and not only the wait."""


class Paging(TypedDict, total=False):
    """Of `list`."""

    after: str | None
    """The id behind which to begin."""
    limit: int | None
    """Videos on one page."""
    order: Literal["asc", "desc"] | None
    """By creation."""


class Edit(TypedDict, total=False):
    """Of `edit` and `remix`."""

    strength: float | None
    """How far to go from the source: 0 keeps it, 1 forgets it."""
    source_range: FrameRange | tuple[int, int] | None
    """Only these frames change: source time, `end` exclusive."""
    size: str | None
    """Pixels, such as "1280x720"; the source's if left out."""


class Extend(TypedDict, total=False):
    """Of `extend`."""

    seconds: float | str | None
    """How much is added."""
    num_frames: int | None
    """Exact, and wins over `seconds`."""
    direction: Direction | None
    """Whether the end grows ("forward", if left out) or the start ("backward")."""
    context_frames: int | None
    """How many frames at the join the model sees; 8 if left out."""
    output: Part | None
    """Everything in one video ("full", if left out), or only what is new ("segment")."""


class Fill(TypedDict, total=False):
    """Of `fill`."""

    num_frames: int | None
    """How long the gap is."""
    seconds: float | str | None
    """The same in seconds."""
    tail_frames: int | None
    """How many of the last frames of the shot before the model sees; 8 if left out."""
    head_frames: int | None
    """How many of the first frames of the shot behind it sees; 8 if left out."""
    output: Part | None
    """Everything in one video ("full", if left out), or only what is new ("segment")."""
    size: str | None
    """Pixels, such as "1280x720"; the source's if left out."""
    rate: RateLike | None
    """Frames per second; the source's if left out."""


class Blend(TypedDict, total=False):
    """Of `blend`."""

    overlap_frames: int | None
    """Over how many frames the one turns into the other."""
    size: str | None
    """Pixels, such as "1280x720"; the source's if left out."""


class Loop(TypedDict, total=False):
    """Of `loop`."""

    num_frames: int | None
    """How many frames the loop has; where it closes most smoothly if left out."""
    size: str | None
    """Pixels, such as "1280x720"; the source's if left out."""


class Creating(Create, Making, Post, total=False):
    """All of `create` and `estimate`: what is asked for comes first, what is about the call last."""


class CreatingAndPolling(Create, Poll, Making, Post, total=False):
    """All of `create_and_poll`."""


class Editing(Edit, Making, Post, total=False):
    """All of `edit` and `remix`."""


class Extending(Extend, Making, Post, total=False):
    """All of `extend`."""


class Filling(Fill, Making, Post, total=False):
    """All of `fill`."""


class Blending(Blend, Making, Post, total=False):
    """All of `blend`."""


class Looping(Loop, Making, Post, total=False):
    """All of `loop`."""


class Polling(Poll, Call, total=False):
    """All of `poll`."""


class Listing(Paging, Call, total=False):
    """All of `list`."""


Verb = TypeVar("Verb", bound=Callable[..., Any])


def spelled_out(keywords: Any) -> Callable[[Verb], Verb]:
    """The verb with each of its `**keywords` in its signature, and any other refused, as Python does without `**`."""

    def shown(verb: Verb) -> Verb:
        signature = inspect.signature(verb)
        own = [part for part in signature.parameters.values() if part.kind is not part.VAR_KEYWORD]
        named = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=False if kind == "bool" else None, annotation=kind
            )
            for name, kind in ((name, hint.__forward_arg__) for name, hint in keywords.__annotations__.items())
        ]
        known = {part.name for part in [*own, *named]}

        @wraps(verb)
        def called(*given: Any, **asked: Any) -> Any:
            _refuse_unknown(verb.__name__, asked, known)
            return verb(*given, **asked)

        @wraps(verb)
        async def awaited(*given: Any, **asked: Any) -> Any:
            _refuse_unknown(verb.__name__, asked, known)
            return await verb(*given, **asked)

        face: Any = awaited if inspect.iscoroutinefunction(verb) else called
        face.__signature__ = signature.replace(parameters=[*own, *named])
        return cast("Verb", face)

    return shown


def _refuse_unknown(verb: str, asked: Mapping[str, Any], known: set[str]) -> None:
    for name in asked:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{verb}() got an unexpected keyword argument {name!r}{meant}")


def told(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords without those left at None or False."""
    return {name: value for name, value in asked.items() if value is not None and value is not False}


def sent(call: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords about a call, as `Session.call` takes them."""
    return {
        "query": query_of(call),
        "headers": call.get("extra_headers"),
        "timeout": call.get("timeout"),
        "max_retries": call.get("max_retries"),
    }


def query_of(call: Mapping[str, Any]) -> dict[str, str]:
    """`extra_query` as text: true and false as JSON writes them."""
    given = call.get("extra_query") or {}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}
