"""A call's keywords become a submission: the caller's words to the wire's, media found, values checked.

rate -> fps            first_frame -> input_reference        style, loop, direction, ... -> cutaway
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cutaway.client.dialects.base import Operation, Submission
from cutaway.client.media_input import resolve
from cutaway.client.request import FilePart
from cutaway.errors import BadRequest
from cutaway.timebase import FrameRange
from cutaway.wire import TimedCard, VideoCreate

if TYPE_CHECKING:
    from cutaway.client.keywords import CardInput
    from cutaway.timebase import RateLike

FLAT = {
    name: name
    for name in (
        "prompt",
        "model",
        "seconds",
        "size",
        "num_frames",
        "seed",
        "negative_prompt",
        "characters",
        "strict",
        "n",
    )
} | {
    "rate": "fps",
    "strength": "strength",
    "input_reference": "input_reference",
    "first_frame": "input_reference",
    "video": "video",
}
"""Keywords that stand at the top of a body, and their names there."""
EXTRAS = {
    name: name
    for name in (
        "direction", "context_frames", "output", "loop", "style", "format", "sound", "last_frame", "keyframes",
        "references", "profile", "steps", "guidance", "expand_prompt", "allow_degraded", "cards", "dry_run", "priority",
        "deadline_s",
    )
} | {"source_range": "range"}  # fmt: skip
"""Keywords that stand in its `cutaway` object, and their names there."""
MEDIA = ("input_reference", "first_frame", "last_frame", "video", "before", "after", "second")


def compose(operation: Operation, asked: Mapping[str, Any]) -> Submission:
    """The submission a call means; `asked` holds its keywords without those left at None.

    Raises:
        BadRequest: a value the contract does not allow; `param` names it.
        MediaError: a picture or clip that cannot be used.
    """
    asked = _with_media(asked)
    body = {wire: asked[name] for name, wire in FLAT.items() if name in asked}
    extras = {wire: asked[name] for name, wire in EXTRAS.items() if name in asked}
    if "before" in asked:
        extras["fill"] = {
            name: asked[name] for name in ("before", "after", "tail_frames", "head_frames") if name in asked
        }
    if "second" in asked:
        extras["blend"] = {"with": asked["second"]}
        extras["blend"] |= {name: asked[name] for name in ("overlap_frames",) if name in asked}
    if extras:
        body["cutaway"] = extras
    return Submission(operation, _checked(body), asked.get("video_id"))


def replaced(value: Any, stand_in: Callable[[FilePart], Any]) -> Any:
    """`value` with something else in the place of every local file."""
    if isinstance(value, FilePart):
        return stand_in(value)
    if isinstance(value, Mapping):
        return {name: replaced(part, stand_in) for name, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, stand_in) for part in value]
    return value


def local_files(value: Any) -> list[FilePart]:
    """Every local file in a body, in its order."""
    found: list[FilePart] = []
    replaced(value, found.append)
    return found


def merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with the caller's `extra_body` over it; objects are merged, anything else is replaced."""
    result = dict(body)
    for name, value in extra.items():
        before = result.get(name)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        result[name] = merged(before, value) if both else value  # type: ignore[arg-type]
    return result


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """The body as the wire writes it, local files back in their places."""
    files = local_files(body)
    places = iter(range(len(files)))
    plain = replaced(body, lambda _: {"file_id": f"file_local_{next(places)}"})
    try:
        request = VideoCreate.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        param = ".".join(str(part) for part in first["loc"]) or None
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "there is no such field"
        raise BadRequest(
            f"{param or 'the request'}: {message} (found before sending)", code="invalid_request", param=param
        ) from error
    dumped = request.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    back = {f"file_local_{place}": file for place, file in enumerate(files)}
    return _with_files(dumped, back)  # type: ignore[no-any-return]


def _with_files(value: Any, files: Mapping[str, FilePart]) -> Any:
    if isinstance(value, Mapping):
        named = value.get("file_id")
        if isinstance(named, str) and named in files:
            return files[named]
        return {name: _with_files(part, files) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_files(part, files) for part in value]
    return value


def _with_media(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords with every picture and clip found, as a reference or as a local file."""
    if "first_frame" in asked and "input_reference" in asked:
        raise BadRequest(
            "first_frame and input_reference are two names of one thing; give one of them",
            code="invalid_request",
            param="first_frame",
        )
    found = dict(asked)
    for name in MEDIA:
        if name in asked:
            found[name] = resolve(asked[name], rate=asked.get("rate"))
    if "keyframes" in asked:
        found["keyframes"] = [{"at": at, "image": resolve(image)} for at, image in asked["keyframes"].items()]
    if "references" in asked:
        found["references"] = [resolve(picture) for picture in _several(asked, "references", "pictures")]
    if "characters" in asked:
        found["characters"] = [{"id": getattr(one, "id", one)} for one in _several(asked, "characters", "characters")]
    if "cards" in asked:
        found["cards"] = [_card(card, asked.get("rate")) for card in _several(asked, "cards", "cards")]
    if "source_range" in asked:
        span = asked["source_range"]
        start, end = (span.start, span.end) if isinstance(span, FrameRange) else span
        found["source_range"] = {"start": start, "end": end}
    return found


def _several(asked: Mapping[str, Any], name: str, what: str) -> Sequence[Any]:
    given = asked[name]
    if isinstance(given, (list, tuple)):
        return given
    raise BadRequest(
        f"{name} is a list of {what}, not one {type(given).__name__}: put it in brackets",
        code="invalid_request",
        param=name,
    )


def _card(card: CardInput | TimedCard, rate: RateLike | None) -> dict[str, Any]:
    """A timed card as the wire has it, its media found."""
    if isinstance(card, TimedCard):
        return card.model_dump(exclude_unset=True)
    if not isinstance(card, Mapping):
        raise BadRequest(
            f"a card is an object such as {{'at': 48, 'prompt': 'it bursts'}}, not one {type(card).__name__}",
            code="invalid_request",
            param="cards",
        )
    found: dict[str, Any] = {name: value for name, value in card.items() if value is not None}
    return found | {name: resolve(found[name], rate=rate) for name in ("image", "clip") if name in found}
