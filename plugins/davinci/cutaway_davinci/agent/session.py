"""One Resolve, and what is open in it; everything is asked anew, since the editor works meanwhile."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.connect import about
from cutaway_davinci.agent.trouble import DIALOG, UNREACHABLE, UNSAVED, Trouble, said

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMECODE_PAGES = ("cut", "edit", "color", "fairlight", "deliver")
_UNTITLED = "Untitled Project"


class Session:
    """A connected Resolve. `version` decides which calls there are: `hasattr` is True for every name."""

    def __init__(self, resolve: Any) -> None:
        self.resolve = resolve
        facts = about(resolve)
        self.product, self.shown, self.studio = facts["product"], facts["shown"], facts["studio"]
        self.version: tuple[int, ...] = tuple(facts["version"])

    def manager(self) -> Any:
        """The project manager.

        Raises:
            Trouble: Resolve came up broken, or shows a dialog.
        """
        manager = said(self.resolve.GetProjectManager(), "which project is open")
        if manager.GetCurrentDatabase() is None:
            raise Trouble(
                UNREACHABLE,
                "Resolve answers and has no project library: a dialog is open in it, or it did not start right. "
                "Close the dialog, else restart Resolve",
            )
        return manager

    def project(self) -> Any:
        return said(self.manager().GetCurrentProject(), "which project is open")

    def timeline(self) -> Any:
        timeline = self.project().GetCurrentTimeline()
        if timeline is None:
            raise Trouble(DIALOG, "no timeline is open in Resolve, or a dialog is in the way; open the one you cut")
        return timeline

    def save(self) -> None:
        """Saves the project: what was appended by a call that went wrong inside vanishes then, not later.

        Raises:
            Trouble: it could not be saved.
        """
        self.saveable()
        if not self.manager().SaveProject():
            raise Trouble(DIALOG, "Resolve did not save the project; a dialog may be open in it")

    def saveable(self) -> None:
        """Raises:
        Trouble: the project was never saved, and saving it would wait for a name.
        """
        if said(self.project().GetName(), "the name of the project") == _UNTITLED:
            raise Trouble(UNSAVED, "the project was never saved; save it once in Resolve under a name")

    @contextmanager
    def page(self, *pages: str) -> Iterator[None]:
        """One of these pages in front (the first, if none is), and the page from before afterwards."""
        before = self.resolve.GetCurrentPage()
        if before not in pages:
            self.resolve.OpenPage(pages[0])
            if self.resolve.GetCurrentPage() != pages[0]:
                raise Trouble(DIALOG, f"Resolve does not open its {pages[0]} page; a dialog may be open")
        try:
            yield
        finally:
            if before and before not in pages:
                self.resolve.OpenPage(before)

    def move_playhead(self, timeline: Any, timecode: str) -> None:
        """The playhead at a timecode. The first try after a timeline was opened may miss, so there are two.

        Raises:
            Trouble: it is not there then.
        """
        for _ in range(2):
            timeline.SetCurrentTimecode(timecode)
            if str(timeline.GetCurrentTimecode()).replace(";", ":") == timecode.replace(";", ":"):
                return
        raise Trouble(DIALOG, f"the playhead does not move to {timecode}; is Resolve playing or rendering?")
