"""Timelines and bundles somebody may hand over, to do harm or by mistake: (name of the file, bytes) by trick."""

from __future__ import annotations

import io
import json
import stat
import struct
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MARKER = "marker"
"""A file of this name, anywhere, means that something was written or run."""
SECRET = "outside.txt"
"""A file beside the folder in which a cut lies; nothing in the cut may bring it along."""


def time(value: Any, rate: Any = 24.0) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": value, "rate": rate}


def span(start: Any = 0, duration: Any = 48, rate: Any = 24.0) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start, rate), "duration": time(duration, rate)}


def clip(**more: Any) -> dict[str, Any]:
    media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "a.mov", "available_range": span(0, 480)}
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": "a",
        "source_range": span(),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "effects": [],
        "markers": [],
        "metadata": {},
        **more,
    }


def shown(url: str) -> dict[str, Any]:
    return clip(media_references={"DEFAULT_MEDIA": {"OTIO_SCHEMA": "ExternalReference.1", "target_url": url}})


def cut(*items: Any, **more: Any) -> bytes:
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": list(items or [clip()])}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": stack, "metadata": {}, **more}).encode()


def nested(levels: int) -> bytes:
    """Stacks in stacks."""
    inside: dict[str, Any] = {"OTIO_SCHEMA": "Stack.1", "children": [clip()]}
    text = json.dumps(inside)
    for _ in range(levels):
        text = '{"OTIO_SCHEMA":"Stack.1","children":[' + text + "]}"
    return cut("HERE").replace(b'"HERE"', text.encode())


def circle() -> bytes:
    """A stack whose child is the stack: opentimelineio 0.18.1 ends with a segmentation fault."""
    inside = {"OTIO_SCHEMA": "SerializableObjectRef.1", "id": "S-1"}
    return cut({"OTIO_SCHEMA": "Stack.1", "OTIO_REF_ID": "S-1", "name": "s", "children": [inside]})


def bundle(
    *entries: tuple[str, bytes], content: bytes | None = None, change: Callable[[zipfile.ZipInfo], None] | None = None
) -> bytes:
    """A `.otioz` with more in it than a timeline."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        made.writestr("content.otio", cut() if content is None else content, zipfile.ZIP_DEFLATED)
        made.writestr("version.txt", "1.0.0")
        for name, data in entries:
            info = zipfile.ZipInfo("placeholder")
            info.filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(info)
            made.writestr(info, data)
    return out.getvalue()


def link(info: zipfile.ZipInfo) -> None:
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16


def overlapping(times: int, data: bytes) -> bytes:
    """Many entries, all of them the same packed bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("content.otio", cut())
        made.writestr("media/a", data)
        info = made.getinfo("media/a")
        for n in range(times):
            other = zipfile.ZipInfo(f"media/{n}")
            for said in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(other, said, getattr(info, said))
            made.filelist.append(other)
            made.NameToInfo[other.filename] = other
    return out.getvalue()


def lying() -> bytes:
    """A bundle whose list says that the timeline has ten bytes."""
    data = bytearray(bundle())
    at = data.rindex(b"PK\1\2", 0, data.index(b"version.txt", data.index(b"PK\1\2")))
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def laughs(root: str, inside: str, *, system: bool = False) -> bytes:
    """An XML document that grows to a thousand million words, or that reads a file."""
    if system:
        what = '<!ENTITY e SYSTEM "file:///etc/passwd">'
    else:
        what = (
            '<!ENTITY a0 "lol">'
            + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
            + '<!ENTITY e "&a9;">'
        )
    return f'<?xml version="1.0"?><!DOCTYPE {root} [{what}]>{inside}'.encode()


XMEML = '<xmeml version="5"><sequence><name>&e;</name><rate><timebase>24</timebase></rate><media/></sequence></xmeml>'
FCPXML = '<fcpxml version="1.8"><resources/><library><event name="&e;"/></library></fcpxml>'


