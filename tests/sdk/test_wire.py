"""The contract, as models and as a table of states."""

import pytest
from pydantic import ValidationError

from cutaway.wire import (
    CLAIMED,
    STATUS_OF,
    TERMINAL,
    TRANSITIONS,
    Details,
    Reference,
    State,
    Status,
    Video,
    VideoCreate,
    parse_size,
    state_diagram,
)


def test_every_state_has_its_place_in_the_table_and_its_word_in_the_contract():
    assert set(TRANSITIONS) == set(State)
    assert set(STATUS_OF) == set(State)
    assert set(STATUS_OF.values()) == set(Status)


def test_every_job_can_end_and_nothing_follows_an_end():
    assert {State.COMPLETED, State.FAILED, State.CANCELLED} == TERMINAL
    for state in State:
        reached, todo = {state}, [state]
        while todo:
            for after in TRANSITIONS[todo.pop()] - reached:
                reached.add(after)
                todo.append(after)
        assert reached & TERMINAL, f"{state} never ends"


def test_a_job_in_a_workers_hands_is_in_progress_for_everybody_else():
    assert {STATUS_OF[state] for state in CLAIMED} == {Status.IN_PROGRESS}
    assert all(State.FAILED in TRANSITIONS[state] for state in CLAIMED)


def test_the_diagram_shows_each_arrow_of_the_table_once():
    arrows = {tuple(line.split(" --> ")) for line in map(str.strip, state_diagram().splitlines()) if "-->" in line}
    expected = {(str(a), str(b)) for a, following in TRANSITIONS.items() for b in following}
    expected |= {("[*]", "queued")} | {(str(state), "[*]") for state in TERMINAL}
    assert arrows == expected


@pytest.mark.parametrize(("given", "seconds"), [("4", 4.0), (4, 4.0), (2.96, 2.96), ("2.96", 2.96)])
def test_seconds_come_as_text_or_number(given, seconds):
    assert VideoCreate(prompt="x", seconds=given).seconds == seconds


@pytest.mark.parametrize("bad", [0, -1, "soon", 61, float("nan"), float("inf"), True])
def test_seconds_that_mean_nothing_are_refused(bad):
    with pytest.raises(ValidationError):
        VideoCreate(prompt="x", seconds=bad)


def test_a_rate_travels_as_an_exact_fraction():
    assert VideoCreate(prompt="x", fps=23.976).fps == "24000/1001"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("video_123", "id"),
        ("file_123", "file_id"),
        ("https://example.org/a.png", "url"),
        ("data:image/png;base64,AA==", "url"),
        ({"id": "video_1"}, "id"),
        ({"image_url": "https://example.org/a.png"}, "url"),
        ({"file_id": "file_1", "frame": -1}, "file_id"),
    ],
)
def test_a_reference_is_known_by_its_look_or_its_field(given, field):
    assert getattr(Reference.model_validate(given), field)


@pytest.mark.parametrize("bad", [{}, {"id": "a", "url": "b"}, {"path": "/etc/passwd"}, 3])
def test_a_reference_names_exactly_one_thing(bad):
    with pytest.raises(ValidationError):
        Reference.model_validate(bad)


@pytest.mark.parametrize(
    "path", ["/home/me/ball.png", "./a.mp4", "..\\a", "~/a", "C:\\films\\a.mov", "file:///etc/passwd", "ball.PNG"]
)
def test_a_path_names_nothing_on_a_server_and_that_is_said(path):
    with pytest.raises(ValidationError, match="looks like a path; a file itself is sent"):
        Reference.model_validate(path)


def test_more_seconds_than_are_made_at_a_time_are_told_what_to_do():
    with pytest.raises(ValidationError, match="at most 60 s are made at a time: make several shots, or extend one"):
        VideoCreate(prompt="x", seconds="61")


def test_what_a_server_adds_survives_a_round_trip():
    video = Video.model_validate({"id": "v", "status": "queued", "queue_wait": 3, "cutaway": {"gpu": "H200"}})
    assert video.model_dump()["queue_wait"] == 3
    assert isinstance(video.cutaway, Details)
    assert video.model_dump()["cutaway"]["gpu"] == "H200"


@pytest.mark.parametrize("bad", ["1280", "x720", "0x10", "1280*720", "-5x10", "123456x10"])
def test_what_is_no_size_is_refused(bad):
    with pytest.raises(ValueError, match="WIDTHxHEIGHT"):
        parse_size(bad)
