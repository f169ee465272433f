"""The servers of the table: each a real one, or its own HTTP layer, or a stub of it; and what a create for it says."""

from __future__ import annotations

import http.client
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
LAYERS: Final = ROOT / "benchmarks/layers"
KEY: Final = "sk-4f1d0a6b7c9e2d8f3a5b6c7d8e9f0a1b"
START_SECONDS: Final = 400.0
STUBS: Final = {
    "sglang": ("SGLang", "0.5.23"),
    "vllm_omni": ("vLLM-Omni", "0.30.0"),
    "fastvideo": ("FastVideo", "0.2.1"),
    "trtllm": ("TensorRT-LLM", "1.4.0rc1"),
    "litellm": ("LiteLLM", "1.109.1"),
    "openrouter": ("OpenRouter", "2026-11"),
    "localai": ("LocalAI", "01fdfa62"),
}


def nothing() -> None:
    """What most servers need done for a job to fail."""


@dataclass(frozen=True)
class Place:
    """One server. `words` are the keywords of a create that fits it, in both clients' words; with `doomed` as well, and
    `before` and `after` called around it, the job does not become a video.
    """

    dialect: str
    title: str
    what: str
    url: str
    key: str
    words: Mapping[str, Any]
    doomed: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[], None] = nothing
    after: Callable[[], None] = nothing


@contextmanager
def runtime() -> Iterator[Place]:
    """`cutaway serve`, with the engine `bars`."""
    from cutaway import __version__

    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "cutaway_runtime", "serve", "--api-key", KEY, "--idle-exit", "600"]
        note = Path(home, "runtime.json")
        process = subprocess.Popen(command, env={**os.environ, "CUTAWAY_HOME": home}, stderr=subprocess.DEVNULL)
        try:
            _until(note.exists, process)
            url = json.loads(note.read_text())["url"]
            yield Place(
                "cutaway",
                "cutaway",
                f"{__version__}, the runtime",
                url,
                KEY,
                {"model": "bars", "size": "160x90", "seconds": "1"},
                {"size": "1280x720", "seconds": "60"},
                after=lambda: _cancel_newest(url),
            )
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def litellm(python: str) -> Iterator[Place]:
    """The real LiteLLM proxy before a real runtime. `python` is one in which litellm[proxy] is installed."""
    config = """
model_list:
  - model_name: bars
    litellm_params: {{model: openai/bars, api_base: "{url}/v1", api_key: {key}}}
general_settings: {{master_key: {key}}}
"""
    version = _version(python, "litellm")
    with runtime() as behind, tempfile.TemporaryDirectory() as folder, _free_port() as port:
        path = Path(folder, "config.yaml")
        path.write_text(config.format(url=behind.url, key=KEY))
        command = [str(Path(python).with_name("litellm")), "--config", str(path), "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--telemetry", "False"],
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _until(lambda: _status(f"{url}/health/liveliness") == 200, process)
            words, doomed = behind.words, behind.doomed
            yield Place(
                "litellm",
                "LiteLLM",
                f"{version}, itself, before cutaway",
                url,
                KEY,
                words,
                doomed,
                after=behind.after,
            )
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def layer(name: str, folders: str) -> Iterator[Place]:
    """A server's own routes with no model behind them: benchmarks/layers/{name}_layer.py."""
    title, version = STUBS[name]
    process = subprocess.Popen(
        [sys.executable, str(LAYERS / f"{name}_layer.py")],
        env={**os.environ, "PYTHONPATH": folders},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"{name}_layer.py ended; run it alone to see why")
        words = {"size": "832x480", "seconds": "2"}
        yield Place(name, title, f"{version}, its own HTTP layer", url, KEY, words, {"prompt": "fail"})
    finally:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()


@contextmanager
def stub(name: str) -> Iterator[Place]:
    """tests/servers/{name}.py, on a port of its own."""
    from servers.frame import StubServer

    title, version = STUBS[name]
    app = importlib.import_module(f"servers.{name}").app()
    words: dict[str, Any] = {"size": "1280x720" if name == "openrouter" else "832x480", "seconds": "4"}
    if name == "localai":
        del words["seconds"]  # which it counts in frames only
    if name in {"openrouter", "litellm"}:
        words["model"] = getattr(app, "model", "sora")

    statuses = list(getattr(app, "statuses", []))

    def break_next() -> None:
        if hasattr(app, "failures"):
            app.failures.append((500, "out of memory") if name == "vllm_omni" else "out of memory")
        elif statuses:
            app.statuses = ["failed"]
            app.error = "out of memory" if name == "openrouter" else {"code": "oom", "message": "out of memory"}

    def mend() -> None:
        if statuses:
            app.statuses = list(statuses)

    with StubServer(app) as server:
        url = server.url + ("/api" if name == "openrouter" else "")
        yield Place(name, title, f"a stub of {version}", url, KEY, words, before=break_next, after=mend)


def opened(name: str, layers: Mapping[str, str], litellm_python: str | None) -> Callable[[], contextmanager[Place]]:  # type: ignore[type-arg]
    """How the server of this name is started: the nearest to the real one that was given."""
    if name == "cutaway":
        return runtime
    if name == "litellm" and litellm_python:
        return lambda: litellm(litellm_python)
    if name in layers:
        return lambda: layer(name, layers[name])
    return lambda: stub(name)


def _cancel_newest(url: str) -> None:
    """The job that was just made ends as a cancelled one, whoever sent it."""
    newest = _asked("GET", f"{url}/v1/videos?limit=1")["data"][0]["id"]
    _asked("POST", f"{url}/v1/videos/{newest}/cancel")


def _asked(method: str, url: str) -> Any:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers={"authorization": f"Bearer {KEY}"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def _status(url: str) -> int | None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def _until(ready: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args} did not start")
        time.sleep(0.1)


def _version(python: str, distribution: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def _free_port() -> Iterator[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    yield port


NAMES: Final[Sequence[str]] = ("cutaway", *STUBS)
