"""What a request would come to, and what the server is busy with."""

import pytest

STORY = {"prompt": "a red ball", "model": "draft", "size": "160x90", "num_frames": 24, "fps": "24"}


@pytest.fixture(scope="module")
def done(runtime):
    video = runtime.wait(runtime.create(**STORY)["id"])
    assert video["status"] == "completed", video
    return video


def estimate(runtime, **more):
    answer = runtime.post("/v1/cutaway/estimate", json={**STORY, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_estimate_says_what_would_be_made(runtime, done):
    told = estimate(runtime, seconds=3, wibble=1)
    assert (told["object"], told["verb"], told["model"], told["preview"]) == ("estimate", "generate", "draft", True)
    assert (told["num_frames"], told["fps"], told["size"], told["duration_s"]) == (24, "24", "160x90", 1.0)
    assert told["adjustments"][0]["field"] == "seconds"
    assert told["ignored_params"] == ["wibble"]


def test_time_and_size_are_measured_on_jobs_that_were_done(runtime, done):
    same, twice = estimate(runtime), estimate(runtime, num_frames=48)
    assert same["basis"] == "measured"
    took = done["cutaway"]["usage"]["wall_s"]
    assert same["wall_s"] == pytest.approx(took, rel=0.5, abs=0.1)
    assert twice["wall_s"] == pytest.approx(2 * same["wall_s"], rel=1e-2)
    assert same["disk_mb"] == pytest.approx(done["cutaway"]["bytes"] / 1e6, rel=1e-2, abs=1e-3)
    assert same["queued_s"] == 0


def test_what_was_never_done_here_is_not_guessed(runtime, done):
    for unlike in ({"size": "1920x1080"}, {"model": "bars"}, {"cutaway": {"format": "prores"}}):
        told = estimate(runtime, **unlike)
        assert {"wall_s", "disk_mb", "basis", "money"}.isdisjoint(told), told


def test_an_estimate_and_a_dry_run_make_no_job_and_keep_no_file(runtime, done):
    before = runtime.get("/v1/videos").json()["data"], runtime.get("/v1/files").json()["data"]
    estimate(runtime)
    answer = runtime.post("/v1/videos", json={**STORY, "cutaway": {"dry_run": True}})
    assert (answer.status_code, answer.headers["x-cutaway-dry-run"]) == (200, "true")
    assert answer.json() == {**answer.json(), "object": "estimate", "num_frames": 24}
    content = runtime.get(f"/v1/videos/{done['id']}/content").content
    answer = runtime.post(
        "/v1/videos/extensions",
        data={"prompt": "on", "num_frames": "12", "cutaway[dry_run]": "true"},
        files={"video": ("clip.mp4", content)},
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["verb"], answer.json()["num_frames"]) == ("extend", 36)
    assert (runtime.get("/v1/videos").json()["data"], runtime.get("/v1/files").json()["data"]) == before
    assert len(list((runtime.home / "files").iterdir())) == 0


def test_what_could_not_be_made_is_refused_as_a_create_is(runtime):
    for path, body in (("/v1/cutaway/estimate", {}), ("/v1/videos", {"cutaway": {"dry_run": True}})):
        answer = runtime.post(path, json={**STORY, "size": "161x90", **body})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_size")


def test_the_queue_lists_turns(runtime, done):
    assert runtime.get("/v1/cutaway/queue").json() == {"object": "queue", "running": 0, "queued": 0, "jobs": []}
    long = runtime.create(**{**STORY, "num_frames": 1440})
    runtime.until(long["id"], "preparing", "running")
    waiting = [runtime.create(**STORY)["id"] for _ in range(2)]
    told = runtime.get("/v1/cutaway/queue").json()
    assert (told["running"], told["queued"]) == (1, 2)
    assert [(job["id"], job["position"]) for job in told["jobs"]] == [(long["id"], 0), (waiting[0], 1), (waiting[1], 2)]
    etas = [job.get("eta_s") for job in told["jobs"]]
    if None not in etas:
        assert etas == sorted(etas), "a later turn is not over sooner"
    for video_id in (*waiting, long["id"]):
        runtime.post(f"/v1/videos/{video_id}/cancel")
    runtime.until(long["id"], "cancelled")


def test_styles_say_what_they_look_like_and_who_knows_them(runtime):
    styles = {style["id"]: style for style in runtime.get("/v1/cutaway/styles").json()["data"]}
    assert styles["film-noir"]["models"] == ["draft"]
    assert "black and white" in styles["film-noir"]["description"]
