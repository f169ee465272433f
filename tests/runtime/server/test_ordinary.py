"""What a server says of ordinary days: a line when it begins and ends, and for each job; and of nobody what they asked."""

import json
import re

import httpx

from cutaway_runtime.server.knocks import EVERY_SECONDS, MOST, Knocks
from cutaway_runtime.server.refusal import Refusal

PROMPT = "a wish nobody should read"


def test_an_ordinary_day_can_be_read_afterwards(make_runtime):
    runtime = make_runtime("--log-format", "json")
    done = runtime.wait(runtime.create(prompt=PROMPT)["id"])["id"]
    assert runtime.post(f"/v1/videos/{done}/cancel").status_code == 200, "it is over: nothing happens, nothing is said"
    long = runtime.create(prompt=PROMPT, num_frames=1440, size="1280x720")["id"]
    runtime.until(long, "running")
    late = runtime.create(prompt=PROMPT, cutaway={"deadline_s": 1})["id"]
    assert runtime.wait(late)["error"]["code"] == "deadline_exceeded"
    waiting = runtime.create(prompt=PROMPT)["id"]
    runtime.post(f"/v1/videos/{waiting}/cancel")
    runtime.post(f"/v1/videos/{long}/cancel")
    runtime.wait(long)
    with httpx.Client(base_url=runtime.client.base_url) as stranger:
        for _ in range(3):
            assert stranger.get("/v1/videos", headers={"authorization": "Bearer guessed"}).status_code == 401
    ended = runtime.get("/metrics").text
    runtime.stop()

    assert re.search(r'ended_total\{state="completed"\} 1\b', ended), ended
    assert re.search(r'ended_total\{state="cancelled"\} 2\b', ended), ended
    events = [json.loads(line) for line in runtime.log().splitlines()]
    assert {event["level"] for event in events} == {"INFO"}, events

    def told(job_id):
        return [event["message"].removeprefix(f"job {job_id}: ") for event in events if event.get("job_id") == job_id]

    accepted, begun, over = told(done)
    assert accepted == "accepted from operator: generate by bars, 160x90, 8 frames"
    assert re.fullmatch(r"begun, attempt 1, \d+\.\d s after it came", begun)
    assert re.fullmatch(r"completed, attempt 1, after \d+\.\d s", over)
    assert [line.split(",")[0] for line in told(long)][1:] == ["begun", "cancelled"]
    assert [line.split(",")[0].split()[0] for line in told(waiting)] == ["accepted", "cancelled"]
    assert told(late)[1].startswith("failed (deadline_exceeded), attempt 0, after ")
    assert next(event for event in events if event.get("job_id") == done)["request_id"].startswith("req_")

    about_server = [event["message"] for event in events if not event.get("job_id")]
    first, knock, *last = about_server
    assert re.match(r"cutaway \S+ serves at http://127\.0\.0\.1:\d+ with a key, jobs in a file, process \d+", first)
    assert knock == "refused 401 invalid_api_key to 127.0.0.1"
    assert last == ["ending: SIGTERM", "ended"]
    for secret in ("nobody should read", "guessed", str(runtime.home), (runtime.home / "token").read_text()):
        assert secret not in runtime.log()


def test_whoever_knocks_on_and_on_gets_a_line_a_minute(caplog):
    now = [0.0]
    knocks = Knocks(lambda: now[0])
    wrong = Refusal(401, "invalid_api_key", "no")
    caplog.set_level("INFO")
    for _ in range(1000):
        knocks.refused({"client": ("192.0.2.1", 1)}, wrong)
    knocks.refused({"client": ("192.0.2.2", 1)}, wrong)
    knocks.refused({"client": ("192.0.2.1", 1)}, Refusal(403, "cross_site_request", "no"))
    now[0] += EVERY_SECONDS
    knocks.refused({"client": ("192.0.2.1", 1)}, wrong)
    assert caplog.messages == [
        "refused 401 invalid_api_key to 192.0.2.1",
        "refused 401 invalid_api_key to 192.0.2.2",
        "refused 403 cross_site_request to 192.0.2.1",
        "refused 401 invalid_api_key to 192.0.2.1, and 999 times since this was said last",
    ]
    for number in range(3 * MOST):
        knocks.refused({"client": (f"2001:db8::{number:x}", 1)}, wrong)
    assert len(knocks._visitors) <= MOST
