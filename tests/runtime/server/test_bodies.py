"""What may be sent, in which form, and what is said about the rest."""

import base64
import io
import json
import time

import numpy as np
import psutil
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


def test_a_file_without_a_form_is_a_data_uri(runtime):
    url = "data:image/png;base64," + base64.b64encode(png()).decode()
    for more in (
        {"json": {"file": url, "purpose": "vision"}},
        {"json": {"file": {"url": url}}},
        {"data": {"file": url}},
    ):
        file = runtime.post("/v1/files", **more)
        assert file.status_code == 200, file.text
        assert (file.json()["bytes"], file.json()["media"]["kind"]) == (len(png()), "image")
    before = sorted((runtime.home / "files").iterdir())
    for more, code in [
        ({"json": {"file": file.json()["id"]}}, "invalid_request"),
        ({"json": {"file": "data:,x"}}, "invalid_media"),
        ({"json": {}}, "missing_required_parameter"),
        ({"data": {"purpose": "x" * 65}, "files": {"file": png()}}, "invalid_request"),
        ({"files": {"picture": png()}}, "missing_required_parameter"),
        ({"files": [("file", png()), ("file", png())]}, "invalid_request"),
    ]:
        answer = runtime.post("/v1/files", **more)
        assert (answer.status_code, error(answer)["code"]) == (400, code)
    assert sorted((runtime.home / "files").iterdir()) == before


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
    "a rate of next to nothing": b'{"prompt":"x","num_frames":5,"fps":5e-324}',
    "a rate no container holds": b'{"prompt":"x","num_frames":5,"fps":23.123456789}',
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


def part(name: str, value: bytes, *more: str) -> bytes:
    """One part of a form, written by hand."""
    head = "\r\n".join([f'Content-Disposition: form-data; name="{name}"{"".join(m for m in more if m[0] == ";")}',
                        *(m for m in more if m[0] != ";")])  # fmt: skip
    return f"--b\r\n{head}\r\n\r\n".encode() + value + b"\r\n"


def send(runtime, path: str, *parts: bytes):
    return runtime.post(
        path, content=b"".join(parts) + b"--b--\r\n", headers={"content-type": "multipart/form-data; boundary=b"}
    )


SMALL = [part("model", b"bars"), part("size", b"64x48"), part("num_frames", b"2"), part("prompt", b"bars")]
UPLOAD = '; filename="upload"', "Content-Type: application/octet-stream"


def test_a_stock_client_names_a_picture_by_an_object_in_its_extra_body(runtime):
    url = b"data:image/png;base64," + base64.b64encode(png())
    for name, value in (("input_reference[image_url]", url), ("input_reference", b'{"image_url": "' + url + b'"}')):
        answer = send(runtime, "/v1/videos", *SMALL, part(name, value))
        assert answer.status_code == 200, answer.text
        assert "ignored_params" not in answer.json()["cutaway"] or answer.json()["cutaway"]["ignored_params"] == []


@pytest.mark.parametrize("road", ["edits", "extensions"])
def test_the_ways_round_a_stock_client_that_cannot_send_an_object(runtime, road):
    """`edit(video=b"", extra_body={"video": {"id": v}})`, a JSON file part, and bytes that are JSON."""
    source = runtime.wait(runtime.create(size="64x48", num_frames=2)["id"])["id"]
    reference = json.dumps({"id": source}).encode()
    fields = [part("model", b"bars"), part("prompt", b"on"), part("seconds", b"1")]
    ways = {
        "an empty file beside brackets": [part("video", b"", *UPLOAD), part("video[id]", source.encode())],
        "brackets before an empty file": [part("video[id]", source.encode()), part("video", b"", *UPLOAD)],
        "a file that is JSON": [part("video", reference, '; filename="ref.json"', "Content-Type: application/json")],
        "bytes that are JSON": [part("video", reference, *UPLOAD)],
        "a JSON text": [part("video", reference)],
        "a JSON part without a file name": [part("video", reference, "Content-Type: application/json")],
        "an id": [part("video", source.encode())],
    }
    for way, parts in ways.items():
        answer = send(runtime, f"/v1/videos/{road}", *fields, *parts)
        assert answer.status_code == 200, (way, answer.text)
        assert answer.json()["cutaway"]["parent_ids"] == [source], way


def test_a_form_that_is_labelled_json_is_refused_and_not_half_read(runtime):
    body = b"".join([*SMALL, part("input_reference", png(), *UPLOAD), b"--b--\r\n"])
    answer = runtime.post("/v1/videos", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, error(answer)["code"]) == (400, "invalid_json")


