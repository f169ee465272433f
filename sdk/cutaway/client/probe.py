"""Which dialect a server speaks: as told, else found out with a few GETs and remembered for a day.

    told          dialect= of the client, or CUTAWAY_DIALECT
    known         the local runtime; openrouter.ai and api.openai.com by their names
    remembered    in the home folder, for a day, by this version of cutaway; never of a loopback address, where
                  ports change hands and asking takes milliseconds
    asked         GET /v1/cutaway/capabilities   says so itself
                  GET /v1/models                 `owned_by`: SGLang, vLLM-Omni, FastVideo, TensorRT-LLM;
                                                 `canonical_slug`: OpenRouter, behind a name of one's own
                  GET /health/liveliness         LiteLLM, whose document below is 2 MB and slow at first
                  GET /openapi.json              title and paths, where the server is written with FastAPI
                  GET /.well-known/localai.json  LocalAI
    else          openai, the plain contract, encoded strictly

The first answer that tells ends the asking, and so does any with LiteLLM's headers (x-litellm-...). Answers that tell
nothing (401, 404, 500, a page of HTML) are passed over; where nobody could answer at all, the first refusal is raised.
Nothing is ever posted, and the key goes to the address it was given for.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cutaway._version import __version__
from cutaway.client.dialects.cutaway import CutawayDialect
from cutaway.client.dialects.openai import OpenAIDialect
from cutaway.client.refusal import parsed
from cutaway.errors import APIError, AuthenticationError, BadRequest, ConnectionFailed, CutawayError, PermissionDenied

if TYPE_CHECKING:
    from cutaway.client.dialects.base import Dialect
    from cutaway.client.request import Answer
    from cutaway.client.session import Session
    from cutaway.home import Home

DIALECTS: Final[Mapping[str, str]] = {
    "cutaway": "cutaway:CutawayDialect",
    "openai": "openai:OpenAIDialect",
    "sglang": "sglang:SGLangDialect",
    "vllm_omni": "vllm_omni:VLLMOmniDialect",
    "litellm": "litellm:LiteLLMDialect",
    "fastvideo": "fastvideo:FastVideoDialect",
    "trtllm": "trtllm:TRTLLMDialect",
    "openrouter": "openrouter:OpenRouterDialect",
    "localai": "localai:LocalAIDialect",
}
"""Every dialect's module and class in `cutaway.client.dialects`, by its name; imported when it is wanted."""
OVERRIDE: Final = "say what it speaks with dialect= or CUTAWAY_DIALECT: one of " + ", ".join(DIALECTS)

HOSTS: Final = {"openrouter.ai": "openrouter", "api.openai.com": "openai"}
"""Hosts that need not be asked."""
OWNERS: Final = {
    "cutaway": "cutaway",
    "sglang": "sglang",
    "vllm": "vllm_omni",
    "vllm-omni": "vllm_omni",
    "fastvideo": "fastvideo",
    "tensorrt_llm": "trtllm",
}
"""Who a server says its models are `owned_by`, in /v1/models."""
TITLES: Final = {"litellm": "litellm", "sglang": "sglang", "fastvideo": "fastvideo", "vllm": "vllm_omni"}
"""Words in the title of an OpenAPI document, in lower case."""
PATHS: Final = {
    "/v1/cutaway/capabilities": "cutaway",
    "/v1/videos/generations": "trtllm",
    "/v1/videos/sync": "vllm_omni",
    "/v1/merge_lora_weights": "sglang",
}
"""Paths of an OpenAPI document that tell a kind of server; the first counts: TensorRT-LLM has vLLM-Omni's as well."""

NO_SIGN: Final = "no sign of any other kind of server"
"""The evidence where there is none."""
AGE: Final = 24 * 3600.0
"""Seconds for which a finding is remembered."""
PATIENCE: Final = 10.0
"""Seconds for one answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a server speaks, and by what this is known, in words for people."""

    dialect: str
    evidence: str
    lasting: bool = True
    """Whether it may be remembered: not where servers were too troubled to tell."""

    @property
    def guessed(self) -> bool:
        """Whether nothing told, and it is taken for the plain contract."""
        return self.evidence.startswith(NO_SIGN)


async def dialect_for(session: Session, name: str | None) -> Dialect:
    """The dialect of a session's server; `name` is what the caller said, if anything.

    Raises:
        BadRequest: there is no dialect of that name.
        AuthenticationError: it asks for another key whatever it is asked.
        ConnectionFailed: it is not there.
    """
    finding = await inquire(session, name)
    if finding.dialect == "cutaway":
        # Its address is in no message, and to ask for it might start the local runtime.
        return CutawayDialect()
    address, _ = await session.address()
    if finding.guessed:
        return OpenAIDialect(address, title=f"{OpenAIDialect.traits.title}, as far as is known; {OVERRIDE}")
    return named(finding.dialect, address)


async def inquire(session: Session, name: str | None) -> Finding:
    """What a session's server speaks, and by what this is known; errors as for `dialect_for`."""
    if name:
        return Finding(_known(name), "dialect= of the client")
    if session.server == "local":
        return Finding("cutaway", "the local runtime")
    if given := os.environ.get("CUTAWAY_DIALECT"):
        return Finding(_known(given), "CUTAWAY_DIALECT")
    root, _ = await session.address()
    host = urlsplit(root).hostname or ""
    for known, dialect in HOSTS.items():
        if host == known or host.endswith(f".{known}"):
            return Finding(dialect, f"the host {host}")
    remembers = host not in {"127.0.0.1", "localhost", "::1"}
    finding = _remembered(session.home, root) if remembers else None
    if finding is None:
        finding = await _asked(session, root)
        if remembers and finding.lasting:
            _remember(session.home, root, finding)
    return finding


