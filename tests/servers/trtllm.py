"""A stub of TensorRT-LLM's VisualGen server.

Follows NVIDIA/TensorRT-LLM, `tensorrt_llm/serve/{openai_video_routes,openai_protocol,visual_gen_utils}.py`, as they stand
in the release candidates of 1.3 and 1.4: the strict request model with `num_frames` and `frame_rate`, and the states
`generating` and `postprocessing`. A job paints nothing, it moves along `states` each time it is asked for.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from servers.frame import MOVIE, Heard, Refused, Reply, Routes, Upload, file_reply, openapi, serve_alone
from servers.jobs import Job, Jobs


class Asked(BaseModel):
    """The request; a field that is not here is refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)

    prompt: str
    model: str | None = None
    response_format: Literal["file", "path"] = "file"
    format: Literal["mp4", "avi", "auto", "safetensors", "pt"] = "auto"
    seed: int | None = Field(None, ge=0)
    image_reference: Any = None
    video_reference: Any = None
    audio_reference: Any = None
    input_reference: str | Upload | None = None
    size: str | None = Field(None, pattern=r"^(\d+x\d+|auto)$")
    width: int | None = Field(None, gt=0)
    height: int | None = Field(None, gt=0)
    num_frames: int | None = Field(None, gt=0, le=7200)
    seconds: float | None = Field(None, gt=0, le=60)
    frame_rate: float | None = Field(None, alias="fps", gt=0, le=120)
    num_inference_steps: int | None = Field(None, gt=0)
    guidance_scale: float | None = Field(None, gt=0)
    max_sequence_length: int | None = Field(None, gt=0)
    negative_prompt: str | None = None
    extra_params: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _both_dimensions(self) -> Asked:
        if (self.width is None) != (self.height is None):
            raise ValueError("width and height must be sent together")
        return self


class TRTLLM(Routes):
    """TensorRT-LLM VisualGen, one video model with a default of 81 frames at 16 a second and 832x480."""

    def __init__(self) -> None:
        super().__init__()
        self.model = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
        self.states = ["generating", "postprocessing"]
        """What a job says, one after the other, before it is completed."""
        self.failures: list[str] = []
        """Why the next jobs fail; the first one's reason first."""
        self.movie = MOVIE
        self.jobs = Jobs()
        self.made: list[Asked] = []
        """What each accepted request came to."""
        one = r"/v1/videos/([^/]+)"
        self.routes = {
            ("POST", "/v1/videos"): self.create,
            ("GET", "/v1/videos"): lambda _: Reply(200, {"data": [*map(_said, self.jobs.all())], "object": "list"}),
            ("GET", one): self.retrieve,
            ("DELETE", one): self.delete,
            ("GET", one + "/content"): self.content,
            ("GET", "/v1/models"): self.models,
            ("GET", "/version"): lambda _: Reply(200, {"version": "1.4.0rc1"}),
            ("GET", "/openapi.json"): lambda _: openapi("FastAPI", "0.1.0", "/v1/videos", "/v1/videos/generations"),
        }

    def create(self, heard: Heard) -> Reply:
        try:
            asked = Asked.model_validate(_values(heard))
        except ValidationError as error:
            raise _refused(422, _words(error)) from None
        if isinstance(asked.input_reference, Upload) and _kind(asked.input_reference.content) is None:
            raise _refused(
                400,
                "input_reference is not a recognized media container; supported inputs are PNG/JPEG images and "
                "MP4/AVI video.",
            )
        rate = asked.frame_rate or 16.0
        if asked.num_frames is None and asked.seconds is not None and int(asked.seconds * rate) < 1:
            raise _refused(400, f"Derived frame count is 0 (from seconds={asked.seconds} * frame_rate={rate})")
        size = asked.size if asked.size not in {None, "auto"} else "832x480"
        job = self.jobs.add(
            {
                "id": f"video_{uuid.uuid4().hex}",
                "model": asked.model or self.model,
                "prompt": asked.prompt,
                "status": "queued",
                "duration": asked.seconds,
                "fps": rate,
                "size": f"{asked.width}x{asked.height}" if asked.width else size,
                "response_format": asked.response_format,
                "_states": [*self.states],
                "_failure": self.failures.pop(0) if self.failures else None,
            }
        )
        self.made.append(asked)
        return Reply(202, _said(job))

    def retrieve(self, _: Heard, identity: str) -> Reply:
        job = self._known(identity)
        if job["status"] not in {"completed", "failed"}:
            if job["_states"]:
                job["status"] = job["_states"].pop(0)
            else:
                job["status"] = "completed" if job["_failure"] is None else "failed"
                job["completed_at"], job["error"] = job["created_at"] + 60, job["_failure"]
        return Reply(200, _said(job))

    def delete(self, _: Heard, identity: str) -> Reply:
        self._known(identity)
        return Reply(200, {"deleted": self.jobs.pop(identity) is not None})

    def content(self, heard: Heard, identity: str) -> Reply:
        job = self._known(identity)
        if job["status"] != "completed":
            raise _refused(400, f"Video {identity} is not ready (status: {job['status']})")
        return file_reply(heard, self.movie, filename=f"{identity}_0.mp4")

    def models(self, _: Heard) -> Reply:
        card = {"id": self.model, "object": "model", "owned_by": "tensorrt_llm"}
        return Reply(200, {"object": "list", "data": [card]})

    def _known(self, identity: str) -> Job:
        job = self.jobs.get(identity)
        if job is None:
            raise _refused(404, f"Video {identity} not found", "NotFoundError")
        return job


app = TRTLLM


def _values(heard: Heard) -> dict[str, Any]:
    if heard.media_type == "application/json":
        return dict(heard.json)
    if heard.media_type != "multipart/form-data":
        raise _refused(
            400,
            f"Unsupported content-type: {heard.headers.get('content-type', '')}. Use 'application/json' or "
            "'multipart/form-data'",
        )
    values: dict[str, Any] = {name: text for name, text in heard.form.items() if text}
    if "extra_params" in values:
        try:
            values["extra_params"] = json.loads(values["extra_params"])
        except ValueError as error:
            raise _refused(400, f"'extra_params' must be a JSON object string; {error}") from None
    return values | heard.uploads


def _words(error: ValidationError) -> str:
    parts = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            parts.append(f"Unknown request field {where!r}. Pass model-specific parameters via 'extra_params' instead.")
        else:
            parts.append(f"{where}: {problem['msg']}" if where else problem["msg"])
    return "; ".join(parts)


def _kind(content: bytes) -> str | None:
    """What a reference is by its first bytes."""
    if content.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return "image"
    if content[4:8] == b"ftyp" or (content[:4] == b"RIFF" and content[8:12] == b"AVI "):
        return "video"
    return None


def _refused(status: int, message: str, kind: str = "BadRequestError") -> Refused:
    return Refused(status, {"object": "error", "message": message, "type": kind, "param": None, "code": status})


def _said(job: Job) -> Job:
    """The job with every field of the response model that travels."""
    told = {name: value for name, value in job.items() if not name.startswith("_")}
    return {**dict.fromkeys(("completed_at", "error", "expires_at", "progress")), "object": "video", **told}


if __name__ == "__main__":
    serve_alone(TRTLLM)
