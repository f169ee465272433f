"""Claim: one create of cutaway is one job, whatever happens to the answer; and it succeeds where the server allows it.

    python benchmarks/retry.py [--keep]                # installs the other SDKs into a temporary folder, from the index
    python benchmarks/retry.py --sdks FOLDER           # or uses FOLDER/<name>, where they have been installed before

Each cell is one create by one SDK, with its own defaults, against a recording stub on the loopback:

    400              refused
    408 409          not taken; no job is made
    429 503          busy, with `retry-after: 1`; no job is made
    500              the job is made, and the server stumbles before it answers
    lost             the job is made, and the connection breaks instead of the answer

"once": the first POST meets that, later ones are answered well. "always": every POST does. A stub that honours keys
answers a POST whose Idempotency-Key it knows with the job it made for it. Each cell says POSTs/jobs and how the call
ended for its caller: ok, found (cutaway raised and `client.videos.recover()` gave the job), or the error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from machine import describe, keep

if TYPE_CHECKING:
    from collections.abc import Iterator

TROUBLES = ("400", "408", "409", "429", "500", "503", "lost")
MADE_FIRST = frozenset({"500", "lost"})
"""Troubles before which the job is made."""
BUSY = frozenset({"429", "503"})


class Sdk(NamedTuple):
    """What to install, and the body of `make(url)`, which gives anything that is true on success."""

    name: str
    install: str
    code: str


OURS = """
from cutaway import Cutaway, errors
def make(url):
    with Cutaway(url, "k", dialect="{dialect}") as client:
        try:
            return client.videos.create(prompt="a red ball", model="m") and "ok"
        except (errors.SubmitUnknown, errors.ServerError):
            return client.videos.recover() and "found"
"""
GENAI = """
from google import genai
from google.genai import types
def make(url):
    options = types.HttpOptions(base_url=url, api_version="v1"{more})
    client = genai.Client(vertexai=True, api_key="k", http_options=options)
    return client.models.generate_videos(model="veo-3.1-generate-001", prompt="a red ball").name and "ok"
"""
OTHERS = (
    Sdk("openai", "openai==3.54.0", """
import warnings; warnings.simplefilter("ignore")
import openai
def make(url):
    client = openai.OpenAI(base_url=url + "/v1", api_key="k")
    return client.videos.create(prompt="a red ball", model="sora-2").id and "ok"
"""),
    Sdk("runwayml", "runwayml==5.24.0", """
import runwayml
def make(url):
    client = runwayml.RunwayML(base_url=url, api_key="k")
    asked = dict(model="gen4.5", prompt_text="a red ball", ratio="1280:720", duration=5)
    return client.text_to_video.create(**asked).id and "ok"
"""),
    Sdk("lumaai", "lumaai==1.21.0", """
import lumaai
def make(url):
    client = lumaai.LumaAI(base_url=url, auth_token="k")
    return client.generations.create(model="ray-2", prompt="a red ball").id and "ok"
"""),
    Sdk("fal-client", "fal-client==1.0.3", """
import fal_client, fal_client.client
def make(url):
    # It has no setting for a plain http address; its queue's address is one constant.
    fal_client.client.QUEUE_URL_FORMAT = url + "/"
    client = fal_client.SyncClient(key="k")
    return client.submit("fal-ai/video", arguments={"prompt": "a red ball"}).request_id and "ok"
"""),
    Sdk("replicate", "replicate==1.0.7", """
import replicate
def make(url):
    client = replicate.Client(api_token="k", base_url=url)
    return client.predictions.create(version="v" * 64, input={"prompt": "a red ball"}).id and "ok"
"""),
    Sdk("google-genai", "google-genai==3.4.0", GENAI.format(more="")),
    Sdk("google-genai, retries on", "google-genai==3.4.0", GENAI.format(
        more=", retry_options=types.HttpRetryOptions()")),
)  # fmt: skip
WORKER = """
import json, sys, threading
from importlib.metadata import version
{code}
answers = {{}}
def one(trouble, url):
    try:
        answers[trouble] = make(url)
    except BaseException as error:
        answers[trouble] = type(error).__name__
