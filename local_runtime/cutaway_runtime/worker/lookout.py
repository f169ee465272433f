r"""A process that looks into files, each one in a child of its own: `python -m cutaway_runtime.worker.lookout`.

    {"path": ..., "container": ...}  ->  fork -> limits -> look -> gone  ->  {"ends": 0, "said": ...}

Asked by lines on its input, one at a time. It has loaded everything that a look needs and opens nothing itself, so a
child costs a few milliseconds and knows nothing of other files: what a hostile one makes of it, ends with it. No child
lasts longer than `WALL_SECONDS`. When the input ends, so does the lookout, and any child of it.

Only where a process can be forked, and not on macOS, whose libraries do not stand it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

from cutaway_runtime.worker import confined
from cutaway_runtime.worker.probe import REFUSED, look

WALL_SECONDS: Final = 15.0
IDLE_SECONDS: Final = 300.0
"""Without a question; then it ends, and the next question starts another one."""
MOST_SAID: Final = 64 * 1024
_NEEDED: Final = (
    "cutaway.media.probe", "av.subtitles.stream", "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PngImagePlugin",
    "PIL.TiffImagePlugin", "PIL.WebPImagePlugin",
)  # fmt: skip
_IN: Final = 0
_OUT: Final = 1


def main() -> int:
    confined.leave_network()
    _load()
    confined.give_up_rights()
    gc.collect()
    gc.freeze()
    while select.select([_IN], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            break
        asked = json.loads(line)
        ends, said = in_a_child(Path(asked["path"]), asked["container"])
        os.write(_OUT, json.dumps({"ends": ends, "said": said}).encode() + b"\n")
    return 0


def _load() -> None:
    """Everything that a look needs, so that no child has to."""
    for module in _NEEDED:
        import_module(module)


def in_a_child(path: Path, container: str) -> tuple[int, str]:
    """How a child ended that looked into a file, as `Popen.returncode` says it, and what it said.

    One that took too long has ended with SIGXCPU, whichever clock it was.
    """
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        _be_the_child(path, container, writes)
    os.close(writes)
    try:
        said, in_time = _heard(reads, time.monotonic() + WALL_SECONDS)
    finally:
        os.close(reads)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)  # one that said all it had to say has ended, or has nothing left to do
        _, status = os.waitpid(child, 0)
    if not in_time:
        return -signal.SIGXCPU, ""
    ends = os.waitstatus_to_exitcode(status)
    return ends, said.decode("utf-8", "replace")


def _heard(reads: int, deadline: float) -> tuple[bytes, bool]:
    """What a child says until it closes its end; and whether it did in time."""
    said = b""
    while (left := deadline - time.monotonic()) > 0 and len(said) <= MOST_SAID:
        ready = select.select([reads, _IN], [], [], left)[0]
        if _IN in ready:  # nobody asks while an answer is due: whoever asked is gone
            raise SystemExit
        if ready:
            heard = os.read(reads, MOST_SAID)
            if not heard:
                return said, True
            said += heard
    return said, False


def _be_the_child(path: Path, container: str, writes: int) -> NoReturn:
    """Looks, says what it sees, and ends, whatever happens."""
    ends, said = 70, ""
    try:
        confined.end_with_parent()
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        os.closerange(3, writes)
        os.closerange(writes + 1, confined.OPEN_FILES)
        confined.limit()
        ends, said = look(path, container)
        os.write(writes, said.encode("utf-8", "replace")[:MOST_SAID])
    except MemoryError:
        ends = REFUSED
    finally:
        os._exit(ends)


if __name__ == "__main__":
    sys.exit(main())
