"""Items on tracks: laid there, looked up again, and taken off. Frames of an entry count from the timeline's start.

An entry of the journal is what all of this is done for: its media, first, frames, record and start say which part of
which file lies where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.listing import AUDIO, VIDEO, items_of, path_of, same_file
from cutaway_davinci.agent.trouble import NOT_VERIFIED, Trouble, said

if TYPE_CHECKING:
    from cutaway_davinci.agent.journal import Journal
    from cutaway_davinci.agent.session import Session

_MEDIA_TYPES = {VIDEO: 1, AUDIO: 2}
_MADE = {
    VIDEO: ("made_track", "track", "track_dropped"),
    AUDIO: ("made_sound_track", "sound_track", "sound_track_dropped"),
}
"""By kind: where an entry says that it made a track, which one, and that it is gone again."""


def appended(timeline: Any, pool: Any, clip: Any, entry: dict[str, Any], kind: str, track: int) -> str:
    """Lays an entry's part on a track: the id of the item that lies there then. The end of a source is exclusive.

    Raises:
        Trouble: it is not there, whatever Resolve said.
    """
    there = {item.GetUniqueId() for item in items_of(timeline, kind, track)}
    pool.AppendToTimeline(
        [
            {
                "mediaPoolItem": clip,
                "startFrame": entry["first"],
                "endFrame": entry["first"] + entry["frames"],
                "mediaType": _MEDIA_TYPES[kind],
                "trackIndex": track,
                "recordFrame": entry["start"] + entry["record"],
            }
        ]
    )
    for item in items_of(timeline, kind, track):
        name = item.GetUniqueId()
        if name and name not in there and is_as_asked(item, entry):
            return str(name)
    raise Trouble(
        NOT_VERIFIED,
        "Resolve was told to place {} frames at {} of {} track {}, and they are not there".format(
            entry["frames"], entry["record"], kind, track
        ),
    )


def lying(timeline: Any, entry: dict[str, Any], kind: str, track: int) -> str:
    """The id of an item that lies as an entry asks, whoever laid it there; "" where there is none."""
    found = (item.GetUniqueId() for item in items_of(timeline, kind, track) if is_as_asked(item, entry))
    return next((str(name) for name in found if name), "")


def is_as_asked(item: Any, entry: dict[str, Any]) -> bool:
    at = entry["start"] + entry["record"]
    lies = (item.GetStart(), item.GetEnd()) == (at, at + entry["frames"])
    return lies and same_file(path_of(item), entry["media"])


def is_new(item: Any, entry: dict[str, Any]) -> bool:
    """Whether an item is one that an entry brought: of its file, at its frame, and not there before."""
    at = entry["start"] + entry["record"]
    is_there = item.GetUniqueId() not in entry["before"] and item.GetStart() == at
    return is_there and same_file(path_of(item), entry["media"])


def deleted(session: Session, timeline: Any, kind: str, track: int, ids: list[str]) -> None:
    """Takes items off a track; only the Edit page does, and at times not at once.

    Raises:
        Trouble: they are still there.
    """
    with session.page("edit"):
        for _ in range(2):
            there = [item for item in items_of(timeline, kind, track) if item.GetUniqueId() in ids]
            if there:
                timeline.DeleteClips(there, False)
        if any(item.GetUniqueId() in ids for item in items_of(timeline, kind, track)):
            raise Trouble(NOT_VERIFIED, f"Resolve does not delete what is to go from {kind} track {track}")


def item_of(timeline: Any, kind: str, track: int, name: str) -> Any | None:
    """An item by its id."""
    return next((item for item in items_of(timeline, kind, track) if item.GetUniqueId() == name), None)


def lies(found: dict[str, Any], name: str) -> dict[str, Any] | None:
    """An item of a listing by its id, with the track it lies on."""
    for track in found["tracks"]:
        for item in track["items"]:
            if item["id"] == name:
                return dict(item, track=track["number"], track_name=track["name"], locked=track["locked"])
    return None


# -- tracks -----------------------------------------------------------------------------------------------


def tracks(timeline: Any, kind: str) -> int:
    """How many there are."""
    return int(said(timeline.GetTrackCount(kind), "how many tracks there are"))


def new_track(timeline: Any, kind: str, name: str, *holds: str) -> int:
    """A track behind the others of its kind; its number. `holds` is the format of a track of sound.

    Raises:
        Trouble: Resolve made none.
    """
    before = tracks(timeline, kind)
    timeline.AddTrack(kind, *holds)
    if tracks(timeline, kind) != before + 1:
        raise Trouble(NOT_VERIFIED, f"Resolve added no {kind} track")
    timeline.SetTrackName(kind, before + 1, name)
    return before + 1


def drop_tracks(timeline: Any, journal: Journal, entry: dict[str, Any]) -> None:
    """Takes tracks of ours away, from the last one on, as long as they are empty and still have our name.

    Whichever entry made them: a take that was placed on the track of another one may be the last to leave it. One
    that the entry itself has just made may not have its name yet.
    """
    for kind, (made_key, track_key, dropped_key) in _MADE.items():
        entries = journal.entries(entry["timeline"]).values()
        made = [one for one in entries if one.get(made_key) and not one.get(dropped_key)]
        last = tracks(timeline, kind)
        while ours := [one for one in made if one[track_key] == last]:
            plain = {f"{kind.title()} {last}"} if entry["entry"] == ours[-1]["entry"] else set()
            named = timeline.GetTrackName(kind, last) in {one["track_name"] for one in ours} | plain
            if not named or items_of(timeline, kind, last) or not timeline.DeleteTrack(kind, last):
                break
            for one in ours:
                journal.write(one["entry"], one["state"], **{dropped_key: True})
            last -= 1
