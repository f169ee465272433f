"""Characters over HTTP: made, found again by name, seen in a draft, forgotten; what is wrong is said."""

import base64
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cutaway.media.decode import Clip
from cutaway_runtime.worker.portraits import best_frames

sys.path.insert(0, str(Path(__file__).parents[1]))
from robot import film, png, redness, robot


@pytest.fixture
def made(runtime):
    """Makes characters; all are gone at the end of the test."""
    ids = []

    def make(name, *, picture=None, headers=None, **fields):
        part = ("upload", picture or png(robot()), "application/octet-stream")
        answer = runtime.post(
            "/v1/videos/characters", data={"name": name, **fields}, files={"video": part}, headers=headers
        )
        if answer.status_code == 200:
            ids.append(answer.json()["id"])
        return answer

    yield make
    for character_id in set(ids):
        runtime.client.delete(f"/v1/videos/characters/{character_id}")


@pytest.fixture(scope="module")
def robo(runtime):
    """A character that is there during all tests, as its making answered it."""
    fields = {"name": "  Robo ", "cutaway[description]": "a red tin robot", "colour": "red"}
    part = {"video": ("upload", png(robot()), "application/octet-stream")}
    return runtime.post("/v1/videos/characters", data=fields, files=part).json()


@pytest.fixture(scope="module")
def dora(runtime):
    """Another one."""
    part = {"video": ("dora.png", png(robot((0, 0, 255))), "image/png")}
    return runtime.post("/v1/videos/characters", data={"name": "Dora"}, files=part).json()


def error(answer, status, code, *said):
    body = answer.json()["error"]
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    for text in said:
        assert text in body["message"], body["message"]
    return body


def frames_of(runtime, tmp_path, video):
    path = tmp_path / f"{video['id']}.mp4"
    path.write_bytes(runtime.get(f"/v1/videos/{video['id']}/content").content)
    with Clip(path) as clip:
        return clip.read(0, len(clip))


def test_a_character_has_the_contracts_fields_and_is_found_again(runtime, robo):
    assert robo["id"].startswith("char_")
    assert isinstance(robo["created_at"], int)
    assert robo["name"] == "Robo"
    assert robo["cutaway"]["description"] == "a red tin robot"
    assert robo["cutaway"]["media"]["kind"] == "image"
    assert robo["cutaway"]["ignored_params"] == ["colour"]
    found = runtime.get(f"/v1/videos/characters/{robo['id']}").json()
    assert [found[key] for key in ("id", "created_at", "name")] == [robo[key] for key in ("id", "created_at", "name")]
    error(runtime.get("/v1/videos/characters/char_nobody"), 404, "character_not_found")
    assert runtime.get("/v1/files").json()["data"] == [], "the stills are kept, not the upload"


def test_a_clip_gives_several_stills_that_differ(runtime, made, tmp_path):
    still = np.stack([robot()] * 12)
    turned = np.stack([robot(lean=at * 9) for at in range(12)])
    soft = (np.stack([robot().mean(axis=(0, 1))] * 4)[:, None, None] * np.ones((1, 320, 240, 1))).astype(np.uint8)
    path = film(tmp_path / "clip.mp4", np.concatenate([soft, still, turned]))
    pictures = made("Spinner", picture=path.read_bytes()).json()["cutaway"]["pictures"]
    assert 2 <= pictures <= 4
    with Clip(path) as clip:
        chosen = best_frames(clip)
    assert len(chosen) == pictures
    assert not any(at < 4 for at in chosen), "nothing can be seen there"
    looks = {max(at, 16) for at in chosen}
    assert len(looks) == len(chosen), "the same sight twice"


def test_a_name_is_one_persons(made, robo):
    body = error(made("rOBo"), 409, "name_taken", robo["id"], "DELETE", "choose another name")
    assert body["param"] == "name"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "missing_required_parameter"),
        ("x" * 65, "invalid_request"),
        ("a\tb", "invalid_name"),
        ("a\u2028b", "invalid_name"),
        ("@robo", "invalid_name"),
        (" . ", "invalid_name"),
    ],
)
def test_names_that_nobody_can_have(made, name, code):
    answer = made(name)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {code, "invalid_request"}
    assert answer.json()["error"]["param"] == "name"


