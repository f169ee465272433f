"""Claim: what is sent to harm a server or a cutting room is refused in words, at once, and does nothing else.

    python benchmarks/door.py [--short] [--keep]

The corpus of `benchmarks/corpus` goes through every door: clips and pictures as uploads, as file and data: URI of a
create, as what is edited and extended, as a character; bodies that are no requests; names that are no ids; addresses;
timelines and bundles through the SDK; checkpoints through `models add`. Wanted of every one: no 5xx and no end of a
process, an answer within 3 s, no connection to anybody, no file anywhere else, and a server that is the same process
and at most 64 MiB larger in the end. Where Linux and root allow it, all of it happens in a network of its own whose
counters tell of every attempt. `--short`: every file through one door, and every door for some.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psutil
from corpus import cuts, films, pictures, requests, weights
from idle import counted, raise_loopback
from machine import describe, keep
from overhead import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import httpx

SLOW_S = 3.0
LOADED_S = 10.0
"""Where the machine has more to do than it has cores."""
GROWTH_MIB = 64
SMALL = {"model": "bars", "prompt": "x", "size": "64x48", "num_frames": 2, "fps": "24"}
FORM = {name: str(value) for name, value in SMALL.items()}
JSON_ROOM = 700_000
"""Bytes that a data: URI of a create may hold."""


class Table:
    """What came back, by door."""

    def __init__(self, slow: float) -> None:
        self.slow = slow
        self.ends: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.slowest: dict[str, tuple[float, str]] = {}
        self.wrong: list[str] = []

    def note(self, door: str, trick: str, end: str, took: float, *, wrong: bool = False) -> None:
        self.ends[door][end] += 1
        if took >= self.slowest.get(door, (0.0, ""))[0]:
            self.slowest[door] = (took, trick)
        if wrong or took > self.slow:
            self.wrong.append(f"{door}: {trick}: {end} in {took:.2f} s")

    def lines(self) -> Iterator[str]:
        yield f"{'door':<38}{'sent':>6}{'taken':>7}{'refused':>9}{'sent on':>9}{'wrong':>7}{'slowest':>10}"
        for door, ends in self.ends.items():
            refused = sum(count for end, count in ends.items() if end.startswith(("4", "refused")))
            taken = sum(count for end, count in ends.items() if end.startswith(("2", "taken")))
            moved = sum(count for end, count in ends.items() if end.startswith("3"))
            every = sum(ends.values())
            took, trick = self.slowest[door]
            numbers = f"{every:>6}{taken:>7}{refused:>9}{moved:>9}{every - taken - refused - moved:>7}"
            yield f"{door:<38}{numbers}{took:>8.2f} s  {ascii(trick)[1:-1]}"
        yield from (f"WRONG  {line}" for line in self.wrong)


class Doors:
    """A server, and each way into it."""

    def __init__(self, client: httpx.Client, table: Table) -> None:
        self._client = client
        self._home = str(client.base_url).rstrip("/")
        self.table = table

    def ask(self, door: str, trick: str, method: str, path: str, *, wants: int | None = None, **more: Any) -> Any:
        """One request. A refusal has a code and says why; where it is sent on, then to the same server."""
        began = time.perf_counter()
        answer = self._client.request(method, path, **more)
        took = time.perf_counter() - began
        status = answer.status_code
        named = status < 400 or bool((answer.json().get("error") or {}).get("code"))
        away = 300 <= status < 400 and not answer.headers["location"].startswith((f"{self._home}/", "/v1"))
        wrong = status >= 500 or not named or away or (wants is not None and status != wants)
        self.table.note(door, trick, str(status), took, wrong=wrong)
        return answer

    def media(self) -> dict[str, Callable[[str, bytes], Any]]:
        """Every way that a file comes in."""

        def file(door: str, path: str, field: str, more: dict[str, str]) -> Callable[[str, bytes], Any]:
            return lambda trick, data: self.ask(door, trick, "POST", path, data=more, files={field: ("a.mp4", data)})

        def inline(trick: str, data: bytes) -> Any:
            url = "data:image/png;base64," + base64.b64encode(data[:JSON_ROOM]).decode()
            return self.ask("create, data: URI", trick, "POST", "/v1/videos", json={**SMALL, "input_reference": url})

        edit = {"model": "bars", "prompt": "x"}
        return {
            "upload": file("upload", "/v1/files", "file", {"purpose": "vision"}),
            "create, file": file("create, file", "/v1/videos", "input_reference", FORM),
            "create, data: URI": inline,
            "edit, file": file("edit, file", "/v1/videos/edits", "video", edit),
            "extension, file": file("extension, file", "/v1/videos/extensions", "video", {**edit, "num_frames": "2"}),
            "character, file": lambda trick, data: self.ask(
                "character, file", trick, "POST", "/v1/videos/characters",
                data={"name": f"one {time.monotonic_ns()}"}, files={"video": ("a.mp4", data)},
            ),
        }  # fmt: skip


def some(tricks: dict[str, Any], every: int) -> dict[str, Any]:
    return {name: tricks[name] for n, name in enumerate(tricks) if n % every == 0}


def send_media(doors: Doors, *, short: bool) -> None:
    tricks = {**films.tricks(), **pictures.tricks()}
    for number, (name, send) in enumerate(doors.media().items()):
        for trick, data in (tricks if name == "upload" or not short else some(tricks, 12 + number)).items():
            send(trick, data)


def send_requests(doors: Doors, *, short: bool) -> None:
    paths = ["/v1/videos", "/v1/videos/edits", "/v1/files"]
    for path in paths[:1] if short else paths:
        for trick, ask in requests.tricks().items():
            wants = (ask.status or None) if path == "/v1/videos" else None
            door = f"body, {path}"
            answer = doors.ask(
                door, trick, "POST", path, wants=wants, content=ask.body, headers={"content-type": ask.kind}
            )
            said = (answer.json().get("error") or {}).get("code")
            if path == "/v1/videos" and said != (ask.code or said):
                doors.table.wrong.append(f"{door}: {trick}: {answer.text[:200]}")
    for trick, prompt in requests.PROMPTS.items():
        doors.ask("prompt", trick, "POST", "/v1/videos", json={**SMALL, "prompt": prompt})
    if not short:
        doors.ask("prompt", "a long one", "POST", "/v1/videos", json={**SMALL, "prompt": "x" * 32_000})


def send_ids(doors: Doors, planted: str, *, short: bool) -> None:
    """Names that are none of this server's, wherever an id stands; and the id of a video that is a link."""
    ways = [
        ("GET", "/v1/videos/{}"), ("GET", "/v1/videos/{}/content"), ("GET", "/v1/files/{}"),
        ("DELETE", "/v1/files/{}"), ("DELETE", "/v1/videos/{}"), ("GET", "/v1/videos/characters/{}"),
        ("POST", "/v1/videos/{}/remix"),
    ]  # fmt: skip
    for number, name in enumerate(requests.ids()[:: 50 if short else 1]):
        method, path = ways[number % len(ways)]
        for quoted in (quote(name, safe=""), quote(name, safe="/%")):
            more = {"json": {"prompt": "x"}} if method == "POST" else {}
            answer = doors.ask("id in a path", name, method, path.format(quoted), **more)
            if answer.status_code == 200 and answer.json().get("object") not in {"list", None}:
                doors.table.wrong.append(f"id: {name!r}: {answer.text[:80]}")
        body = {**SMALL, "input_reference": {"id": name}}
        doors.ask("id in a body", name, "POST", "/v1/videos", json=body)
    answer = doors.ask("id of a link", planted, "GET", f"/v1/videos/{planted}/content")
    if b"outside" in answer.content or answer.status_code == 200:
        doors.table.wrong.append(f"a link in the data folder was followed: {answer.content[:80]!r}")


