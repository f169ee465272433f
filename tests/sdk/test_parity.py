"""The two faces are one: same names, parameters, defaults, types and words."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from cutaway import AsyncCutaway, AsyncVideo, Cutaway, Video
from cutaway.client.files import AsyncFiles, Files
from cutaway.client.models import AsyncModels, Models
from cutaway.client.operations import VideoOperations
from cutaway.client.page import AsyncPage, Page
from cutaway.client.submission import EXTRAS, FLAT
from cutaway.client.videos import Videos
from cutaway.client.videos_async import AsyncVideos

PAIRS = [
    (Cutaway, AsyncCutaway), (Video, AsyncVideo), (Videos, AsyncVideos), (Files, AsyncFiles), (Models, AsyncModels),
    (Page, AsyncPage),
]  # fmt: skip
ENTER = {"__enter__": "__aenter__", "__exit__": "__aexit__", "__iter__": "__aiter__"}
OPENAI = {
    "create": ["prompt", "input_reference", "model", "seconds", "size"],
    "create_and_poll": ["prompt", "input_reference", "model", "seconds", "size", "poll_interval_ms"],
    "poll": ["video_id", "poll_interval_ms"],
    "retrieve": ["video_id"],
    "list": ["after", "limit", "order"],
    "delete": ["video_id"],
    "download_content": ["video_id", "variant"],
    "edit": ["prompt", "video"],
    "extend": ["prompt", "seconds", "video"],
    "remix": ["video_id", "prompt"],
}
"""Parameters of openai-python 3.54.0, `resources/videos.py`."""


def own(kind: type) -> dict[str, Any]:
    """What a class defines itself: public members, and how it is entered and iterated."""
    shown = set(ENTER) | set(ENTER.values()) | {"__init__"}
    return {
        name: member
        for name, member in vars(kind).items()
        if (not name.startswith("_") or name in shown) and not name.startswith("model_")
    }


def alike(text: str) -> str:
    """Types and words of the asynchronous face, told as the blocking one does."""
    text = re.sub(r"\bAsyncPages\b", "Page", text)
    text = re.sub(r"\bAsyncIterator\b", "Iterator", text)
    return re.sub(r"\bAsync(\w+)", r"\1", text)


@pytest.mark.parametrize(("blocking", "asynchronous"), PAIRS, ids=lambda kind: kind.__name__)
def test_both_faces_have_the_same_members(blocking: type, asynchronous: type) -> None:
    theirs = set(own(asynchronous))
    assert {ENTER.get(name, name) for name in own(blocking)} == theirs


@pytest.mark.parametrize(("blocking", "asynchronous"), PAIRS, ids=lambda kind: kind.__name__)
def test_every_member_takes_and_says_the_same(blocking: type, asynchronous: type) -> None:
    for name, member in own(blocking).items():
        other = own(asynchronous)[ENTER.get(name, name)]
        if not inspect.isfunction(member):
            assert member.__doc__ == other.__doc__, name
            continue
        here, there = inspect.signature(member), inspect.signature(other)
        assert str(here) == alike(str(there)), name
        assert member.__doc__ == other.__doc__, name


@pytest.mark.parametrize(("blocking", "asynchronous"), PAIRS, ids=lambda kind: kind.__name__)
def test_one_face_blocks_and_the_other_is_awaited(blocking: type, asynchronous: type) -> None:
    for name, member in own(blocking).items():
        other = own(asynchronous)[ENTER.get(name, name)]
        if inspect.isfunction(member):
            assert not inspect.iscoroutinefunction(member), name
            plain = name == "__init__" or (asynchronous is AsyncVideos and name == "list")
            awaited = inspect.iscoroutinefunction(other) or inspect.isasyncgenfunction(other)
            assert awaited != plain, name


@pytest.mark.parametrize("face", [Videos, AsyncVideos])
def test_the_contracts_names_and_arguments_are_kept(face: type) -> None:
    for verb, names in OPENAI.items():
        parameters = inspect.signature(getattr(face, verb)).parameters
        for name in [*names, "extra_headers", "extra_query", "timeout"]:
            assert name in parameters, f"{verb}({name})"
        required = {name for name, parameter in parameters.items() if parameter.default is parameter.empty} - {"self"}
        assert required <= set(names), verb


def test_every_keyword_of_a_verb_means_something() -> None:
    known = {*FLAT, *EXTRAS, "extra_headers", "extra_query", "extra_body", "timeout", "self"}
    known |= {"before", "after", "tail_frames", "head_frames", "first", "second", "overlap_frames", "video_id"}
    for verb in ("create", "edit", "extend", "remix", "fill", "blend", "loop"):
        assert set(inspect.signature(getattr(Videos, verb)).parameters) <= known, verb
    waits = {"wait_timeout", "poll_interval_ms"}
    assert set(inspect.signature(Videos.create_and_poll).parameters) <= known | waits


def test_every_verb_and_every_face_member_is_documented() -> None:
    for kind in (kind for pair in PAIRS for kind in pair):
        for name, member in own(kind).items():
            if not name.startswith("__"):
                assert inspect.getdoc(member), f"{kind.__name__}.{name}"
    assert {name for name in own(Videos) if not name.startswith("_")} - {"fill", "list"} <= set(dir(VideoOperations))
