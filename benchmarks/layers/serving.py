"""What the layers share: a clip to answer with, and how one is served."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

FRAMES = 24


def clip(path: Path, *, width: int = 160, height: int = 90, frames: int = FRAMES) -> Path:
    """A short grey film, written once."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            picture = np.full((height, width, 3), 255 * number // frames, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return path


def outcome(prompt: str, path: str, made: Path) -> None:
    """What the engine's place does: wait a little, then fail where the prompt says so, or leave the film at `path`."""
    time.sleep(1.5 if "slow" in prompt else 0.1)
    if "fail" in prompt:
        raise RuntimeError("out of memory: tried to allocate 20 GiB")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(made.read_bytes())


def serve(app: Any) -> None:
    """On a free port, which is printed, until the standard input is closed."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))

    def watch() -> None:
        with contextlib.suppress(OSError):
            sys.stdin.buffer.read()
        server.should_exit = True
        threading.Timer(5, os._exit, (0,)).start()

    threading.Thread(target=watch, daemon=True).start()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", file=sys.__stdout__, flush=True)
    server.run(sockets=[listener])
    os._exit(0)
