"""TensorRT-LLM VisualGen: the contract's create, list, get, delete and content, strict about every field.

Follows NVIDIA/TensorRT-LLM as of 1.3 and 1.4 (release candidates; `tensorrt_llm/serve/openai_video_routes.py`,
`openai_protocol.py`, `visual_gen_utils.py`). Its request model has changed more than once; what is sent here is what
all of them take, but for `num_frames`, which the first ones lack.

    body        JSON, or multipart where a file travels; an unknown field is a 422; seconds and fps may have fractions
    pictures    a file as `input_reference`, which it tells from a clip by its bytes; by URL on some versions only
    clips       the same
    states      `queued`, on newer ones `generating` and `postprocessing`, then `completed` or `failed`; no progress
    durations   `duration`, a number, and only where `seconds` was asked; an error is one text
    pages       one, of everything, oldest first
    delete      {"deleted": true}; what the GPU has begun it ends
    not there   edits, extensions, remixes, characters, variants
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
    "video": "input_reference",
    "cutaway.steps": "num_inference_steps",
    "cutaway.guidance": "guidance_scale",
}
"""Our names, and the server's."""

INSTEAD: Final = encoding.INSTEAD | {
    "cutaway.last_frame": "first_frame= alone, or `image_reference` with roles, as your version has it, as extra_body=",
}


class TRTLLMDialect:
    """A `trtllm-serve` that generates videos; `server` is its address, for messages."""

    name = "trtllm"
    traits = Traits("TensorRT-LLM VisualGen", makes=frozenset({"create"}), delete_frees=False)

    def __init__(self, server: str = "this server") -> None:
        self.server = encoding.Server(server, self.traits.title)

    def encode(self, submission: Submission) -> Encoded:
        path = encoding.path_of(submission, self.traits, self.server, INSTEAD)
        asked = encoding.flattened(submission.body)
        if "input_reference" in asked and "video" in asked:
            raise self.server.lacks("picture beside a clip", "one of first_frame= and the clip")
        body = encoding.translated(asked, WORDS, self.server, INSTEAD)
        if "num_frames" in body:
            body.pop("seconds", None)
        if "fps" in body:
            body["fps"] = frames.decimal_rate(body["fps"])
        if not isinstance(body.get("input_reference", FilePart("", b"")), FilePart):
            raise self.server.lacks("input_reference by URL or id", "a local file")
        return encoding.sent(path, body)

    def decode_video(self, body: Any) -> dict[str, Any]:
        return decoding.video(body)

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:  # noqa: ARG002 - it gives everything
        page = decoding.page(body, None)
        newest = sorted(page["data"], key=lambda job: job["created_at"], reverse=True)
        return decoding.page({"data": newest, "has_more": False}, None)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        return encoding.content(video, variant, self.traits, self.server)