def test_what_nobody_can_be_made_of(runtime, made):
    error(runtime.post("/v1/videos/characters", json={"name": "Nobody"}), 400, "missing_required_parameter", "video")
    error(made("Nobody", picture=b"no picture at all"), 400, "invalid_media")
    error(made("Nobody", picture=png(robot()[:20, :20])), 400, "invalid_media", "32 pixels")
    body = {"name": "Nobody", "video": {"id": "video_" + "0" * 24}}
    error(runtime.post("/v1/videos/characters", json=body), 404, "video_not_found")
    there = {one["id"] for one in runtime.get("/v1/videos/characters").json()["data"]}
    assert {path.name for path in runtime.home.rglob("char_*")} == there, "nothing is left of those that were refused"


def test_in_every_form_a_body_has(runtime):
    data = "data:image/png;base64," + base64.b64encode(png(robot())).decode()
    upload = runtime.post("/v1/files", files={"file": ("robot.png", png(robot()), "image/png")}).json()["id"]
    forms = (
        {"json": {"name": "Ann", "video": {"image_url": data}, "cutaway": {"description": "one"}}},
        {"data": {"name": "Ben", "video[file_id]": upload, "cutaway": '{"description": "two"}'}},
    )
    for form in forms:
        answer = runtime.post("/v1/videos/characters", **form)
        assert answer.status_code == 200, answer.text
        assert answer.json()["cutaway"]["description"] in {"one", "two"}
        runtime.client.delete(f"/v1/videos/characters/{answer.json()['id']}")
    assert [file["id"] for file in runtime.get("/v1/files").json()["data"]] == [upload], "what was uploaded stays"
    runtime.client.delete(f"/v1/files/{upload}")


def test_of_two_at_once_one_gets_the_name(made):
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(made, ["Twin", "TWIN"]))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_by_an_id_and_by_a_frame_of_a_video(runtime, made):
    video = runtime.create(model="draft", prompt="a red ball rolls across a desert")
    runtime.wait(video["id"])
    for name, reference in (("Ball", video["id"]), ("Late Ball", {"id": video["id"], "frame": -1})):
        answer = runtime.post("/v1/videos/characters", json={"name": name, "video": reference})
        assert answer.status_code == 200, answer.text
        runtime.client.delete(f"/v1/videos/characters/{answer.json()['id']}")
    late = {"name": "Too Late", "video": {"id": video["id"], "frame": 99}}
    error(runtime.post("/v1/videos/characters", json=late), 400, "invalid_media", "frame 99")


def test_sent_twice_made_once(runtime, made):
    key = {"idempotency-key": "mina-1"}
    first, again = made("Mina", headers=key), made("Mina", headers=key)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    retried = made("Mina", headers={"x-stainless-retry-count": "1"})
    assert retried.json()["id"] == first.json()["id"]
    error(made("Other", headers=key), 422, "idempotency_key_reuse")
    error(runtime.post("/v1/videos", json={"prompt": "bars"}, headers=key), 422, "idempotency_key_reuse")
    made_by_video = {"idempotency-key": "video-1"}
    runtime.post("/v1/videos", json={"model": "bars", "prompt": "bars", "num_frames": 1}, headers=made_by_video)
    error(made("Other", headers=made_by_video), 422, "idempotency_key_reuse")
    runtime.client.delete(f"/v1/videos/characters/{first.json()['id']}")
    assert made("MINA").status_code == 200, "the name is free again"


def test_pages_of_characters(runtime, robo, dora):
    page = runtime.get("/v1/videos/characters", params={"limit": 1}).json()
    assert [one["id"] for one in page["data"]] == [dora["id"]]
    assert page["has_more"] is True
    rest = runtime.get("/v1/videos/characters", params={"after": page["last_id"]}).json()
    assert [one["id"] for one in rest["data"]] == [robo["id"]]
    assert rest["has_more"] is False
    error(runtime.get("/v1/videos/characters", params={"after": "char_x"}), 400, "invalid_request")