def test_what_is_overruled_or_unknown_is_said_and_a_strict_request_is_refused(runtime):
    source = runtime.wait(runtime.create(size="64x48", num_frames=2)["id"])["id"]
    two = [part("video[id]", source.encode()), part("video", png(), *UPLOAD), part("poster", png(), *UPLOAD)]
    before = sorted((runtime.home / "files").iterdir())
    made = send(runtime, "/v1/videos/edits", part("model", b"bars"), part("prompt", b"x"), *two)
    assert made.status_code == 200, made.text
    assert made.json()["cutaway"]["ignored_params"] == ["poster", "video (file part)"]
    assert sorted((runtime.home / "files").iterdir()) == before, "what is not used is not kept"

    for body, names in [
        ({"flow_shift": 3}, ["flow_shift"]),
        ({"cutaway": {"colour": "red"}}, ["cutaway.colour"]),
        ({"num_inference_steps": 8}, ["num_inference_steps"]),  # bars draw by rules
        ({"width": 64, "height": 64}, ["height", "width"]),  # and a size beside it
        ({"strength": 0.5, "lora": {}}, ["strength", "lora"]),
    ]:
        lenient = runtime.post("/v1/videos", json={**BASE, **body})
        assert sorted(lenient.json()["cutaway"]["ignored_params"]) == sorted(names)
        strict = runtime.post("/v1/videos", json={**BASE, **body, "strict": True})
        assert (strict.status_code, error(strict)["code"]) == (400, "unknown_parameter")
        assert all(name in error(strict)["message"] for name in names)
    assert runtime.post("/v1/videos", json={**BASE, "strict": "true", "loop": True, "n": 1}).status_code == 200


def test_a_size_in_two_numbers_and_a_length_in_another_word(runtime):
    body = {"prompt": "x", "model": "bars", "width": 160, "height": 90, "duration": 1, "fps": 8}
    video = runtime.post("/v1/videos", json=body).json()
    assert (video["size"], video["seconds"], video["cutaway"]["num_frames"]) == ("160x90", "1", 8)