def tricks() -> dict[str, tuple[str, bytes]]:
    """All of them."""
    huge = b"9" * 4000
    reference = {"OTIO_SCHEMA": "SerializableObjectRef.1", "id": "Track-1"}
    edl = b"TITLE: x\n001  AX  V  C  00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\n"
    return {
        "nothing": ("cut.otio", b""),
        "no text": ("cut.otio", b"\xff\xfe\x00\x01"),
        "a list of lists": ("cut.otio", b"[" * 100_000),
        "stacks in stacks": ("cut.otio", nested(30_000)),
        "seventy stacks in each other": ("cut.otio", nested(70)),
        "notes in notes": (
            "cut.otio",
            cut(clip(metadata="HERE")).replace(b'"HERE"', b'{"a":' * 60_000 + b"1" + b"}" * 60_000),
        ),
        "notes eighty deep": ("cut.otio", cut(clip(metadata="HERE")).replace(b'"HERE"', b"[" * 80 + b"]" * 80)),
        "a track that is itself": ("cut.otio", cut(reference)),
        "a note that is its own track": ("cut.otio", cut(clip(metadata={"a": reference}))),
        "a stack that is in itself": ("cut.otio", circle()),
        "the same in other letters": (
            "cut.otio",
            circle().replace(b"SerializableObjectRef", b"Serializable\\u004fbjectRef"),
        ),
        "a rate of 0": ("cut.otio", cut(clip(source_range=span(rate=0)))),
        "a rate below 0": ("cut.otio", cut(clip(source_range=span(rate=-24.0)))),
        "a rate that is no number": ("cut.otio", cut(clip(source_range=span(rate=float("nan"))))),
        "a rate without end": ("cut.otio", cut(clip(source_range=span(rate=float("inf"))))),
        "a rate of 4,000 digits": ("cut.otio", cut(clip(source_range=span(rate="HERE"))).replace(b'"HERE"', huge)),
        "a length that is no number": ("cut.otio", cut(clip(source_range=span(duration=float("nan"))))),
        "a length below 0": ("cut.otio", cut(clip(source_range=span(duration=-5)))),
        "a length of 4,000 digits": (
            "cut.otio",
            cut(clip(source_range=span(duration="HERE"))).replace(b'"HERE"', huge),
        ),
        "a length of 1e300": ("cut.otio", cut(clip(source_range=span(duration=1e300)))),
        "a start of 4,000 digits": ("cut.otio", cut(clip(source_range=span(start="HERE"))).replace(b'"HERE"', huge)),
        "a start of minus 1e300": ("cut.otio", cut(clip(source_range=span(start=-1e300)))),
        "a schema of nobody": ("cut.otio", cut({"OTIO_SCHEMA": "Evil.99999999999999999999", "name": "x"})),
        "a schema with a path": ("cut.otio", cut({"OTIO_SCHEMA": "../../x.1", "name": "x"})),
        "a hundred thousand names": ("cut.otio", cut(clip(metadata={str(n): n for n in range(100_000)}))),
        "terminal words": ("cut.otio", cut(clip(name="\x1b]0;evil\x07\x1b[2J"), name="\x1b[31m\r\nred")),
        "media that is a password file": ("cut.otio", cut(shown("file:///etc/passwd"))),
        "media that climbs": ("cut.otio", cut(shown(f"../{SECRET}"))),
        "media behind an address": ("cut.otio", cut(shown("http://192.0.2.1/a.mov"))),
        "media that is a device": ("cut.otio", cut(shown("/dev/zero"))),
        "media with NUL": ("cut.otio", cut(shown("a\0.mov"))),
        "a bundle that climbs": ("cut.otioz", bundle((f"../{MARKER}", b"x"))),
        "a bundle of absolute names": ("cut.otioz", bundle((f"/tmp/{MARKER}", b"x"))),
        "a bundle of backslashes": ("cut.otioz", bundle((f"..\\{MARKER}", b"x"))),
        "a bundle of drives": ("cut.otioz", bundle((f"C:{MARKER}", b"x"))),
        "a bundle of links": ("cut.otioz", bundle(("media/a", b"/etc/passwd"), change=link)),
        "a bundle that swells": ("cut.otioz", bundle(("media/a", bytes(20 << 20)))),
        "a bundle whose timeline swells": ("cut.otioz", bundle(content=b" " * (20 << 20) + cut())),
        "a bundle of entries in each other": ("cut.otioz", overlapping(900, bytes(1 << 20))),
        "a bundle of twenty thousand entries": ("cut.otioz", overlapping(20_000, b"")),
        "a bundle that lies about lengths": ("cut.otioz", lying()),
        "a bundle in a bundle": ("cut.otioz", bundle(content=bundle())),
        "a bundle that ends": ("cut.otioz", bundle()[:-30]),
        "a bundle of two timelines": ("cut.otioz", bundle(("content.otio", cut(name="other")))),
        "laughs in XML": ("cut.xml", laughs("xmeml", XMEML)),
        "a file in XML": ("cut.xml", laughs("xmeml", XMEML, system=True)),
        "laughs in FCPXML": ("cut.fcpxml", laughs("fcpxml", FCPXML)),
        "a file in FCPXML": ("cut.fcpxml", laughs("fcpxml", FCPXML, system=True)),
        "deep XML": ("cut.xml", b"<xmeml>" + b"<a>" * 100_000),
        "XML that ends": ("cut.fcpxml", b"<fcpxml version='1.8'><resources>"),
        "an EDL of noise": ("cut.edl", bytes(range(256)) * 50),
        "an EDL of times that are none": ("cut.edl", edl.replace(b"00:00:01:00", b"99:99:99:99")),
        "an EDL without end": ("cut.edl", edl.replace(b"00:00:01:00", b"9" * 4000)),
        "an AAF of noise": ("cut.aaf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 40),
        "an AAF of zeros": ("cut.aaf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(10_000)),
    }
