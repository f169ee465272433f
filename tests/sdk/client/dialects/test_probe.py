"""What a server speaks is found out with few GETs, remembered for a day, and can be said."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from servers.frame import Heard, Reply, StubServer

from cutaway import Cutaway, errors
from cutaway._version import __version__
from cutaway.client import probe
from cutaway.client.io import BlockingIO, run
from cutaway.client.io_stdlib import StdlibIO
from cutaway.client.request import Answer, Request
from cutaway.client.session import Session

if TYPE_CHECKING:
    from pathlib import Path

CAPABILITIES, MODELS, ALIVE, DOCUMENT, LOCALAI = ORDER = [path for path, _ in probe.QUESTIONS]
HTML = Reply(200, b"<!doctype html><title>welcome</title>", {"content-type": "text/html"})


class Answering:
    """A server that answers each question as it was told, and any other with 404."""

    def __init__(self, **told: Reply) -> None:
        self.told = told

    def __call__(self, heard: Heard) -> Reply:
        names = dict(zip(ORDER, ("capabilities", "models", "alive", "document", "localai"), strict=True))
        return self.told.get(names.get(heard.path, ""), Reply(404, {"detail": "Not Found"}))


def inquired(url: str, name: str | None = None, io: Any = None, **about: Any) -> probe.Finding:
    session = Session(io or BlockingIO(), base_url=url, **about)
    try:
        return run(probe.inquire(session, name))
    finally:
        run(session.close())


# -- asking ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stub", "suffix", "asked"),
    [
        ("sglang", "", ORDER[:2]),
        ("vllm_omni", "", ORDER[:2]),
        ("fastvideo", "", ORDER[:2]),
        ("trtllm", "", ORDER[:2]),
        ("openrouter", "/api", ORDER[:2]),
        ("litellm", "", ORDER[:3]),
        ("localai", "", ORDER),
    ],
)
def test_every_kind_of_server_is_recognised(stub: str, suffix: str, asked: list[str]) -> None:
    with StubServer(import_module(f"servers.{stub}").app()) as server:
        finding = inquired(server.url + suffix)
        assert finding.dialect == stub
        assert finding.evidence
        assert [(seen.method, seen.path.removeprefix(suffix)) for seen in server.requests] == [
            ("GET", path) for path in asked
        ]


@pytest.mark.parametrize("stub", ["sglang", "vllm_omni", "fastvideo", "trtllm", "litellm"])
def test_a_server_that_shows_its_models_to_nobody_is_known_by_its_paths(stub: str) -> None:
    with StubServer(import_module(f"servers.{stub}").app()) as server:
        server.trouble(status=401, body={"error": "Unauthorized"}, path="/v1/models")
        finding = inquired(server.url)
        assert (finding.dialect, finding.evidence.partition(":")[0]) == (stub, ALIVE if stub == "litellm" else DOCUMENT)


@pytest.mark.parametrize(
    ("told", "dialect"),
    [
        ({"capabilities": Reply(200, {"dialect": "cutaway"})}, "cutaway"),
        ({"models": Reply(200, {"data": [{"id": "a", "owned_by": "SGLang"}]})}, "sglang"),
        ({"models": Reply(200, {"data": [{"id": "a", "owned_by": "vllm"}]})}, "vllm_omni"),
        ({"models": Reply(200, {"data": [{"id": "a", "owned_by": "me"}]}, {"x-litellm-call-id": "1"})}, "litellm"),
        ({"models": Reply(401, {"error": {}}, {"X-LiteLLM-Version": "1"})}, "litellm"),
        ({"alive": Reply(200, "I'm alive!")}, "litellm"),
        ({"alive": Reply(200, {"status": "ok"})}, "openai"),
        ({"document": Reply(200, {"info": {"title": "LiteLLM API"}})}, "litellm"),
        ({"document": Reply(200, {"info": {"title": "FastVideo OpenAI-Compatible API"}})}, "fastvideo"),
        ({"document": Reply(200, {"paths": {"/v1/videos": {}, "/v1/videos/sync": {}}})}, "vllm_omni"),
        ({"localai": Reply(200, {"version": "v4", "endpoints": {}})}, "localai"),
        ({"models": Reply(200, {"data": [{"id": "sora-2", "owned_by": "openai"}]})}, "openai"),
        ({}, "openai"),
    ],
)
def test_what_tells_one_kind_from_another(told: dict[str, Reply], dialect: str) -> None:
    with StubServer(Answering(**told)) as server:
        assert inquired(server.url).dialect == dialect


@pytest.mark.parametrize(
    "nonsense",
    [
        HTML, Reply(200, b""), Reply(200, []), Reply(200, {"data": "none"}), Reply(200, {"data": [7, None]}),
        Reply(200, {"info": "a text", "paths": []}), Reply(401, b"who are you?"), Reply(403, {}), Reply(404, b"no"),
        Reply(500, b"<html>"), Reply(503, {"error": "scheduler died"}, {"retry-after": "60"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", range(4))
def test_an_answer_that_tells_nothing_is_passed_over(place: int, nonsense: Reply) -> None:
    told = dict.fromkeys(("capabilities", "models", "alive", "document")[: place + 1], nonsense)
    with StubServer(Answering(**told, localai=Reply(200, {"version": "v4", "endpoints": {}}))) as server:
        assert inquired(server.url).dialect == "localai"
        assert len(server.requests) == len(ORDER)


def test_an_answer_that_gets_lost_is_passed_over() -> None:
    with StubServer(Answering(models=Reply(200, {"data": [{"owned_by": "fastvideo"}]}))) as server:
        server.trouble(drop="unread", path="capabilities", times=9)
        assert inquired(server.url).dialect == "fastvideo"


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (401, errors.AuthenticationError, "CUTAWAY_API_KEY"),
        (403, errors.PermissionDenied, "CUTAWAY_API_KEY"),
        (502, errors.ServerError, "could not be asked"),
    ],
)
def test_where_nothing_can_be_asked_it_says_what_to_do(status: int, kind: Any, advice: str) -> None:
    with StubServer(lambda _: Reply(status, b"no")) as server:
        with pytest.raises(kind, match=advice) as caught:
            inquired(server.url, api_key="wrong")
        assert "dialect= or CUTAWAY_DIALECT: one of cutaway, openai, sglang" in str(caught.value)
        assert caught.value.status_code == status


def test_what_a_server_of_no_known_kind_lacks_is_said_with_the_way_to_say_its_kind() -> None:
    with StubServer(Answering()) as server:
        with Cutaway(server.url) as client, pytest.raises(errors.UnsupportedCapability) as caught:
            client.videos.create(prompt="a", seed=3)
        assert "as far as is known; say what it speaks with dialect= or CUTAWAY_DIALECT" in str(caught.value)
        with Cutaway(server.url, dialect="openai") as client, pytest.raises(errors.UnsupportedCapability) as caught:
            client.videos.create(prompt="a", seed=3)
        assert "CUTAWAY_DIALECT" not in str(caught.value)


def test_a_server_that_is_not_there_is_no_dialect() -> None:
    with StubServer(Answering()) as server:
        url = server.url
    with pytest.raises(errors.ConnectionFailed):
        inquired(url)


@pytest.mark.parametrize("io", [BlockingIO, StdlibIO])
def test_the_key_goes_to_no_other_host(io: Any) -> None:
    with StubServer(Answering()) as other, StubServer(lambda _: Reply(307, b"", {"location": other.url})) as server:
        inquired(server.url, io=io(), api_key="secret")
        assert {seen.headers["authorization"] for seen in server.requests} == {"Bearer secret"}
        assert other.requests
        assert all("authorization" not in seen.headers for seen in other.requests)


# -- being told --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", probe.DIALECTS)
def test_every_name_gives_its_dialect(name: str) -> None:
    module, _, kind = probe.DIALECTS[name].partition(":")
    assert module == name
    dialect = probe.named(name, "http://there")
    assert (dialect.name, type(dialect).__name__) == (name, kind)
    assert dialect.traits.title


def test_a_name_wins_over_the_environment_and_both_over_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    with StubServer(Answering(capabilities=Reply(200, {"dialect": "cutaway"}))) as server:
        monkeypatch.setenv("CUTAWAY_DIALECT", "litellm")
        assert inquired(server.url, "vLLM-Omni").dialect == "vllm_omni"
        assert inquired(server.url).dialect == "litellm"
        with Cutaway(server.url, dialect="openai") as client, pytest.raises(errors.NotFound):
            client.videos.retrieve("v")
        assert [seen.path for seen in server.requests] == ["/v1/videos/v"]


@pytest.mark.parametrize("told", ["argument", "environment"])
def test_a_name_that_is_none_is_answered_with_all_of_them(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_DIALECT", "sora")
    with pytest.raises(errors.BadRequest, match=r"'sora'.*cutaway, openai, sglang") as caught:
        inquired("http://127.0.0.1:1", "sora" if told == "argument" else None)
    assert caught.value.param == "dialect"


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com", "openai"),
    ],
)
def test_some_hosts_need_not_be_asked(url: str, dialect: str) -> None:
    assert inquired(url, io=Remote()).dialect == dialect


def test_the_local_runtime_is_neither_asked_nor_started_for_it() -> None:
    session = Session(Remote())
    finding = run(probe.inquire(session, None))
    assert (finding.dialect, finding.evidence) == ("cutaway", "the local runtime")
    assert run(probe.dialect_for(session, None)).name == "cutaway"
    assert not session.home.folder.exists()


# -- remembering -------------------------------------------------------------------------------


class Remote:
    """An IO with one server on it, https://videos.example; `answers` by path, 404 for the rest."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def request(self, request: Request) -> Answer:
        assert request.url.startswith("https://videos.example/"), f"nobody is at {request.url}"
        self.asked.append(request.url.removeprefix("https://videos.example"))
        return self.answers.get(self.asked[-1].rpartition("/")[2], Answer(404, {}, b"{}"))

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a probe does not wait {seconds} s for anything")

    async def close(self) -> None: ...


