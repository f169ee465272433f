"""Timelines and bundles that were made to do harm: refused in words, nothing read beside them, nothing left behind."""

import json
import runpy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.errors import TimelineError, UnreadableTimeline
from cutaway.timeline.adapters import open_any, to_otio
from cutaway.timeline.bundles import bundle, extract, open_bundle
from cutaway.timeline.doc import MAX_DEPTH, Document
from cutaway.timeline.index import Index
from cutaway.timeline.rope import is_deeper

CUTS = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "corpus" / "cuts.py"))
ODD = ["[[{", '"]}', '\\"', "a\\", 'é"{', '\\\\"[', '""', "\\", "\\\\", '\\x"\\']


def deepest(value) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(deepest, inside), default=0)


@settings(deadline=None)
@given(
    st.recursive(
        st.sampled_from([*ODD, 1, None]),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(ODD), inner),
        max_leaves=12,
    ),
    st.booleans(),
    st.integers(0, 8),
)
def test_the_depth_of_a_text_is_that_of_what_it_says(value, ascii_only, depth):
    assert is_deeper(json.dumps(value, ensure_ascii=ascii_only), depth) == (deepest(value) > depth)


def test_as_deep_as_may_be_and_no_deeper():
    def noted(levels):
        metadata = json.loads("[" * levels + "]" * levels)
        return CUTS["cut"](CUTS["clip"](metadata={"a": metadata}))

    around = deepest(json.loads(noted(30))) - 30
    assert Document.parse(noted(MAX_DEPTH - around)).timeline
    with pytest.raises(UnreadableTimeline, match="nested too deeply"):
        Document.parse(noted(MAX_DEPTH - around + 1))


@pytest.mark.parametrize("letters", [b"SerializableObjectRef", b"Serializable\\u004fbjectRef"])
def test_a_circle_never_reaches_the_library(letters):
    document = Document.parse(CUTS["circle"]().replace(b"SerializableObjectRef", letters))
    with pytest.raises(UnreadableTimeline, match="stand for other parts"):
        to_otio(document)


@pytest.mark.parametrize("digits", [16, 400, 4000])
@pytest.mark.parametrize("where", ["rate", "start", "duration"])
def test_numbers_without_end_are_times_of_nothing(where, digits):
    span = CUTS["span"](**{where: "HERE"})
    text = CUTS["cut"](CUTS["clip"](source_range=span)).replace(b'"HERE"', b"9" * digits)
    try:
        index = Index.of(Document.parse(text), rate=24)
    except TimelineError:
        return
    assert index.duration < 10**15, "what means nothing is not counted"


@pytest.mark.parametrize("name", ["laughs in XML", "a file in XML", "laughs in FCPXML", "a file in FCPXML"])
def test_a_document_that_defines_its_own_words_is_not_read(name, tmp_path):
    root, inside = ("xmeml", CUTS["XMEML"]) if name.endswith(" XML") else ("fcpxml", CUTS["FCPXML"])
    path = tmp_path / ("cut.xml" if root == "xmeml" else "cut.fcpxml")
    path.write_bytes(CUTS["laughs"](root, inside, system=name.startswith("a file")))
    with pytest.raises(UnreadableTimeline, match="defines an entity of its own"):
        open_any(path)


BUNDLES = {
    "climbs": lambda: CUTS["bundle"](("../marker", b"x")),
    "is absolute": lambda: CUTS["bundle"](("/marker", b"x")),
    "climbs backwards": lambda: CUTS["bundle"](("..\\marker", b"x")),
    "names a drive": lambda: CUTS["bundle"](("C:marker", b"x")),
    "holds links": lambda: CUTS["bundle"](("media/a", b"/etc/passwd"), change=CUTS["link"]),
    "swells": lambda: CUTS["bundle"](("media/a", bytes(3 << 20))),
    "swells in its timeline": lambda: CUTS["bundle"](content=b" " * (4 << 20) + CUTS["cut"]()),
    "says one thing many times": lambda: CUTS["overlapping"](50, bytes(1 << 20)),
    "holds twenty thousand entries": lambda: CUTS["overlapping"](20_000, b""),
    "ends": lambda: CUTS["bundle"]()[:-30],
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_hostile_bundle_is_refused_whole(name, tmp_path):
    path = tmp_path / "cut.otioz"
    path.write_bytes(BUNDLES[name]())
    for work in (lambda: open_bundle(path), lambda: extract(path, tmp_path / "out")):
        with pytest.raises(TimelineError, match=r"cut\.otioz"):
            work()
    assert list(tmp_path.iterdir()) == [path]


def test_a_bundle_takes_no_keys_along(tmp_path):
    for name in ("id_rsa", ".env", "passwd.txt", "a.mov"):
        (tmp_path / name).write_bytes(b"words")
        document = Document.parse(CUTS["cut"](CUTS["shown"](name)))
        path = tmp_path / f"{name}.otioz"
        missing = bundle(document, path, lambda url: tmp_path / url)
        assert missing == (() if name == "a.mov" else (name,))
        assert len(extract(path, tmp_path / f"{name}-out").read_bytes()) > 0
        assert (tmp_path / f"{name}-out" / "media" / name).exists() == (name == "a.mov")


def test_a_bundle_whose_bytes_are_damaged_is_one_that_cannot_be_read(tmp_path):
    path = tmp_path / "cut.otioz"
    data = bytearray(CUTS["bundle"](("media/a.txt", b"some words" * 50)))
    at = data.index(b"media/a.txt") + len("media/a.txt") + 4
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    assert open_bundle(path).timeline
    with pytest.raises(UnreadableTimeline, match="Bad CRC"):
        extract(path, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [path]
