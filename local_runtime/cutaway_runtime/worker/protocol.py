"""What supervisor and worker say to each other: one JSON object a line, told apart by `kind`.

Frames never cross the pipe; the worker writes its own files.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from cutaway.wire import Segment, VideoCreate
from cutaway_runtime.plan.effective import Effective

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORKER: tuple[str, ...] = ("-m", "cutaway_runtime.worker.main")
"""How the interpreter is told to be a worker."""


class _Message(BaseModel):
    model_config = ConfigDict(defer_build=True)


class TakeSlate(_Message):
    """`canvas.Slate`, as it travels."""

    engine: str
    prompt: str
    seed: int
    style: str = ""


class Source(_Message):
    """Footage a job starts from: a file this runtime holds, and the container it was recognised as.

    `path` is its name on the shelf; for a worker, where that is.
    """

    path: str
    container: str
    slate: TakeSlate | None = None


class JobSpec(_Message):
    """All a worker needs to know to carry out a job."""

    job_id: str
    effective: Effective
    request: VideoCreate
    sources: dict[str, Source] = Field(default_factory=dict)
    output: str
    """The finished file: its name on the shelf; for a worker, where that is. Its folder belongs to this job alone; a
    worker writes into that of its attempt.
    """


# -- to the worker -----------------------------------------------------------------------------


class Run(_Message):
    """Carry out a job, for the `attempt`-th time. What is only kept in case that there is another one leaves `spare`
    bytes of the disk alone; what takes no longer than `anew_seconds` would then be painted anew.
    """

    kind: Literal["run"] = "run"
    spec: JobSpec
    attempt: int = 1
    spare: int = 0
    anew_seconds: float = 60.0


class Cancel(_Message):
    """Leave the job, at the next step."""

    kind: Literal["cancel"] = "cancel"
    job_id: str


Order = Annotated[Run | Cancel, Field(discriminator="kind")]

# -- from the worker ---------------------------------------------------------------------------


class Ready(_Message):
    """Everything is imported; send jobs."""

    kind: Literal["ready"] = "ready"


class Said(_Message):
    """What this project's own code logs in the worker; what libraries print goes to `worker.log`."""

    kind: Literal["said"] = "said"
    level: int
    """As in `logging`."""
    logger: str
    text: str
    trace: str = ""
    """Where it happened, for a failure."""


class Heartbeat(_Message):
    """Once a second while there is a job: the process is not frozen."""

    kind: Literal["heartbeat"] = "heartbeat"


class Progress(_Message):
    """How far the job is. `percent` counts frames written; `eta_s` comes from the pace so far."""

    kind: Literal["progress"] = "progress"
    phase: str
    step: int | None = None
    total: int | None = None
    percent: int = 0
    eta_s: float | None = None


class Result(_Message):
    """What was made; becomes `wire.Details`."""

    num_frames: int
    fps: str
    bytes: int
    sha256: str
    engine: str
    revision: str
    preview: bool
    path: str | None = None
    expanded_prompt: str | None = None
    segments: list[Segment] = Field(default_factory=list)
    understood: list[str] = Field(default_factory=list)
    unmatched: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class _Outcome(_Message):
    """The last word on a job. `spent` says why the worker should be replaced before the next one; "" is none."""

    spent: str = ""


class Finished(_Outcome):
    """The file has its final name."""

    kind: Literal["finished"] = "finished"
    result: Result


class Failed(_Outcome):
    """The job cannot become a video."""

    kind: Literal["failed"] = "failed"
    code: str
    message: str


class Stopped(_Outcome):
    """The job was left because of a cancel."""

    kind: Literal["stopped"] = "stopped"


Heard = Ready | Said | Heartbeat | Progress | Finished | Failed | Stopped
Report = Annotated[Heard, Field(discriminator="kind")]

_ORDER: TypeAdapter[Any] = TypeAdapter(Order, config=ConfigDict(defer_build=True))
_REPORT: TypeAdapter[Any] = TypeAdapter(Report, config=ConfigDict(defer_build=True))


def line(message: BaseModel) -> bytes:
    """A message as it goes over the pipe."""
    return message.model_dump_json(exclude_unset=False).encode() + b"\n"


def located(spec: str, find: Callable[[str], Path]) -> str:
    """A spec as the jobs database keeps it, its files where `find` finds them by their names; all of it is JSON."""
    told = json.loads(spec)
    told["output"] = str(find(told["output"]))
    for source in told.get("sources", {}).values():
        source["path"] = str(find(source["path"]))
    return json.dumps(told)


def run_line(spec: str, **more: float) -> bytes:
    """`Run` with a spec that is JSON already, and what else it says."""
    said = "".join(f"{json.dumps(name)}:{json.dumps(value)}," for name, value in more.items())
    return f'{{"kind":"run",{said}"spec":{spec}}}\n'.encode()


def order(text: bytes) -> Run | Cancel:
    """A line to the worker. Raises `ValueError` for anything else."""
    read: Run | Cancel = _ORDER.validate_json(text)
    return read


def report(text: bytes) -> Heard:
    """A line from the worker. Raises `ValueError` for anything else."""
    read: Heard = _REPORT.validate_json(text)
    return read