def named(name: str, address: str) -> Dialect:
    """A dialect by its name, for the server at `address`.

    Raises:
        BadRequest: there is none of that name.
    """
    module, _, kind = DIALECTS[_known(name)].partition(":")
    made = getattr(import_module(f"cutaway.client.dialects.{module}"), kind)
    dialect: Dialect = made() if made is CutawayDialect else made(address)
    return dialect


def _known(name: str) -> str:
    plain = name.strip().lower().replace("-", "_")
    if plain not in DIALECTS:
        raise BadRequest(
            f"there is no dialect {name!r}: it is one of {', '.join(DIALECTS)}, or an object with the methods of a "
            "Dialect; left out, it is found out",
            code="invalid_dialect",
            param="dialect",
        )
    return plain


# -- asking ------------------------------------------------------------------------------------


async def _asked(session: Session, root: str) -> Finding:
    troubles: list[CutawayError] = []
    for path, read in QUESTIONS:
        where = path.removeprefix("/v1") if path.startswith("/v1/") else root + path
        with session.hearing() as answers:
            try:
                await session.call("GET", where, timeout=PATIENCE, max_retries=0)
            except ConnectionFailed as lost:
                if not lost.sent:
                    raise
                troubles.append(lost)
                continue
            except APIError as refused:
                if refused.status_code in {401, 403} or refused.status_code >= 500:
                    troubles.append(refused)
        answer = answers[-1]
        if any(header.startswith("x-litellm-") for header in answer.headers):
            return Finding("litellm", f"headers of {path}")
        if answer.status < 400 and (finding := read(answer, path)):
            return finding
    if len(troubles) == len(QUESTIONS):
        raise _hopeless(troubles[0], root)
    return Finding("openai", NO_SIGN, lasting=not troubles)


def _hopeless(trouble: CutawayError, root: str) -> CutawayError:
    """The first trouble, with what to do about it."""
    advice = f"{root} could not be asked what it speaks; {OVERRIDE}"
    if isinstance(trouble, (AuthenticationError, PermissionDenied)):
        advice = f"give the key it wants with api_key= or CUTAWAY_API_KEY; if that is no help, {OVERRIDE}"
    trouble.args = (f"{trouble}; {advice}",)
    if isinstance(trouble, APIError):
        trouble.message = str(trouble)
    return trouble


def _capabilities(answer: Answer, path: str) -> Finding | None:
    body = _object(answer)
    return Finding("cutaway", path) if body.get("dialect") == "cutaway" else None


def _owners(answer: Answer, path: str) -> Finding | None:
    models = _object(answer).get("data")
    for model in models if isinstance(models, list) else []:
        if not isinstance(model, Mapping):
            continue
        if "canonical_slug" in model:
            return Finding("openrouter", f"{path}: has canonical slugs")
        owner = str(model.get("owned_by", "")).lower()
        if owner in OWNERS:
            return Finding(OWNERS[owner], f"{path}: owned by {owner}")
    return None


def _alive(answer: Answer, path: str) -> Finding | None:
    return Finding("litellm", path) if parsed(answer) == "I'm alive!" else None


def _document(answer: Answer, path: str) -> Finding | None:
    body = _object(answer)
    info, paths = body.get("info"), body.get("paths")
    title = str(info.get("title", "")) if isinstance(info, Mapping) else ""
    for word, dialect in TITLES.items():
        if word in title.lower():
            return Finding(dialect, f"{path}: titled {title}")
    for there, dialect in PATHS.items():
        if isinstance(paths, Mapping) and there in paths:
            return Finding(dialect, f"{path}: has {there}")
    return None


def _localai(answer: Answer, path: str) -> Finding | None:
    body = _object(answer)
    return Finding("localai", path) if "version" in body and "endpoints" in body else None


def _object(answer: Answer) -> Mapping[str, Any]:
    body = parsed(answer)
    return body if isinstance(body, Mapping) else {}


QUESTIONS: Final[tuple[tuple[str, Callable[[Answer, str], Finding | None]], ...]] = (
    ("/v1/cutaway/capabilities", _capabilities),
    ("/v1/models", _owners),
    ("/health/liveliness", _alive),
    ("/openapi.json", _document),
    ("/.well-known/localai.json", _localai),
)
"""What is asked, in this order, and who reads a good answer."""


# -- remembering -------------------------------------------------------------------------------


def _remembered(home: Home, root: str) -> Finding | None:
    note = _notes(home).get(root)
    if not isinstance(note, Mapping) or note.get("dialect") not in DIALECTS:
        return None
    at = note.get("at")
    if not isinstance(at, (int, float)) or not 0 <= time.time() - at < AGE:
        return None
    return Finding(str(note["dialect"]), f"{note.get('evidence', '')} (asked within the last day)")


def _remember(home: Home, root: str, finding: Finding) -> None:
    """Note a finding; a home folder that cannot be written to is no trouble, the server is asked again then."""
    servers = {**_notes(home), root: {"dialect": finding.dialect, "evidence": finding.evidence, "at": time.time()}}
    written = json.dumps({"version": __version__, "servers": servers}, indent=1)
    part = home.dialects.with_name(f"{home.dialects.name}.{os.getpid()}.part")
    with suppress(OSError):
        home.create()
        part.write_text(written, "utf-8")
        part.replace(home.dialects)


def _notes(home: Home) -> Mapping[str, Any]:
    """What was found by this version of cutaway, by address."""
    try:
        notes = json.loads(home.dialects.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(notes, Mapping) or notes.get("version") != __version__:
        return {}
    servers = notes.get("servers")
    return servers if isinstance(servers, Mapping) else {}
