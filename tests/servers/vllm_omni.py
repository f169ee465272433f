"""A stub of vLLM-Omni.

Follows vllm-omni 0.30.0: `vllm_omni/entrypoints/openai/{api_server,protocol/videos,video/generation/helpers}.py`, and the
error answers of vllm 0.27 (`entrypoints/serve/utils/server_utils.py`). Fields, limits and error texts are read from
there; a job paints nothing, it moves on by one step each time it is asked for. `mixed` is whether its model takes
ordered pictures, as MiniMax H3 does; any other takes `input_references` for clips.
"""

from __future__ import annotations

import json
import sys
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from servers.frame import MOVIE, Heard, Refused, Reply, Routes, file_reply, openapi, serve_alone
from servers.jobs import Job, Jobs

M = TypeVar("M", bound=BaseModel)

LONGEST_FIELD = 1024 * 1024
"""Bytes of a text field that Starlette's form parser takes."""


class UrlImageReference(BaseModel):
    model_config = ConfigDict(extra="forbid")

    image_url: str


class UrlVideoReference(BaseModel):
    model_config = ConfigDict(extra="forbid")

    video_url: str


class FileReference(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file_id: str


ImageReference = UrlImageReference | FileReference
VideoReference = UrlVideoReference | FileReference


class Form(BaseModel):
    """The fields that the route reads, with the limits it knows itself."""

    prompt: str
    model: str | None = None
    seconds: Annotated[str, StringConstraints(pattern=r"^[1-9]\d*$")] | None = None
    size: Annotated[str, StringConstraints(pattern=r"^\d+x\d+$")] | None = None
    width: int | None = None
    height: int | None = None
    num_frames: int | None = None
    fps: float | None = Field(None, ge=1, allow_inf_nan=False)
    aspect_ratio: str | None = None
    short_edge: int | None = Field(None, ge=1)
    num_outputs_per_prompt: int = Field(1, ge=1, le=10)
    quality: str | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    guidance_scale_2: float | None = None
    boundary_ratio: float | None = None
    flow_shift: float | None = None
    seed: int | None = None
    negative_prompt: str | None = None
    generate_sound: bool | None = None
    image_reference: str | None = None
    video_reference: str | None = None
    lora: str | None = None
    extra_params: str | None = None


class Asked(BaseModel):
    """The request that the route makes of the form, with the limits of the model."""

    model_config = ConfigDict(title="VideoGenerationRequest")

    prompt: str
    model: str | None = None
    seconds: str | None = None
    size: str | None = None
    width: int | None = Field(None, ge=1)
    height: int | None = Field(None, ge=1)
    num_frames: int | None = Field(None, ge=1)
    fps: float | None = None
    quality: str | None = None
    num_inference_steps: int | None = Field(None, ge=1, le=200)
    guidance_scale: float | None = Field(None, ge=0, le=20)
    guidance_scale_2: float | None = Field(None, ge=0, le=20)
    boundary_ratio: float | None = Field(None, ge=0, le=1)
    flow_shift: float | None = None
    seed: int | None = Field(None, ge=-(2**63), le=2**63 - 1)
    negative_prompt: str | None = None
    image_reference: ImageReference | list[ImageReference] | None = None
    video_reference: VideoReference | list[VideoReference] | None = None
    lora: dict[str, Any] | None = None
    extra_params: dict[str, Any] | None = None

    @field_validator("quality")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value not in {None, "lossless", "high"}:
            raise ValueError(f"quality must be one of ['lossless', 'high'], got {value!r}")
        return value


OBJECTS = ("image_reference", "video_reference", "lora", "extra_params")
"""Fields that hold JSON."""
FILES = ("input_reference", "input_references", "source_video", "video_noise_mask")


class Listed(BaseModel):
    after: str | None = None
    limit: int | None = Field(None, ge=0, le=100)
    order: Literal["asc", "desc"] = "desc"


class VLLMOmni(Routes):
    """vLLM-Omni 0.30.0, one video model."""

    def __init__(self, *, api_key: str | None = None, mixed: bool = True) -> None:
        super().__init__()
        self.model = "MiniMaxAI/MiniMax-H3" if mixed else "Wan-AI/Wan2.2-T2V-A14B-Diffusers"
        self.api_key, self.mixed = api_key, mixed
        self.polls = 2
        """How often a job is asked for before it is done; it says `in_progress` until then."""
        self.failures: list[tuple[int, str]] = []
        """Status and reason with which the next jobs fail, the first one's first."""
        self.slow_aborts = 0
        """How many deletes of running jobs take too long to abort."""
        self.swept: set[str] = set()
        """Jobs whose file has outlived its time on disk."""
        self.movie = MOVIE
        self.jobs = Jobs()
        self.made: list[tuple[Asked, dict[str, list[str]]]] = []
        """What each accepted request came to: its fields, and the names of its files."""
        one = r"/v1/videos/([^/]+)"
        self.routes = {
            ("POST", "/v1/videos"): self.create,
            ("GET", "/v1/videos"): self.list,
            ("GET", one): self.retrieve,
            ("DELETE", one): self.delete,
            ("GET", one + "/content"): self.content,
            ("GET", "/v1/models"): self.models,
            ("GET", "/health"): lambda _: Reply(200, {"status": "healthy"}),
            ("GET", "/openapi.json"): lambda _: openapi("FastAPI", "0.1.0", "/v1/videos", "/v1/videos/sync"),
        }

    def __call__(self, heard: Heard) -> Reply:
        guarded = self.api_key is not None and heard.path.startswith("/v1")
        if guarded and heard.headers.get("authorization") != f"Bearer {self.api_key}":
            return Reply(401, {"error": "Unauthorized"})
        return super().__call__(heard)

    def create(self, heard: Heard) -> Reply:
        asked = _asked(heard)
        files = {name: heard.all_files(name) for name in FILES}
        if files["input_references"] and (asked.image_reference or asked.video_reference or files["input_reference"]):
            alone = "Provide input_references alone, without input_reference, image_reference, or video_reference."
            raise _refused(400, alone)
        if files["input_reference"] and (asked.image_reference or asked.video_reference):
            raise _refused(
                400,
                "Provide only one of input_reference, image_reference, or video_reference when using input_reference; "
                "image_reference and video_reference may be combined.",
            )
        if asked.model is not None and asked.model != self.model:
            mismatch = f"Model mismatch: request specifies '{asked.model}' but server is running '{self.model}'."
            raise _refused(400, mismatch)
        for reference in [*_each(asked.image_reference), *_each(asked.video_reference)]:
            if isinstance(reference, FileReference):
                raise _refused(400, "Invalid image_reference: file_id is not supported yet.")
        failure = self.failures.pop(0) if self.failures else self._wrong(asked, files)
        self.made.append((asked, {name: [one.filename for one in some] for name, some in files.items() if some}))
        return Reply(200, _said(self.jobs.add(self._job(asked, failure))))

    def _wrong(self, asked: Asked, files: dict[str, list[Any]]) -> tuple[int, str] | None:
        """What only the model finds wrong, when the job runs."""
        pictures = len(_each(asked.image_reference)) + len(files["input_references"])
        if not self.mixed:
            if any(one.media_type.startswith("image/") for one in files["input_references"]):
                return 500, "moov atom not found: Invalid data found when processing input"
            return None
        extra = asked.extra_params or {}
        task = extra.get("task", "fl2va" if pictures else "t2va")
        if task == "fl2va":
            places = extra.get("frame_indices", [0] if pictures == 1 else [0, -1])
            if len(places) != pictures:
                return (
                    400,
                    f"MiniMax H3 FL2VA requires one frame index per image: got {places!r} for {pictures} image(s)",
                )
            if places not in ([0], [-1], [0, -1]):
                return 400, "MiniMax H3 FL2VA frame_indices must be [0], [-1], or [0, -1]"
        if task == "ref2va" and not pictures:
            return 400, "ref2va requires at least one image or video reference"
        return None

    def _job(self, asked: Asked, failure: tuple[int, str] | None) -> Job:
        fps = asked.fps or 24.0
        frames = asked.num_frames or (int(float(asked.seconds) * fps) if asked.seconds else None)
        lasts = float(asked.seconds) if asked.seconds else frames / fps if frames else None
        return {
            "model": self.model,
            "prompt": asked.prompt,
            "id": f"video_gen_{uuid.uuid4().hex}",
            "status": "queued",
            "size": asked.size,
            "progress": 0,
            "seconds": asked.seconds or "4",
            "quality": asked.quality or "default",
            "fps": fps,
            "num_frames": frames,
            "duration_s": lasts,
            "_polls": self.polls,
            "_failure": failure,
        }

    def list(self, heard: Heard) -> Reply:
        asked = _validated(Listed, dict(heard.query), "query")
        jobs = self.jobs.after(asked.after, asked.order)
        page = jobs if asked.limit is None else jobs[: asked.limit]
        first, last = (page[0]["id"], page[-1]["id"]) if page else (None, None)
        body = {"first_id": first, "last_id": last, "has_more": len(page) < len(jobs), "data": [*map(_said, page)]}
        return Reply(200, body | {"object": "list"})

    def retrieve(self, _: Heard, identity: str) -> Reply:
        job = self._known(identity)
        self._move(job)
        return Reply(job["error"]["code"] if job["status"] == "failed" else 200, _said(job))

    def delete(self, _: Heard, identity: str) -> Reply:
        job = self._known(identity)
        if job["status"] in {"queued", "in_progress"} and self.slow_aborts:
            self.slow_aborts -= 1
            raise _refused(409, "Cancellation in progress. Please try again later.")
        self.jobs.pop(identity)
        return Reply(200, {"id": identity, "deleted": True, "object": "video.deleted"})

    def content(self, heard: Heard, identity: str) -> Reply:
        job = self._known(identity)
        if job["status"] == "failed":
            raise _refused(422, "Video generation failed. Check job status for error details.")
        if not job.get("file_name"):
            raise _refused(404, "Generation is still in-progress")
        if identity in self.swept:
            raise _refused(404, "Generated video file not found on disk")
        return file_reply(heard, self.movie, filename=job["file_name"])

    def models(self, _: Heard) -> Reply:
        return Reply(200, {"object": "list", "data": [{"id": self.model, "object": "model", "owned_by": "vllm"}]})

    def _known(self, identity: str) -> Job:
        job = self.jobs.get(identity)
        if job is None:
            raise _refused(404, "Video not found")
        return job

    def _move(self, job: Job) -> None:
        if job["status"] in {"completed", "failed"}:
            return
        if job["_polls"]:
            job["_polls"] -= 1
            job["status"] = "in_progress"
        elif job["_failure"] is not None:
            code, message = job["_failure"]
            job |= {"status": "failed", "error": {"code": code, "message": message}, "inference_time_s": 12.5}
            job["completed_at"] = job["created_at"] + 60
        else:
            frames = job["num_frames"] or 81
            job |= {"status": "completed", "progress": 100, "file_name": f"{job['id']}.mp4"}
            job |= {"num_frames": frames, "duration_s": frames / job["fps"], "inference_time_s": 58.5}
            job |= {"completed_at": job["created_at"] + 60, "peak_memory_mb": 20480.0}


app = VLLMOmni


def _asked(heard: Heard) -> Asked:
    """The request in a form. A body that is no form has no fields, and so lacks its prompt."""
    if any(len(text.encode()) > LONGEST_FIELD for text in heard.form.values()):
        raise Refused(400, {"detail": "Part exceeded maximum size of 1024KB."})
    for name in FILES:
        if name in heard.form:
            problem = "Value error, Expected UploadFile, received: <class 'str'>"
            raise _invalid([{"type": "value_error", "loc": ("body", name), "msg": problem, "input": heard.form[name]}])
    form = _validated(Form, {name: text for name, text in heard.form.items() if text}, "body")
    values: dict[str, Any] = form.model_dump(exclude_none=True)
    for name in OBJECTS:
        if name in values:
            values[name] = _parsed(values[name], wants_object=name in {"lora", "extra_params"})
    try:
        return Asked.model_validate(values)
    except ValidationError as error:
        said = {"message": str(error), "type": "BadRequestError", "param": None, "code": 400}
        raise Refused(400, {"error": said}) from None


def _parsed(text: str, *, wants_object: bool) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        raise _refused(400, "Invalid JSON in form field.") from None
    if wants_object and not isinstance(value, dict):
        raise _refused(400, f"Invalid JSON in form field: expected dict, got {type(value).__name__}.")
    return value


def _validated(model: type[M], values: Any, where: str) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        rows = [{**row, "loc": (where, *row["loc"])} for row in error.errors(include_url=False)]
        raise _invalid([row | {"input": None} if row["type"] == "missing" else row for row in rows]) from None


def _invalid(rows: list[Any]) -> Refused:
    """vLLM's answer to what FastAPI found wrong."""
    count = "1 validation error" if len(rows) == 1 else f"{len(rows)} validation errors"
    message = "\n".join([f"{count}:", *(f"  {row}" for row in rows)])
    param = ".".join(str(part) for part in rows[0]["loc"])
    return Refused(400, {"error": {"message": message, "type": "Bad Request", "param": param, "code": 400}})


def _refused(status: int, message: str) -> Refused:
    kind = HTTPStatus(status).phrase
    return Refused(status, {"error": {"message": message, "type": kind, "param": None, "code": status}})


def _each(references: Any) -> list[Any]:
    return references if isinstance(references, list) else [] if references is None else [references]


def _said(job: Job) -> Job:
    """The job with every field of the response model."""
    told = {name: value for name, value in job.items() if not name.startswith("_")}
    names = ("completed_at", "remixed_from_video_id", "error", "expires_at", "file_name", "inference_time_s")
    blank = dict.fromkeys((*names, "metrics", "action"))
    fixed = {"object": "video", "media_type": "video/mp4", "stage_durations": {}, "peak_memory_mb": 0.0}
    return {**blank, **fixed, **told}


if __name__ == "__main__":
    serve_alone(VLLMOmni)