each = [threading.Thread(target=one, args=pair) for pair in json.loads(sys.argv[1]).items()]
{start}
print(json.dumps([version("{package}"), answers]))
"""
TOGETHER = "[one.start() for one in each]\n[one.join() for one in each]"
IN_TURN = "for one in each:\n    one.start()\n    one.join()"


@dataclass
class Stub:
    """One server for one cell: what it does to a create, and what it has seen."""

    trouble: str
    always: bool
    honours_keys: bool
    posts: int = 0
    jobs: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def create(self, path: str, key: str | None) -> tuple[int, dict[str, Any]] | None:
        """Status and body of the answer to a POST; None where none is given."""
        with self.lock:
            self.posts += 1
            met = self.always or self.posts == 1
            if met and self.trouble not in MADE_FIRST:
                return int(self.trouble), {"error": {"message": "ordered by the benchmark", "code": None, "type": "x"}}
            job = self.keys.get(key) if key and self.honours_keys else None
            if job is None:
                job = _job(path, len(self.jobs) + 1)
                self.jobs.append(job)
                if key:
                    self.keys[key] = job
            if met:
                return None if self.trouble == "lost" else (500, {"error": {"message": "stumbled", "code": None}})
            return 200, job


def _job(path: str, number: int) -> dict[str, Any]:
    """A job that each SDK takes for one of its own."""
    identity = f"video_{number}"
    job = {
        "id": identity, "object": "video", "status": "queued", "state": "queued", "model": "m", "progress": 0,
        "created_at": int(time.time()), "prompt": "a red ball", "seconds": "4", "size": "1280x720",
        "name": f"operations/{identity}", "request_id": identity,
        "response_url": "", "status_url": "", "cancel_url": "",
    }  # fmt: skip
    if path.endswith("/predictions"):
        job |= {"status": "starting", "created_at": "2026-11-22T00:00:00Z", "version": "v", "input": {}, "urls": {}}
        job |= dict.fromkeys(("output", "logs", "error", "metrics", "started_at", "completed_at"))
    return job


class Handler(BaseHTTPRequestHandler):
    """The wire of a stub."""

    protocol_version = "HTTP/1.1"
    stub: Stub

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        answer = self.stub.create(self.path, self.headers.get("Idempotency-Key"))
        if answer is None:
            self.close_connection = True
            return
        self.answer(*answer)

    def do_GET(self) -> None:
        self.answer(200, {"object": "list", "data": self.stub.jobs[::-1], "has_more": False})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        if str(status) in BUSY:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(raw)


@contextmanager
def served(stub: Stub) -> Iterator[str]:
    """The stub on a port of the loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"stub": stub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Cell(NamedTuple):
    """What one create came to."""

    posts: int
    jobs: int
    ended: str

    def __str__(self) -> str:
        return f"{self.posts}/{self.jobs} {self.ended if self.ended in {'ok', 'found'} else 'error'}"


