"""What is fetched from an address, and above all what is not."""

import asyncio
import http.server
import io
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from PIL import Image

from cutaway_runtime.server.refusal import Refusal
from cutaway_runtime.server.remote import MAX_REDIRECTS, Remote, is_public, of_the_system

BOTH = frozenset({"http", "https"})
LOOPBACK = ipaddress.ip_address("127.0.0.1")


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 36), "red").save(file, "PNG")
    return file.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, pieces, pause = self.server.pages[self.path.partition("?")[0]]
        self.send_response(status)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(pause)
        except OSError:  # the other side had enough
            pass
        self.close_connection = True


class Site(http.server.ThreadingHTTPServer):
    """Pages by path: (status, headers, pieces of the body, seconds between them). Counts every connection."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = {}
        self.asked = []
        self.connections = 0

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_args: object) -> None:
        """A client that does not trust a certificate hangs up; that is its right."""

    @property
    def port(self) -> int:
        return self.server_address[1]


@contextmanager
def serving(site: Site):
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()


@pytest.fixture
def site():
    with serving(Site()) as running:
        yield running


class Names:
    """A resolver that knows some names, and was asked this often. An address may change from one time to the next."""

    def __init__(self, **known: list[list[str]]) -> None:
        self.known = {name.replace("_", "."): list(answers) for name, answers in known.items()}
        self.asked = []

    async def __call__(self, host: str, port: int) -> list:
        self.asked.append(host)
        answers = self.known.get(host)
        if answers is None:
            return await of_the_system(host, port)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ipaddress.ip_address(text) for text in answer]


def here(address) -> bool:
    """As if the loopback address were the public internet, and everything else stayed what it is."""
    return address == LOOPBACK or is_public(address)


def fetch(url: str, **more: object) -> bytes:
    found = bytearray()
    told = {"schemes": BOTH, "max_bytes": 100_000, "seconds": 5.0, **more}
    asyncio.run(Remote(**told).fetch(url, "input_reference", found.extend))
    return bytes(found)


def refused(url: str, **more: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        fetch(url, **more)
    assert caught.value.status == 400
    assert caught.value.param == "input_reference"
    return caught.value


FORBIDDEN = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://public.example@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@public.example/",
    "http://user:secret@loopback.example:{port}/",
    "http://loopback.example:{port}/",
    "http://both.example:{port}/",
    "http://rebinding.example:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: public.example",
    "https://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1:{port}/",
    "http:///{port}",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:99999/",
    "//127.0.0.1:{port}/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_an_address_that_is_not_public_is_never_connected_to(site, url):
    names = Names(
        loopback_example=[["127.0.0.1"]],
        both_example=[["93.184.216.34", "127.0.0.1"]],
        rebinding_example=[["127.0.0.1"], ["93.184.216.34"]],
    )
    error = refused(url.format(port=site.port), resolve=names)
    assert error.code in {"url_refused", "url_unreachable"}
    assert site.connections == 0
    for known in ("private", "loopback address", "127.0.0.1", "resolved"):
        assert known not in error.message, "nobody learns what is behind this server"


def test_what_is_behind_this_server_cannot_be_told_from_what_is_not_there(site):
    names = Names(inside_example=[["10.0.0.7"]], nowhere_example=[[]])
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    said = {
        refused("http://inside.example/", resolve=names).message,
        refused("http://nowhere.example/", resolve=names).message,
        refused(f"http://127.0.0.1:{port}/", resolve=names).message,
        refused(f"http://127.0.0.1:{port}/", resolve=names, public=here).message,  # nobody listens
        refused(f"http://127.0.0.1:{site.port}/", resolve=names).message,  # somebody does
    }
    closed.close()
    assert len(said) == 1


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert is_public(ipaddress.ip_address(address))


def test_a_file_is_fetched_whole(site):
    site.pages["/a.png"] = (200, {"Content-Length": "6"}, [b"abc", b"def"], 0.01)
    names = Names(public_example=[["127.0.0.1"]])
    url = f"http://public.example:{site.port}/a.png?x=1"
    assert fetch(url, resolve=names, public=here) == b"abcdef"
    path, headers = site.asked[0]
    assert (path, headers["host"]) == ("/a.png?x=1", f"public.example:{site.port}")
    assert not {"cookie", "authorization", "referer"} & {name.lower() for name in headers}


def test_a_name_is_asked_for_once_and_what_it_means_later_changes_nothing(site):
    site.pages["/"] = (200, {}, [b"data"], 0)
    names = Names(public_example=[["127.0.0.1"], ["10.0.0.1"]])
    assert fetch(f"http://public.example:{site.port}/", resolve=names, public=here) == b"data"
    assert names.asked == ["public.example"]


@pytest.mark.parametrize(
    "to", ["http://inside.example:{port}/", "http://[::1]:{port}/", "//inside.example:{port}/", "file:///etc/passwd"]
)
def test_a_redirect_is_looked_at_like_the_first_address(site, to):
    site.pages["/"] = (302, {"Location": to.format(port=site.port)}, [], 0)
    names = Names(public_example=[["127.0.0.1"]], inside_example=[["10.0.0.1"]])
    refused(f"http://public.example:{site.port}/", resolve=names, public=here)
    assert site.connections == 1


def test_from_https_nothing_leads_to_http_unless_that_is_allowed(site):
    site.pages["/"] = (200, {}, [b"data"], 0)
    error = refused(f"http://127.0.0.1:{site.port}/", schemes=frozenset({"https"}), public=here)
    assert (error.code, site.connections) == ("url_refused", 0)


def test_redirects_are_followed_so_far(site):
    for n in range(6):
        site.pages[f"/{n}"] = (307, {"Location": f"/{n + 1}"}, [], 0)
    site.pages[f"/{MAX_REDIRECTS}"] = (200, {}, [b"there"], 0)
    url = f"http://public.example:{site.port}"
    names = Names(public_example=[["127.0.0.1"]])
    assert fetch(f"{url}/0", resolve=names, public=here) == b"there"
    assert names.asked == ["public.example"] * (1 + MAX_REDIRECTS)
    site.pages[f"/{MAX_REDIRECTS}"] = (307, {"Location": "/0"}, [], 0)
    assert "passed on" in refused(f"{url}/0", resolve=names, public=here).message


def test_bytes_are_counted_while_they_come(site):
    piece = bytes(50_000)
    site.pages["/long"] = (200, {}, [piece] * 100, 0)
    site.pages["/honest"] = (200, {"Content-Length": "5000000"}, [piece] * 100, 0)
    site.pages["/packed"] = (200, {"Content-Encoding": "gzip"}, [b"\x1f\x8b"], 0)
    for path, why in (("long", "larger than"), ("honest", "larger than"), ("packed", "compressed")):
        error = refused(f"http://127.0.0.1:{site.port}/{path}", public=here)
        assert (error.code, why in error.message) == ("url_unreachable", True)


def test_seconds_are_counted_while_they_pass(site):
    site.pages["/slow"] = (200, {}, [b"x"] * 40, 0.05)
    start = time.monotonic()
    error = refused(f"http://127.0.0.1:{site.port}/slow", public=here, seconds=0.4)
    assert (error.code, "longer than 0.4 s" in error.message) == ("url_unreachable", True)
    assert time.monotonic() - start < 1.5


def test_a_proxy_of_the_environment_is_not_used(site, monkeypatch):
    site.pages["/"] = (200, {}, [b"direct"], 0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(f"http://127.0.0.1:{site.port}/", public=here) == b"direct"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="a certificate is made with openssl")
def test_the_certificate_is_that_of_the_name_although_the_connection_goes_to_an_address(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=public.example",
         "-addext", "subjectAltName=DNS:public.example", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    site = Site()
    site.pages["/"] = (200, {}, [b"sealed"], 0)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    asked_for = []
    tls.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    site.socket = tls.wrap_socket(site.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=str(certificate))
    names = Names(public_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    with serving(site):
        url = f"https://{{}}:{site.port}/"
        assert fetch(url.format("public.example"), resolve=names, public=here, verify=trusting) == b"sealed"
        refused(url.format("other.example"), resolve=names, public=here, verify=trusting)
        refused(url.format("public.example"), resolve=names, public=here)
    assert asked_for == ["public.example", "other.example", "public.example"]
    assert len(site.asked) == 1


EVERYWHERE = """
import functools, sys
from cutaway_runtime.server import remote
remote.Remote = functools.partial(remote.Remote, public=lambda address: True)
from cutaway_runtime.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
"""The runtime on a machine whose loopback is the public internet."""


