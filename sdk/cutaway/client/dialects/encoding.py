"""From the contract's words to a server's: what the dialects share.

    body          {"prompt": ..., "cutaway": {"steps": 8}}       as `compose` wrote it
    flattened     {"prompt": ..., "cutaway.steps": 8}            one name for each thing asked
    translated    {"prompt": ..., "num_inference_steps": 8}      the server's names; the rest is refused
    sent          JSON, or multipart where a local file travels

Encoding is strict. What a server has no word for is refused here, with what would do instead, since most servers drop
unknown fields without a word. A field that one server is known to take can always be passed as `extra_body`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from cutaway.client.dialects.base import PATHS, Encoded, Fetch, Operation, Submission, Traits, below, local_media
from cutaway.client.request import FilePart
from cutaway.errors import UnsupportedCapability

OURS: Final = "leave it out, or a server that speaks cutaway, such as the local runtime"
SPEAKS_CUTAWAY: Final = "a server that speaks cutaway, such as the local runtime"

ANYWAY: Final[Mapping[str, Any]] = {
    "cutaway.direction": "forward",
    "cutaway.output": "full",
    "cutaway.format": "mp4",
    "cutaway.sound": "keep",
    "cutaway.loop": False,
    "cutaway.expand_prompt": False,
    "cutaway.dry_run": False,
    "cutaway.priority": "normal",
    "cutaway.references": [],
    "cutaway.keyframes": [],
    "cutaway.cards": [],
    "characters": [],
    "n": 1,
}
"""What every server does without being told, so that asking for it needs no word."""
PERMISSIONS: Final = frozenset({"cutaway.allow_degraded", "strict"})
"""What a caller allows or forbids rather than asks for; a dialect that refuses what it cannot say needs neither."""

INSTEAD: Final[dict[str, str]] = {
    "num_frames": "seconds=, which the contract counts in whole seconds; emulate=True takes the nearest",
    "fps": "leave rate out, as emulate=True does: the server chooses its own",
    "input_reference": "say in the prompt what is seen first",
    "cutaway.fill": "create with first_frame= at the cut, which emulate=True does, or a server that speaks cutaway",
    "cutaway.style": "its words in the prompt, which emulate=True adds, or a server that speaks cutaway",
    "cutaway.blend": SPEAKS_CUTAWAY,
    "cutaway.loop": SPEAKS_CUTAWAY,
    "cutaway.cards": f"a video for each card, or {SPEAKS_CUTAWAY}",
    "cutaway.dry_run": SPEAKS_CUTAWAY,
    "cutaway.last_frame": "first_frame= alone, or a server that speaks cutaway",
    "cutaway.direction": "extend forward, or a server that speaks cutaway",
    "cutaway.output": "cut the new part off yourself, or make it alone with emulate=True",
    "cutaway.steps": "extra_body={'num_inference_steps': ...}, if you know that this server takes it",
    "cutaway.guidance": "extra_body={'guidance_scale': ...}, if you know that this server takes it",
    "cutaway.expand_prompt": "write the prompt out yourself, or a server that speaks cutaway",
    "cutaway.priority": "leave it out, as emulate=True does: the server has an order of its own",
    "cutaway.deadline_s": "wait(timeout=...), then cancel()",
    "characters": "describe them in the prompt",
    "n": "a create for each take, each with a seed of its own",
    "retrieve": "keep the Video that create gave, which is finished",
    "list": "ask for each by its id: cutaway jobs lists what this machine submitted",
    "delete": "leave it to expire there",
    "edit": f"create from the words alone, or {SPEAKS_CUTAWAY}",
    "extend": "create with the clip's last picture as first_frame=, which emulate=True does",
    "remix": f"create from the words alone, or {SPEAKS_CUTAWAY}",
}
"""What would do for a thing asked, or for an operation, that a server lacks."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who it is that lacks something, for messages: its address, and the name of its kind."""

    address: str
    title: str

    def lacks(self, capability: str, alternative: str) -> UnsupportedCapability:
        """The error to raise; its message calls our own fields as the keywords of a call are called."""
        called = capability.removeprefix("cutaway.")
        return UnsupportedCapability(
            f"{self.address} ({self.title}) has no {called}; instead: {alternative}",
            capability=capability,
            alternative=alternative,
        )


