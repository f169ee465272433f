"""The process: one per data folder, listening, noted where clients look, ended by a signal or by nobody needing it."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import uvicorn

from cutaway import __version__
from cutaway.home import FILE_MODE, Home
from cutaway_runtime.server.app import build
from cutaway_runtime.server.patience import BACKLOG, Patience, connections_allowed
from cutaway_runtime.server.webhooks import key_of, new_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from cutaway_runtime.server.desk import Desk
    from cutaway_runtime.server.guard import Guard
    from cutaway_runtime.server.settings import Settings

LOCK_SECONDS: Final = 10.0
"""How long to wait for a server, or a worker of one that was killed, to let go of the data folder."""
GRACE_SECONDS: Final = 5
IDLE_LOOK: Final = 0.5


log = logging.getLogger(__name__)


class AlreadyRunning(Exception):
    """Another server has the data folder."""


def token_of(home: Home) -> str:
    """This person's key: minted once, readable by nobody else."""
    return minted(home, home.token, lambda: secrets.token_urlsafe(32))


def webhook_secret_of(home: Home) -> str:
    """What events are signed with: CUTAWAY_WEBHOOK_SECRET, else one that is minted once.

    Raises:
        ValueError: what is there is no such secret.
    """
    secret = os.environ.get("CUTAWAY_WEBHOOK_SECRET") or minted(home, home.webhook_secret, new_secret)
    key_of(secret)
    return secret


def minted(home: Home, path: Path, make: Callable[[], str]) -> str:
    """The one line of a file in the home folder that only this person reads; made where it is not there."""
    home.create()
    if not path.exists():
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(made, flags, FILE_MODE), "w") as file:
            file.write(make())
        try:
            with suppress(FileExistsError):
                os.link(made, path)  # whole, or not at all, and never over one that is there
        finally:
            made.unlink()
    return path.read_text("ascii").strip()


def run(settings: Settings) -> None:
    """Serves until told to stop.

    Raises:
        AlreadyRunning: the data folder belongs to another server.
        OSError: the address cannot be had.
    """
    os.umask(0o077)  # prompts and footage are this person's
    Patience.most = connections_allowed()
    with locked(settings.data_dir, shared=settings.database is not None) as lock:
        listener = listen(settings.host, settings.port)
        app, guard = build(settings, inherit=[lock] if os.name == "posix" else [])
        server = Server(
            uvicorn.Config(
                guard,
                loop="asyncio",
                http=Patience,
                ws="none",
                lifespan="on",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
                timeout_keep_alive=30,
                backlog=BACKLOG,
            ),
            settings,
            guard,
            app.state.desk,
        )
        gc.freeze()
        gc.enable()
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket on which connections already queue up."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns off Nagle's delay (40 ms an answer) only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host.strip("[]"), port))
    listener.listen(BACKLOG)
    return listener


