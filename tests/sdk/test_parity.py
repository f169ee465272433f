"""The two faces are one: same names, parameters, defaults, types and words."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from cutaway import AsyncCutaway, AsyncVideo, Cutaway, Video
from cutaway.client.casting import AsyncVideoCasting, VideoCasting
from cutaway.client.files import AsyncFiles, Files
from cutaway.client.keywords import Call, Post
from cutaway.client.making import VideoMaking
from cutaway.client.making_async import AsyncVideoMaking
from cutaway.client.models import AsyncModels, Models
from cutaway.client.page import AsyncPage, Page
from cutaway.client.raw import AsyncRawFiles, AsyncRawModels, AsyncRawVideos, RawFiles, RawModels, RawVideos
from cutaway.client.recovery import AsyncVideoRecovery, VideoRecovery
from cutaway.client.submission import EXTRAS, FLAT
from cutaway.client.video import AsyncVideoFrame, VideoFrame
from cutaway.client.videos import AsyncVideos, Videos

PAIRS = [
    (Cutaway, AsyncCutaway), (Video, AsyncVideo), (VideoFrame, AsyncVideoFrame), (Videos, AsyncVideos),
    (VideoMaking, AsyncVideoMaking), (VideoCasting, AsyncVideoCasting), (VideoRecovery, AsyncVideoRecovery),
    (Files, AsyncFiles), (Models, AsyncModels), (Page, AsyncPage),
    (RawVideos, AsyncRawVideos), (RawFiles, AsyncRawFiles), (RawModels, AsyncRawModels),
]  # fmt: skip
FACES = [(Videos, RawVideos), (Files, RawFiles), (Models, RawModels)]
MANY_ANSWERS = {"create_and_poll", "poll", "resume", "recover", "forget", "journal"}
"""Verbs that hold whole conversations, or none: they have no single answer to look at."""
MAKING = ("create", "create_and_poll", "estimate", "edit", "extend", "remix", "fill", "blend", "loop")
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
    "create_character": ["name", "video"],
    "get_character": ["character_id"],
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
            assert inspect.getdoc(member) == inspect.getdoc(other), name
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
            plain = name in {"__init__", "with_options", "frame", "with_raw_response"}
            plain |= asynchronous is AsyncVideos and name == "list"
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


def parameters(verb: str) -> set[str]:
    return set(inspect.signature(getattr(Videos, verb)).parameters) - {"self"}


def test_every_keyword_of_a_verb_means_something() -> None:
    known = {*FLAT, *EXTRAS, *Post.__annotations__, "emulate", "save_to", "video_id"}
    known |= {"before", "after", "tail_frames", "head_frames", "first", "second", "overlap_frames"}
    for verb in MAKING:
        waits = {"wait_timeout", "poll_interval_ms", "cancel_on_interrupt"} if verb == "create_and_poll" else set()
        assert parameters(verb) <= known | waits, verb


def test_every_call_can_be_bounded_and_extended() -> None:
    for face in (Videos, Files, Models):
        for name, member in vars(face).items():
            if inspect.isfunction(member) and not name.startswith("_") and name not in MANY_ANSWERS:
                assert set(Call.__annotations__) <= set(inspect.signature(member).parameters), name
    for verb in (*MAKING, "create_character"):
        assert set(Post.__annotations__) <= parameters(verb), verb
    for verb in MAKING:
        assert "emulate" in parameters(verb), verb


@pytest.mark.parametrize(("face", "raw"), FACES, ids=lambda kind: kind.__name__)
def test_every_verb_can_be_asked_for_its_answer(face: type, raw: type) -> None:
    plain = face.__new__(face)
    heard = raw(plain, None)
    verbs = {name for name in dir(face) if not name.startswith("_")} - MANY_ANSWERS - {"with_raw_response"}
    assert set(vars(heard)) == verbs
    for verb in verbs:
        asked, given = inspect.signature(getattr(plain, verb)), inspect.signature(getattr(heard, verb))
        assert given == asked.replace(return_annotation=f"RawAnswer[{asked.return_annotation}]"), verb
        assert inspect.getdoc(getattr(heard, verb)) == inspect.getdoc(getattr(plain, verb)), verb


def test_a_keyword_that_is_none_is_refused_with_the_nearest(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    client: Any = Cutaway("http://127.0.0.1:9", "key", dialect="cutaway")
    with pytest.raises(TypeError, match=r"create\(\) got an unexpected keyword argument 'lenght'"):
        client.videos.create(prompt="a", lenght=3)
    with pytest.raises(TypeError, match="'negativ_prompt'; did you mean 'negative_prompt'"):
        client.videos.extend(video="a.mp4", negativ_prompt="rain")
    for wrong in (client.videos.retrieve, client.videos.delete, client.files.retrieve):
        with pytest.raises(TypeError, match="'timout'; did you mean 'timeout'"):
            wrong("v", timout=3)
    client.close()


def test_every_verb_and_every_face_member_is_documented() -> None:
    for kind in (kind for pair in PAIRS for kind in pair):
        for name, member in own(kind).items():
            if not name.startswith("__"):
                assert inspect.getdoc(member), f"{kind.__name__}.{name}"
