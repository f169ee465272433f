"""Who may call, from where, by which name."""

import os
import re
import socket
import stat
import subprocess
import sys

import httpx
import pytest

SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def routes(runtime):
    """Every route that the server says it has, a method each, and what belongs to it without being listed."""
    paths = runtime.get("/openapi.json").json()["paths"]
    listed = [
        (method.upper(), re.sub(r"{\w+}", "video_x", path)) for path, methods in paths.items() for method in methods
    ]
    assert len(listed) > 25
    return [*listed, ("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/nowhere"), ("OPTIONS", "/v1/videos")]


def raw(runtime, method: str, path: str, *headers: str) -> int:
    """The status of a request written by hand."""
    address = httpx.URL(runtime.client.base_url)
    key = runtime.client.headers["authorization"]
    with socket.create_connection((address.host, address.port), 10) as connection:
        lines = [
            f"{method} {path} HTTP/1.1",
            *headers,
            f"Authorization: {key}",
            "Content-Length: 0",
            "Connection: close",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "127.0.0.1.nip.io", "", ":80", "127.0.0.1:80:80", "user@127.0.0.1", "localhost.evil.example",
        "10.0.0.1", "[::ffff:10.0.0.1]", "127.0.0.1/", "127.0.0.1:99999",
    ],
)  # fmt: skip
def test_other_names_are_refused_on_every_route(runtime, routes, host):
    answered = {(method, path): raw(runtime, method, path, f"Host: {host}") for method, path in routes}
    assert set(answered.values()) == {400}, answered


def test_two_hosts_or_none_are_refused(runtime):
    assert raw(runtime, "GET", "/health", "Host: 127.0.0.1", "Host: evil.example") == 400
    assert raw(runtime, "GET", "/health") == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST", "localhost:1234", "[::1]", "[::1]:80", "127.1.2.3"])
def test_this_machine_by_any_of_its_names(runtime, host):
    assert raw(runtime, "GET", "/health", f"Host: {host}") == 200


@pytest.mark.parametrize(
    "header",
    [
        "Origin: http://evil.example", "Origin: null", "Origin: https://127.0.0.1.evil.example",
        "Origin: http://127.0.0.1:1", "Origin: http://[evil", "Origin: http://[",
        "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
    ],
)  # fmt: skip
def test_pages_of_other_sites_change_nothing(runtime, routes, header):
    changes = [(method, path) for method, path in routes if method not in SAFE]
    answered = {(method, path): raw(runtime, method, path, "Host: 127.0.0.1", header) for method, path in changes}
    assert len(changes) > 10
    assert set(answered.values()) == {403}, answered


def test_a_page_of_this_server_and_no_page_at_all_may(runtime):
    for header in ("Origin: http://127.0.0.1", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"):
        assert raw(runtime, "DELETE", "/v1/videos/video_x", "Host: 127.0.0.1", header) == 404


def test_nobody_is_invited_across_origins(runtime):
    answer = runtime.get("/v1/models", headers={"origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_route_but_health_and_ready_wants_the_key(runtime, routes):
    with httpx.Client(base_url=runtime.client.base_url) as stranger:
        for method, path in routes:
            expected = 200 if path in {"/health", "/ready"} else 401
            assert stranger.request(method, path).status_code == expected, path
            wrong = stranger.request(method, path, headers={"authorization": "Bearer guess"})
            assert wrong.status_code == expected, path
        assert (
            stranger.get("/v1/models", headers={"authorization": "Basic x"}).json()["error"]["code"]
            == "invalid_api_key"
        )


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_key_is_readable_by_nobody_else(runtime):
    for name in ("token", "jobs.sqlite", "runtime.json"):
        assert stat.S_IMODE((runtime.home / name).stat().st_mode) == 0o600, name


def test_a_server_for_the_network_needs_a_key(tmp_path):
    for options in (["--host", "0.0.0.0"], ["--host", "0.0.0.0", "--api-key", "k", "--no-auth"]):
        ended = subprocess.run(
            [sys.executable, "-m", "cutaway_runtime", "serve", *options],
            env={**os.environ, "CUTAWAY_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == 2
        assert "0.0.0.0" in ended.stderr
        assert not (tmp_path / "runtime.json").exists()


def test_without_a_key_on_this_machine_only_when_told_so(make_runtime):
    runtime = make_runtime("--no-auth")
    with httpx.Client(base_url=runtime.client.base_url) as anybody:
        assert anybody.get("/v1/models").status_code == 200


def test_a_chosen_key_and_name(make_runtime):
    runtime = make_runtime("--api-key", "chosen", "--allow-host", "studio.example")
    with httpx.Client(base_url=runtime.client.base_url) as other:
        headers = {"authorization": "Bearer chosen", "host": "studio.example"}
        assert other.get("/v1/models", headers=headers).status_code == 200
    assert runtime.get("/v1/models").status_code == 200
