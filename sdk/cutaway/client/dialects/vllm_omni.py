"""vLLM-Omni: the contract's create, list, get, delete and content, with exact frames and rates.

Follows vllm-omni 0.30.0 (`vllm_omni/entrypoints/openai/{api_server,protocol/videos,video/generation/helpers}.py`) and
the error answers of vllm 0.27 in front of it.

    body        multipart always, objects as JSON in a field; a JSON body is refused
    seconds     the text of a whole number; fps may have a fraction
    pictures    one file as `input_reference`; by URL as `image_reference`; files of its own are not there yet
    last frame  an ordered list and extra_params {"task": "fl2va", "frame_indices": [0, -1]}, which MiniMax H3 paints:
                files as repeated `input_references`, URLs as `image_reference`
    references  the same list under the task "ref2va", MiniMax H3 again
    clips       a file as `input_reference`, or a URL as `video_reference`
    failed      GET answers 4xx or 5xx with the job as its body, whose error.code is that status
    durations   `seconds` is "4" unless it was asked for; `duration_s`, or num_frames and fps, tell the truth
    delete      aborts the work; 409 while that takes long
    not there   edits, extensions, remixes, characters; any `variant` gets the main file
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cutaway.client.dialects import decoding, encoding, frames
from cutaway.client.dialects.base import Encoded, Fetch, Submission, Traits
from cutaway.client.request import FilePart

WORDS: Final[Mapping[str, str]] = {
    **{name: name for name in ("prompt", "model", "seconds", "size", "num_frames", "fps", "seed", "negative_prompt")},
    "cutaway.steps": "num_inference_steps",
    "cutaway.guidance": "guidance_scale",
}
"""Our names of what is no picture and no clip, and the server's."""

PICTURES: Final = ("input_reference", "cutaway.last_frame", "cutaway.references", "video")
BY_URL: Final = {"input_reference": ("image_reference", "image_url"), "video": ("video_reference", "video_url")}
"""The field of a picture and of a clip that lie elsewhere, and its key."""
BLOCKED: Final = "blocked by Cosmos3 guardrails"
"""What a job's error says whose prompt or picture the guardrails refused."""


class VLLMOmniDialect:
    """A vLLM-Omni server; `server` is its address, for messages."""

    name = "vllm_omni"
    traits = Traits("vLLM-Omni", makes=frozenset({"create"}))

    def __init__(self, server: str = "this server") -> None:
        self.server = encoding.Server(server, self.traits.title)

    def encode(self, submission: Submission) -> Encoded:
        path = encoding.path_of(submission, self.traits, self.server)
        asked = frames.timed(encoding.flattened(submission.body), self.server)
        given: dict[str, Any] = {name: asked.pop(name) for name in PICTURES if name in asked}
        body = encoding.translated(asked, WORDS, self.server)
        if "fps" in body:
            body["fps"] = frames.decimal_rate(body["fps"])
        return encoding.multipart(path, body | self._shown(given), objects="json")

    def _shown(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the pictures and the clip that are shown to the model."""
        framed = [given[name] for name in ("input_reference", "cutaway.last_frame") if name in given]
        if sum((bool(framed), "cutaway.references" in given, "video" in given)) > 1:
            raise self.server.lacks("mixture of frames, references and a clip", "only one of them")
        if "cutaway.references" in given:
            return self._listed("references", given["cutaway.references"]) | {"extra_params": {"task": "ref2va"}}
        if "cutaway.last_frame" in given:
            places = [0, -1][-len(framed) :]
            return self._listed("last_frame", framed) | {"extra_params": {"task": "fl2va", "frame_indices": places}}
        for name, shown in given.items():
            if isinstance(shown, FilePart):
                return {"input_reference": shown}
            by_url, key = BY_URL[name]
            return {by_url: {key: encoding.picture_url(name, shown, self.server)}}
        return {}

    def _listed(self, name: str, pictures: list[Any]) -> dict[str, Any]:
        """Pictures whose order counts. The server takes files or URLs, not both in one request."""
        files = [isinstance(picture, FilePart) for picture in pictures]
        if all(files):
            return {"input_references": pictures}
        if any(files):
            raise self.server.lacks(f"mixture of files and URLs in {name}", "all of them as files, or all as URLs")
        return {
            "image_reference": [{"image_url": encoding.picture_url(name, picture, self.server)} for picture in pictures]
        }

    def decode_video(self, body: Any) -> dict[str, Any]:
        return decoding.blocked(decoding.video(_with_true_length(body)), BLOCKED)

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        return decoding.page(body, limit, self.decode_video)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        return encoding.content(video, variant, self.traits, self.server)


def _with_true_length(body: Any) -> Any:
    """The job with `seconds` as it was rendered, where the server knows."""
    if not isinstance(body, Mapping):
        return body
    seconds, count, rate = (_positive(body.get(name)) for name in ("duration_s", "num_frames", "fps"))
    if seconds is None and count and rate:
        seconds = count / rate
    return body if seconds is None else {**body, "seconds": seconds}


def _positive(value: Any) -> float | None:
    """A number above 0 that can be reckoned with; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e12:
        return None
    return float(value)
