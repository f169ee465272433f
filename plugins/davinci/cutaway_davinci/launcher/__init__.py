"""The scripts of Resolve's menu. Each begins with a line that says it is ours, and certifies the rest of the file.

    # cutaway davinci 9f86d081...        SHA-256 of everything after this line

So a copy that was left somewhere is known for ours without a record, and one that somebody edited is known too.
"""

from __future__ import annotations

import re
from enum import Enum
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MENU: Final = "Cutaway.py"
LUA_CHECK: Final = "Cutaway (Lua check).lua"
_COMMENT: Final = {MENU: "#", LUA_CHECK: "--"}
_CERTIFICATE: Final = re.compile(rb"^(?:#|--) cutaway davinci ([0-9a-f]{64})\r?\n")


class Origin(Enum):
    """Whose a file is."""

    OURS = "ours"
    EDITED = "ours, edited"
    FOREIGN = "not ours"


def scripts(record: Path) -> dict[str, bytes]:
    """Every script by its name; the menu script knows where the record lies."""
    found = {}
    for name, comment in _COMMENT.items():
        text = files(__package__).joinpath(f"{name}.template").read_text(encoding="utf-8")
        body = text.replace("@RECORD@", ascii(str(record))).encode()
        found[name] = f"{comment} cutaway davinci {sha256(body).hexdigest()}\n".encode() + body
    return found


def origin(path: Path) -> Origin:
    """Whose a file is, by its first line.

    Raises:
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    certificate = _CERTIFICATE.match(content)
    if certificate is None:
        return Origin.FOREIGN
    is_whole = sha256(content[certificate.end() :]).hexdigest().encode() == certificate[1]
    return Origin.OURS if is_whole else Origin.EDITED