ADDRESSES = (
    "http://192.0.2.1/a.png",
    "https://192.0.2.1/a.png",
    "http://127.0.0.1:9/a.png",
    "http://2130706433/",
    "http://[::ffff:127.0.0.1]/",
    "http://0/",
    "http://localhost/",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/_x",
    "http://a@127.0.0.1/",
    "http://127.0.0.1\\@192.0.2.1/",
    "//192.0.2.1/a",
    "http:///a",
    "ftp://192.0.2.1/a",
    "http://[fe80::1%25lo]/",
    "HTTP://127.1/",
    "http://0x7f000001/",
    "javascript:alert(1)",
    "concat:/etc/passwd",
    "subfile,,start,0,end,9,,:/etc/passwd",
    "cache:http://127.0.0.1/",
    "data:,",
    "data:image/png;base64,",
)


def send_addresses(doors: Doors) -> None:
    for address in ADDRESSES:
        for body in ({"input_reference": address}, {"input_reference": {"image_url": address}}):
            answer = doors.ask("address", address, "POST", "/v1/videos", json={**SMALL, **body})
            if answer.status_code not in {400, 404}:
                doors.table.wrong.append(f"address: {address}: {answer.text[:200]}")


def settled(client: httpx.Client, seconds: float = 240) -> list[str]:
    """Jobs that have not come to an end after so long."""
    deadline = time.monotonic() + seconds
    while True:
        waiting, after = [], ""
        while True:
            page = client.get("/v1/videos", params={"limit": 100, **({"after": after} if after else {})}).json()
            waiting += [video["id"] for video in page["data"] if video["status"] not in {"completed", "failed"}]
            if not page["has_more"]:
                break
            after = page["last_id"]
        if not waiting or time.monotonic() > deadline:
            return waiting
        time.sleep(0.5)


