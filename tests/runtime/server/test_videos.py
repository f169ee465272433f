"""The life of a job over HTTP, made with bars."""

import base64
import hashlib
from itertools import pairwise

import pytest

from cutaway.media.decode import Clip
from cutaway.wire import TRANSITIONS, State


@pytest.fixture(scope="module")
def done(runtime):
    """A completed job of 8 frames."""
    video = runtime.wait(runtime.create()["id"])
    assert video["status"] == "completed", video
    return video


def test_a_create_answers_at_once_with_what_will_be_made(runtime):
    answer = runtime.post("/v1/videos", json={"prompt": "x", "model": "bars", "seconds": 1, "size": "160x90"})
    video = answer.json()
    assert answer.status_code == 200
    assert video["object"] == "video"
    assert video["status"] == "queued"
    assert (video["seconds"], video["size"], video["cutaway"]["num_frames"]) == ("1", "160x90", 24)
    assert 250 <= int(answer.headers["openai-poll-after-ms"]) <= 5000
    assert runtime.wait(video["id"])["progress"] == 100


def test_every_field_of_the_contract_is_there_with_its_type(runtime, done):
    kinds = {
        "id": str, "object": str, "created_at": int, "status": str, "progress": int, "model": str, "seconds": str,
        "size": str, "prompt": str, "completed_at": int, "expires_at": None, "remixed_from_video_id": None,
        "error": None,
    }  # fmt: skip
    listed = next(v for v in runtime.get("/v1/videos", params={"limit": 100}).json()["data"] if v["id"] == done["id"])
    for video in (done, listed):
        assert set(video) == {*kinds, "cutaway"}
        for name, kind in kinds.items():
            assert type(video[name]) is kind or video[name] is kind is None, name


def test_a_completed_job_says_what_was_made(done):
    details = done["cutaway"]
    assert details["state"] == "completed"
    assert (details["num_frames"], details["fps"], details["duration_s"]) == (8, "24", pytest.approx(1 / 3))
    assert done["seconds"] == "0.333333"
    assert details["preview"] is True
    assert details["engine"] == "bars"
    assert details["model_revision"]
    assert details["segments"] == [{"start": 0, "end": 8, "method": "bars"}]
    assert details["usage"]["wall_s"] > 0
    assert done["completed_at"] >= done["created_at"] > 1_700_000_000


def test_the_file_is_the_one_that_was_promised(runtime, done, tmp_path):
    answer = runtime.get(f"/v1/videos/{done['id']}/content")
    digest = hashlib.sha256(answer.content).hexdigest()
    assert digest == done["cutaway"]["sha256"]
    assert len(answer.content) == done["cutaway"]["bytes"]
    assert answer.headers["etag"] == f'"{digest}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:"
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == f'attachment; filename="{done["id"]}.mp4"'
    path = tmp_path / "video.mp4"
    path.write_bytes(answer.content)
    with Clip(path) as clip:
        assert (len(clip), clip.info.width, clip.info.height) == (8, 160, 90)


def test_a_download_is_taken_up_where_it_broke_off(runtime, done):
    url = f"/v1/videos/{done['id']}/content"
    whole = runtime.get(url)
    rest = runtime.get(url, headers={"range": "bytes=100-", "if-range": whole.headers["etag"]})
    assert rest.status_code == 206
    assert rest.content == whole.content[100:]
    other = runtime.get(url, headers={"range": "bytes=100-", "if-range": '"of another file"'})
    assert (other.status_code, other.content) == (200, whole.content)
    assert runtime.get(url, headers={"range": "bytes=99999999-"}).status_code == 416
    head = runtime.client.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))
    assert runtime.get(url, headers={"if-none-match": whole.headers["etag"]}).status_code == 304


