"""Puts a take on the timeline, reads back that it is there, and takes exactly it out again.

    check -> journal: begun -> import -> track -> append -> read back -> save -> read back -> journal: done

Whatever goes wrong in between is taken back; what cannot be taken back now, since Resolve hangs, is when it answers
again (`settled`). Nothing of the editor's is moved, trimmed or deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.bins import clip_for
from cutaway_davinci.agent.journal import Journal
from cutaway_davinci.agent.listing import items_of, listing, path_of, same_file
from cutaway_davinci.agent.marks import marked, unmarked
from cutaway_davinci.agent.trouble import CHANGED, LOCKED, NOT_VERIFIED, OCCUPIED, REQUEST, Trouble, half_answers, said

if TYPE_CHECKING:
    from cutaway_davinci.agent.session import Session

CLIP_COLOR = "Teal"
METADATA_SINCE = (19, 0, 2)
_VIDEO = "video"


def place(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """Puts a part of a file on a video track at a record frame.

    Args:
        session: the Resolve.
        asked: journal, entry (its id), digest (of the timeline it was planned on), card, take, media (path), first
            (source frame), frames, record (from the timeline's start), track (from 1; 0 makes a new one), track_name,
            label, covers (the entry it takes the place of, or "").

    Raises:
        Trouble: it is not there; the timeline is as before, or will be once Resolve answers again.
    """
    session.saveable()
    timeline, found = session.timeline(), listing(session)
    if found["digest"] != asked["digest"]:
        raise Trouble(CHANGED, "the timeline has changed since this was planned; nothing was done")
    journal = Journal(asked["journal"])
    covered = _covered(journal, found, asked["covers"]) if asked["covers"] else None
    _check_room(found, asked, covered)
    entry = _entry(found, asked)
    journal.write(state="begun", **entry)
    try:
        with half_answers():
            notes = _carried_out(session, timeline, entry, covered)
            after = listing(session)
    except Trouble as trouble:
        _take_back(session, journal, entry, trouble)
        raise
    journal.write(entry["entry"], "done", item=entry["item"], track=entry["track"])
    if covered is not None:
        journal.write(covered["entry"], "covered")
    return {"entry": entry["entry"], "digest": after["digest"], "notes": notes}


def remove(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """Takes out what an entry of the journal put in, and puts back what lay there before.

    Raises:
        Trouble: it is not there any more as it was placed; nothing was done.
    """
    found = listing(session)
    journal = Journal(asked["journal"])
    entries = journal.entries(found["timeline"]["key"])
    entry = entries.get(asked["entry"])
    if entry is None or entry["state"] != "done":
        raise Trouble(CHANGED, "this take is not on the timeline any more; nothing was done")
    lies = _lies(found, entry["item"])
    if lies is None or (lies["start"], lies["frames"]) != (entry["record"], entry["frames"]):
        raise Trouble(CHANGED, "this take was moved, trimmed or deleted by hand; nothing was done")
    if lies["locked"]:
        raise Trouble(LOCKED, "{} is locked; unlock it in Resolve first".format(lies["track_name"]))
    journal.write(entry["entry"], "removing")
    try:
        with half_answers():
            _removed(session, journal, entry)
    except Trouble as trouble:
        trouble.message += ". It is taken out as soon as Resolve answers again"
        raise
    return {"digest": listing(session)["digest"]}


def _removed(session: Session, journal: Journal, entry: dict[str, Any]) -> None:
    """Takes out what is there of an entry, and puts back the take that it covered; twice does no harm."""
    timeline, found = session.timeline(), listing(session)
    lies = _lies(found, entry["item"])
    if lies is not None:
        _delete(session, timeline, lies["track"], [entry["item"]])
    unmarked(timeline, entry["mark"])
    covered = journal.entries(entry["timeline"]).get(entry["covers"])
    if covered is not None:
        _uncovered(session, journal, covered)
    else:
        _drop_tracks(timeline, journal, entry)
    session.save()
    journal.write(entry["entry"], "removed")


def _uncovered(session: Session, journal: Journal, covered: dict[str, Any]) -> None:
    """A take that lay below another one of its card, shown again."""
    there = [item for track in listing(session)["tracks"] for item in track["items"]]
    if all(item["id"] != covered["item"] for item in there):
        _put_back(session, session.timeline(), covered)
    journal.write(covered["entry"], "done", item=covered["item"])


def settled(session: Session, path: str, key: str) -> int:
    """Takes back what was begun, and ends what was being removed, when Resolve hung. How many there were."""
    journal = Journal(path)
    open_ones = journal.open_ones(key)
    for entry in open_ones:
        (taken_back if entry["state"] == "begun" else _removed)(session, journal, entry)
    return len(open_ones)


def taken_back(session: Session, journal: Journal, entry: dict[str, Any]) -> None:
    """The timeline as it was before an entry began: items that were not there, its marker and its track go."""
    timeline = session.timeline()
    for number in range(1, int(said(timeline.GetTrackCount(_VIDEO), "how many tracks there are")) + 1):
        ours = [item.GetUniqueId() for item in items_of(timeline, _VIDEO, number) if _is_new(item, entry)]
        if ours:
            _delete(session, timeline, number, ours)
    unmarked(timeline, entry["mark"])
    _drop_tracks(timeline, journal, entry)
    covered = journal.entries(entry["timeline"]).get(entry["covers"])
    if covered is not None:
        _uncovered(session, journal, covered)
    journal.write(entry["entry"], "undone")


def _take_back(session: Session, journal: Journal, entry: dict[str, Any], trouble: Trouble) -> None:
    try:
        with half_answers():
            taken_back(session, journal, entry)
    except Trouble as worse:
        trouble.message += f". What was begun is taken back as soon as Resolve answers again ({worse.message})"


def _carried_out(session: Session, timeline: Any, entry: dict[str, Any], covered: dict[str, Any] | None) -> list[str]:
    """What `place` does once it may; `entry` learns the item and the track."""
    pool = said(session.project().GetMediaPool(), "what is in the media pool")
    clip = clip_for(pool, timeline.GetName(), entry["media"])
    if entry["made_track"]:
        _new_track(timeline, entry)
    if covered is not None:
        _delete(session, timeline, entry["track"], [covered["item"]])
        unmarked(timeline, covered["mark"])
    entry["item"] = _appended(timeline, pool, clip, entry)
    notes = marked(timeline, entry)
    _coloured(timeline, entry)
    if session.version >= METADATA_SINCE:
        clip.SetThirdPartyMetadata({"cutaway.card": entry["card"], "cutaway.take": entry["take"]})
    session.save()
    if _item(timeline, entry["track"], entry["item"]) is None:
        raise Trouble(NOT_VERIFIED, "Resolve placed the take and lost it when the project was saved")
    return notes


def _entry(found: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What the journal is to know before anything is done."""
    video = [track for track in found["tracks"] if track["kind"] == _VIDEO]
    kept = {key: asked[key] for key in ("entry", "card", "take", "media", "first", "frames", "record", "label")}
    return dict(
        kept,
        timeline=found["timeline"]["key"],
        start=found["timeline"]["start"],
        track=asked["track"] or len(video) + 1,
        track_name=asked["track_name"],
        made_track=not asked["track"],
        covers=asked["covers"],
        mark="cutaway:{}:{}".format(asked["card"], asked["take"]),
        before=[item["id"] for track in video for item in track["items"]],
        item="",
    )


def _covered(journal: Journal, found: dict[str, Any], name: str) -> dict[str, Any]:
    entry = journal.entries(found["timeline"]["key"]).get(name)
    if entry is None or entry["state"] != "done" or _lies(found, entry["item"]) is None:
        raise Trouble(CHANGED, "the take that lay there is not on the timeline any more; nothing was done")
    return entry


def _check_room(found: dict[str, Any], asked: dict[str, Any], covered: dict[str, Any] | None) -> None:
    """Resolve drops what would overlap without a word, so it is looked at before.

    Raises:
        Trouble: something lies there, or the track is locked or not there.
    """
    start, end = asked["record"], asked["record"] + asked["frames"]
    if start < 0 or asked["frames"] < 1:
        raise Trouble(REQUEST, "a take lies on the timeline, not at {} for {} frames".format(start, asked["frames"]))
    if not asked["track"]:
        return
    track = next((t for t in found["tracks"] if (t["kind"], t["number"]) == (_VIDEO, asked["track"])), None)
    if track is None:
        raise Trouble(CHANGED, "there is no video track {}; nothing was done".format(asked["track"]))
    if track["locked"]:
        raise Trouble(LOCKED, "{} is locked; unlock it in Resolve first".format(track["name"]))
    ours = covered["item"] if covered else ""
    for item in track["items"]:
        if item["id"] != ours and item["start"] < end and start < item["start"] + item["frames"]:
            raise Trouble(OCCUPIED, "{} lies there on {}; nothing was done".format(item["name"], track["name"]))


def _new_track(timeline: Any, entry: dict[str, Any]) -> None:
    before = int(said(timeline.GetTrackCount(_VIDEO), "how many tracks there are"))
    timeline.AddTrack(_VIDEO)
    if int(said(timeline.GetTrackCount(_VIDEO), "how many tracks there are")) != before + 1:
        raise Trouble(NOT_VERIFIED, "Resolve added no video track")
    entry["track"] = before + 1
    timeline.SetTrackName(_VIDEO, entry["track"], entry["track_name"])


def _drop_tracks(timeline: Any, journal: Journal, entry: dict[str, Any]) -> None:
    """Takes tracks of ours away, from the top down, as long as they are empty and still have our name.

    Whichever entry made them: a take that was placed on the track of another one may be the last to leave it. One
    that the entry itself has just made may not have its name yet.
    """
    made = [e for e in journal.entries(entry["timeline"]).values() if e["made_track"] and not e.get("track_dropped")]
    top = int(said(timeline.GetTrackCount(_VIDEO), "how many tracks there are"))
    while ours := [e for e in made if e["track"] == top]:
        names = {e["track_name"] for e in ours} | ({f"Video {top}"} if entry["entry"] == ours[-1]["entry"] else set())
        if timeline.GetTrackName(_VIDEO, top) not in names or items_of(timeline, _VIDEO, top):
            return
        if not timeline.DeleteTrack(_VIDEO, top):
            return
        for one in ours:
            journal.write(one["entry"], one["state"], track_dropped=True)
        top -= 1


def _appended(timeline: Any, pool: Any, clip: Any, entry: dict[str, Any]) -> str:
    """The id of the item that lies where it was asked for, after it was appended there; its end is exclusive."""
    there = {item.GetUniqueId() for item in items_of(timeline, _VIDEO, entry["track"])}
    pool.AppendToTimeline(
        [
            {
                "mediaPoolItem": clip,
                "startFrame": entry["first"],
                "endFrame": entry["first"] + entry["frames"],
                "mediaType": 1,
                "trackIndex": entry["track"],
                "recordFrame": entry["start"] + entry["record"],
            }
        ]
    )
    for item in items_of(timeline, _VIDEO, entry["track"]):
        name = item.GetUniqueId()
        if name and name not in there and _is_as_asked(item, entry):
            return str(name)
    raise Trouble(
        NOT_VERIFIED,
        "Resolve was told to place {} frames at {} of video track {}, and they are not there".format(
            entry["frames"], entry["record"], entry["track"]
        ),
    )


def _is_as_asked(item: Any, entry: dict[str, Any]) -> bool:
    at = entry["start"] + entry["record"]
    lies = (item.GetStart(), item.GetEnd()) == (at, at + entry["frames"])
    return lies and same_file(path_of(item), entry["media"])


def _is_new(item: Any, entry: dict[str, Any]) -> bool:
    """Whether an item is one that an entry brought: of its file, at its frame, and not there before."""
    at = entry["start"] + entry["record"]
    is_there = item.GetUniqueId() not in entry["before"] and item.GetStart() == at
    return is_there and same_file(path_of(item), entry["media"])


def _put_back(session: Session, timeline: Any, entry: dict[str, Any]) -> None:
    """A take that another one had covered; `entry` learns its new id."""
    pool = said(session.project().GetMediaPool(), "what is in the media pool")
    entry["item"] = _appended(timeline, pool, clip_for(pool, timeline.GetName(), entry["media"]), entry)
    _coloured(timeline, entry)
    marked(timeline, entry)


def _delete(session: Session, timeline: Any, track: int, ids: list[str]) -> None:
    """Takes items off a track; only the Edit page does, and at times not at once.

    Raises:
        Trouble: they are still there.
    """
    with session.page("edit"):
        for _ in range(2):
            there = [item for item in items_of(timeline, _VIDEO, track) if item.GetUniqueId() in ids]
            if there:
                timeline.DeleteClips(there, False)
        if any(item.GetUniqueId() in ids for item in items_of(timeline, _VIDEO, track)):
            raise Trouble(NOT_VERIFIED, f"Resolve does not delete what is to go from video track {track}")


def _coloured(timeline: Any, entry: dict[str, Any]) -> None:
    item = _item(timeline, entry["track"], entry["item"])
    if item is not None:
        item.SetClipColor(CLIP_COLOR)


def _item(timeline: Any, track: int, name: str) -> Any | None:
    return next((item for item in items_of(timeline, _VIDEO, track) if item.GetUniqueId() == name), None)


def _lies(found: dict[str, Any], name: str) -> dict[str, Any] | None:
    """An item of a listing by its id, with the track it lies on."""
    for track in found["tracks"]:
        for item in track["items"]:
            if item["id"] == name:
                return dict(item, track=track["number"], track_name=track["name"], locked=track["locked"])
    return None
