"""LocalAI: one route that answers when the video is there.

Follows mudler/LocalAI at 01fdfa62 (`core/http/endpoints/localai/video.go`) and its `VideoRequest` in
`core/schema/localai.go`.

    asked       POST /video, beside /v1, JSON only: num_frames, whole fps, width and height, step, cfg_scale;
                start_image and end_image as a URL or as bare base64
    answered    {id, created, data: [{url | b64_json}]}, after the whole render: nothing can be asked of a job later
    content     the URL it gave, on the same server, or the bytes that came in the answer
    not there   retrieve, list, cancel, delete, edits, extensions and remixes; `seconds` without a rate
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from cutaway.client.dialects import decoding, encoding, frames
from cutaway.client.dialects.base import Encoded, Fetch, Submission, Traits
from cutaway.client.request import FilePart
from cutaway.wire import parse_size

WORDS: Final = {
    "prompt": "prompt",
    "model": "model",
    "negative_prompt": "negative_prompt",
    "size": "size",
    "seconds": "seconds",
    "num_frames": "num_frames",
    "fps": "fps",
    "seed": "seed",
    "input_reference": "start_image",
    "cutaway.last_frame": "end_image",
    "cutaway.steps": "step",
    "cutaway.guidance": "cfg_scale",
}
INSTEAD: Final = encoding.INSTEAD | {
    "cutaway.fill": "create with first_frame= and last_frame= at the cut, which emulate=True does",
    "cutaway.loop": "create with one picture as first_frame= and last_frame=, which emulate=True does",
}
SEEDS: Final = 2**31
"""Seeds are 32 bits wide there, signed."""


class LocalAIDialect:
    """A LocalAI server; `server` is its address, for messages and for the one route, which lies beside /v1."""

    name = "localai"
    traits = Traits("LocalAI", makes=frozenset({"create"}), retrieves=False, lists=False, deletes=False)

    def __init__(self, server: str = "http://127.0.0.1:8080") -> None:
        self.server = encoding.Server(server, self.traits.title)

    def encode(self, submission: Submission) -> Encoded:
        encoding.path_of(submission, self.traits, self.server, INSTEAD)
        asked = encoding.flattened(submission.body)
        body = encoding.translated(frames.timed(asked, self.server), WORDS, self.server, INSTEAD)
        if "size" in body:
            body["width"], body["height"] = parse_size(body.pop("size"))
        if "fps" in body:
            body["fps"] = frames.whole_rate(body["fps"], self.server)
        if "seconds" in body:
            body["num_frames"] = self._frames(body.pop("seconds"), body.get("fps"))
        if body.get("seed", 0) >= SEEDS:
            raise self.server.lacks(f"seed as large as {body['seed']}", f"one below {SEEDS}")
        for name in ("start_image", "end_image"):
            if name in body:
                body[name] = self._picture(name, body[name])
        return Encoded(f"{self.server.address}/video", json=body)

    def _frames(self, seconds: int, fps: int | None) -> int:
        if fps is None:
            raise self.server.lacks("seconds", "seconds= with rate=, or num_frames=")
        return seconds * fps

    def _picture(self, name: str, given: Any) -> str:
        if isinstance(given, FilePart):
            with given.opened() as file:
                return base64.b64encode(file.read()).decode("ascii")
        url = encoding.picture_url(name, given, self.server)
        kind, _, data = url.partition(";base64,")
        return data if kind.startswith("data:") else url

    def decode_video(self, body: Any) -> dict[str, Any]:
        data = body.get("data") if isinstance(body, Mapping) else None
        made = data[0] if isinstance(data, list) and data else None
        if not isinstance(made, Mapping) or not (made.get("url") or made.get("b64_json")):
            raise ValueError("no video: the answer has neither a URL nor bytes")
        return decoding.video({**body, "status": "completed", "created_at": body.get("created")})

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        return decoding.page(body, limit, self.decode_video)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        encoding.known_variant(variant, self.traits, self.server)
        made = (video.get("data") or [{}])[0]
        if made.get("url"):
            return Fetch(made["url"])
        if made.get("b64_json"):
            return Fetch(f"data:video/mp4;base64,{made['b64_json']}")
        raise self.server.lacks("content by a video's id", "save(), on the Video that create gave")
