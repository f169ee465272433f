"""FastVideo: a small Videos API after SGLang's, for one job at a time.

Follows fastvideo 0.2.1 (`fastvideo/entrypoints/openai/{video_api,protocol,stores}.py`).

    body        JSON, or multipart where a file travels; numbers are numbers, seconds and fps whole
    pictures    a file, or a URL as `reference_url`; a text in `input_reference` would be a path on the server's disk
    states      `queued` until it is `completed` or `failed`, and no progress between 0 and 100
    pages       without `has_more` and `last_id`
    paths       `file_path`, on the server's disk, is told from the start; it is left out here
    delete      answers the job with status "deleted", and the GPU goes on with it
    not there   clips, a last frame, edits, extensions, remixes, characters; any `variant` gets the main file
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway.client.dialects import decoding, encoding, frames
from cutaway.client.dialects.base import Encoded, Fetch, Submission, Traits
from cutaway.client.request import FilePart

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final[Mapping[str, str]] = {
    **{name: name for name in ("prompt", "model", "seconds", "size", "num_frames", "fps", "seed", "negative_prompt")},
    "input_reference": "input_reference",
    "cutaway.steps": "num_inference_steps",
    "cutaway.guidance": "guidance_scale",
}
"""Our names, and the server's."""


class FastVideoDialect:
    """A FastVideo server; `server` is its address, for messages."""

    name = "fastvideo"
    traits = Traits("FastVideo", makes=frozenset({"create"}), delete_frees=False)

    def __init__(self, server: str = "this server") -> None:
        self.server = encoding.Server(server, self.traits.title)

    def encode(self, submission: Submission) -> Encoded:
        path = encoding.path_of(submission, self.traits, self.server)
        asked = frames.timed(encoding.flattened(submission.body), self.server)
        body = encoding.translated(asked, WORDS, self.server)
        if "fps" in body:
            body["fps"] = frames.whole_rate(body["fps"], self.server)
        if "input_reference" in body and not isinstance(body["input_reference"], FilePart):
            picture = body.pop("input_reference")
            body["reference_url"] = encoding.picture_url("input_reference", picture, self.server)
        return encoding.sent(path, body)

    def decode_video(self, body: Any) -> dict[str, Any]:
        job = decoding.video(body)
        job.pop("file_path", None)
        return job

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        return decoding.page(body, limit, self.decode_video)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        return encoding.content(video, variant, self.traits, self.server)
