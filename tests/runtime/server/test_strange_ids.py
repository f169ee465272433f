"""Ids and names that no database should be asked about: refused in words, on SQLite and on PostgreSQL alike."""

import io

import pytest
from PIL import Image

STRANGE = ["%00", "video_%00", "video_" + "0" * 24 + "%00", "%ff", "video_" + "f" * 5000, "%ED%A0%80"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request, tmp_path_factory, make_one):
    environment = {}
    if request.param == "postgresql":
        environment["CUTAWAY_DATABASE_URL"] = request.getfixturevalue("postgres").url()
    with make_one(tmp_path_factory.mktemp("strange"), environment=environment) as runtime:
        yield runtime


def test_an_id_that_is_none_is_not_found(server):
    paths = server.get("/openapi.json").json()["paths"]
    routes = [(method, path) for path, methods in paths.items() for method in methods if "{" in path]
    assert len(routes) >= 10
    for method, path in routes:
        for strange in STRANGE:
            route = path[: path.index("{")] + strange + path[path.index("}") + 1 :]
            body = {"json": {"prompt": "x"}} if method == "post" else {}
            answer = server.client.request(method, route, **body)
            assert answer.status_code in {400, 404}, (method, route[:80], answer.status_code, answer.text)


@pytest.mark.parametrize("path", ["/v1/videos", "/v1/files", "/v1/videos/characters"])
def test_a_page_after_what_is_no_id_is_refused(server, path):
    for strange in STRANGE:
        answer = server.get(f"{path}?after={strange}")
        assert answer.status_code in {400, 404}, (path, strange[:40], answer.status_code, answer.text)


def test_a_name_that_swells_when_it_is_folded_is_refused(server):
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "PNG")
    for name in ("\ufdfa" * 40, "a\x00b"):
        answer = server.post(
            "/v1/videos/characters", data={"name": name}, files={"video": ("a.png", out.getvalue(), "image/png")}
        )
        assert answer.status_code == 400, answer.text


def test_words_that_cannot_be_written_down_are_refused(server):
    made = server.post("/v1/videos", json={"prompt": "a\x00b", "model": "bars", "num_frames": 2})
    assert made.status_code == 400, made.text
    for fields in ({"purpose": "a\x00b"}, {"purpose": "a\ud800".encode("utf-8", "surrogatepass")}):
        files = {"file": ("a.png", b"\x89PNG", "image/png")}
        assert server.post("/v1/files", data=fields, files=files).status_code == 400
    referred = server.post(
        "/v1/videos", json={"prompt": "x", "model": "draft", "input_reference": {"file_id": "file_\x00"}}
    )
    assert referred.status_code in {400, 404}, referred.text
    spoken = server.post("/v1/videos", json={"prompt": "x", "model": "draft", "characters": ["\x00"]})
    assert spoken.status_code in {400, 404}, spoken.text
