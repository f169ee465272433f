"""Options that several commands share, each spelled once; at the end, those that go together (`option_sets`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cutaway.cli.target import picture
from cutaway.wire import OutputFormat
from cutaway.wire import Priority as WirePriority
from cutaway.wire import Profile as WireProfile

RESULT = "Result"
MODEL = "How it is made"
WAITING = "Waiting"


class Direction(StrEnum):
    """Which end of a shot grows."""

    FORWARD = "forward"
    BACKWARD = "backward"


Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where the video goes: .mp4, .mov, .mkv or .zip. An existing file is replaced once the new one is whole.",
        rich_help_panel=RESULT,
    ),
]
Format = Annotated[
    OutputFormat | None,
    typer.Option(
        "--format", help="Codec and container; taken from the file's suffix when left out.", rich_help_panel=RESULT
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="As `cutaway models` lists them; the best one when left out.",
        rich_help_panel=MODEL,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="The same request and seed give the same frames.", rich_help_panel=MODEL),
]
Style = Annotated[
    str | None, typer.Option("--style", metavar="NAME", help="A look, such as papercraft.", rich_help_panel=MODEL)
]
Prompt = Annotated[str, typer.Option("--prompt", help="What should be seen.", rich_help_panel=MODEL)]
Negative = Annotated[
    str | None, typer.Option("--negative-prompt", help="What should not be seen.", rich_help_panel=MODEL)
]
Reference = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        metavar="FILE",
        help="A picture of a character or a thing that should look the same; as often as you like.",
        rich_help_panel=MODEL,
    ),
]
Profile = Annotated[
    WireProfile | None,
    typer.Option("--profile", help="How a real model is run; exact when left out.", rich_help_panel=MODEL),
]
Steps = Annotated[
    int | None,
    typer.Option("--steps", min=1, help="Denoising steps, instead of the model's own number.", rich_help_panel=MODEL),
]
Guidance = Annotated[
    float | None,
    typer.Option(
        "--guidance", min=0, help="How strictly the prompt is followed, instead of the model's own number.",
        rich_help_panel=MODEL,
    ),
]  # fmt: skip
ExpandPrompt = Annotated[
    bool,
    typer.Option(
        "--expand-prompt", help="Let a language model write the prompt out before it is painted.", rich_help_panel=MODEL
    ),
]
AllowDegraded = Annotated[
    bool,
    typer.Option(
        "--allow-degraded", help="Accept a way that loses something, where the model has no better one.",
        rich_help_panel=MODEL,
    ),
]  # fmt: skip
Frames = Annotated[int | None, typer.Option("--frames", min=1, help="How many frames.", rich_help_panel=RESULT)]
Seconds = Annotated[
    float | None, typer.Option("--seconds", help="How long, instead of --frames.", rich_help_panel=RESULT)
]
Segment = Annotated[
    bool, typer.Option("--segment", help="Write only the new frames, not the whole shot.", rich_help_panel=RESULT)
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        min=0.1,
        metavar="SECONDS",
        help="Give up waiting after this; the job goes on.",
        rich_help_panel=WAITING,
    ),
]
Emulate = Annotated[
    bool,
    typer.Option(
        "--emulate",
        help="What the server lacks may be done another way, on this machine; what was done is said.",
        rich_help_panel=MODEL,
    ),
]
Priority = Annotated[
    WirePriority | None,
    typer.Option("--priority", help="How early its turn comes; normal when left out.", rich_help_panel=WAITING),
]
Deadline = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        min=0.1,
        metavar="SECONDS",
        help="The job fails if it is not done by then, and is not charged.",
        rich_help_panel=WAITING,
    ),
]
Detach = Annotated[
    bool, typer.Option("--detach", help="Submit, print the job's id, and do not wait.", rich_help_panel=WAITING)
]


@dataclass(frozen=True)
class Manner:
    """How a real model is to paint."""

    profile: Profile = None
    steps: Steps = None
    guidance: Guidance = None
    allow_degraded: AllowDegraded = False

    @property
    def told(self) -> dict[str, Any]:
        """The same as keywords of the client."""
        return asdict(self)


@dataclass(frozen=True)
class Described:
    """What goes with the words: pictures, and whether the words are written out."""

    reference: Reference = None
    expand_prompt: ExpandPrompt = False

    @property
    def pictures(self) -> list[Path]:
        """The files.

        Raises:
            typer.BadParameter: one is not there.
        """
        return [picture(path) for path in self.reference or []]

    @property
    def told(self) -> dict[str, Any]:
        """The same as keywords of the client. Raises as `pictures`."""
        return {"references": self.pictures or None, "expand_prompt": self.expand_prompt}


@dataclass(frozen=True)
class Turn:
    """When it is to be made."""

    priority: Priority = None
    deadline: Deadline = None

    @property
    def told(self) -> dict[str, Any]:
        """The same as keywords of the client."""
        return {"priority": self.priority, "deadline_s": self.deadline}