def row(sdk: Sdk, folder: Path, *, always: bool, honours_keys: bool) -> tuple[str, dict[str, Cell]]:
    """One SDK's version and its cells; all seven creates in one process."""
    stubs = {trouble: Stub(trouble, always, honours_keys) for trouble in TROUBLES}
    package = sdk.install.partition("==")[0] or "cutaway"
    program = WORKER.format(code=sdk.code, package=package, start=IN_TURN if package == "fal-client" else TOGETHER)
    with ExitStack() as stack:
        urls = {trouble: stack.enter_context(served(stub)) for trouble, stub in stubs.items()}
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="cutaway-"))
        environment = {**os.environ, "CUTAWAY_HOME": home, "PYTHONPATH": str(folder)}
        done = subprocess.run(
            [sys.executable, "-c", program, json.dumps(urls)],
            env=environment, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{sdk.name}: {done.stderr.strip().splitlines()[-1]}")
    version, ended = json.loads(done.stdout.splitlines()[-1])
    return version, {
        trouble: Cell(stub.posts, len(stub.jobs), ended[trouble] or "nothing") for trouble, stub in stubs.items()
    }


def installed(sdk: Sdk, folder: Path) -> Path:
    """The folder of an SDK, installed if it is not there.

    Raises:
        RuntimeError: it cannot be installed.
    """
    place = folder / sdk.install.partition("==")[0]
    if not place.is_dir():
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(place)]
        done = subprocess.run([*command, sdk.install], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"could not be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return place


class Row(NamedTuple):
    """One line of a part of the table: an SDK and the kind of server it meets."""

    sdk: Sdk
    honours_keys: bool
    note: str = ""


def block(title: str, rows: list[Row], folder: Path, *, always: bool) -> tuple[list[str], list[str]]:
    """The lines of one part of the table, and what in our own cells should not be."""

    def told(one: Row) -> tuple[str, dict[str, Cell] | str]:
        sdk, honours_keys, note = one
        try:
            place = installed(sdk, folder) if sdk.install else folder / "none"
            version, cells = row(sdk, place, always=always, honours_keys=honours_keys)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            return sdk.name, str(error)
        return f"{sdk.install.partition('==')[0] or 'cutaway'} {version}{sdk.name.partition(',')[2]}{note}", cells

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(told, rows))
    lines = [title, f"  {'':<32}" + "".join(f"{trouble:<11}" for trouble in TROUBLES).rstrip()]
    wrong = []
    for one, (name, cells) in zip(rows, found, strict=True):
        shown = cells if isinstance(cells, str) else "".join(f"{cells[trouble]!s:<11}" for trouble in TROUBLES)
        lines.append(f"  {name:<32}{shown}".rstrip())
        if not one.sdk.install:
            assert not isinstance(cells, str), cells
            missed = broken_promises(always=always, honours_keys=one.honours_keys, cells=cells)
            wrong += [f"{title}: {what}" for what in missed]
    return lines, wrong


def broken_promises(*, always: bool, honours_keys: bool, cells: dict[str, Cell]) -> list[str]:
    """What our cells should not be, one line each."""
    wrong = [f"{trouble}: {cell.jobs} jobs" for trouble, cell in cells.items() if cell.jobs > 1]
    if not always:
        must = set(TROUBLES) - {"400"} if honours_keys else {"429", "503", "500", "lost"}
        wrong += [
            f"{trouble}: {cells[trouble]}"
            for trouble in sorted(must)
            if cells[trouble].jobs != 1 or cells[trouble].ended not in {"ok", "found"}
        ]
    return wrong


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sdks", type=Path, help="a folder with one folder per SDK")
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    lines = [describe("cutaway", "httpx"), "POSTs/jobs of one create, and how it ended for the caller"]
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="cutaway-") as name:
        folder = asked.sdks or Path(name)
        for sdk in OTHERS:
            try:
                installed(sdk, folder)
            except RuntimeError as error:
                print(f"{sdk.name}: {error}", file=sys.stderr)
        honoured, not_honoured = (
            Row(Sdk("cutaway", "", OURS.format(dialect=dialect)), honours)
            for dialect, honours in (("cutaway", True), ("openai", False))
        )
        both = [honoured._replace(note=", keys honoured"), not_honoured._replace(note=", not honoured")]
        for title, rows, always in (
            ("once, by a server that honours keys", [honoured, *(Row(sdk, True) for sdk in OTHERS)], False),
            ("once, by a server that does not", [not_honoured, *(Row(sdk, False) for sdk in OTHERS)], False),
            # None of the others sends a key, so whether it is honoured makes no difference to them.
            ("always", [*both, *(Row(sdk, False) for sdk in OTHERS)], True),
        ):
            part, missed = block(title, rows, folder, always=always)
            lines += ["", *part]
            wrong += missed
    lines += ["", "holds" if not wrong else "does NOT hold: " + "; ".join(wrong)]
    text = "\n".join(lines)
    if asked.keep:
        keep("retry", text)
    else:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