def plant(client: httpx.Client, home: Path, outside: Path) -> str:
    """A finished video whose file was put away and a link to something else left in its place; its id."""
    video = client.post("/v1/videos", json=SMALL).json()
    settled(client)
    file = next((home / "videos" / video["id"]).glob("video.*"))
    file.unlink()
    file.symlink_to(outside)
    return str(video["id"])


def at_the_server(folder: Path, table: Table, *, short: bool) -> list[str]:
    """All that goes over HTTP. Lines for the end of the table."""
    home, outside = folder / "home", folder / "outside.txt"
    outside.write_text("outside")
    os.chdir(folder)  # where a command would leave its marker
    process, client = with_errors_to(folder / "errors.log", lambda: serve(home))
    ours: list[str] = []
    client.event_hooks["request"].append(lambda sent: sent.extensions.update(trace=lambda what, _: ours.append(what)))
    try:
        planted = plant(client, home, outside)
        client.post("/v1/files", files={"file": ("a.png", pictures.saved("PNG"))})
        server = psutil.Process(process.pid)
        ours.clear()
        before, network = server.memory_info().rss, counted() if Path("/proc/net/snmp").exists() else {}
        doors = Doors(client, table)
        send_requests(doors, short=short)
        send_addresses(doors)
        send_ids(doors, planted, short=short)
        send_media(doors, short=short)
        if left := settled(client):
            table.wrong.append(f"{len(left)} jobs that never ended: {left[:3]}")
        grown = (server.memory_info().rss - before) >> 20
        made = {name: number - network[name] for name, number in counted().items()} if network else {}
        if process.poll() is not None:
            table.wrong.append(f"the server ended with {process.returncode}")
        if grown > GROWTH_MIB:
            table.wrong.append(f"the server grew by {grown} MiB")
        log = (folder / "errors.log").read_text() + (home / "worker.log").read_text()
        if any(never in log for never in ((home / "token").read_text().strip(), "\x1b", "\n{", "Traceback")):
            table.wrong.append("the log has a key, a forged line, a terminal's words or a fault in it")
    finally:
        client.close()
        process.terminate()
        process.wait(60)
    if outside.read_text() != "outside":
        table.wrong.append("a file outside the data folder was changed")
    lines = [f"{'the server grew by':<38}{max(0, grown):>6} MiB"]
    if alone():
        lines += [f"{name:<38}{number:>6}" for name, number in made.items()]
        begun = made["connections begun"] - ours.count("connection.connect_tcp.started")
        lines.append(f"{'of them not by this benchmark':<38}{begun:>6}")
        if begun or made["datagrams sent"] or made["packets that had nowhere to go"]:
            table.wrong.append(f"somebody was called: {made}")
    else:
        lines.append("connections were not counted: that needs Linux, root and unshare")
    return lines


def with_errors_to(log: Path, start: Callable[[], Any]) -> Any:
    """What is started meanwhile writes its errors there."""
    before = os.dup(2)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        return start()
    finally:
        os.dup2(before, 2)
        os.close(before)


def alone() -> bool:
    return "--alone" in sys.argv


