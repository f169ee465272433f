"""What `cutaway doctor` looks at. Every finding that is not good carries its remedy.

Nothing is started and nothing is changed: a test file is written and removed, addresses are asked.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from enum import StrEnum
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cutaway import __version__, errors
from cutaway.cli.families import JOINED
from cutaway.client import local
from cutaway.client.io import BlockingIO, run
from cutaway.client.request import Request
from cutaway.home import Home
from cutaway.wire import Readiness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway.cli.target import Target
    from cutaway.client.client import Cutaway

NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "media": ("av", "numpy", "PIL"),
    "runtime": local.NEEDS,
    "timeline": ("opentimelineio",),
    "panel": ("PySide6",),
    "models": ("torch", "diffusers", "transformers", "accelerate", "safetensors"),
}
"""What each extra brings, by import name."""

SAFE_LIBAVCODEC: Final = (62, 28, 102)
"""From this libavcodec on (FFmpeg 8.1.2), known holes in its decoders are closed."""

SAFE_MODELS: Final[dict[str, tuple[tuple[int, ...], str]]] = {
    "torch": ((2, 6), "a checkpoint loaded as weights only can run code (CVE-2025-32434)"),
    "diffusers": ((0, 38, 0), "a model can bring code that runs although that was forbidden (CVE-2026-44513)"),
}
"""From which release of each a known hole is closed, and what the hole is."""

LOW_DISK: Final = 2_000_000_000
RESERVE: Final = 256 * 1024**2
"""Room that the server gives to nothing new unless it is told another (`serve --disk-reserve`)."""
CHECKUP_SECONDS: Final = 60
TORCH_PROBE: Final = (
    "import torch; gpu = torch.cuda.is_available(); "
    "print(torch.__version__, '|', torch.cuda.get_device_name(0) if gpu else 'no CUDA GPU')"
)


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing, nothing to do
    WARNING = "warning"  # works, and should be mended
    BROKEN = "broken"  # no video until this is mended


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    level: Level
    found: str
    remedy: str = ""


def examine(target: Target, data_dir: Path | None = None) -> list[Finding]:
    """Everything there is to say about this installation and the server it would use, or has in `data_dir`."""
    home = Home.find()
    data = home if data_dir is None else Home(data_dir.absolute())
    return [
        *python(),
        *extras(remote=is_remote(target)),
        *codecs(),
        *opencv(),
        *safe_models(),
        *torch(),
        *storage(home),
        *(elsewhere(data) if data != home else ()),
        *(records(data) if not is_remote(target) else ()),
        *server(target, data),
        *editors(),
    ]


def is_remote(target: Target) -> bool:
    """Another server was named, so this machine need not make videos itself."""
    return bool(target.base_url or os.environ.get("CUTAWAY_BASE_URL"))


def python() -> Iterator[Finding]:
    yield Finding(
        "python", Level.OK, f"{platform.python_version()} at {sys.executable}, {platform.platform(terse=True)}"
    )
    yield Finding("cutaway", Level.OK, f"{__version__} at {Path(__file__).parent.parent}")


def extras(*, remote: bool) -> Iterator[Finding]:
    """Optional parts. Without a server elsewhere, `runtime` is not optional."""
    for extra, modules in NEEDS.items():
        missing = [module for module in modules if find_spec(module) is None]
        if not missing:
            yield Finding(f"extra {extra}", Level.OK, "installed")
            continue
        needed = extra in {"media", "runtime"} and not remote
        yield Finding(
            f"extra {extra}",
            Level.BROKEN if needed else Level.NOTE,
            f"not installed ({', '.join(missing)})",
            f'pip install "cutaway[{extra}]"',
        )


def codecs() -> Iterator[Finding]:
    """PyAV brings its own FFmpeg; what it decodes may come from anywhere, so its age matters."""
    if find_spec("av") is None:
        return
    try:
        import av
    except ImportError as error:
        yield Finding("ffmpeg", Level.BROKEN, f"PyAV does not load: {error}", "pip install --force-reinstall av")
        return
    libavcodec = tuple(av.library_versions["libavcodec"])
    ffmpeg = f"FFmpeg {av.ffmpeg_version_info}, libavcodec {'.'.join(map(str, libavcodec))}"
    found = f"PyAV {av.__version__} with {ffmpeg}"
    if libavcodec < SAFE_LIBAVCODEC:
        safe = ".".join(map(str, SAFE_LIBAVCODEC))
        seen = f"{found}: decoders of before {safe} have known holes"
        yield Finding("ffmpeg", Level.WARNING, seen, "pip install --upgrade av")
    else:
        yield Finding("ffmpeg", Level.OK, found)


def opencv() -> Iterator[Finding]:
    if find_spec("cv2") is None:
        return
    try:
        import cv2
    except ImportError as error:
        remedy = "pip uninstall opencv-python && pip install --force-reinstall opencv-python-headless"
        yield Finding("opencv", Level.BROKEN, f"does not load: {error}", remedy)
        return
    yield Finding("opencv", Level.OK, cv2.__version__)


def safe_models() -> Iterator[Finding]:
    """Libraries that read checkpoints, by their releases; nothing is loaded."""
    for package, (safe, hole) in SAFE_MODELS.items():
        if find_spec(package) is None:
            continue
        found = _version(package)
        numbers = re.match(r"\d+(\.\d+)*", found)
        if numbers is not None and tuple(map(int, numbers[0].split("."))) < safe:
            wanted = ".".join(map(str, safe))
            remedy = f'pip install --upgrade "{package}>={wanted}"'
            yield Finding(package, Level.WARNING, f"{found}, and before {wanted} {hole}", remedy)
        else:
            yield Finding(package, Level.OK, found)


def torch() -> Iterator[Finding]:
    """Asked in a process of its own: loading it takes seconds and a lot of memory."""
    if find_spec("torch") is None:
        yield Finding("gpu", Level.NOTE, "torch is not installed; drafts need no GPU")
        return
    try:
        asked = subprocess.run(  # noqa: S603 - this interpreter, a fixed program
            [sys.executable, "-c", TORCH_PROBE], capture_output=True, text=True, timeout=120, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        yield Finding(
            "gpu",
            Level.WARNING,
            f"torch {_version('torch')} does not load: {error}",
            "pip install --force-reinstall torch",
        )
        return
    release, _, gpu = asked.stdout.strip().partition(" | ")
    yield Finding("gpu", Level.OK, f"torch {release}, {gpu}")


def storage(home: Home) -> Iterator[Finding]:
    """Where the runtime keeps jobs, videos and its key."""
    folder = home.folder
    try:
        home.create()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        remedy = "set CUTAWAY_HOME to a folder you can write"
        yield Finding("home", Level.BROKEN, f"{folder}: {error.strerror}", remedy)
        return
    yield Finding("home", Level.OK, str(folder))
    yield room(folder)
    if os.name == "posix" and home.token.exists():
        mode = stat.S_IMODE(home.token.stat().st_mode)
        level, remedy = (Level.WARNING, f"chmod 600 {shlex.quote(str(home.token))}") if mode & 0o077 else (Level.OK, "")
        yield Finding("key", level, f"{home.token} has mode {mode:04o}", remedy)


def elsewhere(data: Home) -> Iterator[Finding]:
    """A data folder that is not the home folder; it is not made here."""
    if not data.folder.is_dir():
        remedy = "give the folder that `cutaway serve --data-dir` was given"
        yield Finding("data folder", Level.BROKEN, f"{data.folder} is no folder", remedy)
        return
    if not os.access(data.folder, os.R_OK | os.W_OK | os.X_OK):
        remedy = "run this as the user that the server runs as"
        yield Finding("data folder", Level.BROKEN, f"{data.folder} cannot be written by this user", remedy)
        return
    yield Finding("data folder", Level.OK, str(data.folder))
    yield room(data.folder)


def room(folder: Path) -> Finding:
    """What is free on the disk of a folder, beside what a server keeps free."""
    free = shutil.disk_usage(folder).free
    level = Level.BROKEN if free < RESERVE else Level.WARNING if free < LOW_DISK else Level.OK
    remedy = "" if level is Level.OK else "delete old jobs (cutaway rm ID), or set CUTAWAY_HOME to a larger disk"
    kept = "less than the server keeps free: it takes no new job" if free < RESERVE else "above what is kept free"
    return Finding("disk", level, f"{free / 1e9:.1f} GB free, {kept} ({RESERVE / 1024**2:.0f} MiB)", remedy)


def records(home: Home) -> Iterator[Finding]:
    """The jobs database, which the runtime looks at itself, in a process of its own; nothing if there is none yet."""
    known = (home.folder / "jobs.sqlite").exists() or "CUTAWAY_DATABASE_URL" in os.environ
    if not known or any(find_spec(module) is None for module in local.NEEDS):
        return
    command = [sys.executable, "-m", "cutaway_runtime", "checkup", "--data-dir", str(home.folder)]
    try:
        asked = subprocess.run(  # noqa: S603 - our own module, no shell
            command, capture_output=True, text=True, timeout=CHECKUP_SECONDS, check=True
        )
        for found in json.loads(asked.stdout):
            yield Finding(found["what"], Level(found["level"]), found["found"], found["remedy"])
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        remedy = 'pip install --force-reinstall "cutaway[runtime]"'
        yield Finding("database", Level.WARNING, f"it could not be looked at: {said}", remedy)


def server(target: Target, home: Home) -> Iterator[Finding]:
    """The server that a command would use, asked without starting it."""
    if is_remote(target):
        remedy = "check the address (--base-url, CUTAWAY_BASE_URL) and the key (CUTAWAY_API_KEY)"
        yield from _answer(target, remedy=remedy, mend="whoever runs that server mends it")
        return
    try:
        with socket.socket() as port:
            port.bind(("127.0.0.1", 0))
    except OSError as error:
        yield Finding(
            "port", Level.BROKEN, f"127.0.0.1 gives no port: {error.strerror}", "free a port, or use --base-url"
        )
    found = local.running(home)
    if found is None:
        when = "it is started when it is needed" if home == Home.find() else f"none has {home.folder}"
        yield Finding("runtime", Level.NOTE, f"not running; {when}")
        return
    if found["version"] != __version__:
        seen = f"runs version {found['version']}, and this is {__version__}"
        yield Finding("version", Level.WARNING, seen, "cutaway stop    (the next command starts the right one)")
    log = f"Its log: {home.runtime_log}" if home.runtime_log.exists() else "Its log: where its standard error goes"
    local_key = target.api_key or os.environ.get("CUTAWAY_API_KEY") or local.token(Home.find())
    yield from _answer(
        replace(target, base_url=found["url"], api_key=local_key), remedy=f"cutaway stop    {log}", mend=log
    )


def editors() -> Iterator[Finding]:
    """Plugins that have a doctor of their own."""
    if any(point.name == "davinci" for point in entry_points(group=JOINED)):
        yield Finding("resolve", Level.NOTE, "DaVinci Resolve has a doctor of its own", "cutaway davinci doctor")


def _answer(target: Target, *, remedy: str, mend: str) -> Iterator[Finding]:
    """What a server is, and whether it can work; `remedy` where it does not answer, `mend` where it cannot work."""
    ready = None
    try:
        with target.client(max_retries=0) as client:
            found = client.dialect()
            started = time.monotonic()
            names = _models(client, found.dialect)
            took = (time.monotonic() - started) * 1000
            if found.dialect == "cutaway":
                ready = _readiness(target.address or "", mend)
    except (errors.CutawayError, ValueError) as error:
        yield Finding("server", Level.BROKEN, str(error), remedy)
        return
    models = f"models: {', '.join(names)}" if names else "it lists no models"
    spoken = f"speaks {found.dialect} ({found.evidence})"
    yield Finding("server", Level.OK, f"{target.address} {spoken} and answers in {took:.0f} ms; {models}")
    if ready is not None:
        yield ready


def _readiness(address: str, mend: str) -> Finding | None:
    """What a server says of itself at /ready; None from one that is too old to say anything.

    Raises:
        ConnectionFailed: it went away.
    """
    io = BlockingIO()
    try:
        asked = Request("GET", f"{address.rstrip('/').removesuffix('/v1')}/ready", timeout=local.HEALTH_TIMEOUT)
        answer = run(io.request(asked))
    finally:
        run(io.close())
    if answer.status == HTTPStatus.OK:
        return Finding("ready", Level.OK, "it takes work")
    if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
        return None
    try:
        said = Readiness.model_validate_json(answer.body)
    except ValueError:
        return None
    if said.status == "ready":  # what is no readiness at all reads so: a proxy's own page
        return None
    return Finding("ready", Level.BROKEN, f"it takes no work: {'; '.join(said.reasons)}", mend)


def _models(client: Cutaway, dialect: str) -> list[str]:
    """The models that a server says it has; not every kind lists them."""
    if dialect == "cutaway":
        return [info.id for info in client.capabilities().models if info.installed]
    try:
        return [info.id for info in client.models.list()]
    except (errors.NotFound, errors.UnsupportedCapability):
        return []


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(unknown)"
