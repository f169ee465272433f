"""A stub of LocalAI.

Follows mudler/LocalAI at 01fdfa62: `core/http/endpoints/localai/video.go`, `core/schema/localai.go` (VideoRequest),
`core/http/routes/localai.go` and the error handler of `core/http/app.go`. A video is there when the POST is answered.
"""

from __future__ import annotations

import base64
import binascii
import sys
import uuid
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from servers.frame import MOVIE, Heard, Refused, Reply, Routes, file_reply, serve_alone

VERSION = "v4.0.0"


class Asked(BaseModel):
    """VideoRequest: Go's decoder takes no text for a number and no fraction for an int32, and ignores the unknown."""

    model_config = ConfigDict(strict=True)

    model: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    start_image: str = ""
    end_image: str = ""
    width: int = 0
    height: int = 0
    num_frames: int = 0
    fps: int = 0
    seconds: str = ""
    size: str = ""
    seed: int = 0
    cfg_scale: float = 0.0
    step: int = 0
    response_format: str = ""


class LocalAI(Routes):
    """LocalAI with one video model, "wan"; without a model's name in a request, that one."""

    def __init__(self, *, key: str | None = None, base64_only: bool = False) -> None:
        super().__init__()
        self.key = key
        self.base64_only = base64_only
        """Answers hold the bytes though a URL was asked for, as behind a proxy that keeps no files."""
        self.failure: str | None = None
        """Why the backend fails."""
        self.movie = MOVIE
        self.made: list[Asked] = []
        self._files: dict[str, bytes] = {}
        self.routes = {
            ("POST", "/video"): self.create,
            ("GET", r"/generated-videos/([^/]+)"): self.generated,
            ("GET", "/v1/models"): self.models,
            ("GET", "/version"): lambda _: Reply(200, {"version": VERSION}),
            ("GET", r"/\.well-known/localai\.json"): lambda _: Reply(
                200, {"version": VERSION, "endpoints": {"models": "/v1/models"}, "endpoint_groups": {}}
            ),
        }

    def __call__(self, heard: Heard) -> Reply:
        public = heard.path.startswith(("/.well-known/", "/generated-", "/version"))
        if self.key and not public and heard.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "An authentication key is required")
        reply = super().__call__(heard)
        if isinstance(reply.body, dict) and reply.body.keys() == {"detail"}:
            # Echo's router: what has no route is not found, whatever the method.
            return _error(404, "Resource not found")
        return reply

    def create(self, heard: Heard) -> Reply:
        try:
            asked = Asked.model_validate(heard.json if heard.media_type == "application/json" else None)
        except ValidationError:
            raise _refused(400, "code=400, message=Bad Request") from None
        asked = asked.model_copy(update={"model": asked.model or "wan"})
        if asked.model != "wan":
            raise _refused(404, f"model {asked.model!r} not found. To see available models, call /v1/models")
        for picture in (asked.start_image, asked.end_image):
            if picture and not picture.startswith(("http://", "https://")):
                try:
                    base64.b64decode(picture, validate=True)
                except binascii.Error:
                    raise _refused(500, "illegal base64 data at input byte 4") from None
        if self.failure is not None:
            raise _refused(500, self.failure)
        self.made.append(asked)
        name = f"b64{len(self.made)}.mp4"
        self._files[name] = self.movie
        if self.base64_only or asked.response_format == "b64_json":
            item = {"b64_json": base64.b64encode(self.movie).decode()}
        else:
            item = {"url": f"http://{heard.headers['host']}/generated-videos/{name}"}
        return Reply(200, {"created": 1_760_000_000, "id": str(uuid.uuid4()), "data": [item], "usage": {}})

    def generated(self, heard: Heard, name: str) -> Reply:
        if name not in self._files:
            raise _refused(404, "Resource not found")
        return file_reply(heard, self._files[name])

    def models(self, _: Heard) -> Reply:
        return Reply(200, {"object": "list", "data": [{"id": "wan", "object": "model"}]})


def _error(status: int, message: str) -> Reply:
    return Reply(status, {"error": {"code": status, "message": message, "type": ""}})


def _refused(status: int, message: str) -> Refused:
    return Refused(status, _error(status, message).body)


app = LocalAI

if __name__ == "__main__":
    serve_alone(LocalAI)
