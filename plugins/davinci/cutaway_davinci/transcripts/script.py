"""What a transcript asks, always the same: everything that cutaway relies on, and what nobody has measured yet.

    with out.open("w") as lines:
        recorded(resolve, lines, media=media, out=folder)

It works in a project of its own, which it deletes; the one that was open is saved first and opened again. The clips
of `footage` lie in `media`. While it runs nobody may touch Resolve.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from cutaway_davinci.transcripts.recorder import FORMAT, Recorder, Thing

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

PROJECT = "Cutaway transcript"
CUT = "cut"
UNTITLED = "Untitled Project"
SOURCE = "DaVinci Resolve"
_DATA = "cutaway:transcript:1"


class NotRecorded(Exception):
    """The script cannot begin; the message says what to do."""


def recorded(resolve: Any, lines: TextIO, *, media: Path, out: Path, source: str = SOURCE, date: str = "") -> None:
    """Asks a Resolve everything and writes a transcript.

    Args:
        resolve: the application, as a script gets it.
        lines: where the transcript goes.
        media: the folder of the clips (`footage.written_footage`).
        out: an empty folder for what Resolve writes.
        source: what is being asked, written into the first line.
        date: of the recording, likewise.

    Raises:
        NotRecorded: a project is open that was never saved, or no project of our own could be made.
    """
    version = [int(part) for part in list(resolve.GetVersion())[:3]]
    product = str(resolve.GetProductName())
    manager = resolve.GetProjectManager()
    before = manager.GetCurrentProject()
    name = before.GetName() if before is not None else UNTITLED
    if name == UNTITLED:
        raise NotRecorded("the open project was never saved; save it in Resolve under a name, and record again")
    if PROJECT in (manager.GetProjectListInCurrentFolder() or []):
        raise NotRecorded(f"there is a project {PROJECT!r}, of a recording that was cut short; delete it first")
    if not manager.SaveProject():
        raise NotRecorded("Resolve does not save the open project; a dialog may be open in it")
    recorder = Recorder(resolve, lines, {"media": media.resolve(), "out": out.resolve()})
    recorder.note(
        transcript=FORMAT,
        source=source,
        version=".".join(str(part) for part in version),
        studio="Studio" in product,
        system=platform.system(),
        date=date,
    )
    script = _Script(recorder, tuple(version), media, out)
    try:
        script.run()
    finally:
        manager.LoadProject(name)
        manager.DeleteProject(PROJECT)


class _Script:
    """The calls, by what they are to show. What is None is not asked any further."""

    def __init__(self, recorder: Recorder, version: tuple[int, ...], media: Path, out: Path) -> None:
        self.ask, self.look, self.constant = recorder.ask, recorder.look, recorder.constant
        self.resolve, self.version, self.media, self.out = recorder.resolve, version, media, out
        self.project: Any = None
        self.pool: Any = None
        self.timeline: Any = None
        self.start = 0
        self.clips: dict[str, Any] = {}

    def run(self) -> None:
        self.opened()
        if not isinstance(self.timeline, Thing):
            raise NotRecorded(f"Resolve makes no project {PROJECT!r} with a timeline; nothing was recorded")
        self.placed()
        self.refused()
        self.marked()
        self.sound()
        self.taken()
        self.looked()
        self.copied()
        self.exchanged()
        self.deleted()
        self.saved()

    def opened(self) -> None:
        """A project, clips, a timeline."""
        ask = self.ask
        ask(self.resolve, "OpenPage", "edit")
        ask(self.resolve, "GetCurrentPage")
        manager = ask(self.resolve, "GetProjectManager")
        self.project = ask(manager, "CreateProject", PROJECT)
        if self.version >= (21, 1):
            ask(self.project, "SetSettings", {"timelineFrameRate": "24"})
        else:
            ask(self.project, "SetSetting", "timelineFrameRate", "24")
        ask(self.project, "GetTimelineCount")
        ask(self.project, "GetCurrentTimeline")
        self.pool = ask(self.project, "GetMediaPool")
        root = ask(self.pool, "GetRootFolder")
        ask(root, "GetClipList")
        folder = ask(self.pool, "AddSubFolder", root, "Cutaway")
        ask(self.pool, "AddSubFolder", root, "Cutaway")
        ask(self.pool, "SetCurrentFolder", folder)
        for name in ("a.mov", "b.mov", "take.mov", "loud.mov", "25.mov"):
            made = ask(self.pool, "ImportMedia", [{"FilePath": str(self.media / name)}])
            self.clips[name] = made[0] if made else None
        ask(self.pool, "ImportMedia", [{"FilePath": str(self.media / "a.mov")}])
        ask(self.pool, "ImportMedia", [{"FilePath": str(self.media / "nothing.mov")}])
        clips = ask(folder, "GetClipList")
        for clip in clips or []:
            for key in ("File Name", "FPS", "Frames", "Start"):
                ask(clip, "GetClipProperty", key)
        self.timeline = ask(self.pool, "CreateEmptyTimeline", CUT)
        ask(self.pool, "CreateEmptyTimeline", CUT)
        ask(self.timeline, "GetName")
        ask(self.timeline, "GetUniqueId")
        ask(self.timeline, "SetStartTimecode", "01:00:00:00")
        if self.version < (21, 1):
            ask(self.timeline, "GetSetting", "timelineFrameRate")
        self.start = ask(self.timeline, "GetStartFrame") or 0
        ask(self.timeline, "GetStartTimecode")
        ask(self.timeline, "GetTrackCount", "video")
        ask(self.timeline, "GetTrackCount", "audio")

    def append(self, name: str, first: int, behind: int, at: int, **more: Any) -> Any:
        info = {"mediaPoolItem": self.clips.get(name), "startFrame": first, "endFrame": behind, "mediaType": 1}
        info = {**info, "trackIndex": 1, "recordFrame": self.start + at, **more}
        if info["mediaPoolItem"] is None:
            return None
        made = self.ask(self.pool, "AppendToTimeline", [info])
        return made[0] if made else None

    def listed(self, kind: str = "video", track: int = 1) -> list[Any]:
        items = self.ask(self.timeline, "GetItemListInTrack", kind, track) or []
        for item in items:
            for call in ("GetName", "GetUniqueId", "GetStart", "GetEnd", "GetDuration", "GetLeftOffset"):
                self.ask(item, call)
            self.ask(self.ask(item, "GetMediaPoolItem"), "GetName")
        return items

    def placed(self) -> None:
        """Ends are exclusive, record frames absolute; what lies at another rate is one frame short."""
        self.append("a.mov", 12, 60, 0)
        self.append("b.mov", 12, 60, 72)
        self.append("25.mov", 0, 25, 130)
        self.listed()

    def refused(self) -> None:
        """What would overlap, a track that is not there, frames that are not there, a locked track."""
        item = self.append("take.mov", 0, 24, 40)
        self.ask(item, "GetUniqueId")
        self.append("take.mov", 0, 24, 48, trackIndex=2)
        self.append("take.mov", 60, 90, 48)
        self.listed()
        self.ask(self.timeline, "AddTrack", "video")
        self.ask(self.timeline, "GetTrackCount", "video")
        self.ask(self.timeline, "GetTrackName", "video", 2)
        self.ask(self.timeline, "SetTrackName", "video", 2, "Cutaway")
        self.ask(self.timeline, "GetTrackName", "video", 2)
        self.ask(self.timeline, "SetTrackLock", "video", 2, True)
        self.ask(self.timeline, "GetIsTrackLocked", "video", 2)
        self.append("take.mov", 0, 24, 48, trackIndex=2)
        self.listed(track=2)
        self.ask(self.timeline, "SetTrackLock", "video", 2, False)
        self.append("take.mov", 12, 36, 48, trackIndex=2)
        for item in self.listed(track=2):
            self.ask(item, "SetClipColor", "Teal")
            self.ask(item, "GetClipColor")

    def marked(self) -> None:
        """Markers count from the start, lie alone on their frames, and come back by floats."""
        for frame in (48, 48, 49):
            self.ask(self.timeline, "AddMarker", frame, "Mint", "name", "note", 1, _DATA)
        self.ask(self.timeline, "GetMarkers")
        self.ask(self.timeline, "GetMarkerByCustomData", _DATA)
        self.ask(self.timeline, "DeleteMarkerByCustomData", _DATA)
        self.ask(self.timeline, "GetMarkers")
        if self.version >= (19, 1):
            self.ask(self.timeline, "GetMarkInOut")
            self.ask(self.timeline, "SetMarkInOut", 10, 20)
            self.ask(self.timeline, "GetMarkInOut")
            self.ask(self.timeline, "ClearMarkInOut")
            self.ask(self.timeline, "GetMarkInOut")

    def sound(self) -> None:
        """A clip with sound as a whole: two items, linked from 19.0 on as far as can be asked."""
        clip = self.clips.get("loud.mov")
        if clip is None:
            return
        place = {"startFrame": 0, "endFrame": 24, "trackIndex": 1, "recordFrame": self.start + 200}
        self.ask(self.pool, "AppendToTimeline", [{"mediaPoolItem": clip, **place}])
        pictures, sounds = self.listed()[-1:], self.listed("audio")
        if self.version >= (19, 0):
            for item in pictures + sounds:
                self.ask(item, "GetLinkedItems")
        self.ask(self.timeline, "SetClipsLinked", pictures + sounds, False)
        if self.version >= (19, 0):
            for item in pictures:
                self.ask(item, "GetLinkedItems")
        self.ask(self.timeline, "SetClipsLinked", pictures + sounds, True)

    def taken(self) -> None:
        """A take selector: numbers, lengths, whether the end is exclusive, what a take of another length does."""
        items = self.listed()
        item = items[1] if len(items) > 1 else None
        clip, count = self.clips.get("take.mov"), ("GetTakesCount", "GetSelectedTakeIndex")
        self.ask(item, "GetTakesCount")
        self.ask(item, "FinalizeTake")
        for extent in ((12, 60), (0, 24), ()):
            self.ask(item, "AddTake", clip, *extent)
            for call in count:
                self.ask(item, call)
        for number in range(1, 6):
            take = self.ask(item, "GetTakeByIndex", number)
            if isinstance(take, dict):
                self.ask(take.get("mediaPoolItem"), "GetName")
        for number in (1, 2, 3, 4, 9):
            self.ask(item, "SelectTakeByIndex", number)
            for call in ("GetSelectedTakeIndex", "GetStart", "GetEnd", "GetLeftOffset", "GetName"):
                self.ask(item, call)
        self.ask(item, "DeleteTakeByIndex", 1)
        self.ask(item, "FinalizeTake")
        self.ask(item, "GetTakesCount")
        self.listed()

    def looked(self) -> None:
        """Page and playhead."""
        for page in ("media", "edit", "color"):
            self.ask(self.resolve, "OpenPage", page)
            self.ask(self.resolve, "GetCurrentPage")
            self.ask(self.timeline, "SetCurrentTimecode", "01:00:01:00")
            self.ask(self.timeline, "GetCurrentTimecode")
        still = self.out / "still.png"
        self.ask(self.project, "ExportCurrentFrameAsStill", str(still))
        self.look(still)
        self.ask(self.resolve, "OpenPage", "edit")
        if self.version >= (21, 0, 4):
            self.ask(self.timeline, "GetSelectedClips")

    def copied(self) -> None:
        """A copy: its name, and which one is open then."""
        self.ask(self.timeline, "DuplicateTimeline", CUT)
        copy = self.ask(self.timeline, "DuplicateTimeline", "copy")
        self.ask(copy, "GetName")
        self.ask(self.ask(self.project, "GetCurrentTimeline"), "GetName")
        self.ask(self.project, "SetCurrentTimeline", self.timeline)
        self.ask(self.ask(self.project, "GetCurrentTimeline"), "GetName")
        self.ask(self.timeline, "SetCurrentTimecode", "01:00:02:00")
        self.ask(self.timeline, "GetCurrentTimecode")
        self.ask(self.timeline, "SetCurrentTimecode", "01:00:02:00")
        self.ask(self.timeline, "GetCurrentTimecode")
        self.ask(self.pool, "DeleteTimelines", [copy])
        self.ask(self.project, "GetTimelineCount")

    def exchanged(self) -> None:
        """OTIO out and in: whether custom data goes along, what comes in online."""
        path, nowhere = self.out / "cut.otio", self.out / "nowhere" / "cut.otio"
        kind, none = self.constant("EXPORT_OTIO"), self.constant("EXPORT_NONE")
        for target in (path, nowhere):
            self.ask(self.timeline, "Export", str(target), kind, none)
            self.look(target, "Clip.2", "DEFAULT_MEDIA", "Gap.1", "Marker.2", "Resolve_OTIO", _DATA)
        for options in ({}, {"timelineName": "new"}, {"timelineName": "linked", "importSourceClips": False}):
            made = self.ask(self.pool, "ImportTimelineFromFile", str(path), options)
            items = self.ask(made, "GetItemListInTrack", "video", 1) or []
            for item in items:
                self.ask(item, "GetStart")
                self.ask(item, "GetEnd")
                self.ask(self.ask(item, "GetMediaPoolItem"), "GetName")
            self.ask(made, "GetMarkers")
        self.ask(self.project, "SetCurrentTimeline", self.timeline)

    def deleted(self) -> None:
        """Only on the Edit page, sound stays."""
        last = (self.ask(self.timeline, "GetItemListInTrack", "video", 1) or [])[-1:]
        for page in ("color", "edit"):
            self.ask(self.resolve, "OpenPage", page)
            self.ask(self.timeline, "DeleteClips", last, False)
            self.ask(self.timeline, "GetItemListInTrack", "video", 1)
            self.ask(self.timeline, "GetItemListInTrack", "audio", 1)
        for item in last:
            self.ask(item, "GetName")
        self.ask(self.timeline, "DeleteTrack", "video", 2)
        self.ask(self.timeline, "GetTrackCount", "video")

    def saved(self) -> None:
        """Whether all of it is there after the project was saved."""
        self.ask(self.ask(self.resolve, "GetProjectManager"), "SaveProject")
        self.listed()