FASTVIDEO = Answer(200, {}, b'{"data": [{"owned_by": "fastvideo"}]}')
URL = "https://videos.example"


def test_a_finding_is_remembered_for_a_day_by_this_version(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert inquired(URL, io=Remote(models=FASTVIDEO)).dialect == "fastvideo"
    again = inquired(URL, io=Remote())
    assert again.dialect == "fastvideo"
    assert "within the last day" in again.evidence
    note = json.loads((home / "dialects.json").read_text())
    assert (note["version"], note["servers"][URL]["dialect"]) == (__version__, "fastvideo")

    for change in ({"version": "0.0.1"}, {"servers": {URL: {"dialect": "gone", "at": 1}}}, {"servers": 3}):
        (home / "dialects.json").write_text(json.dumps({**note, **change}))
        assert inquired(URL, io=Remote()).dialect == "openai"

    (home / "dialects.json").write_text(json.dumps(note))
    at = note["servers"][URL]["at"]
    for moment, dialect in ((at - 60, "openai"), (at + probe.AGE - 1, "fastvideo"), (at + probe.AGE + 1, "openai")):
        (home / "dialects.json").write_text(json.dumps(note))
        monkeypatch.setattr("cutaway.client.probe.time.time", lambda moment=moment: moment)
        assert inquired(URL, io=Remote()).dialect == dialect


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_damaged_note_is_asked_over(home: Path, damage: bytes) -> None:
    home.mkdir()
    (home / "dialects.json").write_bytes(damage)
    assert inquired(URL, io=Remote(models=FASTVIDEO)).dialect == "fastvideo"
    assert inquired(URL, io=Remote()).dialect == "fastvideo"


def test_what_a_troubled_server_did_not_say_is_not_remembered() -> None:
    assert inquired(URL, io=Remote(models=Answer(503, {}, b""))).dialect == "openai"
    assert inquired(URL, io=Remote(models=FASTVIDEO)).dialect == "fastvideo"


def test_a_home_that_cannot_be_written_to_is_no_trouble(home: Path) -> None:
    home.write_text("a file where the folder should be")
    assert inquired(URL, io=Remote(models=FASTVIDEO)).dialect == "fastvideo"


def test_ports_of_this_machine_change_hands() -> None:
    with StubServer(Answering(models=Reply(200, {"data": [{"owned_by": "sglang"}]}))) as server:
        assert inquired(server.url).dialect == "sglang"
        server.app = Answering(capabilities=Reply(200, {"dialect": "cutaway"}))
        assert inquired(server.url).dialect == "cutaway"
