"""DaVinci Resolve, as far as a script can tell, for tests on machines that do not have it.

    world = ResolveDouble("21.1.1", studio=True)
    timeline = world.project.add_timeline("cut", rate="23.976")
    timeline.put(world.project.add_clip(path), at=0, frames=48, left=12)
    resolve = world.scriptapp("Resolve")          # what a script gets

A script that asks for what this version lacks fails the test. A timeline is kept by the rules that were measured on
the real thing. `faults` is what goes wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final

from cutaway_davinci.testing.faults import Faults
from cutaway_davinci.testing.handle import Handle, Kept
from cutaway_davinci.testing.pool import ClipKept, PoolKept
from cutaway_davinci.testing.stills import written_still
from cutaway_davinci.testing.timeline import TimelineKept
from cutaway_davinci.testing.vocabulary import PAGES, TIMECODE_PAGES, Misuse, version_of

UNTITLED: Final = "Untitled Project"
_FREE_LOSES_PYTHON: Final = (21, 1)


class ResolveDouble(Kept):
    """One running Resolve: version, edition, project, page.

    Args:
        version: such as "18.5" or "21.1.1".
        studio: else the free edition.
        external_scripting: the preference that lets processes outside in; the free edition has none.
    """

    kind_of_handle: ClassVar[str] = "Resolve"

    def __init__(self, version: str, *, studio: bool = True, external_scripting: bool = True) -> None:
        super().__init__(self)
        self.version, self.studio, self.external_scripting = version_of(version), studio, external_scripting
        self.page = "edit"
        self.faults = Faults()
        self.takes_accents_apart = False
        """Paths come back in the spelling of macOS, which has accents as characters of their own."""
        self.misuses: list[str] = []
        self.calls: list[str] = []
        self._ids = 0
        self.manager = ManagerKept(self)
        self.project = ProjectKept(self, "Film")

    def new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08x}-double"

    def scriptapp(self, name: str) -> Handle | None:
        """What a process outside gets: None on the free edition, and where the preference is off."""
        return Handle(self) if name == "Resolve" and self.studio and self.external_scripting else None

    def in_app(self) -> Handle | None:
        """What a script of the Scripts menu gets; None where the free edition has no Python any more (from 21.1)."""
        return Handle(self) if self.studio or self.version < _FREE_LOSES_PYTHON else None

    def on_get_version(self) -> list[Any]:
        return [*self.version, *[0] * (4 - len(self.version)), ""]

    def on_get_product_name(self) -> str:
        return "DaVinci Resolve Studio" if self.studio else "DaVinci Resolve"

    def on_is_studio(self) -> bool:
        return self.studio

    def on_get_project_manager(self) -> ManagerKept:
        return self.manager

    def on_get_current_page(self) -> str:
        return self.page

    def on_open_page(self, name: str) -> bool:
        """A state shared by everybody who talks to Resolve (Q30)."""
        if name not in PAGES or self.version < PAGES[name]:
            raise Misuse(f"there is no page {name!r} in {'.'.join(map(str, self.version))}")
        self.page = name
        return True


class ManagerKept(Kept):
    """The project manager."""

    kind_of_handle: ClassVar[str] = "ProjectManager"

    def on_get_current_project(self) -> ProjectKept:
        return self.world.project

    def on_get_current_database(self) -> dict[str, str] | None:
        """None where Resolve came up broken (Q29)."""
        return {"DbType": "Disk", "DbName": "Local Database"}

    def on_save_project(self) -> bool:
        """False for a project that was never saved (Q27). What was doomed is gone afterwards (Q13)."""
        if self.world.project.name == UNTITLED:
            return False
        for timeline in self.world.project.timelines:
            for track in timeline.tracks["video"] + timeline.tracks["audio"]:
                for item in [one for one in track.items if one.doomed]:
                    track.items.remove(item)
                    item.gone = True
        return True


class ProjectKept(Kept):
    """A project with its pool and its timelines."""

    kind_of_handle: ClassVar[str] = "Project"

    def __init__(self, world: ResolveDouble, name: str) -> None:
        super().__init__(world)
        self.id, self.name = world.new_id(), name
        self.pool = PoolKept(world, self)
        self.timelines: list[TimelineKept] = []
        self.timeline: TimelineKept | None = None

    def add_timeline(self, name: str, *, rate: str = "24", start: int = 86400) -> TimelineKept:
        """A new timeline, open; `start` counts frames at the nominal rate."""
        self.timeline = TimelineKept(self.world, self, name, rate=rate, start=start)
        self.timelines.append(self.timeline)
        return self.timeline

    def add_clip(self, path: Path, *, start: int = 0) -> ClipKept:
        """A clip in the pool as the editor imported it; `start` is its timecode in frames."""
        self.pool.root.clips.append(ClipKept(self.world, path, start=start))
        return self.pool.root.clips[-1]

    def on_get_name(self) -> str:
        return self.name

    def on_get_unique_id(self) -> str:
        return self.id

    def on_get_media_pool(self) -> PoolKept:
        return self.pool

    def on_get_current_timeline(self) -> TimelineKept | None:
        return self.timeline

    def on_set_current_timeline(self, timeline: TimelineKept) -> bool:
        if timeline not in self.timelines:
            return False
        self.timeline, timeline.misses_next_timecode = timeline, True
        return True

    def on_get_timeline_count(self) -> int:
        return len(self.timelines)

    def on_get_timeline_by_index(self, number: int) -> TimelineKept | None:
        return self.timelines[number - 1] if 1 <= number <= len(self.timelines) else None

    def on_export_current_frame_as_still(self, path: str) -> bool:
        """The picture under the playhead, graded, on the pages that have a playhead (Q24, Q25)."""
        if self.timeline is None or self.world.page not in TIMECODE_PAGES:
            return False
        return written_still(self.timeline, Path(path))
