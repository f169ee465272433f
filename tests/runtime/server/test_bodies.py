"""What may be sent, in which form, and what is said about the rest."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

BASE = {"prompt": "bars", "model": "bars", "size": "160x90", "num_frames": 4}
FORM = {name: str(value) for name, value in BASE.items()}


def png(color: str = "red", size: tuple[int, int] = (64, 36)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def error(answer) -> dict:
    """The inside of an error answer, which always has the four fields."""
    body = answer.json()
    assert list(body) == ["error"]
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    if answer.status_code < 500 and answer.status_code != 429:
        assert answer.headers["x-should-retry"] == "false"
    return body["error"]


@pytest.fixture(scope="module")
def clip(runtime):
    """The bytes of a finished video of 8 frames."""
    video = runtime.wait(runtime.create()["id"])
    return runtime.get(f"/v1/videos/{video['id']}/content").content


def test_three_ways_to_say_the_same(runtime):
    nested = {**BASE, "cutaway": {"loop": True, "style": None}, "seed": 5}
    form = {**FORM, "cutaway[loop]": "true", "seed": "5"}
    answers = [
        runtime.post("/v1/videos", json=nested),
        runtime.post("/v1/videos", data=form),
        runtime.post("/v1/videos", files={name: (None, value) for name, value in form.items()}),
        runtime.post("/v1/videos", data={**FORM, "seed": "5", "cutaway": json.dumps({"loop": True})}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
    shown = [answer.json() for answer in answers]
    for video in shown:
        del video["id"], video["created_at"], video["cutaway"]["queue_position"]
    assert shown.count(shown[0]) == 4


def test_a_picture_in_the_form_is_the_first_frame(runtime):
    answer = runtime.post(
        "/v1/videos", data=FORM, files={"input_reference": ("upload", png(), "application/octet-stream")}
    )
    assert answer.status_code == 200, answer.text
    video = runtime.wait(answer.json()["id"])
    assert video["status"] == "completed", video
    first = runtime.get(f"/v1/videos/{video['id']}/content", params={"variant": "first_frame"}).content
    mean = np.asarray(Image.open(io.BytesIO(first))).reshape(-1, 3).mean(0)
    assert mean[0] > 200
    assert mean[1:].max() < 40


def test_a_last_frame_by_its_bare_name_and_by_its_full_one(runtime):
    for name in ("last_frame", "cutaway[last_frame]"):
        answer = runtime.post("/v1/videos", data=FORM, files={name: ("a.png", png(), "image/png")})
        assert answer.status_code == 200, answer.text
        video = runtime.wait(answer.json()["id"])
        last = runtime.get(f"/v1/videos/{video['id']}/content", params={"variant": "last_frame"}).content
        assert np.asarray(Image.open(io.BytesIO(last)))[..., 0].mean() > 200


def test_a_clip_in_the_form_is_extended(runtime, clip):
    answer = runtime.post(
        "/v1/videos/extensions", data={"prompt": "on", "model": "bars", "num_frames": "4"}, files={"video": clip}
    )
    assert answer.json()["cutaway"]["num_frames"] == 12
    assert runtime.wait(answer.json()["id"])["status"] == "completed"


def test_references_as_a_stock_client_can_send_them(runtime, clip):
    """Brackets beside an empty file part; a JSON file part; a JSON text; a data: URI; a plain id."""
    source = runtime.wait(runtime.create()["id"])["id"]
    edit = {"prompt": "again", "model": "bars"}
    empty = {"video": ("upload", b"", "application/octet-stream")}
    reference = json.dumps({"id": source}).encode()
    answers = [
        runtime.post("/v1/videos/edits", data={**edit, "video[id]": source}, files=empty),
        runtime.post("/v1/videos/edits", data=edit, files={"video": ("ref.json", reference, "application/json")}),
        runtime.post("/v1/videos/edits", data={**edit, "video": reference.decode()}),
        runtime.post("/v1/videos/edits", data={**edit, "video": source}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.json()["cutaway"]["parent_ids"] == [source]
    url = "data:image/png;base64," + base64.b64encode(png()).decode()
    for body in ({"input_reference": {"image_url": url}}, {"input_reference": url}):
        assert runtime.post("/v1/videos", json={**BASE, **body}).status_code == 200


def test_the_same_upload_under_the_same_key_is_one_job_and_one_file(runtime):
    def send():
        return runtime.post(
            "/v1/videos",
            data=FORM,
            files={"input_reference": ("a", png("blue"))},
            headers={"idempotency-key": "upload"},
        )

    first = send().json()["id"]
    files = sorted((runtime.home / "files").iterdir())
    again = send()
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (first, "true")
    assert sorted((runtime.home / "files").iterdir()) == files


def test_the_same_bytes_uploaded_again_make_the_same_request(runtime):
    def send(colour):
        file = runtime.post("/v1/files", files={"file": ("a.png", png(colour))}, data={"purpose": "vision"}).json()
        wanted = {**BASE, "input_reference": {"file_id": file["id"]}}
        return runtime.post("/v1/videos", json=wanted, headers={"idempotency-key": "uploaded-twice"})

    first, again, other = send("blue"), send("blue"), send("red")
    assert first.status_code == 200, first.text
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (first.json()["id"], "true")
    assert (other.status_code, error(other)["code"]) == (422, "idempotency_key_reuse")


def test_files_are_uploaded_once_and_named_by_their_id(runtime, clip):
    answer = runtime.post("/v1/files", files={"file": ("../../etc/passwd.mp4", clip)}, data={"purpose": "vision"})
    file = answer.json()
    assert (file["object"], file["bytes"], file["filename"]) == ("file", len(clip), "passwd.mp4")
    media = file["media"]
    assert (media["kind"], media["width"], media["height"], media["frames"], media["fps"]) == (
        "video",
        160,
        90,
        8,
        "24",
    )
    assert runtime.get(f"/v1/files/{file['id']}").json() == file
    assert runtime.get("/v1/files").json()["data"][0] == file
    looped = runtime.post(
        "/v1/videos/edits", json={"model": "bars", "video": {"file_id": file["id"]}, "cutaway": {"loop": True}}
    )
    assert runtime.wait(looped.json()["id"])["status"] == "completed", looped.text
    assert runtime.client.delete(f"/v1/files/{file['id']}").json()["deleted"] is True
    assert runtime.get(f"/v1/files/{file['id']}").status_code == 404
    assert not (runtime.home / "files" / file["id"]).exists()
    stored = [path.name for path in runtime.home.rglob("*passwd*")]
    assert stored == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a playlist that names another file", b"ffconcat version 1.0\nfile token\n"),
        ("a session description", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n"),
        ("a stream playlist", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/x.ts\n"),
        ("a text", b"hello"),
        ("a damaged MP4", b"\x00\x00\x00\x20ftypisom" + bytes(500)),
        ("a cut-off PNG", png()[:60]),
        ("a vector picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ],
)
def test_what_is_no_picture_and_no_video_is_refused_and_not_kept(runtime, name, data):
    before = sorted((runtime.home / "files").iterdir())
    answer = runtime.post("/v1/files", files={"file": ("innocent.mp4", data, "video/mp4")})
    assert (answer.status_code, error(answer)["code"]) == (400, "invalid_media"), name
    assert sorted((runtime.home / "files").iterdir()) == before
    assert str(runtime.home) not in answer.text


def test_addresses_are_not_fetched(runtime):
    answer = runtime.post("/v1/videos", json={**BASE, "input_reference": {"image_url": "http://127.0.0.1:1/a.png"}})
    assert (answer.status_code, error(answer)["code"]) == (400, "url_references_off")


HOSTILE = {
    "infinity": b'{"prompt":"x","strength":1e309}',
    "nan": b'{"prompt":"x","strength":NaN}',
    "minus infinity": b'{"prompt":"x","seconds":-Infinity}',
    "a huge whole number": b'{"prompt":"x","seconds":' + b"9" * 400 + b"}",
    "more digits than Python reads": b'{"prompt":"x","seconds":' + b"9" * 5000 + b"}",
    "a huge seed": b'{"prompt":"x","seed":99999999999999999999999999}',
    "not utf-8": b'{"prompt":"\xff\xfe"}',
    "a lone surrogate": b'{"prompt":"\\ud800"}',
    "cut off": b'{"prompt":',
    "a list": b"[1]",
    "a number": b"1",
    "deep": b'{"prompt":' * 50_000,
    "deep lists": b"[" * 100_000,
    "null reference": b'{"prompt":"x","input_reference":{}}',
    "two references": b'{"prompt":"x","input_reference":{"id":"a","file_id":"b"}}',
    "wrong kinds": b'{"prompt":["x"],"size":4,"fps":{},"cutaway":[]}',
    "an extras text": b'{"prompt":"x","cutaway":"{"}',
    "a rate of zero": b'{"prompt":"x","fps":0}',
    "a negative size": b'{"prompt":"x","size":"-1x5"}',
    "an enormous size": b'{"prompt":"x","size":"99999x99999"}',
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["/v1/videos", "/v1/videos/edits", "/v1/videos/video_x/remix"])
def test_a_malformed_body_is_a_client_error(runtime, name, path):
    answer = runtime.post(path, content=HOSTILE[name], headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    error(answer)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b"not a part"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx'),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a[b"\r\n\r\nx\r\n--b--\r\n'),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n\xff\r\n--b--\r\n',
        ),
        ("application/x-www-form-urlencoded", b"prompt=%ff%fe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(2000))),
        ("application/x-www-form-urlencoded", b"prompt=x&cutaway=1&cutaway[loop]=true"),
        ("application/x-www-form-urlencoded", b"prompt=x&seed=&strength=nan"),
        ("application/x-www-form-urlencoded", b"a[b][c][d][e][f][g][h][i][j]=1"),
        ("text/plain", b'{"prompt":"x"}'),
    ],
)
def test_a_malformed_form_is_a_client_error_and_leaves_nothing(runtime, kind, body):
    before = sorted((runtime.home / "files").iterdir())
    answer = runtime.post("/v1/videos", content=body, headers={"content-type": kind})
    assert 400 <= answer.status_code < 500, answer.text
    error(answer)
    assert sorted((runtime.home / "files").iterdir()) == before


def test_a_body_has_its_limit(runtime):
    answer = runtime.post("/v1/videos", json={"prompt": "x" * 1_100_000})
    assert (answer.status_code, error(answer)["code"]) == (413, "too_large")


def test_errors_name_the_field(runtime):
    for body, param, code in [
        ({**BASE, "seed": "many"}, "seed", "invalid_request"),
        ({**BASE, "size": "161x91"}, "size", "unsupported_size"),
        ({**BASE, "cutaway": {"format": "gif"}}, "cutaway.format", "invalid_request"),
        ({"model": "bars"}, "prompt", "missing_required_parameter"),
    ]:
        answer = runtime.post("/v1/videos", json=body)
        found = error(answer)
        assert (answer.status_code, found["param"], found["code"]) == (400, param, code), found


def test_wrong_roads_are_errors_of_the_same_shape(runtime):
    assert error(runtime.get("/v1/nothing"))["code"] == "route_not_found"
    wrong = runtime.client.put("/v1/videos")
    assert (wrong.status_code, error(wrong)["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET, HEAD, POST"
    assert error(runtime.get("/v1/videos/video_none"))["code"] == "video_not_found"
    assert runtime.get("/v1/videos/video_none", params={"wait": "soon"}).status_code == 400
