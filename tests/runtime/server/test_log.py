"""The log of a whole run, with whatever came in from outside."""

import json
import sqlite3
import time
from urllib.parse import quote

PROMPT = "a wish nobody should read\n2026-11-22 07:00:00,000 ERROR forged"


def test_the_log_of_a_run_names_requests_and_jobs_and_no_prompt_and_no_key(make_runtime):
    runtime = make_runtime("--log-format", "json", "--api-key", "the-operators-key")
    done = runtime.wait(runtime.create(prompt=PROMPT)["id"])
    assert done["status"] == "completed"
    wrong = {"authorization": "Bearer a-wrong-key", "x-forged": PROMPT.replace("\n", " ")}
    assert runtime.get(f"/v1/videos/{quote(PROMPT)}", headers=wrong).status_code == 401
    assert runtime.get(f"/v1/videos/{quote(PROMPT)}").status_code == 404
    assert runtime.post("/v1/videos", json={"prompt": PROMPT, "model": "bars", "size": "1x1"}).status_code == 400
    lost = runtime.create(prompt=PROMPT, num_frames=1400, size="640x360")["id"]
    runtime.until(lost, "running")
    runtime.worker().kill()
    runtime.until(lost, "queued", "preparing")
    assert runtime.post(f"/v1/videos/{lost}/cancel").status_code == 200
    runtime.wait(lost)
    with sqlite3.connect(runtime.home / "jobs.sqlite", timeout=10) as database:
        database.execute("ALTER TABLE events RENAME TO elsewhere")
    database.close()
    failed = runtime.post("/v1/videos", json={"prompt": PROMPT, "model": "bars"})
    assert failed.status_code == 500, failed.text
    time.sleep(0.1)
    runtime.stop()
    events = [json.loads(line) for line in runtime.log().splitlines()]
    assert any(event.get("job_id") == lost and "worker ended" in event["message"] for event in events), events
    name = failed.headers["x-request-id"]
    (told,) = [e for e in events if e.get("request_id") == name and e["logger"].endswith("refusal")]
    assert "no such table" in told["exception"]
    for secret in ("nobody should read", "the-operators-key", "a-wrong-key", str(runtime.home)):
        assert secret not in runtime.log()
    assert (runtime.home / "token").read_text() not in runtime.log()
