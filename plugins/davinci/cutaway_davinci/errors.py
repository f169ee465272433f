"""What can be wrong with Resolve, as a tree.

HostUnavailable
+-- NotConnected      no Resolve answers
|   +-- NotLoaded     Blackmagic's module is not here, or breaks in this Python
+-- NotResponding     Resolve did not answer in time; the process that asked was ended
+-- Busy              another process of ours is at work on this Resolve
+-- DialogOpen        Resolve answers, and says nothing: a dialog, playback, rendering
+-- NotSaved          the project was never saved
+-- NotExported       files mode, and no timeline was exported yet
+-- EditionLimit      this edition lets no Python in
+-- VersionLimit      older than 18.5
EditRefused
+-- NotVerified       Resolve said it was done, and it was not; what was done was taken back
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.errors import CutawayError, EditRefused, HostUnavailable, TimelineChanged
from cutaway_davinci.agent import trouble

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotConnected(HostUnavailable):
    """No Resolve answers."""


class NotLoaded(NotConnected):
    """Blackmagic's scripting module is not here, or does not load in this Python, or breaks it."""


class NotResponding(HostUnavailable):
    """Resolve did not answer in time. The next call starts anew and takes back what was cut short."""


class Busy(HostUnavailable):
    """Another panel or process of ours is at work on this Resolve: there is one writer at a time."""


class DialogOpen(HostUnavailable):
    """Resolve answers and says nothing: a dialog is open, or it plays or renders."""


class NotSaved(HostUnavailable):
    """The project was never saved; Resolve would wait for a name."""


class NotExported(HostUnavailable):
    """There is no timeline yet that Resolve exported; the message says how to export one."""


class EditionLimit(HostUnavailable):
    """This edition of Resolve lets no Python in; the message names the way by files."""


class VersionLimit(HostUnavailable):
    """This Resolve is older than 18.5."""


class NotVerified(EditRefused):
    """Resolve said it was done, and it was not there; what was done was taken back."""


_OF_CODE: Final[Mapping[str, type[CutawayError]]] = {
    trouble.UNREACHABLE: NotConnected,
    trouble.NO_MODULE: NotLoaded,
    trouble.BUSY: Busy,
    trouble.DIALOG: DialogOpen,
    trouble.UNSAVED: NotSaved,
    trouble.EDITION: EditionLimit,
    trouble.VERSION: VersionLimit,
    trouble.CHANGED: TimelineChanged,
    trouble.OCCUPIED: EditRefused,
    trouble.LOCKED: EditRefused,
    trouble.MEDIA: EditRefused,
    trouble.NOT_VERIFIED: NotVerified,
}


def error_of(code: str, message: str) -> CutawayError:
    """The error that a trouble of the agent is here."""
    return _OF_CODE.get(code, CutawayError)(message)
