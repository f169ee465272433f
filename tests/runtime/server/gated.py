"""A server, or its worker, that stops at a named point and waits there until it may go on.

    python gated.py FOLDER server serve ...       the server; its worker is this file again
    python gated.py FOLDER worker

The point is what stands in FOLDER/point; who gets there makes FOLDER/reached and waits for FOLDER/go.
"""

import asyncio
import sys
import time
from functools import wraps
from pathlib import Path

FOLDER = Path(sys.argv[1])


def wait(point: str) -> None:
    """Stops here, where this is the point: once, whoever comes first."""
    named = FOLDER / "point"
    if not named.exists() or named.read_text() != point:
        return
    named.unlink()
    (FOLDER / "reached").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.005)


def before(owner: object, name: str, point: str) -> None:
    """Stops at `point` before each call of owner.name."""
    function = getattr(owner, name)

    @wraps(function)
    def gated(*args, **kwargs):
        wait(point)
        return function(*args, **kwargs)

    setattr(owner, name, gated)


def after(owner: object, name: str, point: str) -> None:
    """Stops at `point` after each call of owner.name."""
    function = getattr(owner, name)

    @wraps(function)
    def gated(*args, **kwargs):
        result = function(*args, **kwargs)
        wait(point)
        return result

    setattr(owner, name, gated)


def worker() -> None:
    from cutaway.media import encode
    from cutaway_runtime.worker import main, take

    before(take.Studio, "carry_out", "told")
    before(take.Studio, "_engine", "loading")
    before(take, "plan_shot", "planning")
    before(encode.Writer, "write", "a chunk for the encoder")
    before(encode.Writer, "finish", "the last frame is written")
    after(encode, "_synced", "synced, without its name")
    after(encode.Writer, "finish", "finished, not yet said")
    play = take.play

    def gated_play(*args):
        wait("before the first frame")
        for number, chunk in enumerate(play(*args)):
            if number == 3:
                wait("in the middle of the frames")
            yield chunk

    take.play = gated_play
    wait("the worker starts")
    main.main()


def server(arguments: list[str]) -> int:
    from cutaway_runtime.__main__ import main
    from cutaway_runtime.worker import supervisor
    from cutaway_runtime.worker.supervisor import Supervisor

    supervisor.TERM_AFTER = supervisor.KILL_AFTER = 1.0  # the ladder, without its long rungs
    Supervisor.__init__.__kwdefaults__["command"] = (sys.executable, __file__, str(FOLDER), "worker")
    finish = Supervisor._finish

    async def gated(*args):
        await asyncio.to_thread(wait, "said, not yet written down")
        await finish(*args)

    Supervisor._finish = gated
    return main(arguments)


if __name__ == "__main__":
    sys.exit(worker() if sys.argv[2] == "worker" else server(sys.argv[3:]))
