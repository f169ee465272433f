"""The operator's key: given on the command line, where every user of the machine can read it, or better elsewhere.

    --api-key KEY               seen by whoever lists processes
    --api-key-file FILE         the first line of a file: a secret of a container, a credential of systemd
    CUTAWAY_SERVER_KEY          seen by the same user only, and not handed on to workers
    CUTAWAY_SERVER_KEY_FILE

What is asked on the command line wins over the environment.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

VARIABLE: Final = "CUTAWAY_SERVER_KEY"
FILE_VARIABLE: Final = "CUTAWAY_SERVER_KEY_FILE"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,4096}")


class BadKey(ValueError):
    """What was given as a key is none, or cannot be read."""


def operators_key(given: str | None = None, file: Path | None = None) -> str | None:
    """The key, None if none was given. What the environment says of it is taken out of it.

    Raises:
        BadKey: it cannot be read, or could not stand in a header.
    """
    named = {name: os.environ.pop(name, "") for name in (VARIABLE, FILE_VARIABLE)}
    asked = [("--api-key", given), ("--api-key-file", file)]
    if all(value is not None for _name, value in asked):
        raise BadKey("--api-key and --api-key-file are two places for one key: give one of them")
    if given is None and file is None:
        if all(named.values()):
            raise BadKey(f"{VARIABLE} and {FILE_VARIABLE} are two places for one key: set one of them")
        given = named[VARIABLE] or None
        file = Path(named[FILE_VARIABLE]) if named[FILE_VARIABLE] else None
        asked = [(VARIABLE, given), (FILE_VARIABLE, file)]
    where = next((name for name, value in asked if value is not None), "")
    if file is not None:
        where = f"the first line of {file} ({where})"
        given = _first_line(file)
    if given is not None and not _KEY.fullmatch(given):
        raise BadKey(f"{where} is no key: printable ASCII characters without spaces, 1 to 4096 of them")
    return given


def _first_line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.readline(8192).decode("ascii", "replace").strip("\r\n")
    except OSError as error:
        raise BadKey(f"the key of this server cannot be read from {file}: {error.strerror}") from None
