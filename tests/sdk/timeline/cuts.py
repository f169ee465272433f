"""Cuts to test with, written as editors write them, and the library's own view of them."""

import json
import os
from fractions import Fraction

import opentimelineio as otio
from hypothesis import settings
from hypothesis import strategies as st

CUTS = int(os.environ.get("CUTAWAY_CUTS", "300" if os.environ.get("CI") else "100"))
EXAMPLES = settings(max_examples=CUTS, deadline=None)
"""How many cuts an invariant is tried on: three hundred in CI, as many as one likes by CUTAWAY_CUTS."""
FEWER = settings(max_examples=max(100, CUTS // 3), deadline=None)
"""How many are tried where the property is of one module and no promise of every edit."""

RATE_SPELLINGS = [24.0, 25.0, 30.0, 60.0, 23.976, 23.98, 24000 / 1001, 29.97, 30000 / 1001, 59.94, 23.976024627685547]


def time(value, rate):
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}


def span(start, duration, rate):
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": time(duration, rate), "start_time": time(start, rate)}


def clip(name, duration, rate, *, start=86400, handles=12, speed=None, schema=2, enabled=True):
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {"camera": {"reel": f"A{name}"}},
        "name": name,
        "available_range": span(start, duration * 3 + 2 * handles, rate),
        "target_url": f"/media/{name} #1.mov",
    }
    effects = []
    if speed is not None:
        effects = [
            {"OTIO_SCHEMA": "LinearTimeWarp.1", "metadata": {}, "name": "", "effect_name": "", "time_scalar": speed}
        ]
    made = {
        "OTIO_SCHEMA": f"Clip.{schema}",
        "metadata": {"foreign_app": {"color": 1.50, "list": [1, 2.0, None], "ünïcode": "한국어"}},
        "name": name,
        "source_range": span(start + handles, duration, rate),
        "effects": effects,
        "markers": [],
        "enabled": enabled,
    }
    if schema == 2:
        made |= {"media_references": {"DEFAULT_MEDIA": media}, "active_media_reference_key": "DEFAULT_MEDIA"}
    else:
        made["media_reference"] = media
    return made


def gap(duration, rate):
    return {
        "OTIO_SCHEMA": "Gap.1", "metadata": {"foreign_app": {"note": "slug"}}, "name": "",
        "source_range": span(0, duration, rate), "effects": [], "markers": [], "enabled": True,
    }  # fmt: skip


def dissolve(reach_in, reach_out, rate):
    return {
        "OTIO_SCHEMA": "Transition.1", "metadata": {}, "name": "dissolve", "in_offset": time(reach_in, rate),
        "out_offset": time(reach_out, rate), "transition_type": "SMPTE_Dissolve",
    }  # fmt: skip


def track(items, name="V1", kind="Video"):
    return {
        "OTIO_SCHEMA": "Track.1", "metadata": {}, "name": name, "source_range": None, "effects": [], "markers": [],
        "enabled": True, "children": items, "kind": kind,
    }  # fmt: skip


def cut(*tracks, rate=24.0, start=86400, name="cut"):
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"foreign_app": {"version": "1.2"}},
        "name": name,
        "global_start_time": time(start, rate),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "metadata": {},
            "name": "tracks",
            "source_range": None,
            "effects": [],
            "markers": [],
            "enabled": True,
            "children": list(tracks),
        },
    }


def text_of(data, indent=4):
    return json.dumps(data, indent=indent, ensure_ascii=False)


def by_library(text):
    """(start, duration, name) of every item of every track, in frames, as opentimelineio sees them."""
    timeline = otio.adapters.read_from_string(text, "otio_json")
    rows = []
    for held in timeline.tracks:
        ranges = held.range_of_all_children()
        rows.append(
            [
                (_frames(ranges[item].start_time), _frames(ranges[item].duration), type(item).__name__, item.name)
                for item in held
            ]
        )
    return rows


def _frames(time_):
    return round(Fraction(time_.value).limit_denominator(1000), 3)


@st.composite
def cuts(draw, *, transitions=True, speeds=True):
    """A timeline of one or two tracks with gaps in it, and the spelling of its rate."""
    rate = draw(st.sampled_from(RATE_SPELLINGS))
    tracks = []
    for number in range(draw(st.integers(1, 2))):
        items, has_gap = [], False
        for n in range(draw(st.integers(1, 7))):
            duration = draw(st.integers(12, 60))
            if draw(st.booleans()) and n and not has_gap:
                items.append(gap(duration, rate))
                has_gap = True
                continue
            speed = draw(st.sampled_from([None, None, None, 2.0, 0.5, -1.0])) if speeds else None
            schema = draw(st.sampled_from([1, 2]))
            if transitions and items and not has_gap and draw(st.booleans()):
                items.append(dissolve(draw(st.integers(0, 5)), draw(st.integers(0, 5)), rate))
            enabled = draw(st.booleans())
            items.append(clip(f"{number}{n}", duration, rate, speed=speed, schema=schema, enabled=enabled))
            has_gap = False
        tracks.append(track(items, name=f"V{number + 1}"))
    return cut(*tracks, rate=rate), rate
