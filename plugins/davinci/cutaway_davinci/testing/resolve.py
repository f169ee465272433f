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
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from cutaway_davinci.testing.constants import constants, name_of, named
from cutaway_davinci.testing.faults import Faults
from cutaway_davinci.testing.handle import Handle, Kept
from cutaway_davinci.testing.pool import ClipKept, PoolKept
from cutaway_davinci.testing.settings import Settings
from cutaway_davinci.testing.stills import written_still
from cutaway_davinci.testing.timeline import TimelineKept
from cutaway_davinci.testing.vocabulary import PAGES, TIMECODE_PAGES, Misuse, version_of

if TYPE_CHECKING:
    from cutaway_davinci.testing.items import ItemKept

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
        self.on_linux = False
        """Where the free edition reads no H.264 and no H.265 (Q35)."""
        self.lenient = False
        """A name that this version lacks reads None, as with the real thing (Q1), and is no misuse."""
        self.inclusive_take_ends = False
        """Whether the end of a take's extent is its last frame; the sheet has it as open, so it is a choice."""
        self.other_takes: Literal["refused", "kept", "lengthen"] = "refused"
        """What choosing a take of another length does: nothing, it is shown for as long as the item lasts, or the item
        gets its length. The sheet has it as open, so it is a choice."""
        self.constants = constants(self.version, studio=studio)
        self.misuses: list[str] = []
        self.calls: list[str] = []
        self._ids = 0
        self.manager = ManagerKept(self)
        self.projects = [ProjectKept(self, "Film")]
        (self.project,) = self.projects

    def new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08x}-double"

    def scriptapp(self, name: str) -> Handle | None:
        """What a process outside gets: None on the free edition, and where the preference is off."""
        return Handle(self) if name == "Resolve" and self.studio and self.external_scripting else None

    def in_app(self) -> Handle | None:
        """What a script of the Scripts menu gets; None where the free edition has no Python any more (from 21.1)."""
        return Handle(self) if self.studio or self.version < _FREE_LOSES_PYTHON else None

    def reads(self, codec: str) -> bool:
        """Whether this edition has a decoder for the picture of a file."""
        return self.studio or not self.on_linux or codec not in {"h264", "hevc"}

    def constant(self, name: str) -> float:
        """What reading a constant of the Resolve gives.

        Raises:
            Misuse: this version does not have it.
        """
        return named(self.constants, name)

    def constant_of(self, kind: str, value: object) -> str:
        return name_of(self.constants, kind, value)

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

    def on_get_project_list_in_current_folder(self) -> list[str]:
        return [project.name for project in self.world.projects]

    def on_create_project(self, name: str, media_location: str = "") -> ProjectKept | None:
        """Opens it. None where the name is taken, or where what is open was never saved."""
        del media_location
        if not name or self.world.project.name == UNTITLED or self._named(name) is not None:
            return None
        self.world.projects.append(ProjectKept(self.world, name))
        self.world.project = self.world.projects[-1]
        return self.world.project

    def on_load_project(self, name: str) -> ProjectKept | None:
        if (found := self._named(name)) is None:
            return None
        self.world.project = found
        return found

    def on_close_project(self, project: ProjectKept) -> bool:
        """Without saving; a project without a name is open afterwards."""
        if project is not self.world.project:
            return False
        self.world.project = ProjectKept(self.world, UNTITLED)
        return True

    def on_delete_project(self, name: str) -> bool:
        """Not the one that is open."""
        found = self._named(name)
        if found is None or found is self.world.project:
            return False
        self.world.projects.remove(found)
        return True

    def _named(self, name: str) -> ProjectKept | None:
        return next((project for project in self.world.projects if project.name == name), None)

    def on_save_project(self) -> bool:
        """False for a project that was never saved (Q27). What was doomed is gone afterwards (Q13)."""
        if self.world.project.name == UNTITLED:
            return False
        for timeline in self.world.project.timelines:
            for item in [one for one in timeline.items if one.doomed]:
                item.leave()
        return True


class ProjectKept(Settings, Kept):
    """A project with its pool and its timelines. Its rate is that of new timelines, and locked by the first clip."""

    kind_of_handle: ClassVar[str] = "Project"
    has_to_say_so = False

    def __init__(self, world: ResolveDouble, name: str) -> None:
        super().__init__(world)
        self.id, self.name = world.new_id(), name
        self.pool = PoolKept(world, self)
        self.frame_rate = "24"
        self.timelines: list[TimelineKept] = []
        self.timeline: TimelineKept | None = None

    @property
    def items(self) -> list[ItemKept]:
        return [item for timeline in self.timelines for item in timeline.items]

    def add_timeline(self, name: str, *, rate: str = "24", start: int = 86400) -> TimelineKept:
        """A new timeline, open; `start` counts frames at the nominal rate."""
        self.timeline = self.made_timeline(name, rate=rate, start=start)
        self.timelines.append(self.timeline)
        return self.timeline

    def made_timeline(self, name: str, *, rate: str, start: int) -> TimelineKept:
        """A timeline that the project does not have yet."""
        return TimelineKept(self.world, self, name, rate=rate, start=start)

    def has_timeline(self, name: str) -> bool:
        return any(there.name == name for there in self.timelines)

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
