"""The LiteLLM proxy: the contract in front of many backends.

Follows litellm 1.109.1 (`litellm/proxy/video_endpoints/endpoints.py`, `litellm/types/videos/`,
`litellm/llms/*/videos/`).

    ids         "video_" and base64 of provider, model and the backend's own id: long, may end in "="
    statuses    the contract's, `processing` (Gemini, Vertex) and `cancelled` (DashScope, MiniMax, Volcengine)
    pictures    a file of the request, or a URL as plain text, which is what most backends behind it take
    clips       the id of a video, in JSON; a file for an edit only
    edits       and extensions: prompt, seconds and video are handed on and nothing else; `model` chooses the backend
    list        of one provider, which the query has to name: extra_query={"custom_llm_provider": "openai"}
    characters  of one model, which the form has to name: target_model_names
    not there   delete, ranges of the content and any `variant` of it: the proxy drops the word and sends the video
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway.client.dialects import decoding, encoding
from cutaway.client.dialects.base import Encoded, Fetch, Submission, Traits
from cutaway.client.dialects.openai import WORDS
from cutaway.client.request import FilePart

if TYPE_CHECKING:
    from collections.abc import Mapping

BACKEND: Final = "extra_body={{'{}': ...}}, where the model behind the proxy is known to take it (vLLM-Omni is)"
INSTEAD: Final = encoding.INSTEAD | {
    name: BACKEND.format(name) for name in ("num_frames", "fps", "seed", "negative_prompt")
}
HANDED_ON: Final = {name: WORDS[name] for name in ("prompt", "model", "seconds", "video")}
"""What of an edit or an extension reaches the backend."""


class LiteLLMDialect:
    """A LiteLLM proxy; `server` is its address, for messages."""

    name = "litellm"
    traits = Traits("LiteLLM", characters=True, deletes=False, listed_by="custom_llm_provider")

    def __init__(self, server: str = "this server") -> None:
        self.server = encoding.Server(server, self.traits.title)

    def encode(self, submission: Submission) -> Encoded:
        path = encoding.path_of(submission, self.traits, self.server, INSTEAD)
        words = HANDED_ON if submission.operation in {"edit", "extend"} else WORDS
        body = encoding.translated(encoding.flattened(submission.body), words, self.server, INSTEAD)
        if "seconds" in body:
            body["seconds"] = str(encoding.whole_seconds(body["seconds"], self.server))
        if "input_reference" in body:
            body["input_reference"] = self._picture(body["input_reference"])
        if "video" in body:
            body["video"] = encoding.clip("video", body["video"], self.server)
            if submission.operation == "extend" and isinstance(body["video"], FilePart):
                raise self.server.lacks("extension of a local clip", "the id of a video that was made there")
        return encoding.sent(path, body)

    def _picture(self, given: Any) -> Any:
        if isinstance(given, FilePart):
            return given
        encoding.no_frame("input_reference", given, self.server)
        if "url" not in given:
            what = "video" if "id" in given else "file id"
            raise self.server.lacks(f"{what} as input_reference", "a local picture or a URL")
        return given["url"]

    def decode_video(self, body: Any) -> dict[str, Any]:
        return decoding.video(body)

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        return decoding.page(body, limit)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        return encoding.content(video, variant, self.traits, self.server)
