"""The bare contract, as OpenAI published it and other servers copied it.

Encoding is strict: what the contract has no word for is refused here, with what would do instead,
since most servers drop unknown fields without a word. A field that one server is known to take can
always be passed as `extra_body`. Decoding is lenient: servers differ in their statuses, in how they
write errors and in what they leave out, and all of that is brought back to the contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cutaway.client.dialects.base import PATHS, Encoded, Fetch, Submission, Traits, below, local_media
from cutaway.client.request import FilePart
from cutaway.errors import UnsupportedCapability

STATUSES = {
    "queued": "queued",
    "pending": "queued",
    "submitted": "queued",
    "scheduled": "queued",
    "created": "queued",
    "in_progress": "in_progress",
    "processing": "in_progress",
    "running": "in_progress",
    "generating": "in_progress",
    "started": "in_progress",
    "completed": "completed",
    "complete": "completed",
    "succeeded": "completed",
    "success": "completed",
    "done": "completed",
    "failed": "failed",
    "failure": "failed",
    "error": "failed",
    "rejected": "failed",
    "cancelled": "failed",
    "canceled": "failed",
    "expired": "failed",
    "deleted": "failed",
}
"""What servers say, and which of the contract's four statuses it means."""

ENDINGS = {"cancelled": "cancelled", "canceled": "cancelled", "expired": "expired", "deleted": "deleted"}
"""Statuses that become `failed` with this error code, unless the server gave a code itself."""

WORDS = frozenset({"prompt", "model", "seconds", "size", "input_reference", "video"})

INSTEAD = {
    "num_frames": "seconds=, which the contract counts in whole seconds",
    "fps": "leave rate out; the server chooses its own",
    "cutaway.fill": "create with first_frame= at the cut, or a server that speaks cutaway",
    "cutaway.blend": "a server that speaks cutaway, such as the local runtime",
    "cutaway.loop": "a server that speaks cutaway, such as the local runtime",
    "cutaway.last_frame": "first_frame= alone, or a server that speaks cutaway",
    "cutaway.direction": "extend forward, or a server that speaks cutaway",
    "cutaway.steps": "extra_body={'num_inference_steps': ...}, if you know that this server takes it",
    "cutaway.guidance": "extra_body={'guidance_scale': ...}, if you know that this server takes it",
    "cutaway.expand_prompt": "write the prompt out yourself, or a server that speaks cutaway",
}
OURS = "leave it out, or a server that speaks cutaway, such as the local runtime"