def test_who_is_named_is_seen_and_the_others_are_not(runtime, robo, dora, tmp_path):
    robo, dora = robo["id"], dora["id"]
    asked = {"model": "draft", "size": "320x180", "num_frames": 4, "seed": 3}
    named = runtime.wait(runtime.create(**asked, prompt="robo's walk across a snowfield")["id"])
    assert named["cutaway"]["characters"] == [robo]
    assert redness(frames_of(runtime, tmp_path, named)[2]) > 0.01
    nobody = runtime.wait(runtime.create(**asked, prompt="a woman walks across a snowfield")["id"])
    assert nobody["cutaway"]["characters"] == []
    assert redness(frames_of(runtime, tmp_path, nobody)[2]) < 0.002
    listed = runtime.wait(runtime.create(**asked, prompt="a snowfield", characters=[dora])["id"])
    assert listed["cutaway"]["characters"] == [dora]
    assert redness(frames_of(runtime, tmp_path, listed)[2]) > 0.01
    by_name = runtime.create(**asked, prompt="a snowfield", characters=["DORA"])
    assert by_name["cutaway"]["characters"] == [dora]
    both = runtime.create(**asked, prompt="Robo and @dora dance", characters=[dora])
    assert both["cutaway"]["characters"] == [dora, robo]
    stranger = runtime.create(**asked, prompt="@Nobody walks")
    assert stranger["cutaway"]["adjustments"][0]["requested"] == "@Nobody"
    answer = runtime.post("/v1/videos", json={**asked, "prompt": "a beach", "characters": ["char_nobody"]})
    error(answer, 404, "character_not_found")


def test_a_take_is_made_anew_with_its_characters(runtime, robo, tmp_path):
    first = runtime.create(model="draft", prompt="Robo walks in a park", size="320x180", num_frames=4, seed=3)
    runtime.wait(first["id"])
    answer = runtime.post(f"/v1/videos/{first['id']}/remix", json={"prompt": "in a snowfield", "model": "draft"})
    again = runtime.wait(answer.json()["id"])
    assert again["cutaway"]["characters"] == [robo["id"]]
    assert [segment["method"] for segment in again["cutaway"]["segments"]] == ["rerender"]
    assert redness(frames_of(runtime, tmp_path, again)[2]) > 0.01


def test_a_damaged_file_is_looked_at_by_a_process_of_its_own(tmp_path):
    path = tmp_path / "bad.png"
    path.write_bytes(png(robot())[:200])
    said = subprocess.run(
        [sys.executable, "-m", "cutaway_runtime.worker.portraits", path, "png", tmp_path],
        stdout=subprocess.PIPE,
        check=False,
    )
    assert said.returncode == 1
    assert str(tmp_path).encode() not in said.stdout
    assert not (tmp_path / "0.png").exists()


def test_the_cast_travels_to_the_worker(runtime, robo):
    """What was accepted is what is painted: the specification names every still."""
    import sqlite3

    video = runtime.create(prompt="Robo")
    database = next(runtime.home.rglob("jobs.sqlite"))
    connection = sqlite3.connect(database)
    [(text,)] = connection.execute("SELECT spec FROM jobs WHERE id = ?", (video["id"],)).fetchall()
    connection.close()
    spec = json.loads(text)
    [person] = spec["effective"]["cast"]
    assert (person["id"], person["description"], person["pictures"]) == (robo["id"], "a red tin robot", 1)
    assert spec["sources"]["character.0.0"]["path"].endswith("0.png")


def test_a_forgotten_character_leaves_its_videos_and_those_that_wait(runtime, robo, tmp_path):
    """The last test here: it restarts the server."""
    robo = robo["id"]
    busy = runtime.create(model="bars", num_frames=400, size="640x360")
    waiting = runtime.create(model="draft", prompt="Robo walks in the snow", size="320x180", num_frames=4, seed=3)
    stills = [path for path in runtime.home.rglob("0.png") if robo in str(path)]
    assert len(stills) == 1
    assert runtime.client.delete(f"/v1/videos/characters/{robo}").json() == {
        "id": robo,
        "object": "character.deleted",
        "deleted": True,
    }
    error(runtime.get(f"/v1/videos/characters/{robo}"), 404, "character_not_found")
    error(runtime.client.delete(f"/v1/videos/characters/{robo}"), 404, "character_not_found")
    assert stills[0].exists(), "a job that waits was accepted with them"
    runtime.client.delete(f"/v1/videos/{busy['id']}")
    done = runtime.wait(waiting["id"])
    assert done["status"] == "completed", done
    assert done["cutaway"]["characters"] == [robo]
    assert redness(frames_of(runtime, tmp_path, done)[2]) > 0.01
    runtime.stop()
    runtime.start()
    assert not stills[0].exists(), "nobody needs them any more"
    assert runtime.get(f"/v1/videos/{done['id']}").json()["status"] == "completed"