def test_a_picture_by_its_address_becomes_a_first_frame_and_a_file(make_runtime, site):
    site.pages["/red.png"] = (200, {}, [png()], 0)
    site.pages["/page.html"] = (200, {}, [b"<html>"], 0)
    runtime = make_runtime("--allow-url-references", "--allow-http-urls", start=False)
    runtime.command = [sys.executable, "-c", EVERYWHERE]
    runtime.start()
    base = {"prompt": "x", "model": "bars", "size": "160x90", "num_frames": 2}
    url = f"http://127.0.0.1:{site.port}"
    files = runtime.home / "files"

    made = runtime.post("/v1/videos", json={**base, "input_reference": {"image_url": f"{url}/red.png"}})
    assert made.status_code == 200, made.text
    video = runtime.wait(made.json()["id"])
    still = runtime.get(f"/v1/videos/{video['id']}/content", params={"variant": "first_frame"}).content
    assert Image.open(io.BytesIO(still)).convert("RGB").getpixel((80, 45))[0] > 200
    assert [file["filename"] for file in runtime.get("/v1/files").json()["data"]] == ["red.png"]

    for path, code in (("page.html", "invalid_media"), ("red.png", "unsupported_size")):
        size = "161x91" if code == "unsupported_size" else "160x90"
        wrong = runtime.post("/v1/videos", json={**base, "size": size, "input_reference": f"{url}/{path}"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, code)
        assert len(list(files.iterdir())) == len(runtime.get("/v1/files").json()["data"]) == 1, (
            "a refusal keeps nothing"
        )


def test_as_it_is_started_nothing_of_this_machine_is_fetched(make_runtime, site, monkeypatch):
    body = {"prompt": "x", "model": "bars", "input_reference": f"http://127.0.0.1:{site.port}/"}

    def code(runtime) -> str:
        return runtime.post("/v1/videos", json=body).json()["error"]["code"]

    assert code(make_runtime("--allow-url-references")) == "url_refused", "https only"
    monkeypatch.setenv("CUTAWAY_URL_REFERENCES", "http")
    on = make_runtime()
    assert code(on) == "url_unreachable"
    assert on.get("/v1/cutaway/capabilities").json()["url_references"] is True
    assert site.connections == 0


def test_what_may_be_fetched_is_said_in_one_of_two_words(tmp_path):
    environment = {**os.environ, "CUTAWAY_HOME": str(tmp_path), "CUTAWAY_URL_REFERENCES": "yes"}
    command = [sys.executable, "-m", "cutaway_runtime", "serve"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "CUTAWAY_URL_REFERENCES is https or http" in ended.stderr) == (2, True)