class OpenAIDialect:
    """Any server with the plain Videos API; `server` is its address, for messages."""

    name = "openai"
    traits = Traits("the plain Videos API", characters=True, variants=frozenset({"video", "thumbnail", "spritesheet"}))

    def __init__(self, server: str = "this server") -> None:
        self.server = server

    def encode(self, submission: Submission) -> Encoded:
        body = {name: value for name, value in submission.body.items() if value is not None}
        self._refuse_unknown(body)
        if "seconds" in body:
            body["seconds"] = self._whole_seconds(body["seconds"])
        path = PATHS[submission.operation].replace("{id}", submission.video_id or "")
        for name in ("input_reference", "video"):
            if isinstance(body.get(name), Mapping):
                body[name] = self._reference(name, body[name])
        files = {name: value for name, value in body.items() if isinstance(value, FilePart)}
        if not files:
            return Encoded(path, json=body)
        fields: dict[str, str] = {}
        for name, value in body.items():
            if isinstance(value, Mapping):
                fields |= {f"{name}[{key}]": str(part) for key, part in value.items()}
            elif not isinstance(value, FilePart):
                fields[name] = value if isinstance(value, str) else json.dumps(value)
        return Encoded(path, fields=fields, files=files)

    def _refuse_unknown(self, body: Mapping[str, Any]) -> None:
        extras = body.get("cutaway", {})
        unknown = [name for name in body if name not in WORDS and name != "cutaway"]
        unknown += [f"cutaway.{name}" for name in extras]
        for name in unknown:
            value = extras.get(name.removeprefix("cutaway."), body.get(name))
            instead = INSTEAD.get(name, OURS)
            if name not in INSTEAD and not name.startswith("cutaway.") and not local_media(value):
                instead = f"extra_body={{{name!r}: {value!r}}}, if you know that this server takes it"
            self._refuse(name, instead)

    def _refuse(self, capability: str, alternative: str) -> None:
        raise UnsupportedCapability(
            f"{self.server} speaks the plain Videos API, which has no {capability}; instead: {alternative}",
            capability=capability,
            alternative=alternative,
        )

    def _whole_seconds(self, seconds: float) -> str:
        if seconds != int(seconds):
            self._refuse(f"fraction of a second (seconds={seconds})", f"seconds={max(1, round(seconds))}")
        return str(int(seconds))

    def _reference(self, name: str, reference: Mapping[str, Any]) -> dict[str, Any]:
        if reference.get("frame") is not None:
            self._refuse(f"single frame of a clip as {name}", "save the frame as a picture and give that file")
        if name == "input_reference":
            if "id" in reference:
                self._refuse("video as input_reference", "a picture, an uploaded file or a URL")
            return {("image_url" if key == "url" else key): value for key, value in reference.items()}
        if "id" not in reference:
            self._refuse(f"{name} by {'URL' if 'url' in reference else 'file id'}", "a video's id, or a local file")
        return {"id": reference["id"]}

    def decode_video(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, Mapping):
            raise ValueError("no video: the body is not an object")
        identity = body.get("id") or body.get("video_id")
        if not isinstance(identity, str):
            raise ValueError("no video: the body has no id")
        said = str(body.get("status", "queued")).lower()
        video: dict[str, Any] = {**body, "id": identity, "object": "video"}
        video["status"] = STATUSES.get(said, "in_progress")
        video["error"] = _error(body.get("error"), ENDINGS.get(said, "unknown"), said)
        if video["status"] != "failed":
            video["error"] = None
        seconds = body.get("seconds", body.get("duration"))
        video["seconds"] = "" if seconds is None else str(seconds)
        video["progress"] = 100 if video["status"] == "completed" else _percent(body.get("progress"))
        video["created_at"] = _whole(body.get("created_at"))
        for name in ("model", "size"):
            video[name] = str(body.get(name) or "")
        for name in ("completed_at", "expires_at"):
            if name in body:
                video[name] = _whole(body[name]) or None
        for name in ("prompt", "remixed_from_video_id"):
            if not isinstance(body.get(name), str):
                video.pop(name, None)
        if "cutaway" in video and not isinstance(video["cutaway"], Mapping):
            del video["cutaway"]
        return video

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        if not isinstance(body, Mapping) or not isinstance(body.get("data"), list):
            raise ValueError("no page of videos: the body has no list named data")
        data = [self.decode_video(video) for video in body["data"]]
        return {
            "object": "list",
            "data": data,
            "first_id": body.get("first_id") or (data[0]["id"] if data else None),
            "last_id": body.get("last_id") or (data[-1]["id"] if data else None),
            "has_more": bool(body.get("has_more", limit is not None and len(data) == limit)),
        }

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        # Servers answer with the contract's object, with the job, or with nothing: the deed is done either way.
        identity = body.get("id") if isinstance(body, Mapping) else None
        return {"id": str(identity or video_id), "object": "video.deleted", "deleted": True}

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        if variant not in self.traits.variants:
            self._refuse(f"variant {variant!r}", f"one of {', '.join(sorted(self.traits.variants))}")
        return Fetch(below(video["id"], "/content"), {} if variant == "video" else {"variant": variant})


def _error(error: Any, code: str, said: str) -> dict[str, Any]:
    """A job's error as {"code", "message"}, however the server wrote it."""
    if isinstance(error, Mapping):
        return {**error, "code": str(error.get("code") or code), "message": str(error.get("message") or said)}
    return {"code": code, "message": str(error or f"the server reports the job as {said}")}


def _percent(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return max(0, min(99, int(value)))


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) else 0
