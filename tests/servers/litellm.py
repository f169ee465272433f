"""A stub of the LiteLLM proxy.

Follows litellm 1.109.1: `litellm/proxy/video_endpoints/{endpoints,utils}.py`, `litellm/types/videos/{main,utils}.py`,
`litellm/proxy/{_types,route_llm_request}.py` and, for what its backends say, `litellm/llms/{openai,gemini,dashscope}/videos/`.
Where the source left a doubt, the proxy itself was asked, in front of another server. One model group, "sora", whose
backend moves a job along `statuses` by one step each time it is asked for.
"""

from __future__ import annotations

import base64
import json
import sys
import uuid
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from servers.frame import MOVIE, Heard, Refused, Reply, Routes, missing, not_a_file, openapi, serve_alone
from servers.jobs import Job, Jobs

HEADERS = {"x-litellm-call-id": "5f1f0d9a", "x-litellm-version": "1.109.1", "x-litellm-model-group": "sora"}
"""On what went through the proxy's own processing; not on 404, 405 and 422."""
NO_PROVIDER = "litellm.BadRequestError: LLM Provider NOT provided. Pass in the LLM provider you are trying to call."
HINT = "Call `/v1/models` to view available models for your key."


class LiteLLM(Routes):
    """The LiteLLM proxy 1.109.1 in front of one backend."""

    def __init__(self, *, key: str | None = None, backend: str = "gemini") -> None:
        super().__init__()
        self.key = key
        """The master key, if one is set."""
        self.backend = backend
        self.statuses = ["processing", "processing", "completed"]
        """What a job says, one after the other; the last one stays."""
        self.error: dict[str, Any] | None = None
        """Why jobs fail whose last status is no completed one."""
        self.movie = MOVIE
        self.jobs = Jobs()
        one, person = r"(?:/v1)?/videos/([^/]+)", r"(?:/v1)?/videos/characters"
        self.characters: dict[str, dict[str, Any]] = {}
        self.routes = {
            ("POST", r"(?:/v1)?/videos"): self.create,
            ("GET", r"(?:/v1)?/videos"): self.list,
            ("POST", r"(?:/v1)?/videos/edits"): self.edit,
            ("POST", r"(?:/v1)?/videos/extensions"): self.extend,
            ("POST", person): self.create_character,
            ("GET", person + "/([^/]+)"): self.character,
            ("POST", one + "/remix"): self.remix,
            ("GET", one + "/content"): self.content,
            ("GET", one): self.retrieve,
            ("GET", "/v1/models"): self.models,
            ("GET", "/health/liveliness"): lambda _: Reply(200, "I'm alive!"),
            ("GET", "/openapi.json"): lambda _: openapi("LiteLLM API", "1.109.1", "/v1/videos", "/v1/chat/completions"),
        }

    def create(self, heard: Heard) -> Reply:
        asked = self._asked(heard)
        reference = heard.uploads.get("input_reference")
        if reference is None and isinstance(asked.get("input_reference"), dict):
            # Handed on as it is to a backend that wants a file or a URL.
            self._refuse(500, "litellm.APIConnectionError: 'dict' object has no attribute 'read'", "None")
        if heard.fields and "input_reference" in heard.form:
            raise not_a_file("input_reference")
        self._model(asked, "/videos")
        self._wants(asked, "/videos", "prompt")
        return self._made(asked)

    def edit(self, heard: Heard) -> Reply:
        asked = self._asked(heard)
        self._wants(asked, "/videos/edits", "prompt")
        if "video" not in heard.uploads:
            self._source(asked)
        return self._made(asked)

    def extend(self, heard: Heard) -> Reply:
        asked = self._asked(heard)
        self._wants(asked, "/videos/extensions", "prompt", "seconds")
        self._source(asked)
        return self._made(asked)

    def remix(self, heard: Heard, identity: str) -> Reply:
        asked = self._asked(heard)
        self._wants(asked, "/videos/{video_id}/remix", "prompt")
        source = self._known(identity)
        return self._made(asked, remixed_from_video_id=source["id"])

    def create_character(self, heard: Heard) -> Reply:
        self._allowed(heard)
        if "video" not in heard.uploads:
            raise missing("video")
        if "name" not in heard.form:
            raise missing("name")
        if heard.form.get("target_model_names") != "sora":
            self._refuse(400, NO_PROVIDER, "None")
        made = {"id": f"char_{len(self.characters)}", "object": "character", "created_at": 1_760_000_000}
        self.characters[made["id"]] = made | {"name": heard.form["name"]}
        return Reply(200, self.characters[made["id"]], HEADERS)

    def character(self, heard: Heard, identity: str) -> Reply:
        self._allowed(heard)
        if identity not in self.characters:
            self._refuse(404, f"litellm.NotFoundError: OpenAIException - Character {identity} not found", "None")
        return Reply(200, self.characters[identity], HEADERS)

    def list(self, heard: Heard) -> Reply:
        self._allowed(heard)
        if "custom_llm_provider" not in heard.query:
            self._refuse(400, NO_PROVIDER, "None")
        jobs = self.jobs.after(heard.query.get("after"), heard.query.get("order", "desc"))
        limit = int(heard.query.get("limit", 20))
        page = [_said(job) for job in jobs[:limit]]
        ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {"first_id": None, "last_id": None}
        return Reply(200, {"object": "list", "data": page, **ends, "has_more": len(jobs) > limit}, HEADERS)

    def retrieve(self, heard: Heard, identity: str) -> Reply:
        self._allowed(heard)
        job = self._known(identity)
        job["status"] = job["_steps"].pop(0) if len(job["_steps"]) > 1 else job["_steps"][0]
        if job["status"] == "completed":
            job |= {"progress": 100, "completed_at": job["created_at"] + 60}
        elif job["status"] in {"failed", "cancelled"}:
            job["error"] = self.error
        # What it took is told when it is asked for, and never again.
        return Reply(200, _said(job) | {"usage": None}, HEADERS)

    def content(self, heard: Heard, identity: str) -> Reply:
        self._allowed(heard)
        job = self._known(identity)
        if job["status"] != "completed":
            self._refuse(400, f"litellm.BadRequestError: Video is still processing (status: {job['status']}).", "None")
        # Whole, whatever Range and variant were asked for.
        place = {"content-type": "video/mp4", "content-disposition": f"attachment; filename=video_{identity}.mp4"}
        return Reply(200, self.movie, place)

    def models(self, heard: Heard) -> Reply:
        self._allowed(heard)
        card = {"id": "sora", "object": "model", "created": 1_677_610_602, "owned_by": "openai"}
        return Reply(200, {"data": [card], "object": "list"})

    # -- parts ---------------------------------------------------------------------------------

    def _allowed(self, heard: Heard) -> None:
        given = heard.headers.get("authorization")
        if self.key is None or given == f"Bearer {self.key}":
            return
        if given is None:
            self._refuse(401, "Authentication Error, No api key passed in.", "None", kind="auth_error")
        # Without a database of keys, any other key cannot be looked up.
        self._refuse(400, "No connected db.", "None", kind="no_db_connection")

    def _asked(self, heard: Heard) -> dict[str, Any]:
        self._allowed(heard)
        return dict(heard.json) if isinstance(heard.json, dict) else dict(heard.form)

    def _model(self, asked: dict[str, Any], route: str) -> None:
        if asked.get("model") != "sora":
            self._refuse(400, f"{route}: Invalid model name passed in model={asked.get('model')}. {HINT}", "None")

    def _wants(self, asked: dict[str, Any], route: str, *names: str) -> None:
        for name in names:
            if name not in asked:
                self._refuse(400, f"{route}: Missing required parameter: '{name}'.", name)

    def _source(self, asked: dict[str, Any]) -> Job:
        """The video that is named: as an object, as its JSON text, or as a plain id."""
        named = asked.get("video")
        if isinstance(named, str) and named.startswith("{"):
            named = json.loads(named)
        return self._known(str(named.get("id", "")) if isinstance(named, dict) else str(named or ""))

    def _known(self, identity: str) -> Job:
        job = self.jobs.get(identity)
        if job is None:
            self._refuse(500, f"litellm.APIConnectionError: OpenAIException - Video {identity} not found", "None")
        return job

    def _made(self, asked: dict[str, Any], **facts: Any) -> Reply:
        own = str(uuid.uuid4())
        wrapped = f"litellm:custom_llm_provider:{self.backend};model_id:sora;video_id:{own}".encode()
        job = self.jobs.add(
            {
                "id": "video_" + base64.b64encode(wrapped).decode(),
                "object": "video",
                "status": self.statuses[0],
                "completed_at": None,
                "expires_at": None,
                "error": None,
                "progress": 0,
                "remixed_from_video_id": None,
                "seconds": asked.get("seconds"),
                "size": asked.get("size"),
                "model": "sora",
                "usage": {"duration_seconds": float(asked.get("seconds") or 4)},
                **facts,
                "_steps": [*self.statuses],
            }
        )
        return Reply(200, _said(job), HEADERS)

    def _refuse(self, status: int, message: str, param: str, *, kind: str = "invalid_request_error") -> Any:
        error = {"message": message, "type": kind, "param": param, "code": str(status)}
        raise Refused(status, {"error": error}, **{name.replace("-", "_"): text for name, text in HEADERS.items()})


def _said(job: Job) -> dict[str, Any]:
    return {name: value for name, value in job.items() if not name.startswith("_")}


app = LiteLLM

if __name__ == "__main__":
    serve_alone(LiteLLM)
