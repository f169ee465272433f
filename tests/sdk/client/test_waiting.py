"""A wait ends with a completed video or with an exception that carries the job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cutaway import Cutaway, Video, errors
from cutaway.client.request import Answer
from cutaway.errors import ConnectionFailed, RequestTimeout


def job(status: str, progress: int = 0, **facts: Any) -> dict[str, Any]:
    return {"id": "video_1", "object": "video", "status": status, "progress": progress, "created_at": 1, **facts}


def event(seq: int, status: str, progress: int = 0, **facts: Any) -> bytes:
    data = {"seq": seq, "type": "state", "video": job(status, progress, **facts)}
    return f"id: {seq}\nevent: state\ndata: {json.dumps(data)}\n\n".encode()


def held(scripted: Any, dialect: str = "cutaway") -> Video:
    scripted.expect("GET /v1/videos/video_1", job("queued"))
    return Cutaway("http://server", "k", dialect=dialect, io=scripted).videos.retrieve("video_1")


def test_events_bring_progress_and_the_end(scripted: Any) -> None:
    video, seen = held(scripted), []
    chunks = [
        b": keep-alive\n\n",
        event(1, "in_progress", 10),
        event(2, "in_progress", 60) + event(3, "completed", 100),
    ]
    scripted.expect("GET /v1/videos/video_1/events", chunks)
    assert video.wait(on_progress=lambda now: seen.append((now.status, now.progress))) is video
    assert seen == [("queued", 0), ("in_progress", 10), ("in_progress", 60), ("completed", 100)]
    assert scripted.streams[0].closed


def test_what_a_job_has_behind_it_is_no_news(scripted: Any) -> None:
    painted = {"state": "running", "attempt": 1}
    scripted.expect("GET /v1/videos/video_1", job("in_progress", 26, cutaway=painted))
    video, seen = Cutaway("http://server", "k", dialect="cutaway", io=scripted).videos.retrieve("video_1"), []
    told = [
        event(1, "queued", cutaway={"state": "queued", "attempt": 1}),
        event(2, "in_progress", 0, cutaway=painted),
        event(3, "in_progress", 26, cutaway=painted),
        event(4, "in_progress", 0, cutaway={"state": "running", "attempt": 2}),
        event(5, "completed", 100),
    ]
    scripted.expect("GET /v1/videos/video_1/events", told)
    video.wait(on_progress=lambda now: seen.append((now.status, now.progress)))
    assert seen == [("in_progress", 26), ("in_progress", 0), ("completed", 100)], "only a new attempt begins anew"


def test_the_end_of_a_job_is_news_whatever_was_known(scripted: Any) -> None:
    scripted.expect("GET /v1/videos/video_1", job("in_progress", 26, cutaway={"state": "running", "attempt": 2}))
    video = Cutaway("http://server", "k", dialect="cutaway", io=scripted).videos.retrieve("video_1")
    scripted.expect("GET /v1/videos/video_1/events", [event(9, "failed", 20, error={"code": "x", "message": "y"})])
    with pytest.raises(errors.JobFailed):
        video.wait()


def test_a_broken_stream_is_taken_up_where_it_broke(scripted: Any) -> None:
    video = held(scripted)
    scripted.expect(
        "GET /v1/videos/video_1/events", [event(4, "in_progress", 10), b"id: 5\ndata: {", ConnectionFailed("cut")]
    )
    scripted.expect("GET /v1/videos/video_1/events", [event(5, "completed", 100)])
    video.wait()
    assert scripted.sent[-1].headers["Last-Event-ID"] == "4"


def test_streams_without_news_give_way_to_held_answers(scripted: Any) -> None:
    video = held(scripted)
    for _ in range(2):
        scripted.expect("GET /v1/videos/video_1/events", [RequestTimeout("silence")])
    scripted.expect(r"GET /v1/videos/video_1\?wait=25", job("in_progress", 5))
    scripted.expect(r"GET /v1/videos/video_1\?wait=25", job("completed", 100))
    assert video.wait().status == "completed"


def test_a_server_without_events_is_asked_to_hold_its_answer(scripted: Any) -> None:
    video = held(scripted)
    scripted.expect("GET /v1/videos/video_1/events", ({"detail": "Not Found"}, 404))
    scripted.expect(r"GET /v1/videos/video_1\?wait=25", job("completed", 100))
    video.wait()
    assert scripted.sent[-1].timeout > 25


def test_a_server_that_does_not_hold_is_polled(scripted: Any) -> None:
    video = held(scripted)
    scripted.expect("GET /v1/videos/video_1/events", ({}, 404))
    scripted.expect(r"GET /v1/videos/video_1\?wait=25", job("queued"))
    scripted.expect("GET /v1/videos/video_1", job("queued"), {"openai-poll-after-ms": "1500"})
    scripted.expect("GET /v1/videos/video_1", job("completed", 100))
    video.wait()
    assert scripted.slept == [1.5]


def test_polls_grow_apart_up_to_ten_seconds(scripted: Any) -> None:
    video = held(scripted, "openai")
    for _ in range(12):
        scripted.expect("GET /v1/videos/video_1", job("processing", 5))
    scripted.expect("GET /v1/videos/video_1", job("succeeded", 100))
    video.wait()
    assert 0.8 <= scripted.slept[0] <= 1
    assert scripted.slept[4] > scripted.slept[0] * 2
    assert max(scripted.slept) <= 10
    assert min(scripted.slept[-3:]) >= 8


def test_an_interval_given_is_kept(scripted: Any) -> None:
    client = Cutaway("http://server", "k", dialect="cutaway", io=scripted)
    for _ in range(3):
        scripted.expect("GET /v1/videos/video_1", job("queued"))
    scripted.expect("GET /v1/videos/video_1", job("completed"))
    client.videos.poll("video_1", poll_interval_ms=250)
    assert scripted.slept == [0.25, 0.25]


@pytest.mark.parametrize(
    ("facts", "kind", "says"),
    [
        ({"error": {"code": "out_of_memory", "message": "24 GB are not enough"}}, errors.JobFailed, "24 GB"),
        ({"error": {"code": "moderation_blocked", "message": "no"}}, errors.ModerationBlocked, "no"),
        ({"error": {"code": "cancelled", "message": ""}}, errors.JobCancelled, "cancelled"),
        ({"cutaway": {"state": "cancelled"}}, errors.JobCancelled, "cancelled"),
        ({}, errors.JobFailed, "no reason"),
    ],
)
def test_a_job_that_failed_is_never_a_result(
    scripted: Any, facts: dict[str, Any], kind: type[errors.JobError], says: str
) -> None:
    video = held(scripted)
    scripted.expect("GET /v1/videos/video_1/events", [event(1, "failed", **facts)])
    with pytest.raises(kind, match=says) as caught:
        video.wait()
    assert type(caught.value) is kind
    assert caught.value.job is video
    with pytest.raises(kind):
        video.wait()
    with pytest.raises(kind):
        video.save("nowhere.mp4")


def test_a_wait_that_runs_out_leaves_the_job(scripted: Any) -> None:
    video = held(scripted, "openai")
    for _ in range(4):
        scripted.expect("GET /v1/videos/video_1", job("in_progress", 42), {"openai-poll-after-ms": "1000"})
    with pytest.raises(errors.WaitTimeout, match="42 %") as caught:
        video.wait(timeout=3.5)
    assert caught.value.job is video
    assert sum(scripted.slept) == pytest.approx(3.5)


def test_a_wait_that_runs_out_among_events(scripted: Any) -> None:
    video = held(scripted)
    scripted.per_request = 4.0
    scripted.expect("GET /v1/videos/video_1/events", [event(1, "in_progress", 5)])
    scripted.expect(r"GET /v1/videos/video_1\?wait=6", job("in_progress", 6))
    scripted.expect(r"GET /v1/videos/video_1\?wait=2", job("in_progress", 7))
    with pytest.raises(errors.WaitTimeout):
        video.wait(timeout=10)


def test_a_job_that_does_not_move_has_stalled(scripted: Any) -> None:
    video = held(scripted, "openai")
    scripted.expect("GET /v1/videos/video_1", job("in_progress", 10), {"openai-poll-after-ms": "20000"})
    for _ in range(2):
        scripted.expect("GET /v1/videos/video_1", job("in_progress", 10), {"openai-poll-after-ms": "20000"})
    with pytest.raises(errors.JobStalled, match="60 s"):
        video.wait(stall_timeout=60)


def test_no_stream_is_listened_to_for_longer_than_a_job_may_stand_still(scripted: Any) -> None:
    video = held(scripted)
    scripted.expect("GET /v1/videos/video_1/events", [event(1, "completed", 100)])
    video.wait(stall_timeout=2)
    assert scripted.sent[-1].timeout == 2


def test_a_job_that_moves_does_not_stall(scripted: Any) -> None:
    video = held(scripted, "openai")
    for progress in range(1, 8):
        scripted.expect("GET /v1/videos/video_1", job("in_progress", progress), {"openai-poll-after-ms": "50000"})
    scripted.expect("GET /v1/videos/video_1", job("completed"))
    video.wait(stall_timeout=60)


def test_five_failures_in_a_row_are_lived_through(scripted: Any) -> None:
    scripted.expect("GET /v1/videos/video_1", job("queued"))
    client = Cutaway("http://server", "k", dialect="openai", io=scripted, max_retries=0)
    video = client.videos.retrieve("video_1")
    for trouble in (ConnectionFailed("cut"), ({}, 500), ({}, 429), RequestTimeout("late"), ({}, 503)):
        scripted.expect("GET /v1/videos/video_1", trouble)
    scripted.expect("GET /v1/videos/video_1", job("in_progress"))
    for _ in range(6):
        scripted.expect("GET /v1/videos/video_1", ({}, 500))
    with pytest.raises(errors.ServerError):
        video.wait()


GONE = ({"error": {"message": "there is no such video"}}, 404)


def test_a_job_that_is_gone_at_a_second_look_is_lost(scripted: Any) -> None:
    video = held(scripted)
    scripted.expect("GET /v1/videos/video_1/events", ({}, 404))
    scripted.expect(r"GET /v1/videos/video_1\?wait=25", GONE)
    scripted.expect(r"GET /v1/videos/video_1\?wait=25", GONE)
    with pytest.raises(errors.JobLost, match="started anew") as caught:
        video.wait()
    assert caught.value.job is video
    assert len(scripted.slept) == 1


def test_a_replica_that_does_not_know_the_job_is_asked_again(scripted: Any) -> None:
    video = held(scripted, "openai")
    for _ in range(2):
        scripted.expect("GET /v1/videos/video_1", GONE)
        scripted.expect("GET /v1/videos/video_1", job("in_progress", 5))
    scripted.expect("GET /v1/videos/video_1", job("completed"))
    assert video.wait().status == "completed"


def test_a_failed_job_under_an_error_status_is_a_failed_job(scripted: Any) -> None:
    video = held(scripted, "openai")
    failed = job("failed", error={"code": 500, "message": "the pipeline broke"})
    scripted.expect("GET /v1/videos/video_1", (failed, 500))
    with pytest.raises(errors.JobFailed, match="the pipeline broke"):
        video.wait()
    assert len(scripted.sent) == 2


def test_an_unknown_status_goes_on_until_it_is_known(scripted: Any) -> None:
    video = held(scripted, "openai")
    for status in ("warming_up", "Processing", "finalising", "succeeded"):
        scripted.expect("GET /v1/videos/video_1", job(status))
    assert video.wait().status == "completed"


def test_an_answer_that_is_no_job_is_lived_through(scripted: Any) -> None:
    video = held(scripted, "openai")
    scripted.expect("GET /v1/videos/video_1", Answer(200, {}, b"<html>gateway is warming up</html>"))
    scripted.expect("GET /v1/videos/video_1", job("completed"))
    assert video.wait().status == "completed"


def test_a_pause_that_a_busy_server_asks_for_is_made(scripted: Any) -> None:
    video = held(scripted, "openai")
    scripted.expect("GET /v1/videos/video_1", ({}, 429), {"retry-after": "180"})
    scripted.expect("GET /v1/videos/video_1", job("completed"))
    video.wait()
    assert scripted.slept == [180]


def test_a_deadline_bounds_pauses_and_requests(scripted: Any) -> None:
    video = held(scripted, "openai")
    scripted.expect("GET /v1/videos/video_1", ({}, 503), {"retry-after": "100"})
    with pytest.raises(errors.WaitTimeout):
        video.wait(timeout=5)
    assert scripted.slept == [5]
    assert scripted.sent[-1].timeout == 5


def test_failures_between_good_answers_never_add_up(scripted: Any) -> None:
    video = held(scripted, "openai")
    for progress in range(1, 9):
        scripted.expect("GET /v1/videos/video_1", ConnectionFailed("cut"))
        scripted.expect("GET /v1/videos/video_1", job("in_progress", progress))
    scripted.expect("GET /v1/videos/video_1", job("completed"))
    assert video.wait().status == "completed"


def test_held_answers_that_break_give_way_to_polls(scripted: Any) -> None:
    video = held(scripted)
    scripted.expect("GET /v1/videos/video_1/events", ({}, 404))
    for _ in range(2):
        scripted.expect(r"GET /v1/videos/video_1\?wait=25", RequestTimeout("a proxy cut it"))
    scripted.expect("GET /v1/videos/video_1", job("in_progress", 5))
    scripted.expect("GET /v1/videos/video_1", job("completed"))
    assert video.wait().status == "completed"


def test_events_that_a_server_cannot_give_are_not_insisted_on(scripted: Any) -> None:
    video = held(scripted)
    for _ in range(2):
        scripted.expect("GET /v1/videos/video_1/events", ({}, 500))
    scripted.expect(r"GET /v1/videos/video_1\?wait=25", job("completed", 100))
    assert video.wait().status == "completed"


def test_control_c_leaves_the_job_alone(scripted: Any) -> None:
    video = held(scripted)
    scripted.expect("GET /v1/videos/video_1/events", [event(1, "in_progress", 5), event(2, "completed")])

    def interrupt(now: Video) -> None:
        if now.progress:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        video.wait(on_progress=interrupt)
    assert {request.method for request in scripted.sent} == {"GET"}
    assert scripted.streams[0].closed