class Server(uvicorn.Server):
    """uvicorn, ended by a signal with exit code 0, or by itself when nobody needs it."""

    def __init__(self, config: uvicorn.Config, settings: Settings, guard: Guard, desk: Desk) -> None:
        super().__init__(config)
        self._settings = settings
        self._guard = guard
        self._desk = desk
        self._why = "it was stopped"
        self._watcher = os.environ.pop("NOTIFY_SOCKET", "")  # systemd's; of no use to a worker

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Without the base class, which would send the signal again once it is done, and end by it."""
        before = {number: signal.signal(number, self.handle_exit) for number in ends_by()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # The base class first: it takes a SIGINT while already leaving for the second one, which ends at once.
        super().handle_exit(sig, frame)
        self._leave(signal.Signals(sig).name)

    def _leave(self, why: str) -> None:
        """No more work is taken; whoever listens to events is sent home, so that connections can end."""
        self._why = why  # told later: a signal may come while a line is being written
        self._desk.closing = self._desk.supervisor.closing = True
        self.should_exit = True
        with suppress(RuntimeError):  # before the loop runs, or after
            self._loop.call_soon_threadsafe(self._desk.queue.bulletin.close)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            write_note(self._settings, sockets[0])
            _tell_start(self._settings, sockets[0])
            self._notify("READY=1")
            if self._settings.announces:
                announce(sockets[0])
            if self._settings.ends_with_parent:
                threading.Thread(target=self._watch_parent, name="parent", daemon=True).start()
            if self._settings.idle_exit is not None:
                self._idle = asyncio.create_task(self._watch_idleness(self._settings.idle_exit))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        remove_note(self._settings)
        log.info("ending: %s", self._why)
        self._notify("STOPPING=1")
        await super().shutdown(sockets)
        log.info("ended")

    def _notify(self, state: str) -> None:
        """Tells systemd, where it started this and wants to know."""
        if not self._watcher or sys.platform == "win32":
            return
        address = f"\0{self._watcher[1:]}" if self._watcher.startswith("@") else self._watcher
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as watcher:
            watcher.sendto(state.encode(), address)

    def _watch_parent(self) -> None:
        """Leaves when standard input ends. In a thread that reads the descriptor itself: one that held the buffer's
        lock would be in the way of the interpreter's end.
        """
        with suppress(OSError):
            while os.read(0, 1024):
                pass
        with suppress(RuntimeError):  # after the loop ran
            self._loop.call_soon_threadsafe(self._leave, "the process that started it is gone")

    async def _watch_idleness(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(min(seconds, IDLE_LOOK))
            quiet = time.monotonic() - self._guard.last_request >= seconds and not self._guard.open_requests
            if quiet and self._desk.queue.idle():
                self._leave(f"nobody needed it for {seconds:g} s")
                return


def ends_by() -> list[signal.Signals]:
    """The signals by which a server ends as it should."""
    hang_up = getattr(signal, "SIGHUP", None)  # a terminal that is closed; `nohup` has it ignored, and so it stays
    if hang_up is not None and signal.getsignal(hang_up) is signal.SIG_IGN:
        hang_up = None
    also = (hang_up, getattr(signal, "SIGBREAK", None))
    return [signal.SIGINT, signal.SIGTERM, *(number for number in also if number is not None)]


def announce(listener: socket.socket) -> None:
    """Where it listens, for whoever started it in a terminal."""
    with suppress(OSError):  # nobody reads
        sys.stdout.write(f"cutaway serves the Videos API at {url_of(listener)}/v1 (stop it with Ctrl-C)\n")
        sys.stdout.write(f"Its key is in {Home.find().token}\n")
        sys.stdout.flush()


def _tell_start(settings: Settings, listener: socket.socket) -> None:
    """What the log begins with: which server this is, where, and how it is held."""
    doors = "with a key" if settings.keys else "without a key, for everybody on this machine"
    jobs = "a file" if settings.database is None else "PostgreSQL, with other servers"
    log.info(
        "cutaway %s serves at %s %s, jobs in %s, process %s", __version__, url_of(listener), doors, jobs, os.getpid()
    )


def url_of(listener: socket.socket) -> str:
    """Where a client on this machine reaches it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - every address, so this one too
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def write_note(settings: Settings, listener: socket.socket) -> None:
    """Where clients find this server; whole or not there."""
    note = note_of(settings)
    text = json.dumps({"url": url_of(listener), "pid": os.getpid(), "version": __version__, "started_at": time.time()})
    part = note.with_name(f"{note.name}.{os.getpid()}")
    part.write_text(text, "utf-8")
    part.replace(note)


def remove_note(settings: Settings) -> None:
    """Unless it is another server's by now."""
    note = note_of(settings)
    with suppress(OSError, ValueError):
        if json.loads(note.read_text("utf-8"))["pid"] == os.getpid():
            note.unlink()


def note_of(settings: Settings) -> Path:
    return Home(settings.home or settings.data_dir).runtime


@contextmanager
def locked(data_dir: Path, *, shared: bool = False) -> Iterator[int]:
    """The data folder, for one server at a time; or `shared`, for as many as share the jobs too, and for none that has
    jobs of its own. Yields the descriptor that holds it.

    Raises:
        AlreadyRunning: it stayed taken.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "server.lock", os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _take(descriptor, shared=shared):
            if time.monotonic() >= deadline:
                raise AlreadyRunning(
                    f"another server has {data_dir}; use that one (runtime.json there says where it listens), "
                    "stop it, or choose another --data-dir"
                )
            time.sleep(0.05)
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, *, shared: bool) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # Windows has no shared one: one server a folder
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
