"""A key that is revoked opens nothing any more, nor keeps open what it opened."""

import json
import subprocess
import time

import httpx

LONG = {"model": "bars", "prompt": "bars", "size": "1280x720", "num_frames": 1440, "fps": "24"}


def keys(runtime, *words):
    command = [*runtime.command, "keys", *words, "--json", "--data-dir", str(runtime.home)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_an_event_stream_ends_with_its_key(make_runtime):
    runtime = make_runtime()
    key = keys(runtime, "add", "film-crew")["key"]
    mine = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=runtime.client.base_url, headers=mine, timeout=30) as crew:
        video_id = crew.post("/v1/videos", json=LONG).json()["id"]
        with crew.stream("GET", f"/v1/videos/{video_id}/events") as stream:
            lines = stream.iter_lines()
            assert any(line.startswith("event:") for line in lines)
            keys(runtime, "revoke", "film-crew")
            revoked = time.monotonic()
            seen = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
        assert time.monotonic() - revoked < 8
        assert all(event["video"]["status"] in {"queued", "in_progress"} for event in seen)
        assert crew.get("/v1/videos").status_code == 401
    assert runtime.get(f"/v1/videos/{video_id}").json()["status"] == "in_progress", "the job is not the stream's"
    assert runtime.post(f"/v1/videos/{video_id}/cancel").status_code == 200
    assert "Traceback" not in runtime.log()
