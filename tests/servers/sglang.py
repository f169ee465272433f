"""A stub of SGLang Diffusion.

Follows sglang 0.5.23: `sglang/multimodal_gen/runtime/entrypoints/openai/{video_api,protocol,stores,storage,utils}.py` and
`http_server.py`. Fields, defaults, orders and error texts are read from there; a job paints nothing, it moves along
`progress` by one step each time it is asked for. What a path on the server's disk would do is not played: none exists.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from servers.frame import (
    MOVIE,
    Heard,
    Refused,
    Reply,
    Routes,
    file_reply,
    not_a_file,
    openapi,
    serve_alone,
    validated,
)
from servers.jobs import Job, Jobs

VIDEOS = {".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"}


class Asked(BaseModel):
    """The request, of which a form has the same fields."""

    model_config = ConfigDict(extra="allow", title="VideoGenerationsRequest")

    prompt: str
    enhance_prompt: bool = False
    input_reference: str | None = None
    reference_url: str | None = None
    video_path: str | None = None
    video_url: str | None = None
    task_type: str | None = None
    model: str | None = None
    n: int | None = 1
    num_outputs_per_prompt: int | None = None
    seconds: int | None = 4
    size: str | None = ""
    fps: int | None = None
    num_frames: int | None = None
    seed: int | list[int] | None = None
    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    guidance_scale_2: float | None = None
    true_cfg_scale: float | None = None
    negative_prompt: str | None = None
    flow_shift: float | None = None
    output_path: str | None = None


class Listed(BaseModel):
    after: str | None = None
    limit: int = Field(20, ge=1, le=100)
    order: Literal["asc", "desc"] = "desc"


class SGLang(Routes):
    """SGLang Diffusion 0.5.23, one video model."""

    def __init__(self, *, bucket: str | None = None) -> None:
        super().__init__()
        self.model = "Wan-AI/Wan2.2-TI2V-5B-Diffusers"
        self.bucket = bucket
        """Where finished files are uploaded, as with SGLANG_CLOUD_STORAGE_TYPE=s3: an address without a slash."""
        self.progress = [10, 60, 99]
        """What a job says, one after the other, before it is completed."""
        self.failures: list[str] = []
        """Why the next jobs fail; the first one's reason first."""
        self.dead: str | None = None
        """Why the scheduler died: every POST is a 503 from then on."""
        self.movie = MOVIE
        self.jobs = Jobs()
        self.made: list[Asked] = []
        """What each accepted request came to."""
        one = r"/v1/videos/([^/]+)"
        self.routes = {
            ("POST", "/v1/videos"): self.create,
            ("GET", "/v1/videos"): self.list,
            ("GET", one): self.retrieve,
            ("DELETE", one): self.delete,
            ("GET", one + "/content"): self.content,
            ("GET", "/v1/models"): self.models,
            ("GET", "/server_info"): self.server_info,
            ("GET", "/openapi.json"): lambda _: openapi("FastAPI", "0.1.0", "/v1/videos", "/v1/merge_lora_weights"),
        }

    def create(self, heard: Heard) -> Reply:
        if self.dead is not None:
            raise Refused(503, {"error": self.dead})
        asked = _form(heard) if heard.media_type == "multipart/form-data" else _body(heard)
        width, height = _size(asked)
        for name in ("width", "height", "num_frames", "num_inference_steps", "num_outputs_per_prompt"):
            if (value := getattr(asked, name)) is not None and value <= 0:
                raise Refused(400, {"detail": f"{name} must be positive"})
        if asked.enhance_prompt:
            raise Refused(400, {"detail": "Prompt enhancement requires --prompt-enhancer-config"})
        fps = asked.fps if asked.fps is not None else 24
        frames = asked.num_frames if asked.num_frames is not None else fps * (asked.seconds or 4)
        outputs = max(1, min(asked.num_outputs_per_prompt or asked.n or 1, 10))
        identity = str(uuid.uuid4())
        job = self.jobs.add(
            {
                "id": identity,
                "model": asked.model or self.model,
                "status": "queued",
                "progress": 0,
                "size": f"{width}x{height}",
                "seconds": str(round(frames / fps)),
                "file_path": f"/srv/outputs/{identity}.mp4",
                "_steps": [*self.progress],
                "_failure": self.failures.pop(0) if self.failures else _missing_input(asked),
                "_outputs": outputs,
            }
        )
        self.made.append(asked)
        return Reply(200, _said(job))

    def list(self, heard: Heard) -> Reply:
        asked = validated(Listed, dict(heard.query), "query")
        jobs = self.jobs.after(asked.after, asked.order)
        page = jobs[: asked.limit]
        return Reply(
            200,
            {
                "data": [_said(job) for job in page],
                "object": "list",
                "first_id": page[0]["id"] if page else None,
                "last_id": page[-1]["id"] if page else None,
                "has_more": len(jobs) > asked.limit,
            },
        )

    def retrieve(self, _: Heard, identity: str) -> Reply:
        job = self._known(identity)
        self._move(job)
        return Reply(200, _said(job))

    def delete(self, _: Heard, identity: str) -> Reply:
        job = self._known(identity)
        self.jobs.pop(identity)
        return Reply(200, _said({**job, "status": "deleted"}))

    def content(self, heard: Heard, identity: str) -> Reply:
        job = self._known(identity)
        variant = heard.query.get("variant")
        index = 0 if variant is None else int(variant) if re.fullmatch(r"-?\d+", variant) else -1
        there = 0 <= index < job["_outputs"]
        if there and job.get("urls"):
            advice = f"Video has been uploaded to cloud storage. Please use the cloud URL: {job['urls'][index]}"
            raise Refused(400, {"detail": advice})
        if job["status"] not in {"completed", "failed"}:
            raise Refused(404, {"detail": "Generation is still in-progress"})
        if not there or job["status"] == "failed":
            raise Refused(404, {"detail": f"Video variant {variant} not found"})
        return file_reply(heard, self.movie, filename=f"{identity}.mp4")

    def models(self, _: Heard) -> Reply:
        card = {"id": self.model, "object": "model", "created": 1, "owned_by": "sglang", "task_type": "TI2V"}
        return Reply(200, {"object": "list", "data": [card]})

    def server_info(self, _: Heard) -> Reply:
        info = {"model_path": self.model, "served_model_name": self.model, "tp_size": 1, "dp_size": 1}
        return Reply(200, {**info, "version": "0.5.23"})

    def _known(self, identity: str) -> Job:
        job = self.jobs.get(identity)
        if job is None:
            raise Refused(404, {"detail": "Video not found"})
        return job

    def _move(self, job: Job) -> None:
        if job["status"] in {"completed", "failed"}:
            return
        if job["_steps"]:
            job["status"], job["progress"] = "in_progress", min(job["_steps"].pop(0), 99)
        elif job["_failure"] is not None:
            reason = f"Model generation failed. Error from scheduler: {job['_failure']}"
            job |= {"status": "failed", "error": {"message": reason}, "file_path": None}
        else:
            names = [f"{job['id']}_{place}.mp4" if place else f"{job['id']}.mp4" for place in range(job["_outputs"])]
            urls = [f"{self.bucket}/{name}" if self.bucket else None for name in names]
            paths = [None if self.bucket else f"/srv/outputs/{name}" for name in names]
            job |= {"status": "completed", "progress": 100, "completed_at": job["created_at"] + 60}
            job |= {"url": urls[0], "urls": urls if self.bucket else None, "file_path": paths[0], "file_paths": paths}
            job |= {"num_outputs": job["_outputs"], "peak_memory_mb": 20480.0, "inference_time_s": 58.5}