def flattened(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked, each thing under one name: those of the `cutaway` object as "cutaway.<name>".

    Left out is what was left open, what every server does anyway, and what merely permits.
    """
    asked = {name: value for name, value in body.items() if name != "cutaway"}
    asked |= {f"cutaway.{name}": value for name, value in body.get("cutaway", {}).items()}
    return {
        name: value
        for name, value in asked.items()
        if value is not None and name not in PERMISSIONS and not (name in ANYWAY and ANYWAY[name] == value)
    }


def translated(
    asked: Mapping[str, Any], words: Mapping[str, str], server: Server, instead: Mapping[str, str] = INSTEAD
) -> dict[str, Any]:
    """What was asked, under the server's names: `words` has one for each of ours.

    Raises:
        UnsupportedCapability: there is no word for something; `.capability` is our name of it.
    """
    for name in asked:
        if name not in words:
            raise server.lacks(name, _alternative(name, asked[name], instead))
    return {words[name]: value for name, value in asked.items()}


def _alternative(name: str, value: Any, instead: Mapping[str, str]) -> str:
    if name in instead:
        return instead[name]
    if name.startswith("cutaway.") or local_media(value):
        return OURS
    return f"extra_body={{{name!r}: {value!r}}}, if you know that this server takes it"


def path_of(submission: Submission, traits: Traits, server: Server, instead: Mapping[str, str] = INSTEAD) -> str:
    """Where a submission is posted, below /v1.

    Raises:
        UnsupportedCapability: the server has no such operation; `.capability` is its name.
    """
    operation: Operation = submission.operation
    if operation not in traits.makes:
        raise server.lacks(operation, instead.get(operation, OURS))
    return PATHS[operation].replace("{id}", submission.video_id or "")


def sent(path: str, body: Mapping[str, Any], *, objects: Literal["brackets", "json"] = "brackets") -> Encoded:
    """The body as JSON, or as multipart where a local file travels in it; `objects` as for `multipart`."""
    return multipart(path, body, objects=objects) if local_media(body) else Encoded(path, json=body)


def multipart(path: str, body: Mapping[str, Any], *, objects: Literal["brackets", "json"] = "brackets") -> Encoded:
    """The body as text fields and file parts.

    An object travels as `name[key]` fields, or as one field of JSON where the server wants that; a list always as
    JSON, since brackets cannot bring a list of objects back. A list of local files becomes repeated parts.
    """
    fields: dict[str, str] = {}
    files: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, FilePart) or (isinstance(value, list) and value and local_media(value)):
            files[name] = value
        elif isinstance(value, Mapping) and objects == "brackets":
            fields |= {f"{name}[{key}]": _text(part) for key, part in value.items()}
        else:
            fields[name] = _text(value)
    return Encoded(path, fields=fields, files=files)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def whole_seconds(seconds: float, server: Server) -> int:
    """Seconds, for a server that counts them whole.

    Raises:
        UnsupportedCapability: there is a fraction; `.capability` is "fraction of a second".
    """
    if seconds != int(seconds):
        raise server.lacks("fraction of a second", f"seconds={max(1, round(seconds))} in place of {seconds:g}")
    return int(seconds)


def picture(name: str, given: Any, server: Server) -> Any:
    """A picture in the contract's words, {"image_url": ...} or {"file_id": ...}; a local file is left as it is.

    Raises:
        UnsupportedCapability: it is named by a video's id, or is one frame of a clip.
    """
    if isinstance(given, FilePart):
        return given
    no_frame(name, given, server)
    if "id" in given:
        raise server.lacks(f"video as {name}", "a picture, an uploaded file or a URL")
    return {("image_url" if key == "url" else key): value for key, value in given.items()}


def clip(name: str, given: Any, server: Server) -> Any:
    """A clip in the contract's words, {"id": ...}; a local file is left as it is.

    Raises:
        UnsupportedCapability: it is named by a URL or a file's id, or is one frame of a clip.
    """
    if isinstance(given, FilePart):
        return given
    no_frame(name, given, server)
    if "id" not in given:
        raise server.lacks(f"{name} by {'URL' if 'url' in given else 'file id'}", "a video's id, or a local file")
    return {"id": given["id"]}


def picture_url(name: str, given: Any, server: Server) -> str:
    """A picture as one address, for a server that takes JSON only: an http(s) URL, or a local file as a data: URI.

    A local file is read here, whole. Shape of the URI: data:image/png;base64,...

    Raises:
        UnsupportedCapability: it lies on a server, as a video, one of its frames or an uploaded file.
    """
    if isinstance(given, FilePart):
        return data_uri(given)
    no_frame(name, given, server)
    if "url" not in given:
        raise server.lacks(f"{'video' if 'id' in given else 'file id'} as {name}", "a local picture or a URL")
    return str(given["url"])


def data_uri(part: FilePart) -> str:
    """A local file as data:<type>;base64,<bytes>."""
    with part.opened() as file:
        return f"data:{part.media_type};base64,{base64.b64encode(file.read()).decode('ascii')}"


def no_frame(name: str, given: Mapping[str, Any], server: Server) -> None:
    """Refuse one frame of a clip in the place of a picture or a clip."""
    if given.get("frame") is not None:
        raise server.lacks(f"single frame of a clip as {name}", "save the frame as a picture and give that file")


def content(video: Mapping[str, Any], variant: str, traits: Traits, server: Server) -> Fetch:
    """/videos/{id}/content. The main file is asked for without a `variant`: some servers take that for an index.

    Raises:
        UnsupportedCapability: the server has no such variant.
    """
    known_variant(variant, traits, server)
    return Fetch(below(video["id"], "/content"), {} if variant == "video" else {"variant": variant})


def known_variant(variant: str, traits: Traits, server: Server) -> None:
    """Refuse a variant that the server does not know."""
    if variant not in traits.variants:
        raise server.lacks(f"variant {variant!r}", f"one of {', '.join(sorted(traits.variants))}")


def missing(deed: str, traits: Traits, address: str) -> UnsupportedCapability:
    """The error to raise where `traits` has no "retrieve", "list", "cancel", "delete" or "characters"."""
    instead = INSTEAD.get(deed, OURS)
    if deed == "list" and traits.listed_by is not None:
        deed = "list of all videos"
        instead = f"those of one provider: extra_query={{'{traits.listed_by}': 'openai'}}"
    if deed == "cancel":
        ends = "which ends the work on it too" if traits.delete_frees else "which drops the record; its GPU goes on"
        instead = f"delete the video, {ends}" if traits.deletes else "let it go on; nothing there ends a job"
    return Server(address, traits.title).lacks(deed, instead)