MALFORMED = {
    "a key twice": (b'{"prompt":"a","prompt":"b"}', 400, "invalid_json", "'prompt' is in it twice"),
    "a key twice inside": (b'{"cutaway":{"loop":true,"loop":false}}', 400, "invalid_json", "twice"),
    "deep objects": (b'{"a":' * 100 + b"1" + b"}" * 100, 400, "invalid_json", "nested too deeply"),
    "a hundred thousand lists": (b'{"a":' + b"[" * 100_000, 400, "invalid_json", "nested too deeply"),
    "infinity by a number": (b'{"strength":1e309}', 400, "invalid_json", "too large a number"),
    "NaN": (b'{"strength":NaN}', 400, "invalid_json", "NaN"),
    "4301 digits": (b'{"seed":' + b"9" * 4301 + b"}", 400, "invalid_json", "4301 digits"),
    "300 digits": (b'{"seed":' + b"9" * 300 + b"}", 400, "invalid_request", "seed"),
    "no UTF-8": (b'{"prompt":"\xc3\x28"}', 400, "invalid_json", "not UTF-8"),
    "half a character": (b'{"prompt":"\\udc80"}', 400, "invalid_json", "not UTF-8"),
    "NUL": (b'{"prompt":"a\\u0000b"}', 400, "invalid_json", "NUL"),
    "a long prompt": (b'{"prompt":"' + b"x" * 40_000 + b'"}', 400, "invalid_request", "prompt"),
    "a prompt of a megabyte": (b'{"prompt":"' + b"x" * 1024 * 1024 + b'"}', 413, "too_large", "bytes"),
    "many keys": (b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}", 400, "invalid_json", "fields"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_body_is_refused_by_name_and_at_once(runtime, name):
    body, status, code, said = MALFORMED[name]
    start = time.monotonic()
    answer = runtime.post("/v1/videos", content=body, headers={"content-type": "application/json"})
    found = error(answer)
    assert (answer.status_code, found["code"]) == (status, code), found
    assert said in found["message"]
    assert len(answer.content) < 1000
    assert time.monotonic() - start < 2


def test_malformed_bodies_leave_no_memory_behind(runtime):
    server = psutil.Process(runtime.process.pid)
    before = server.memory_info().rss
    for body, status, *_ in MALFORMED.values():
        for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
            answer = runtime.post("/v1/videos", content=body, headers={"content-type": kind})
            assert answer.status_code == status if kind == "application/json" else 400 <= answer.status_code < 500
    assert runtime.get("/health").json()["pid"] == server.pid
    assert server.memory_info().rss - before <= 64 * 1024**2


@pytest.mark.parametrize(
    "prompt", ["مشهد شروق", "\u202eright to left\u202c", "🎬👩‍👩‍👧‍👦", "e\u0301 \u200b \ufeff", "\\", '"']
)
def test_a_prompt_in_any_writing_comes_back_as_it_was(runtime, prompt):
    for more in ({"json": {**BASE, "prompt": prompt}}, {"data": {**FORM, "prompt": prompt}}):
        answer = runtime.post("/v1/videos", **more)
        assert answer.status_code == 200, answer.text
        assert answer.json()["prompt"] == prompt


def test_every_get_answers_head(runtime):
    video = runtime.wait(runtime.create(size="64x48", num_frames=2)["id"])["id"]
    file = runtime.post("/v1/files", files={"file": ("a.png", png())}).json()["id"]
    running = runtime.create(num_frames=1440, size="1280x720")["id"]
    for path in [
        "/v1/videos", f"/v1/videos/{video}", f"/v1/videos/{video}/content", f"/v1/videos/{running}/events",
        "/v1/files", f"/v1/files/{file}", "/v1/models", "/v1/models/bars", "/v1/cutaway/capabilities",
        "/v1/cutaway/queue", "/v1/cutaway/styles", "/v1/videos/characters", "/health", "/openapi.json",
    ]:  # fmt: skip
        head = runtime.client.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["x-request-id"].startswith("req_")
    assert runtime.client.head("/v1/videos/video_none").status_code == 404
    runtime.client.delete(f"/v1/videos/{running}")


def test_every_answer_has_a_name_and_says_whether_to_try_again(runtime):
    video = runtime.wait(runtime.create(size="64x48", num_frames=2)["id"])["id"]
    content = f"/v1/videos/{video}/content"
    wrong = [
        (400, runtime.get("/v1/videos", params={"limit": 0})),
        (401, runtime.get("/v1/videos", headers={"authorization": "Bearer wrong"})),
        (403, runtime.post("/v1/videos", json=BASE, headers={"origin": "http://other.example"})),
        (404, runtime.get("/v1/videos/video_none")),
        (404, runtime.get("/v2/videos")),
        (405, runtime.client.patch(f"/v1/videos/{video}")),
        (413, runtime.post("/v1/videos", content=b" " * 1_100_000)),
        (415, runtime.post("/v1/videos", content=b"x", headers={"content-type": "text/csv"})),
        (416, runtime.get(content, headers={"range": "bytes=99999999-"})),
    ]
    names = set()
    for status, answer in wrong:
        assert answer.status_code == status, answer.text
        error(answer)
        assert answer.headers["content-type"] == "application/json"
        names.add(answer.headers["x-request-id"])
    assert len(names) == len(wrong)
    assert wrong[-1][1].headers["content-range"].startswith("bytes */")
    assert runtime.get(content, headers={"range": "lines=1-2"}).status_code == 200, "no range at all"


def test_news_can_be_waited_for_by_a_header(runtime):
    video = runtime.create(num_frames=1440, size="1280x720")["id"]
    runtime.until(video, "running")
    runtime.client.delete(f"/v1/videos/{video}")
    done = runtime.create(size="64x48", num_frames=2)["id"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = runtime.get(f"/v1/videos/{done}", headers={"prefer": "respond-async, wait=10"}).json()
        if answer["status"] == "completed":
            break
    assert answer["status"] == "completed"


def test_a_data_uri_of_a_refused_request_is_not_kept(runtime):
    before = sorted((runtime.home / "files").iterdir())
    url = "data:image/png;base64," + base64.b64encode(png()).decode()
    answer = runtime.post("/v1/videos", json={**BASE, "size": "161x91", "input_reference": url})
    assert (answer.status_code, error(answer)["code"]) == (400, "unsupported_size")
    assert sorted((runtime.home / "files").iterdir()) == before
    for broken in ("data:", "data:image/png;base64,@@@", "data:image/png;base64", "data:text/html,<svg>"):
        assert runtime.post("/v1/videos", json={**BASE, "input_reference": broken}).status_code == 400, broken
    assert sorted((runtime.home / "files").iterdir()) == before
