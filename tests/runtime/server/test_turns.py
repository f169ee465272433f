"""What a request says of its turn: how urgent it is, when it is too late for it, and how many takes it wants."""

import io
import time

import av
import pytest

LONG = {"num_frames": 1440, "size": "1280x720"}
"""Longer than any test here looks at it."""


def frames(runtime, video_id) -> bytes:
    with av.open(io.BytesIO(runtime.get(f"/v1/videos/{video_id}/content").content)) as film:
        return b"".join(frame.to_ndarray().tobytes() for frame in film.decode(video=0))


@pytest.fixture
def busy(runtime):
    """The one that is being worked on while others wait."""
    video_id = runtime.create(**LONG)["id"]
    runtime.until(video_id, "preparing", "running")
    yield video_id
    runtime.client.delete(f"/v1/videos/{video_id}")


def test_who_waits_at_the_screen_comes_before_what_runs_over_night(runtime, busy):
    ids = [runtime.create(cutaway={"priority": word})["id"] for word in ("batch", "normal", "interactive")]
    told = runtime.get("/v1/cutaway/queue").json()["jobs"]
    assert [one["id"] for one in told] == [busy, *reversed(ids)]
    waiting = [runtime.get(f"/v1/videos/{video_id}").json()["cutaway"] for video_id in ids]
    assert [(one["priority"], one["queue_position"]) for one in waiting] == [
        ("batch", 2),
        ("normal", 1),
        ("interactive", 0),
    ]
    for video_id in ids:
        runtime.client.delete(f"/v1/videos/{video_id}")


def test_a_job_whose_turn_does_not_come_in_time_fails(runtime, busy):
    asked = time.time()
    video = runtime.create(cutaway={"deadline_s": 0.4})
    assert video["cutaway"]["deadline_at"] == pytest.approx(asked + 0.4, abs=2)
    ended = runtime.wait(video["id"], 10)
    assert (ended["error"]["code"], ended["cutaway"]["state"]) == ("deadline_exceeded", "failed")
    assert time.time() - asked < 5
    assert runtime.get(f"/v1/videos/{busy}").json()["status"] == "in_progress"


def test_a_job_that_takes_too_long_is_stopped_with_its_file_and_the_next_one_is_made(runtime):
    video = runtime.create(**LONG, cutaway={"deadline_s": "1"})
    ended = runtime.wait(video["id"], 15)
    assert (ended["error"]["code"], ended["cutaway"]["state"]) == ("deadline_exceeded", "failed")
    assert "progress" in ended
    content = runtime.get(f"/v1/videos/{video['id']}/content")
    assert (content.status_code, content.json()["error"]["code"]) == (409, "video_not_ready")
    in_time = runtime.wait(runtime.create(cutaway={"deadline_s": 60})["id"])
    assert in_time["status"] == "completed"
    assert runtime.parts() == []


def test_several_takes_are_a_video_each(runtime):
    body = {"seed": 7, "n": "3", "model": "draft", "prompt": "a red ball rolls left"}
    answer = runtime.create(**body)
    ids = [answer["id"], *answer["cutaway"]["siblings"]]
    takes = [runtime.wait(video_id) for video_id in ids]
    assert [take["cutaway"]["seed"] for take in takes] == [7, 8, 9]
    assert [take["status"] for take in takes] == ["completed"] * 3
    assert set(takes[1]["cutaway"]["siblings"]) == {ids[0], ids[2]}
    alone = runtime.wait(runtime.create(**{**body, "n": 1, "seed": 8})["id"])
    assert alone["cutaway"]["siblings"] == []
    first, second, third, again = (frames(runtime, one) for one in [*ids, alone["id"]])
    assert again == second
    assert len({first, second, third}) == 3


def test_takes_under_a_key_are_made_once(runtime):
    body = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "n": 2, "seed": 1}
    answers = [runtime.post("/v1/videos", json=body, headers={"idempotency-key": "takes"}) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[0].json()["cutaway"]["siblings"] == answers[1].json()["cutaway"]["siblings"]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert runtime.post("/v1/cutaway/estimate", json=body).json()["n"] == 2


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"cutaway": {"priority": "high"}}, "cutaway.priority"),
        ({"cutaway": {"deadline_s": 0}}, "cutaway.deadline_s"),
        ({"cutaway": {"deadline_s": "soon"}}, "cutaway.deadline_s"),
        ({"cutaway": {"mask": {"id": "video_x"}}}, "cutaway.mask"),
        ({"mask": "data:image/png;base64,AA=="}, "mask"),
        ({"cutaway": {"structure": "depth"}}, "cutaway.structure"),
        ({"control_type": "edge"}, "control_type"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(runtime, fields, param):
    answer = runtime.post("/v1/videos", json={"model": "bars", "prompt": "bars", **fields})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text


def test_to_ask_for_no_mask_and_no_structure_is_nothing(runtime):
    video = runtime.create(mask=None, cutaway={"structure": "none"})
    assert video["cutaway"].get("ignored_params", []) == []
