"""One video told in cards, over HTTP: with pictures, clips and characters, in the draft and in bars."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from cutaway.media.decode import Clip

sys.path.insert(0, str(Path(__file__).parents[1]))
from robot import film, png, redness, robot

SMALL = {"size": "160x90", "fps": "24", "seed": 3}


def frames_of(runtime, tmp_path, video):
    path = tmp_path / f"{video['id']}.mp4"
    path.write_bytes(runtime.get(f"/v1/videos/{video['id']}/content").content)
    with Clip(path) as clip:
        return clip.read(0, len(clip))


def psnr(one, other):
    return 10 * np.log10(255**2 / max(np.mean((one.astype(float) - other) ** 2), 1e-3))


@pytest.fixture(scope="module")
def picture(runtime):
    """The id of a green picture, and the picture."""
    pixels = np.full((90, 160, 3), (30, 160, 70), np.uint8)
    pixels[30:60, 60:100] = (240, 220, 60)
    answer = runtime.post("/v1/files", files={"file": ("green.png", png(pixels), "image/png")})
    return answer.json()["id"], pixels


@pytest.fixture(scope="module")
def clip(runtime, tmp_path_factory):
    """The id of a clip of 20 frames, and its frames."""
    frames = np.stack([np.full((90, 160, 3), (200 - 6 * at, 90, 40 + 6 * at), np.uint8) for at in range(20)])
    path = film(tmp_path_factory.mktemp("clip") / "clip.mp4", frames)
    return runtime.post("/v1/files", files={"file": ("clip.mp4", path.read_bytes(), "video/mp4")}).json()["id"], frames


def told(video):
    return [(s["start"], s["end"], s["method"], s.get("card")) for s in video["cutaway"]["segments"]]


def test_a_story_with_everything_in_it(runtime, tmp_path, picture, clip):
    character = runtime.post(
        "/v1/videos/characters", data={"name": "Robo"}, files={"video": ("r.png", png(robot()), "image/png")}
    ).json()["id"]
    cards = [
        {"at": 24, "image": picture[0]},
        {"at_s": 1.5, "prompt": "Robo walks in a snowfield"},
        {"at": 60, "clip": clip[0]},
    ]
    fields = {**SMALL, "model": "draft", "prompt": "a beach at sunset", "cutaway[cards]": json.dumps(cards)}
    answer = runtime.post("/v1/videos", data=fields)
    assert answer.status_code == 200, answer.text
    assert answer.json()["cutaway"]["num_frames"] == 80, "up to the end of the last card's clip"
    video = runtime.wait(answer.json()["id"])
    assert video["status"] == "completed", video
    assert told(video) == [
        (0, 24, "scene", None),
        (24, 25, "kept", 0),
        (25, 36, "camera_move", 0),
        (36, 60, "scene", 1),
        (60, 80, "kept", 2),
    ]
    assert video["cutaway"]["characters"] == [character]
    frames = frames_of(runtime, tmp_path, video)
    assert psnr(frames[24], picture[1]) > 30
    assert psnr(frames[60:80], clip[1]) > 30
    assert max(redness(frame) for frame in frames[:30]) < 0.004, "nobody is there before the card that names him"
    assert redness(frames[50]) > 0.008
    seams = np.abs(np.diff(frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert seams.max() < 20, f"frame {int(seams.argmax()) + 1} jumps"
    remix = runtime.post(f"/v1/videos/{video['id']}/remix", json={"prompt": "at night", "model": "draft"})
    again = runtime.wait(remix.json()["id"])
    assert [s["method"] for s in again["cutaway"]["segments"]] == ["grade"], "several scenes are not drawn as one"
    runtime.client.delete(f"/v1/videos/characters/{character}")


def test_bars_know_which_card_is_whose(runtime, tmp_path, picture):
    cards = [{"at": 8, "prompt": "noon"}, {"at": -1, "image": picture[0]}]
    video = runtime.wait(runtime.create(**SMALL, num_frames=16, cutaway={"cards": cards})["id"])
    assert told(video) == [(0, 8, "bars", None), (8, 15, "bars", 0), (15, 16, "kept", 1)]
    assert psnr(frames_of(runtime, tmp_path, video)[15], picture[1]) > 30
    assert video["cutaway"]["ignored_params"] == []


def test_a_minute_of_cards_is_planned(runtime, picture):
    cards = [{"at_s": second, "prompt": f"a dog in scene {second}"} for second in range(0, 60, 2)]
    cards += [{"at_s": second + 1, "image": picture[0]} for second in range(0, 60, 20)]
    body = {**SMALL, "model": "draft", "seconds": 60, "cutaway": {"cards": cards, "dry_run": True}}
    answer = runtime.post("/v1/videos", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["num_frames"] == 1440


@pytest.mark.parametrize(
    ("cards", "body", "param", "said"),
    [
        ([{"at": 16, "prompt": "x"}], {}, "cards.0.at", "16 frames"),
        ([{"prompt": "x"}], {}, "cutaway.cards.0", "exactly one of at"),
        ([{"at": 3}], {}, "cutaway.cards.0", "a prompt, an image or a clip"),
        ([{"at": 3, "prompt": "x"}, {"at": 3, "prompt": "y"}], {}, "cards.1.prompt", "frame 3"),
        ([{"at": 3, "prompt": "x"}], {"prompt": ""}, "prompt", "from frame 0 on"),
        ([{"at": 3, "image": "file_" + "0" * 24}], {}, "cards.0.image", "no file"),
    ],
)
def test_cards_that_cannot_be(runtime, cards, body, param, said):
    asked = {**SMALL, "model": "bars", "prompt": "dawn", "num_frames": 16, **body, "cutaway": {"cards": cards}}
    answer = runtime.post("/v1/videos", json=asked)
    assert answer.status_code in {400, 404}, answer.text
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["param"] == param


def test_two_pictures_for_one_frame(runtime, picture):
    cards = [{"at": 0, "image": picture[0]}]
    body = {**SMALL, "model": "bars", "prompt": "dawn", "num_frames": 8, "input_reference": {"file_id": picture[0]}}
    answer = runtime.post("/v1/videos", json={**body, "cutaway": {"cards": cards}})
    assert answer.status_code == 400
    assert "cards.0.image and input_reference" in answer.json()["error"]["message"]
