"""One thing to be made: a call of the client, the inputs it takes, and the file it becomes.

digest   what is asked: method, arguments, content of the inputs. The manifest alone decides it.
key      what the cache calls the result: the digest, and which model in which revision answers it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA: Final = 1
"""Of digests and keys; a new one makes every key a new one."""
PICTURE: Final = "references."
"""How the name of an input begins that is a picture of what should look the same; its number follows."""
SUFFIX: Final = {"mp4": ".mp4", "prores": ".mov", "dnxhr": ".mov", "ffv1": ".mkv"}


class Made(NamedTuple):
    """An input that the manifest makes itself: the id of its unit."""

    id: str


class Pin(NamedTuple):
    """Which model answers, and where its answer comes from.

    `provenance` is "revision:..." or "runtime:..." where the server says it. Where nobody says it, it is
    "server:..." and a result counts as one of that server only; a lock carries the pin elsewhere.
    """

    model: str
    provenance: str


@dataclass(frozen=True)
class Unit:
    """One file to be made. `method` and `arguments` are those of `client.videos`, `inputs` its media by argument."""

    id: str
    asset: str
    kind: str
    line: int
    output: str
    """Below the output folder, with forward slashes."""
    method: str
    arguments: Mapping[str, Any]
    inputs: Mapping[str, Path | Made] = field(default_factory=dict)
    board: str | None = None
    """The board it is a shot of."""

    @property
    def model(self) -> str | None:
        """As the manifest names it."""
        return self.arguments.get("model")

    @property
    def seed(self) -> int:
        seed: int = self.arguments["seed"]
        return seed

    @property
    def needs(self) -> tuple[str, ...]:
        """Units that have to be there before."""
        return tuple(given.id for given in self.inputs.values() if isinstance(given, Made))

    @property
    def pictures(self) -> int:
        """How many pictures go along that are no frames."""
        return sum(name.startswith(PICTURE) for name in self.inputs)

    def digest(self, contents: Mapping[str, str]) -> str:
        """Of what is asked. `contents` names the content of each input, by argument."""
        asked = {**self.arguments, "format": self.arguments.get("format", "mp4")}
        return digest_of([SCHEMA, self.method, asked, dict(contents)])


def as_arguments(media: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs by name as the client takes them: its pictures in one list."""
    pictures = [given for name, given in media.items() if name.startswith(PICTURE)]
    others = {name: given for name, given in media.items() if not name.startswith(PICTURE)}
    return others | ({"references": pictures} if pictures else {})


def key_of(digest: str, pin: Pin) -> str:
    """What the cache calls a result."""
    return digest_of([SCHEMA, digest, *pin])


def digest_of(value: Any) -> str:
    """SHA-256 of a value's one JSON spelling."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def own_seed(unit_id: str) -> int:
    """The seed of a unit that was given none: always the same for the same name."""
    return int.from_bytes(hashlib.sha256(f"seed of {unit_id}".encode()).digest()[:4], "big") >> 1