app = SGLang


def _form(heard: Heard) -> Asked:
    for name in ("input_reference", "video_reference"):
        if name in heard.form:
            raise not_a_file(name, heard.form[name])
    fields = {name: text for name, text in heard.form.items() if text}
    if not fields.get("prompt"):
        raise Refused(400, {"detail": "prompt is required"})
    for name in ("extra_body", "extra_params"):
        try:
            fields |= json.loads(fields.pop(name, "{}"))
        except ValueError:
            raise Refused(400, {"detail": f"{name} is not valid JSON"}) from None
    known = {name: text for name, text in fields.items() if name in Asked.model_fields}
    known["seconds"] = known.get("seconds") or 4  # type: ignore[assignment]
    for name, field in (("input_reference", "input_reference"), ("video_reference", "video_path")):
        if upload := heard.uploads.get(name):
            clip = upload.media_type.startswith("video/") or Path(upload.filename).suffix.lower() in VIDEOS
            place = "video_path" if clip else field
            known[place] = f"/srv/uploads/{upload.filename}"
    return validated(Asked, known)


def _body(heard: Heard) -> Asked:
    payload: dict[str, Any] = dict(heard.json or {})
    for name in ("extra_body", "extra_json"):
        extra = payload.pop(name, None)
        payload = {**(json.loads(extra) if isinstance(extra, str) else extra or {}), **payload}
    for name, place in (("reference_url", "input_reference"), ("video_url", "video_path")):
        url = payload.get(name)
        if url is not None and not str(url).startswith(("http://", "https://", "data:")):
            raise Refused(
                400,
                {"detail": "Invalid request body: 400: Failed to process image source: Unsupported image url format"},
            )
        if url is not None:
            payload[place] = url
    try:
        return Asked.model_validate(payload)
    except ValueError as error:
        raise Refused(400, {"detail": f"Invalid request body: {error}"}) from None


def _size(asked: Asked) -> tuple[int, int]:
    if not asked.size:
        return asked.width or 1280, asked.height or 704
    match = re.fullmatch(r"(\d+)x(\d+)", asked.size)
    if match is None or "0" in match.groups():
        raise Refused(400, {"detail": "size must be formatted as positive WIDTHxHEIGHT"})
    return asked.width or int(match[1]), asked.height or int(match[2])


def _missing_input(asked: Asked) -> str | None:
    """A text that is neither a URL nor an upload of this server is a path on its disk, where nothing is."""
    for given in (asked.input_reference, asked.video_path):
        if given and not given.startswith(("/srv/uploads/", "http://", "https://", "data:")):
            return f"[Errno 2] No such file or directory: {given!r}"
    return None


def _said(job: Job) -> Job:
    """The job with every field of the response model, as FastAPI writes it."""
    told = {name: value for name, value in job.items() if not name.startswith("_")}
    blank = dict.fromkeys(
        (
            "url",
            "urls",
            "remixed_from_video_id",
            "completed_at",
            "expires_at",
            "error",
            "file_path",
            "file_paths",
            "num_outputs",
            "peak_memory_mb",
            "inference_time_s",
            "revised_prompt",
            "action",
            "lidar",
        )
    )
    return {**blank, "object": "video", "quality": "standard", **told}


if __name__ == "__main__":
    serve_alone(SGLang)
