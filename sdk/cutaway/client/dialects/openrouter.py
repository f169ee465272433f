"""OpenRouter: many hosted models behind one asynchronous API of its own shape.

Follows OpenRouter's published reference of its video API (openrouter.ai/docs/api_reference/videos) and the types of its
TypeScript package (`src/models/videogenerationrequest.ts`, `videogenerationresponse.ts`), as of 2026-11.

    asked       JSON only: `duration` in whole seconds, `size`, `frame_images` with first_frame and last_frame,
                `input_references` for looks, `generate_audio`; local pictures travel as data: URIs
    answered    {id, polling_url, status}: pending, in_progress, completed, failed, cancelled, expired; error as a text
    content     `urls[0]`, signed and elsewhere, or /videos/{id}/content?index=0 with the key
    not there   list, cancel, delete, edits and remixes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway.client.dialects import decoding, encoding
from cutaway.client.dialects.base import Encoded, Fetch, Submission, Traits, below

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final = {
    "prompt": "prompt",
    "model": "model",
    "size": "size",
    "seed": "seed",
    "seconds": "duration",
    "input_reference": "first_frame",
    "cutaway.last_frame": "last_frame",
    "cutaway.references": "input_references",
    "cutaway.sound": "generate_audio",
}
FRAMES: Final = ("first_frame", "last_frame")
"""What a picture of `frame_images` may be."""
INSTEAD: Final = encoding.INSTEAD | {
    "negative_prompt": "extra_body={'provider': {'options': {...}}} in the words of the model's provider",
    "cutaway.fill": "create with first_frame= and last_frame= at the cut, which emulate=True does",
    "cutaway.loop": "create with one picture as first_frame= and last_frame=, which emulate=True does",
}


class OpenRouterDialect:
    """openrouter.ai; `server` is its address, for messages."""

    name = "openrouter"
    traits = Traits("OpenRouter", makes=frozenset({"create"}), lists=False, deletes=False)

    def __init__(self, server: str = "https://openrouter.ai/api") -> None:
        self.server = encoding.Server(server, self.traits.title)

    def encode(self, submission: Submission) -> Encoded:
        path = encoding.path_of(submission, self.traits, self.server, INSTEAD)
        body = encoding.translated(encoding.flattened(submission.body), WORDS, self.server, INSTEAD)
        if "duration" in body:
            body["duration"] = encoding.whole_seconds(body["duration"], self.server)
        if "generate_audio" in body:
            body["generate_audio"] = body["generate_audio"] != "silent"
        frames = [self._picture(kind, body.pop(kind)) | {"frame_type": kind} for kind in FRAMES if kind in body]
        if frames:
            body["frame_images"] = frames
        if "input_references" in body:
            body["input_references"] = [self._picture("references", picture) for picture in body["input_references"]]
        return Encoded(path, json=body)

    def _picture(self, name: str, given: Any) -> dict[str, Any]:
        return {"type": "image_url", "image_url": {"url": encoding.picture_url(name, given, self.server)}}

    def decode_video(self, body: Any) -> dict[str, Any]:
        return decoding.video(body)

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        return decoding.page(body, limit)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        encoding.known_variant(variant, self.traits, self.server)
        signed = video.get("urls")
        if isinstance(signed, list) and signed and str(signed[0]).startswith(("https://", "http://")):
            return Fetch(signed[0])
        return Fetch(below(video["id"], "/content"), {"index": "0"})
