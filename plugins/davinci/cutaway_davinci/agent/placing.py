"""Puts a take on the timeline, reads back that it is there, and takes exactly it out again.

    check -> journal: begun -> import -> tracks -> append -> read back -> save -> read back -> journal: done

Whatever goes wrong in between is taken back; what cannot be taken back now, since Resolve hangs, is when it answers
again (`settled`). Nothing of the editor's is moved, trimmed or deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.bins import clip_for
from cutaway_davinci.agent.choosing import back_to, choose, has_take
from cutaway_davinci.agent.journal import Journal
from cutaway_davinci.agent.laying import (
    appended,
    deleted,
    drop_tracks,
    is_new,
    item_of,
    lies,
    lying,
    new_track,
    tracks,
)
from cutaway_davinci.agent.listing import AUDIO, VIDEO, items_of, listing, same_file
from cutaway_davinci.agent.marks import marked, unmarked
from cutaway_davinci.agent.sounding import is_sound_there, lay_sound, place_for_sound, put_sound_back, sound_off
from cutaway_davinci.agent.trouble import CHANGED, LOCKED, NOT_VERIFIED, OCCUPIED, REQUEST, Trouble, half_answers, said

if TYPE_CHECKING:
    from cutaway_davinci.agent.session import Session

CLIP_COLOR = "Teal"
METADATA_SINCE = (19, 0, 2)


def place(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """Puts a part of a file on a video track at a record frame.

    Args:
        session: the Resolve.
        asked: journal, entry (its id), digest (of the timeline it was planned on), card, take, media (path), first
            (source frame), frames, record (from the timeline's start), track (from 1; 0 makes a new one), track_name,
            label, covers (the entry it takes the place of, or ""), sound (the format of its track: mono or stereo; ""
            for none), as_take (where it covers one: beside it, in Resolve's take selector).

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
    entry = _entry(found, asked, covered)
    entry["adds_take"] = entry["as_take"] and not _is_among_takes(session, journal, entry)
    journal.write(state="begun", **entry)
    try:
        with half_answers():
            notes = _carried_out(session, timeline, entry, covered)
            after = listing(session)
    except Trouble as trouble:
        _take_back(session, journal, entry, trouble)
        raise
    learnt = {key: entry[key] for key in ("item", "track", "sound_item", "sound_track")}
    journal.write(entry["entry"], "done", **learnt)
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
    there = lies(found, entry["item"])
    if there is None or (there["start"], there["frames"]) != (entry["record"], entry["frames"]):
        raise Trouble(CHANGED, "this take was moved, trimmed or deleted by hand; nothing was done")
    for one in (there, lies(found, entry.get("sound_item") or "-")):
        if one is not None and one["locked"]:
            raise Trouble(LOCKED, "{} is locked; unlock it in Resolve first".format(one["track_name"]))
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
    covered = journal.entries(entry["timeline"]).get(entry["covers"])
    if entry.get("as_take") and covered is not None:
        back_to(timeline, entry, covered)
        found = listing(session)
    there = lies(found, entry["item"])
    if there is not None and same_file((there["media"] or {}).get("path", ""), entry["media"]):
        deleted(session, timeline, VIDEO, there["track"], [entry["item"]])
    sound_off(session, timeline, found, entry)
    unmarked(timeline, entry["mark"])
    if covered is not None:
        _uncovered(session, journal, covered)
    drop_tracks(timeline, journal, entry)
    session.save()
    journal.write(entry["entry"], "removed")


def _uncovered(session: Session, journal: Journal, covered: dict[str, Any]) -> None:
    """A take that lay below another one of its card, shown again."""
    timeline, found = session.timeline(), listing(session)
    if lies(found, covered["item"]) is None or not is_sound_there(timeline, covered):
        _put_back(session, timeline, covered)
    marked(timeline, covered)
    learnt = {key: covered[key] for key in ("item", "sound_item", "sound_track") if key in covered}
    journal.write(covered["entry"], "done", **learnt)


def settled(session: Session, path: str, key: str) -> int:
    """Takes back what was begun, and ends what was being removed, when Resolve hung. How many there were."""
    journal = Journal(path)
    open_ones = journal.open_ones(key)
    for entry in open_ones:
        (taken_back if entry["state"] == "begun" else _removed)(session, journal, entry)
    return len(open_ones)


def taken_back(session: Session, journal: Journal, entry: dict[str, Any]) -> None:
    """The timeline as it was before an entry began: items that were not there, its marker and its tracks go."""
    timeline = session.timeline()
    covered = journal.entries(entry["timeline"]).get(entry["covers"])
    if entry.get("as_take") and covered is not None:
        back_to(timeline, entry, covered)
    for kind in (VIDEO, AUDIO):
        for number in range(1, tracks(timeline, kind) + 1):
            ours = [item.GetUniqueId() for item in items_of(timeline, kind, number) if is_new(item, entry)]
            if ours:
                deleted(session, timeline, kind, number, ours)
    unmarked(timeline, entry["mark"])
    if covered is not None:
        _uncovered(session, journal, covered)
    drop_tracks(timeline, journal, entry)
    journal.write(entry["entry"], "undone")


def _take_back(session: Session, journal: Journal, entry: dict[str, Any], trouble: Trouble) -> None:
    try:
        with half_answers():
            taken_back(session, journal, entry)
    except Trouble as worse:
        trouble.message += f". What was begun is taken back as soon as Resolve answers again ({worse.message})"


def _carried_out(session: Session, timeline: Any, entry: dict[str, Any], covered: dict[str, Any] | None) -> list[str]:
    """What `place` does once it may; `entry` learns the items and the tracks."""
    pool = said(session.project().GetMediaPool(), "what is in the media pool")
    clip = clip_for(pool, timeline.GetName(), entry["media"])
    if entry["made_track"]:
        entry["track"] = new_track(timeline, VIDEO, entry["track_name"])
    if covered is not None:
        if not entry["as_take"]:
            deleted(session, timeline, VIDEO, entry["track"], [covered["item"]])
            sound_off(session, timeline, listing(session), covered)
        unmarked(timeline, covered["mark"])
    if entry["as_take"] and covered is not None:
        entry["item"] = choose(timeline, clip, entry, covered)
    else:
        entry["item"] = appended(timeline, pool, clip, entry, VIDEO, entry["track"])
    notes = [*lay_sound(session, timeline, pool, clip, entry), *marked(timeline, entry)]
    _coloured(timeline, entry)
    if session.version >= METADATA_SINCE:
        clip.SetThirdPartyMetadata({"cutaway.card": entry["card"], "cutaway.take": entry["take"]})
    session.save()
    picture = item_of(timeline, VIDEO, entry["track"], entry["item"])
    if picture is None or not is_sound_there(timeline, entry):
        raise Trouble(NOT_VERIFIED, "Resolve placed the take and lost it when the project was saved")
    return notes


def _entry(found: dict[str, Any], asked: dict[str, Any], covered: dict[str, Any] | None) -> dict[str, Any]:
    """What the journal is to know before anything is done."""
    video = [track for track in found["tracks"] if track["kind"] == VIDEO]
    kept = {key: asked[key] for key in ("entry", "card", "take", "media", "first", "frames", "record", "label")}
    return dict(
        kept,
        **place_for_sound(found, asked, covered),
        timeline=found["timeline"]["key"],
        start=found["timeline"]["start"],
        track=asked["track"] or len(video) + 1,
        track_name=asked["track_name"],
        made_track=not asked["track"],
        covers=asked["covers"],
        as_take=bool(asked.get("as_take") and covered),
        mark="cutaway:{}:{}".format(asked["card"], asked["take"]),
        before=[item["id"] for track in found["tracks"] for item in track["items"]],
        item="",
    )


def _is_among_takes(session: Session, journal: Journal, entry: dict[str, Any]) -> bool:
    """Whether a take is on the item already that it is to be shown on: what another entry added, that one takes out."""
    covered = journal.entries(entry["timeline"])[entry["covers"]]
    item = item_of(session.timeline(), VIDEO, entry["track"], covered["item"])
    return item is not None and has_take(item, entry)


def _covered(journal: Journal, found: dict[str, Any], name: str) -> dict[str, Any]:
    entry = journal.entries(found["timeline"]["key"]).get(name)
    if entry is None or entry["state"] != "done" or lies(found, entry["item"]) is None:
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
    track = next((t for t in found["tracks"] if (t["kind"], t["number"]) == (VIDEO, asked["track"])), None)
    if track is None:
        raise Trouble(CHANGED, "there is no video track {}; nothing was done".format(asked["track"]))
    if track["locked"]:
        raise Trouble(LOCKED, "{} is locked; unlock it in Resolve first".format(track["name"]))
    ours = covered["item"] if covered else ""
    for item in track["items"]:
        if item["id"] != ours and item["start"] < end and start < item["start"] + item["frames"]:
            raise Trouble(OCCUPIED, "{} lies there on {}; nothing was done".format(item["name"], track["name"]))


def _put_back(session: Session, timeline: Any, entry: dict[str, Any]) -> None:
    """A take that another one had covered; `entry` learns its new ids. What lies there already is left there."""
    pool = said(session.project().GetMediaPool(), "what is in the media pool")
    clip = clip_for(pool, timeline.GetName(), entry["media"])
    there = lying(timeline, entry, VIDEO, entry["track"])
    entry["item"] = there or appended(timeline, pool, clip, entry, VIDEO, entry["track"])
    put_sound_back(session, timeline, pool, clip, entry)
    _coloured(timeline, entry)


def _coloured(timeline: Any, entry: dict[str, Any]) -> None:
    item = item_of(timeline, VIDEO, entry["track"], entry["item"])
    if item is not None:
        item.SetClipColor(CLIP_COLOR)
