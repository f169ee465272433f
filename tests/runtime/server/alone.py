"""A server in a network of its own, in which there is nothing but loopback: `unshare --net python alone.py HOME`.

Makes videos, uploads, stills and refusals over one connection, waits, and prints what this network counted.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))
from idle import counted, raise_loopback

BODY = {"model": "draft", "prompt": "a red ball rolls left", "size": "160x90", "num_frames": 12, "fps": "24"}
LISTS = (
    b"ffconcat version 1.0\nfile 'http://192.0.2.1/a.mp4'\n",
    b"#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n",
    b"v=0\no=- 0 0 IN IP4 192.0.2.1\ns=x\nc=IN IP4 192.0.2.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    b'<?xml version="1.0"?><MPD><BaseURL>http://192.0.2.1/</BaseURL></MPD>',
)
"""Files that make a careless decoder open a connection."""


def main(home: Path) -> None:
    raise_loopback()
    environment = {**os.environ, "CUTAWAY_HOME": str(home)}
    server = subprocess.Popen([sys.executable, "-m", "cutaway_runtime", "serve", "--idle-exit", "60"], env=environment)
    try:
        while not (home / "runtime.json").exists():
            assert server.poll() is None, "the server ended"
            time.sleep(0.05)
        port = int(json.loads((home / "runtime.json").read_text())["url"].rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        key = (home / "token").read_text().strip()

        def ask(method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, bytes]:
            connection.request(method, path, body, {"authorization": f"Bearer {key}", "content-type": kind})
            answer = connection.getresponse()
            return answer.status, answer.read()

        def made(path: str, wish: dict) -> str:
            status, said = ask("POST", path, json.dumps(wish).encode())
            assert status == 200, said
            video = json.loads(said)
            while video["status"] not in {"completed", "failed"}:
                video = json.loads(ask("GET", f"/v1/videos/{video['id']}?wait=10")[1])
            assert video["status"] == "completed", video
            return video["id"]

        first = made("/v1/videos", BODY)
        made("/v1/videos/extensions", {"prompt": "on", "model": "draft", "num_frames": 12, "video": {"id": first}})
        for variant in ("thumbnail", "first_frame", "sidecar"):
            assert ask("GET", f"/v1/videos/{first}/content?variant={variant}")[0] == 200
        refused = [
            ask("POST", "/v1/videos", json.dumps({**BODY, "input_reference": "http://192.0.2.1/a.png"}).encode())[0]
        ]
        for lure in LISTS:
            form = (
                b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
                + lure
                + b"\r\n--x--\r\n"
            )
            refused.append(ask("POST", "/v1/files", form, "multipart/form-data; boundary=x")[0])
        time.sleep(2)
        found = counted()
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rogue:
            rogue.sendto(b"anybody?", ("192.0.2.1", 53))
        sys.stdout.write(json.dumps({"refused": refused, "counted": found, "would_be_seen": counted() != found}))
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
