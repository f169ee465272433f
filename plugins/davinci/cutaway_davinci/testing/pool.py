"""The media pool of the double: bins, clips and what is imported into them."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from cutaway.errors import MediaError
from cutaway.media.probe import probe
from cutaway.timebase import Rate, timecode
from cutaway_davinci.testing.exchange import imported
from cutaway_davinci.testing.handle import Kept
from cutaway_davinci.testing.markers import Markers
from cutaway_davinci.testing.vocabulary import (
    APPEND_KEYS,
    CLIP_PROPERTIES,
    IMPORT_KEYS,
    TIMELINE_IMPORT_KEYS,
    Misuse,
    checked_dict,
)

if TYPE_CHECKING:
    from cutaway_davinci.testing.items import ItemKept
    from cutaway_davinci.testing.resolve import ProjectKept, ResolveDouble
    from cutaway_davinci.testing.timeline import TimelineKept


class ClipKept(Markers, Kept):
    """A clip of the pool, and the file it stands for."""

    kind_of_handle: ClassVar[str] = "MediaPoolItem"

    def __init__(self, world: ResolveDouble, path: Path, *, start: int = 0) -> None:
        super().__init__(world)
        info = probe(path)
        self.id = world.new_id()
        self.path, self.name = path, path.name
        self.rate = info.rate or Rate.parse(24)
        self.frames = info.frames or 1
        self.start = start
        self.size = (info.width, info.height)
        self.codec, self.has_sound = info.codec, info.has_audio
        self.metadata: dict[str, str] = {}
        self.own_metadata: dict[str, str] = {}
        self.markers: dict[int, dict[str, Any]] = {}

    def on_get_name(self) -> str:
        return self.name

    def on_get_unique_id(self) -> str:
        return self.id

    def on_get_media_id(self) -> str:
        return f"media-{self.id}"

    def on_get_clip_property(self, name: str = "") -> Any:
        """Text, but for FPS; no name gives them all."""
        values = {
            "Clip Name": self.name,
            "File Name": self.path.name,
            "File Path": self._shown_path(),
            "FPS": round(self.rate.fps, 3),
            "Frames": str(self.frames),
            "Start": str(self.start),
            "Start TC": timecode(self.start, self.rate, drop=False),
            "Resolution": f"{self.size[0]}x{self.size[1]}",
            "Type": "Video + Audio" if self.has_sound else "Video",
            "Online Status": "Online" if self.path.is_file() else "Offline",
        }
        if not name:
            return values
        if name not in CLIP_PROPERTIES:
            raise Misuse(f"a clip of the pool has no property {name!r}")
        return values.get(name, "")

    def _shown_path(self) -> str:
        return unicodedata.normalize("NFD", str(self.path)) if self.world.takes_accents_apart else str(self.path)

    def on_set_third_party_metadata(self, metadata: object) -> bool:
        self.metadata |= _told("SetThirdPartyMetadata", metadata)
        return True

    def on_get_third_party_metadata(self, key: str = "") -> Any:
        return self.metadata.get(key, "") if key else dict(self.metadata)

    def on_set_metadata(self, metadata: object) -> bool:
        self.own_metadata |= _told("SetMetadata", metadata)
        return True

    def on_get_metadata(self, key: str = "") -> Any:
        return self.own_metadata.get(key, "") if key else dict(self.own_metadata)


def _told(call: str, metadata: object) -> dict[str, str]:
    if not isinstance(metadata, dict):
        raise Misuse(f"{call} takes a dict; key and value by themselves are deprecated")
    return metadata


class FolderKept(Kept):
    """A bin."""

    kind_of_handle: ClassVar[str] = "Folder"

    def __init__(self, world: ResolveDouble, name: str) -> None:
        super().__init__(world)
        self.id, self.name = world.new_id(), name
        self.clips: list[ClipKept] = []
        self.folders: list[FolderKept] = []

    def on_get_name(self) -> str:
        return self.name

    def on_get_unique_id(self) -> str:
        return self.id

    def on_get_clip_list(self) -> list[ClipKept]:
        return list(self.clips)

    def on_get_sub_folder_list(self) -> list[FolderKept]:
        return list(self.folders)


class PoolKept(Kept):
    """The media pool of a project."""

    kind_of_handle: ClassVar[str] = "MediaPool"

    def __init__(self, world: ResolveDouble, project: ProjectKept) -> None:
        super().__init__(world)
        self.project = project
        self.root = self.current = FolderKept(world, "Master")

    def on_get_root_folder(self) -> FolderKept:
        return self.root

    def on_get_current_folder(self) -> FolderKept:
        return self.current

    def on_set_current_folder(self, folder: FolderKept) -> bool:
        self.current = folder
        return True

    def on_add_sub_folder(self, folder: FolderKept, name: str) -> FolderKept | None:
        if any(there.name == name for there in folder.folders):
            return None
        folder.folders.append(FolderKept(self.world, name))
        return folder.folders[-1]

    def on_import_media(self, infos: list[Any]) -> list[ClipKept]:
        """Into the bin that is open, every time anew (Q14); a file that cannot be read is left out without a word."""
        made = []
        for info in infos:
            path = Path(checked_dict("ImportMedia", info, IMPORT_KEYS, self.world.version)["FilePath"])  # type: ignore[arg-type]
            try:
                clip = ClipKept(self.world, path)
            except MediaError:
                continue
            if self.world.reads(clip.codec):
                made.append(clip)
        self.current.clips.extend(made)
        return made

    def on_append_to_timeline(self, infos: list[Any]) -> list[ItemKept | None]:
        """A list that may hold None, or items without an id, and proves nothing (Q2, Q7)."""
        checked = [checked_dict("AppendToTimeline", info, APPEND_KEYS, self.world.version) for info in infos]
        timeline = self.project.timeline
        if timeline is None:
            return []
        return [timeline.appended(info) for info in checked]

    def on_create_empty_timeline(self, name: str) -> TimelineKept | None:
        """None where the name is taken; else it is open."""
        if not name or self.project.has_timeline(name):
            return None
        return self.project.add_timeline(name, rate=self.project.frame_rate)

    def on_import_timeline_from_file(self, path: str, options: Any = None) -> TimelineKept | None:
        """None on any refusal (Q18): see `testing.exchange`."""
        checked = checked_dict("ImportTimelineFromFile", options or {}, TIMELINE_IMPORT_KEYS, self.world.version)
        return imported(self.project, Path(path), checked)

    def on_delete_timelines(self, timelines: list[TimelineKept]) -> bool:
        if not timelines or any(one not in self.project.timelines for one in timelines):
            return False
        self.project.timelines = [one for one in self.project.timelines if one not in timelines]
        if self.project.timeline in timelines:
            self.project.timeline = self.project.timelines[-1] if self.project.timelines else None
        return True

    def on_delete_clips(self, clips: list[ClipKept]) -> bool:
        """What shows them on a timeline is offline afterwards."""
        bins = [folder for folder in self.folders() if any(clip in folder.clips for clip in clips)]
        for folder in bins:
            folder.clips = [clip for clip in folder.clips if clip not in clips]
        for item in [item for timeline in self.project.timelines for item in timeline.items if item.clip in clips]:
            item.clip = None
        return bool(bins)

    def folders(self) -> list[FolderKept]:
        """Every bin, the root first."""
        found, at = [self.root], 0
        while at < len(found):
            found += found[at].folders
            at += 1
        return found

    def made_clip(self, path: Path, *, start: int) -> ClipKept:
        """A clip that lies in no bin yet."""
        return ClipKept(self.world, path, start=start)

    def clip_of(self, path: Path, folders: list[FolderKept] | None = None) -> ClipKept | None:
        """The clip of a file, in these bins, else anywhere."""
        return next((clip for folder in folders or self.folders() for clip in folder.clips if clip.path == path), None)
