"""A job is found by the key it was made under, also by a client that never got the answer."""

import pytest

from cutaway import Cutaway, errors
from cutaway.client.io import BlockingIO
from cutaway.errors import ConnectionFailed

BARS = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "fps": "24"}


class Losing(BlockingIO):
    """Loses the answer to every create, after the server has it."""

    async def request(self, request):
        answer = await super().request(request)
        if request.method == "POST":
            raise ConnectionFailed("the answer was lost")
        return answer


@pytest.fixture
def runtime(make_runtime):
    return make_runtime()


def test_a_job_is_found_by_its_key(runtime):
    made = runtime.post("/v1/videos", json=BARS, headers={"idempotency-key": "mine"}).json()
    runtime.create(prompt="another")
    found = runtime.get("/v1/videos", params={"idempotency_key": "mine"})
    assert [video["id"] for video in found.json()["data"]] == [made["id"]]
    assert (found.headers["idempotency-key"], found.json()["has_more"]) == ("mine", False)
    none = runtime.get("/v1/videos", params={"idempotency_key": "nobodys"})
    assert (none.json()["data"], none.headers["idempotency-key"]) == ([], "nobodys")
    runtime.client.delete(f"/v1/videos/{made['id']}")
    assert runtime.get("/v1/videos", params={"idempotency_key": "mine"}).json()["data"] == []
    for unusable in ("", "a\nb", "ü"):
        assert runtime.get("/v1/videos", params={"idempotency_key": unusable}).status_code == 400


def test_a_client_that_never_got_the_answer_finds_its_job(runtime, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "a-clients-home"))
    monkeypatch.setattr("cutaway.client.session.BACKOFF", (0.005, 0.05))
    url, key = str(runtime.client.base_url), (runtime.home / "token").read_text()
    asked = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "rate": 24}
    with Cutaway(url, key, io=Losing()) as dead, pytest.raises(errors.SubmitUnknown):
        dead.videos.create(**asked, save_to=tmp_path / "bars.mp4")
    assert len(runtime.get("/v1/videos").json()["data"]) == 1
    with Cutaway(url, key) as client:
        (video,) = client.videos.resume(save=True)
    assert video.status == "completed"
    assert (tmp_path / "bars.mp4").stat().st_size == video.cutaway.bytes
    assert len(runtime.get("/v1/videos").json()["data"]) == 1
