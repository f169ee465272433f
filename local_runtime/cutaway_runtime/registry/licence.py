"""What a person has agreed to.

    <home>/licences.json     {licence name: {"at", "url", "terms"}}

A licence is accepted by its name and by its terms as they are told here: if they change, it is asked anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cutaway.home import Home
from cutaway_runtime.registry.errors import LicenceNotAccepted

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_runtime.registry.manifest import Licence, Lora, Manifest

FILE: Final = "licences.json"


def terms(licence: Licence) -> str:
    """A digest of what was shown when it was accepted: name, address and conditions."""
    told = "\n".join((licence.name, licence.url or "", *licence.conditions))
    return hashlib.sha256(told.encode()).hexdigest()


def accepted(record: Manifest | Lora, home: Path) -> bool:
    """Whether its licence may be relied on: not gated, or accepted here with these terms."""
    if not record.licence.gated:
        return True
    note = _notes(home).get(record.licence.name)
    return isinstance(note, dict) and note.get("terms") == terms(record.licence)


def require(record: Manifest | Lora, home: Path) -> None:
    """Refuse to go on without an explicit yes.

    Raises:
        LicenceNotAccepted: the licence is gated and was not accepted.
    """
    if not accepted(record, home):
        conditions = "".join(f"\n  - {condition}" for condition in record.licence.conditions)
        raise LicenceNotAccepted(
            f"{record.id} is under the {record.licence.name} ({record.licence.url}):{conditions}\n"
            f"Read it, and if you agree: cutaway models accept {record.id}",
            model=record.id,
        )


def accept(record: Manifest | Lora, home: Path) -> dict[str, Any]:
    """Note that this person has agreed to the licence of `record`; what was noted."""
    note = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "url": record.licence.url,
        "conditions": list(record.licence.conditions),
        "terms": terms(record.licence),
    }
    Home(home).create()
    part = home / f"{FILE}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump({**_notes(home), record.licence.name: note}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.replace(home / FILE)
    return {"licence": record.licence.name, **note}


def _notes(home: Path) -> dict[str, Any]:
    """What was noted; a file that cannot be read has noted nothing, so the question is asked again."""
    try:
        notes = json.loads((home / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}
