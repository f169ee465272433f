"""The sound of a take: on a track of its own, linked with the picture, gone with it.

V1   | A | take | B |
A1   | a        | b |
A2       | take |            "Cutaway"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.laying import appended, deleted, item_of, lies, lying, new_track, tracks
from cutaway_davinci.agent.listing import AUDIO, VIDEO
from cutaway_davinci.agent.trouble import LOCKED, NOT_VERIFIED, Trouble

if TYPE_CHECKING:
    from cutaway_davinci.agent.session import Session

LINKS_SINCE = (19, 0)


def place_for_sound(found: dict[str, Any], asked: dict[str, Any], covered: dict[str, Any] | None) -> dict[str, Any]:
    """What an entry of the journal says of its sound: the track named as ours that is free there, else a new one.

    Args:
        found: the listing of the timeline.
        asked: sound (the format of its track: mono, stereo; "" for none), record, frames, track_name.
        covered: the entry whose take makes room.
    """
    facts = {"sound": asked.get("sound", ""), "sound_track": 0, "made_sound_track": False, "sound_item": ""}
    if not facts["sound"]:
        return facts
    start, end = asked["record"], asked["record"] + asked["frames"]
    gone = covered.get("sound_item", "") if covered else ""
    audio = [track for track in found["tracks"] if track["kind"] == AUDIO]
    for track in audio:
        items = (item for item in track["items"] if item["id"] != gone)
        is_free = all(item["start"] + item["frames"] <= start or end <= item["start"] for item in items)
        if track["name"] == asked["track_name"] and not track["locked"] and is_free:
            return dict(facts, sound_track=track["number"])
    return dict(facts, sound_track=len(audio) + 1, made_sound_track=True)


def lay_sound(session: Session, timeline: Any, pool: Any, clip: Any, entry: dict[str, Any]) -> list[str]:
    """Lays the sound of an entry and links it; `entry` learns the item and the track. What is to be said of it."""
    if not entry.get("sound"):
        return []
    if entry["made_sound_track"]:
        entry["sound_track"] = new_track(timeline, AUDIO, entry["track_name"], entry["sound"])
    entry["sound_item"] = appended(timeline, pool, clip, entry, AUDIO, entry["sound_track"])
    return _linked(session, timeline, entry)


def put_sound_back(session: Session, timeline: Any, pool: Any, clip: Any, entry: dict[str, Any]) -> None:
    """The sound of a take that is shown again; on a new track, where its own is gone."""
    if entry.get("sound"):
        if entry["sound_track"] > tracks(timeline, AUDIO):
            entry["sound_track"] = new_track(timeline, AUDIO, entry["track_name"], entry["sound"])
        track = entry["sound_track"]
        there = lying(timeline, entry, AUDIO, track)
        entry["sound_item"] = there or appended(timeline, pool, clip, entry, AUDIO, track)
        _linked(session, timeline, entry)


def is_sound_there(timeline: Any, entry: dict[str, Any]) -> bool:
    """Whether the sound of an entry lies where it was laid, or it has none."""
    if not entry.get("sound"):
        return True
    number = entry["sound_track"]
    return number <= tracks(timeline, AUDIO) and item_of(timeline, AUDIO, number, entry["sound_item"]) is not None


def sound_off(session: Session, timeline: Any, found: dict[str, Any], entry: dict[str, Any]) -> None:
    """Takes the sound of an entry away, where it still lies as it was laid; moved by hand it is the editor's.

    Raises:
        Trouble: its track is locked, or Resolve does not delete it.
    """
    there = lies(found, entry["sound_item"]) if entry.get("sound_item") else None
    if there is None or (there["start"], there["frames"]) != (entry["record"], entry["frames"]):
        return
    if there["locked"]:
        raise Trouble(LOCKED, "{} is locked; unlock it in Resolve first".format(there["track_name"]))
    deleted(session, timeline, AUDIO, there["track"], [entry["sound_item"]])


def _linked(session: Session, timeline: Any, entry: dict[str, Any]) -> list[str]:
    """Links picture and sound; where that did not come about it is said, since both are there all the same."""
    picture = item_of(timeline, VIDEO, entry["track"], entry["item"])
    sound = item_of(timeline, AUDIO, entry["sound_track"], entry["sound_item"])
    if picture is None or sound is None:
        raise Trouble(NOT_VERIFIED, "Resolve placed picture and sound of the take, and one of them is not there")
    said_so = timeline.SetClipsLinked([picture, sound], True)
    if session.version < LINKS_SINCE:
        return [] if said_so else ["its sound is not linked with it"]
    linked = [one.GetUniqueId() for one in picture.GetLinkedItems() or [] if one is not None]
    return [] if entry["sound_item"] in linked else ["its sound is not linked with it"]
