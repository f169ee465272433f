"""What an install wrote: the menu script reads it, and an uninstall removes what stands in it.

{"cutaway": "0.5.0", "scope": "user", "scripts": "...", "python": "...", "packages": "...", "home": "...",
 "files": {"path": "sha256"}, "folders": ["path"]}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from cutaway.errors import CutawayError

if TYPE_CHECKING:
    from pathlib import Path


class UnreadableRecord(CutawayError):
    """The record of an install is damaged; what was installed can be found by hand only."""


@dataclass(frozen=True)
class Record:
    """One install.

    Args:
        python: the interpreter that the panel is started with.
        packages: the folder in which `cutaway_davinci` lies, for Resolve's own Python.
        home: cutaway's home folder; "~" or "%LOCALAPPDATA%" where everybody has one of their own.
        files: what was written, with its hash.
        folders: what had to be made for it, outermost first.
    """

    cutaway: str
    scope: str
    scripts: str
    python: str
    packages: str
    home: str
    files: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """The record there, None if there is none.

        Raises:
            UnreadableRecord: there is a file that is no record.
        """
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            return cls(**kept | {"folders": tuple(kept["folders"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UnreadableRecord(
                f"{path} should say what was installed and cannot be read ({error}). Move it away, "
                "and run `cutaway davinci install` again"
            ) from error

    def text(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"


def hash_of(content: bytes) -> str:
    return sha256(content).hexdigest()