def in_a_child(table: Table, door: str, trick: str, work: Callable[[], str]) -> None:
    """What a process does that may end over it. `work` says how it went: taken, refused, or anything else, as wrong."""
    began = time.perf_counter()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        said = "?"
        try:
            said = work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(writes, said[:4000].encode("utf-8", "replace"))
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as heard:
        said = heard.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    end = said if status == 0 else f"ended by {os.waitstatus_to_exitcode(status)}"
    table.note(door, trick, end, time.perf_counter() - began, wrong=not end.startswith(("taken", "refused")))


def at_the_cutting_room(folder: Path, table: Table) -> None:
    """Timelines and bundles, read, converted and unpacked by the SDK."""
    import opentimelineio  # noqa: F401 - once, and not in every child

    from cutaway.errors import CutawayError
    from cutaway.timeline.adapters import open_any, to_otio
    from cutaway.timeline.bundles import extract
    from cutaway.timeline.index import Index

    place = folder / "cuts"
    place.mkdir()
    (folder / cuts.SECRET).write_text("outside")

    def refused(work: Callable[[], object]) -> bool:
        try:
            work()
        except CutawayError:
            return True
        return False

    for trick, (name, data) in cuts.tricks().items():
        file = place / name
        file.write_bytes(data)

        def work(file: Path = file) -> str:
            steps = []
            document = None
            try:
                document = open_any(file)
            except CutawayError:
                steps.append("open")
            if document is not None:
                steps += ["index"] if refused(lambda: Index.of(document)) else []
                steps += ["convert"] if refused(lambda: to_otio(document)) else []
            if file.suffix == ".otioz" and refused(lambda: extract(file, place / "unpacked")):
                steps.append("extract")
            return "refused" if steps else "taken"

        in_a_child(table, "timeline, SDK", trick, work)
        shutil.rmtree(place / "unpacked", ignore_errors=True)
        file.unlink()
        if left := sorted(path.name for path in place.iterdir()):
            table.wrong.append(f"timeline, SDK: {trick} left {left}")


def at_the_registry(folder: Path, table: Table) -> None:
    """Checkpoints that want to run something, added as models."""
    place = folder / "checkpoints"
    for trick, fill in weights.tricks().items():
        checkpoint = place / str(len(list(place.iterdir())) if place.exists() else 0)
        checkpoint.mkdir(parents=True)
        fill(checkpoint, folder / cuts.MARKER)
        in_a_child(table, "checkpoint, models add", trick, lambda: weights.added(checkpoint, folder / "registry"))  # noqa: B023


def markers(folder: Path) -> list[Path]:
    """What nobody may have made."""
    places = [folder, Path.cwd(), Path(tempfile.gettempdir()), Path.home()]
    return [place / cuts.MARKER for place in places if (place / cuts.MARKER).exists()]


def found(table: Table, *, short: bool) -> Iterable[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        here = Path.cwd()
        try:
            last = at_the_server(folder, table, short=short)
            at_the_cutting_room(folder, table)
            at_the_registry(folder, table)
            if there := markers(folder):
                table.wrong.append(f"something was run or written: {there}")
        finally:
            os.chdir(here)
    yield from table.lines()
    yield ""
    yield from last


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--short", action="store_true")
    options.add_argument("--keep", action="store_true")
    options.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if not asked.alone and sys.platform == "linux" and os.geteuid() == 0 and shutil.which("unshare") is not None:
        command = ["unshare", "--net", sys.executable, __file__, *sys.argv[1:], "--alone"]
        return subprocess.run(command, check=False).returncode
    if asked.alone:
        raise_loopback()
    head = describe("cutaway", "av", "pillow", "opentimelineio")
    busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    table = Table(LOADED_S if busy else SLOW_S)
    began = time.perf_counter()
    lines = list(found(table, short=asked.short))
    bound = f"{table.slow:g} s" + (", for the machine is busy" if busy else "")
    claim = f"no 5xx, nothing ended, nothing slower than {bound}, nobody called, nothing left anywhere"
    verdict = f"\n{claim}: {'BROKEN' if table.wrong else 'holds'}"
    text = "\n".join([f"{head}\n", *lines, f"in {time.perf_counter() - began:.0f} s", verdict])
    if asked.keep:
        keep("door", text)
    else:
        print(text)
    return 1 if table.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