def test_events_tell_the_whole_story_in_order_and_again(runtime):
    video_id = runtime.create(num_frames=96, size="640x360")["id"]
    told = runtime.events(video_id)
    assert [int(event["id"]) for event in told] == list(range(1, len(told) + 1))
    states = [State(event["data"]["video"]["cutaway"]["state"]) for event in told]
    assert states[0] is State.QUEUED
    assert states[-1] is State.COMPLETED
    for before, after in pairwise(states):
        assert before is after or after in TRANSITIONS[before]
    percents = [event["data"]["video"]["progress"] for event in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert 100 not in percents[:-1]
    assert [event["event"] for event in told] == [event["data"]["type"] for event in told]

    assert runtime.events(video_id) == told
    assert runtime.events(video_id, **{"last-event-id": told[2]["id"]}) == told[3:]
    assert runtime.events(video_id, **{"last-event-id": told[-1]["id"]}) == []


def test_events_want_a_number_to_go_on_from(runtime, done):
    answer = runtime.get(f"/v1/videos/{done['id']}/events", headers={"last-event-id": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


def test_a_long_job_reports_frames_and_what_is_left(runtime):
    told = runtime.events(runtime.create(num_frames=240, size="640x360")["id"])
    painting = [e["data"]["video"] for e in told if e["data"]["video"]["cutaway"].get("total_steps")]
    assert painting, "240 frames take longer than a fifth of a second"
    steps = [video["cutaway"]["step"] for video in painting]
    assert steps == sorted(steps)
    assert {video["cutaway"]["total_steps"] for video in painting} == {240}
    assert any(video["cutaway"].get("eta_s") for video in painting)


def test_a_page_goes_on_where_the_last_one_ended(runtime):
    made = [runtime.create()["id"] for _ in range(5)]
    first = runtime.get("/v1/videos", params={"limit": 2}).json()
    assert [v["id"] for v in first["data"]] == [made[4], made[3]]
    assert (first["object"], first["has_more"]) == ("list", True)
    assert (first["first_id"], first["last_id"]) == (made[4], made[3])
    second = runtime.get("/v1/videos", params={"limit": 2, "after": first["last_id"]}).json()
    assert [v["id"] for v in second["data"]] == [made[2], made[1]]
    oldest = runtime.get("/v1/videos", params={"order": "asc", "limit": 100}).json()
    assert [v["id"] for v in oldest["data"]][-5:] == made
    assert oldest["has_more"] is False
    for query in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"order": "up"}, {"after": "video_none"}):
        answer = runtime.get("/v1/videos", params=query)
        assert answer.status_code == 400, query
        assert answer.json()["error"]["param"] in query


def test_the_same_key_makes_one_job(runtime):
    body = {"prompt": "once", "model": "bars", "size": "160x90", "num_frames": 4}
    key = {"idempotency-key": "one-logical-call"}
    first = runtime.post("/v1/videos", json=body, headers=key)
    again = runtime.post("/v1/videos", data={**body, "num_frames": "4"}, headers=key)
    assert first.json()["id"] == again.json()["id"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = runtime.post("/v1/videos", json={**body, "prompt": "another"}, headers=key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reuse")
    assert other.headers["x-should-retry"] == "false"
    assert runtime.post("/v1/videos", json=body).json()["id"] != first.json()["id"]


def test_a_retry_without_a_key_is_recognised_and_a_second_wish_is_not(runtime):
    body = {"prompt": "dropped connection", "model": "bars", "size": "160x90", "num_frames": 4}
    first = runtime.post("/v1/videos", json=body).json()["id"]
    assert runtime.post("/v1/videos", json=body, headers={"x-stainless-retry-count": "1"}).json()["id"] == first
    assert runtime.post("/v1/videos", json=body, headers={"x-stainless-retry-count": "0"}).json()["id"] != first


def test_the_same_seed_gives_the_same_frames(runtime):
    def first_frame(seed: int) -> bytes:
        video = runtime.wait(runtime.create(seed=seed)["id"])
        return runtime.get(f"/v1/videos/{video['id']}/content", params={"variant": "first_frame"}).content

    assert first_frame(7) == first_frame(7) != first_frame(8)


def test_values_that_were_changed_or_not_read_are_said(runtime):
    video = runtime.post(
        "/v1/videos",
        json={
            "prompt": "x",
            "model": "sora-2",
            "size": "160x90",
            "num_frames": 4,
            "guidance_scale": 7,
            "strength": 0.5,
        },
    ).json()
    assert [a["field"] for a in video["cutaway"]["adjustments"]] == ["model"]
    assert set(video["cutaway"]["ignored_params"]) == {"guidance_scale", "strength"}


def test_other_names_for_models(make_runtime):
    runtime = make_runtime("--model-alias", "sora-2-pro=bars", "--model-alias", "best=", "--model-alias", "lost=gone")
    body = {"prompt": "x", "size": "64x48", "num_frames": 2}
    default = runtime.post("/v1/videos", json=body).json()["model"]
    for name, model in {"sora-2-pro": "bars", "sora-2": default, "best": default, "bars": "bars"}.items():
        video = runtime.post("/v1/videos", json={**body, "model": name}).json()
        told = [(a["requested"], a["effective"]) for a in video["cutaway"]["adjustments"] if a["field"] == "model"]
        assert (video["model"], told) == (model, [] if name == "bars" else [(name, model)])
    lost = runtime.post("/v1/videos", json={**body, "model": "lost"})
    assert (lost.status_code, lost.json()["error"]["code"]) == (404, "model_not_found")


def test_a_model_that_is_not_there_is_an_error_not_another_model(runtime):
    answer = runtime.post("/v1/videos", json={"prompt": "x", "model": "wan-14b"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert "bars" in answer.json()["error"]["message"]
    known = runtime.post("/v1/videos", json={"prompt": "x", "model": "wan-2.1-vace-1.3b"})
    assert (known.status_code, known.json()["error"]["code"]) == (404, "model_not_found")
    assert "cutaway models pull wan-2.1-vace-1.3b" in known.json()["error"]["message"]


def test_extend_edit_and_remix_start_from_a_finished_video(runtime, done):
    base = {"model": "bars", "prompt": "on", "fps": "24"}
    longer = runtime.post("/v1/videos/extensions", json={**base, "video": {"id": done["id"]}, "num_frames": 4}).json()
    assert longer["cutaway"]["num_frames"] == 12
    edited = runtime.post("/v1/videos/edits", json={**base, "video": done["id"]}).json()
    remixed = runtime.post(f"/v1/videos/{done['id']}/remix", json=base).json()
    assert edited["remixed_from_video_id"] == remixed["remixed_from_video_id"] == done["id"]
    for video in (longer, edited, remixed):
        over = runtime.wait(video["id"])
        assert over["status"] == "completed", over
        assert over["cutaway"]["parent_ids"] == [done["id"]]


def test_footage_that_is_not_finished_or_not_there_is_refused(runtime):
    waiting = runtime.create(num_frames=240)["id"]
    later = runtime.create()["id"]
    answer = runtime.post("/v1/videos/edits", json={"prompt": "x", "model": "bars", "video": {"id": later}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "video_not_ready")
    assert runtime.get(f"/v1/videos/{later}/content").status_code == 409
    runtime.client.delete(f"/v1/videos/{waiting}")
    gone = runtime.post("/v1/videos/edits", json={"prompt": "x", "model": "bars", "video": {"id": "video_none"}})
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "video_not_found")


def test_a_queued_job_is_cancelled_at_once(runtime):
    busy = runtime.create(num_frames=1440)["id"]
    runtime.until(busy, "running")
    queued = runtime.create()["id"]
    assert runtime.get(f"/v1/videos/{queued}").json()["cutaway"]["queue_position"] == 0
    video = runtime.post(f"/v1/videos/{queued}/cancel").json()
    assert (video["status"], video["cutaway"]["state"], video["error"]["code"]) == ("failed", "cancelled", "cancelled")
    runtime.post(f"/v1/videos/{busy}/cancel")
    assert runtime.wait(busy, 10)["cutaway"]["state"] == "cancelled"


def test_a_running_job_is_cancelled_between_frames_and_its_worker_lives(runtime):
    runtime.wait(runtime.create()["id"])
    worker = runtime.worker().pid
    video_id = runtime.create(num_frames=1440, size="1280x720")["id"]
    runtime.until(video_id, "running")
    runtime.post(f"/v1/videos/{video_id}/cancel")
    over = runtime.wait(video_id, 10)
    assert (over["cutaway"]["state"], over["error"]["code"]) == ("cancelled", "cancelled")
    assert runtime.wait(runtime.create()["id"])["status"] == "completed"
    assert runtime.worker().pid == worker
    assert runtime.parts() == []
    again = runtime.post(f"/v1/videos/{video_id}/cancel").json()
    assert again["cutaway"]["state"] == "cancelled"


def test_delete_stops_a_running_job_and_forgets_it(runtime):
    video_id = runtime.create(num_frames=1440, size="1280x720")["id"]
    runtime.until(video_id, "running")
    answer = runtime.client.delete(f"/v1/videos/{video_id}")
    assert answer.json() == {"id": video_id, "object": "video.deleted", "deleted": True}
    assert not (runtime.home / "videos" / video_id).exists()
    for path in ("", "/content", "/events"):
        assert runtime.get(f"/v1/videos/{video_id}{path}").status_code == 404
    assert runtime.client.delete(f"/v1/videos/{video_id}").status_code == 404
    assert video_id not in [v["id"] for v in runtime.get("/v1/videos").json()["data"]]


def test_a_failed_job_is_an_answer_and_hurts_nobody(runtime, done):
    """A source that is damaged behind its header fails in the worker, with a reason; the next job does not notice."""
    path = runtime.home / "videos" / done["id"] / "video.mp4"
    keep = path.read_bytes()
    path.write_bytes(keep[:200] + bytes(len(keep) - 200))
    try:
        bad = runtime.post(
            "/v1/videos/edits", json={"prompt": "x", "model": "bars", "video": {"id": done["id"]}}
        ).json()
        over = runtime.wait(bad["id"])
    finally:
        path.write_bytes(keep)
    assert over["status"] == "failed"
    assert over["error"]["code"] == "invalid_media"
    assert str(runtime.home) not in over["error"]["message"]
    assert runtime.get(f"/v1/videos/{bad['id']}/content").json()["error"]["code"] == "video_not_ready"
    good = runtime.post("/v1/videos/edits", json={"prompt": "x", "model": "bars", "video": {"id": done["id"]}}).json()
    assert runtime.wait(good["id"])["status"] == "completed"


def test_what_this_server_is(runtime):
    models = {m["id"]: m for m in runtime.get("/v1/models").json()["data"]}
    assert models["bars"]["installed"]
    assert runtime.get("/v1/models/bars").json() == models["bars"]
    assert runtime.get("/v1/models/none").status_code == 404
    capabilities = runtime.get("/v1/cutaway/capabilities").json()
    assert capabilities["dialect"] == "cutaway"
    assert capabilities["default_models"]["generate"] in models
    assert runtime.client.get("/health").json()["pid"] == runtime.process.pid
    assert set(capabilities["formats"]) == {"mp4", "prores", "dnxhr", "ffv1", "png"}
