"""Whether a server is up, whether it can work, and what it has been doing."""

import os
import signal
import time

from prometheus_client.parser import text_string_to_metric_families


def figures(runtime) -> dict[tuple[str, frozenset], float]:
    answer = runtime.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(found, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_a_server_that_works_is_ready_and_says_so_to_everybody(runtime):
    answer = runtime.client.get("/ready", headers={"authorization": ""})
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})


def test_figures_count_jobs_and_answers(runtime):
    runtime.wait(runtime.create()["id"])
    before = figures(runtime)
    done, cancelled = runtime.create()["id"], runtime.create(num_frames=1440)["id"]
    runtime.wait(done)
    runtime.post(f"/v1/videos/{cancelled}/cancel")
    runtime.until(cancelled, "cancelled")
    after = figures(runtime)

    def grew(name: str, **labels: str) -> float:
        return value(after, name, **labels) - before.get((name, frozenset(labels.items())), 0)

    assert grew("cutaway_jobs", state="completed") == 1
    assert grew("cutaway_jobs", state="cancelled") == 1
    assert grew("cutaway_jobs_ended_total", state="completed") == 1
    assert grew("cutaway_jobs_ended_total", state="cancelled") == 1
    assert grew("cutaway_http_requests_total", method="POST", route="/v1/videos", status="200") == 2
    assert grew("cutaway_http_request_seconds_bucket", route="/v1/videos", le="+Inf") >= 2
    assert value(after, "cutaway_jobs", state="queued") == 0
    assert value(after, "cutaway_worker_up") == 1
    assert value(after, "cutaway_disk_free_bytes") > 0
    assert cancelled not in runtime.get("/metrics").text, "no id becomes a label"


def test_a_worker_that_was_killed_is_seen_to_be_started_again(runtime):
    runtime.wait(runtime.create()["id"])
    starts = value(figures(runtime), "cutaway_worker_starts_total")
    os.kill(runtime.worker().pid, signal.SIGKILL)
    runtime.wait(runtime.create()["id"])
    assert value(figures(runtime), "cutaway_worker_starts_total") == starts + 1


def test_a_method_that_was_made_up_is_no_label(runtime):
    for n in range(3):
        runtime.client.request(f"MADEUP{n}", "/v1/videos", headers={"host": "evil.example"})
    assert "MADEUP" not in runtime.get("/metrics").text
    assert value(figures(runtime), "cutaway_http_requests_total", method="other", route="", status="400") >= 3


def test_figures_want_the_key(runtime):
    assert runtime.client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_a_server_whose_disk_is_full_is_not_ready(make_runtime):
    runtime = make_runtime("--disk-reserve", str(10**9))
    answer = runtime.get("/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the disk is full"])
    assert int(answer.headers["retry-after"]) > 0
    assert runtime.get("/health").status_code == 200, "it is up all the same"


def test_the_oldest_job_that_waits_is_seen(runtime):
    long = runtime.create(num_frames=1440)["id"]
    runtime.until(long, "preparing", "running")
    waiting = runtime.create()["id"]
    time.sleep(0.2)
    assert 0.1 < value(figures(runtime), "cutaway_queue_oldest_seconds") < 30
    for video_id in (waiting, long):
        runtime.post(f"/v1/videos/{video_id}/cancel")
    runtime.until(long, "cancelled")
    assert value(figures(runtime), "cutaway_queue_oldest_seconds") == 0
