"""SGLang Diffusion: the contract's create, list, get, delete and content, and many knobs beside them.

Follows sglang 0.5.23 (`sglang/multimodal_gen/runtime/entrypoints/openai/{video_api,protocol,stores,storage}.py`).

    body        JSON, or multipart where a file travels; numbers are numbers, seconds and fps whole
    pictures    a file, or a URL as `reference_url`; a text in `input_reference` would be a path on the server's disk
    clips       a file as `video_reference`, or a URL as `video_url`
    variants    an index into the outputs of one job; the main file is asked for without any
    uploads     where it keeps files in S3, a finished job has `url`, and /content answers 400
    paths       `file_path` and `file_paths` lie on the server's disk, and are left out here
    delete      answers the job with status "deleted", and the GPU goes on with it
    not there   edits, extensions, remixes, characters; a last frame is the business of single models
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
    "video": "video_reference",
    "cutaway.steps": "num_inference_steps",
    "cutaway.guidance": "guidance_scale",
    "cutaway.expand_prompt": "enhance_prompt",
}
"""Our names, and the server's."""

INSTEAD: Final = encoding.INSTEAD | {
    "cutaway.last_frame": "first_frame= alone; for MiniMax H3 its own task, conditions and target as extra_body=",
}
BLOCKED: Final = "Guardrail blocked"
"""What a job's error says whose prompt or picture the Cosmos guardrails refused."""


class SGLangDialect:
    """An SGLang server that generates videos; `server` is its address, for messages."""

    name = "sglang"
    traits = Traits("SGLang Diffusion", makes=frozenset({"create"}), delete_frees=False, tells_urls=True)

    def __init__(self, server: str = "this server") -> None:
        self.server = encoding.Server(server, self.traits.title)

    def encode(self, submission: Submission) -> Encoded:
        path = encoding.path_of(submission, self.traits, self.server, INSTEAD)
        asked = frames.timed(encoding.flattened(submission.body), self.server)
        body = encoding.translated(asked, WORDS, self.server, INSTEAD)
        if "fps" in body:
            body["fps"] = frames.whole_rate(body["fps"], self.server)
        for name, by_url in (("input_reference", "reference_url"), ("video_reference", "video_url")):
            if name in body and not isinstance(body[name], FilePart):
                body[by_url] = encoding.picture_url(name, body.pop(name), self.server)
        return encoding.sent(path, body)

    def decode_video(self, body: Any) -> dict[str, Any]:
        job = decoding.blocked(decoding.video(body), BLOCKED)
        for name in ("file_path", "file_paths"):
            job.pop(name, None)
        return job

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        return decoding.page(body, limit, self.decode_video)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        place = encoding.content(video, variant, self.traits, self.server)
        url = video.get("url")
        return Fetch(url) if isinstance(url, str) and url else place
