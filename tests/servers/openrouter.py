"""A stub of OpenRouter's video API, below /api.

Follows its published reference (openrouter.ai/docs/api_reference/videos) and the types of OpenRouterTeam/typescript-sdk
(`src/models/videogeneration{request,response}.ts`), as of 2026-11. The texts of errors are those that clients report;
of their shape, {"error": {"code", "message"}}, the reference speaks. A job moves along `statuses` by one step each time
it is asked for.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from servers.frame import MOVIE, Heard, Refused, Reply, Routes, file_reply, serve_alone


class ImageURL(BaseModel):
    url: str


class Picture(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["image_url"]
    image_url: ImageURL


class Frame(Picture):
    frame_type: Literal["first_frame", "last_frame"]


class Asked(BaseModel):
    """What a create may hold; unknown fields are ignored there."""

    model: str
    prompt: str
    duration: int | None = None
    size: str | None = None
    resolution: Literal["480p", "720p", "1080p", "1K", "2K", "4K"] | None = None
    aspect_ratio: str | None = None
    seed: int | None = None
    generate_audio: bool | None = None
    frame_images: list[Frame] = []
    input_references: list[Picture] = []
    callback_url: str | None = None


class OpenRouter(Routes):
    """OpenRouter's video API with one model."""

    def __init__(self, *, key: str | None = None, elsewhere: str | None = None) -> None:
        super().__init__()
        self.key = key
        """The one key that is known; without it any is. Without a key nothing is done."""
        self.elsewhere = elsewhere
        """Where finished files lie, signed: an address without a slash. None gives `unsigned_urls` alone."""
        self.model, self.durations = "google/veo-3.1", {4, 6, 8}
        self.statuses = ["pending", "in_progress", "completed"]
        self.error = "The provider returned an error"
        self.movie = MOVIE
        self.movie_of: Callable[[str], bytes] = lambda _: self.movie
        """What the content of a job is, by its id."""
        self.made: list[Asked] = []
        self._jobs: dict[str, dict[str, Any]] = {}
        one = r"/api/v1/videos/([^/]+)"
        self.routes = {
            ("POST", "/api/v1/videos"): self.create,
            ("GET", "/api/v1/videos/models"): self.models,
            ("GET", one + "/content"): self.content,
            ("GET", one): self.retrieve,
            ("GET", "/api/v1/models"): lambda _: Reply(
                200, {"data": [{"id": self.model, "canonical_slug": self.model}]}
            ),
        }

    def __call__(self, heard: Heard) -> Reply:
        reply = super().__call__(heard)
        if isinstance(reply.body, dict) and reply.body.keys() == {"detail"}:
            # It is not written with FastAPI.
            return Reply(404, {"error": {"code": 404, "message": "Not Found"}})
        return reply

    def create(self, heard: Heard) -> Reply:
        self._allowed(heard)
        if heard.media_type != "application/json" or not isinstance(heard.json, dict):
            _refuse(400, "Invalid JSON in request body")
        try:
            asked = Asked.model_validate(heard.json)
        except ValidationError as error:
            first = error.errors()[0]
            _refuse(400, f"Invalid input: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
        if asked.model != self.model:
            _refuse(404, f"No endpoints found for {asked.model}.")
        if asked.duration is not None and asked.duration not in self.durations:
            _refuse(400, f"duration must be one of {sorted(self.durations)}")
        if "flagged" in asked.prompt:
            raise Refused(
                403,
                {"error": {"code": 403, "message": "Input was flagged", "metadata": {"reasons": ["violence"]}}},
            )
        identity = f"gen-vid-1760000000-{uuid.uuid4().hex[:20]}"
        self._jobs[identity] = {"steps": [*self.statuses], "status": self.statuses[0]}
        self.made.append(asked)
        return Reply(202, self._said(identity))

    def retrieve(self, heard: Heard, identity: str) -> Reply:
        self._allowed(heard)
        job = self._known(identity)
        job["status"] = job["steps"].pop(0) if len(job["steps"]) > 1 else job["steps"][0]
        return Reply(200, self._said(identity))

    def content(self, heard: Heard, identity: str) -> Reply:
        self._allowed(heard)
        if self._known(identity)["status"] != "completed":
            _refuse(400, "Video generation is not completed")
        if heard.query.get("index", "0") != "0":
            _refuse(404, "No video at that index")
        return file_reply(heard, self.movie_of(identity))

    def models(self, _: Heard) -> Reply:
        card = {"id": self.model, "supported_durations": sorted(self.durations), "generate_audio": True, "seed": True}
        return Reply(200, {"data": [card | {"supported_frame_images": ["first_frame", "last_frame"]}]})

    def _allowed(self, heard: Heard) -> None:
        given = heard.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            _refuse(401, "No auth credentials found")
        if self.key is not None and given != f"Bearer {self.key}":
            _refuse(401, "User not found.")

    def _known(self, identity: str) -> dict[str, Any]:
        if identity not in self._jobs:
            _refuse(404, "Video generation job not found")
        return self._jobs[identity]

    def _said(self, identity: str) -> dict[str, Any]:
        status = self._jobs[identity]["status"]
        said: dict[str, Any] = {"id": identity, "polling_url": f"/api/v1/videos/{identity}", "status": status}
        if status == "completed":
            said["unsigned_urls"] = [f"/api/v1/videos/{identity}/content?index=0"]
            said["usage"] = {"cost": 0.4, "is_byok": False}
            if self.elsewhere:
                said["urls"] = [f"{self.elsewhere}/{identity}.mp4?signature=abc"]
        elif status in {"failed", "cancelled", "expired"}:
            said["error"] = self.error
        return said


def _refuse(status: int, message: str) -> Any:
    raise Refused(status, {"error": {"code": status, "message": message}})


app = OpenRouter

if __name__ == "__main__":
    serve_alone(OpenRouter)
