"""A stub of FastVideo.

Follows fastvideo 0.2.1: `fastvideo/entrypoints/openai/{video_api,protocol,stores,utils,api_server}.py`. Fields, defaults
and error texts are read from there; a job paints nothing and is done after it was asked for `polls` times, until when it
is `queued`: the real one knows no state between.
"""

from __future__ import annotations

import json
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from servers.frame import MOVIE, Heard, Refused, Reply, Routes, file_reply, not_a_file, openapi, serve_alone, validated
from servers.jobs import Job, Jobs


class Asked(BaseModel):
    """The request. What it does not know, it drops without a word."""

    model_config = ConfigDict(title="VideoGenerationsRequest")

    prompt: str
    input_reference: str | None = None
    reference_url: str | None = None
    model: str | None = None
    seconds: int | None = 4
    size: str | None = ""
    fps: int | None = None
    num_frames: int | None = None
    seed: int | None = 1024
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    guidance_scale_2: float | None = None
    true_cfg_scale: float | None = None
    negative_prompt: str | None = None
    enable_teacache: bool | None = False
    output_path: str | None = None


FORM = ("prompt", "model", "seconds", "size", "fps", "num_frames", "seed", "negative_prompt", "guidance_scale")
FORM += ("num_inference_steps", "enable_teacache")
"""What a form may hold beside the picture; the rest of the model is for JSON only."""


class Listed(BaseModel):
    after: str | None = None
    limit: int | None = Field(None, ge=1, le=100)
    order: str | None = "desc"


class FastVideo(Routes):
    """FastVideo 0.2.1, one video model."""

    def __init__(self) -> None:
        super().__init__()
        self.model = "FastVideo/FastWan2.1-T2V-1.3B-Diffusers"
        self.polls = 2
        self.failures: list[str] = []
        """Why the next jobs fail; the first one's reason first."""
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
            ("GET", "/health"): lambda _: Reply(200, {"status": "ok"}),
            ("GET", "/openapi.json"): lambda _: openapi("FastVideo OpenAI-Compatible API", "0.1.0", "/v1/videos"),
        }

    def create(self, heard: Heard) -> Reply:
        asked = _form(heard) if heard.media_type == "multipart/form-data" else _body(heard)
        told = asked.model_fields_set
        fps = asked.fps or 24
        frames = asked.num_frames or (fps * asked.seconds if "seconds" in told and asked.seconds else 0)
        size = asked.size if asked.size and len(asked.size.lower().split("x")) == 2 else ""
        identity = uuid.uuid4().hex
        job = self.jobs.add(
            {
                "id": identity,
                "model": asked.model or self.model,
                "status": "queued",
                "progress": 0,
                "size": size,
                "seconds": str(round(frames / fps)),
                "file_path": f"/srv/outputs/videos/{identity}.mp4",
                "_polls": self.polls,
                "_failure": self.failures.pop(0) if self.failures else _missing_input(asked),
            }
        )
        self.made.append(asked)
        return Reply(200, _said(job))

    def list(self, heard: Heard) -> Reply:
        asked = validated(Listed, dict(heard.query), "query")
        jobs = self.jobs.after(asked.after, (asked.order or "desc").lower())
        return Reply(200, {"data": [_said(job) for job in jobs[: asked.limit]], "object": "list"})

    def retrieve(self, _: Heard, identity: str) -> Reply:
        job = self._known(identity)
        if job["status"] == "queued" and job["_polls"]:
            job["_polls"] -= 1
        elif job["status"] == "queued" and job["_failure"] is not None:
            job |= {"status": "failed", "error": {"message": job["_failure"]}}
        elif job["status"] == "queued":
            job |= {"status": "completed", "progress": 100, "inference_time_s": 58.5}
            job["completed_at"] = job["created_at"] + 60
        return Reply(200, _said(job))

    def delete(self, _: Heard, identity: str) -> Reply:
        job = self._known(identity)
        self.jobs.pop(identity)
        return Reply(200, _said({**job, "status": "deleted"}))

    def content(self, heard: Heard, identity: str) -> Reply:
        job = self._known(identity)
        if job["status"] == "failed":
            raise Refused(500, {"detail": "Video generation failed"})
        if job["status"] != "completed":
            raise Refused(404, {"detail": "Video still being generated"})
        return file_reply(heard, self.movie, filename=f"{identity}.mp4")

    def models(self, _: Heard) -> Reply:
        card = {"id": self.model, "object": "model", "created": 1, "owned_by": "fastvideo", "root": self.model}
        return Reply(200, {"object": "list", "data": [card]})

    def _known(self, identity: str) -> Job:
        job = self.jobs.get(identity)
        if job is None:
            raise Refused(404, {"detail": "Video not found"})
        return job


app = FastVideo


def _form(heard: Heard) -> Asked:
    if "input_reference" in heard.form:
        raise not_a_file("input_reference", heard.form["input_reference"])
    fields: dict[str, Any] = {name: text for name, text in heard.form.items() if text and name in FORM}
    if not fields.get("prompt"):
        raise Refused(400, {"detail": "prompt is required"})
    extra: dict[str, Any] = {}
    with suppress(ValueError):
        extra = json.loads(heard.form.get("extra_body") or "{}")
    fields = {"seconds": 4, "fps": extra.get("fps"), "num_frames": extra.get("num_frames")} | fields
    if upload := heard.uploads.get("input_reference"):
        fields["input_reference"] = f"/srv/outputs/uploads/{upload.filename}"
    elif url := heard.form.get("reference_url"):
        fields["input_reference"] = _fetched(url)
    return validated(Asked, fields)


def _body(heard: Heard) -> Asked:
    payload: dict[str, Any] = dict(heard.json or {})
    for name in ("extra_body", "extra_json"):
        extra = payload.pop(name, None)
        payload |= extra if isinstance(extra, dict) else {}
    if payload.get("reference_url"):
        payload["input_reference"] = _fetched(payload["reference_url"])
    try:
        return Asked.model_validate(payload)
    except ValueError as error:
        raise Refused(400, {"detail": f"Invalid request body: {error}"}) from None


def _fetched(url: str) -> str:
    if not url.lower().startswith(("http://", "https://", "data:image")):
        raise Refused(400, {"detail": "Failed to process image: Unsupported image url format"})
    return "/srv/outputs/uploads/url_image.png"


def _missing_input(asked: Asked) -> str | None:
    """A text that is no upload of this server is a path on its disk, where nothing is."""
    given = asked.input_reference
    if given and not given.startswith("/srv/outputs/uploads/"):
        return f"[Errno 2] No such file or directory: {given!r}"
    return None


def _said(job: Job) -> Job:
    """The job with every field of the response model, as FastAPI writes it."""
    told = {name: value for name, value in job.items() if not name.startswith("_")}
    blank = dict.fromkeys(("url", "completed_at", "error", "peak_memory_mb", "inference_time_s"))
    return {**blank, "object": "video", "quality": "standard", **told}


if __name__ == "__main__":
    serve_alone(FastVideo)
