"""Writes the database of the version that is checked out, as a server leaves it that is killed at work.

    python tests/runtime/server/schemas/write.py        writes <schema>.sql beside itself

To be run before the schema changes, so that what is written now can still be opened then. Jobs of every kind are in it:
completed, failed, cancelled, deleted, in hand, waiting; with keys and without; an upload, a character, webhooks that
nobody took. The folder is called /home/editor/.cutaway in it.
"""

import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import httpx
import psutil
from PIL import Image

from cutaway_runtime.jobs.store import Store
from cutaway_runtime.jobs.tables import HEAD

BODY = {"model": "bars", "prompt": "bars", "size": "64x36", "num_frames": 4, "fps": "24"}


class Scene:
    """A server, and names for what it was asked."""

    def __init__(self, home: Path) -> None:
        store = Store(home / "jobs.sqlite")
        self.names = {"key": store.keyring.add("lena", "plus")[1]}
        store.close()
        command = [sys.executable, "-m", "cutaway_runtime", "serve", "--idle-exit", "100"]
        command += ["--webhook-url", "http://127.0.0.1:9/told"]
        self.process = subprocess.Popen(command, env={**os.environ, "CUTAWAY_HOME": str(home)})
        while not (home / "runtime.json").exists():
            time.sleep(0.05)
        url = json.loads((home / "runtime.json").read_text())["url"]
        key = (home / "token").read_text().strip()
        self.client = httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=60)

    def create(self, name: str, headers: dict[str, str] | None = None, **more: object) -> str:
        answer = self.client.post("/v1/videos", json={**BODY, **more}, headers=headers).raise_for_status()
        self.names[name] = answer.json()["id"]
        return self.names[name]

    def until(self, name: str, *statuses: str) -> dict:
        while True:
            video = self.client.get(f"/v1/videos/{self.names[name]}").json()
            if video["status"] in statuses:
                return video
            time.sleep(0.01)

    def play(self) -> None:
        """Everything, up to the moment at which the server is killed."""
        lena = {"authorization": f"Bearer {self.names['key']}"}
        long = {"num_frames": 240, "size": "640x360"}
        self.create("completed", {"idempotency-key": "a-wish-of-old"})
        self.create("completed of a key", lena)
        self.until("completed of a key", "completed")
        self.client.delete(f"/v1/videos/{self.create('deleted')}").raise_for_status()
        picture = io.BytesIO()
        Image.new("RGB", (64, 36), (200, 40, 40)).save(picture, "PNG")
        files = {"file": ("red.png", picture.getvalue())}
        self.names["file"] = self.client.post("/v1/files", files=files).raise_for_status().json()["id"]
        made = self.client.post("/v1/videos/characters", data={"name": "Red"}, files={"video": files["file"]})
        self.names["character"] = made.raise_for_status().json()["id"]
        self.create("failed", **long)
        self.client.post(f"/v1/videos/{self.create('cancelled')}/cancel").raise_for_status()
        while self.until("failed", "in_progress", "failed")["status"] != "failed":
            for child in psutil.Process(self.process.pid).children():
                if "worker.main" in " ".join(child.cmdline()):
                    child.kill()
            time.sleep(0.3)
        self.create("in hand", **long)
        self.create("queued", prompt="painted by a newer version")
        self.create("queued of a key", lena)
        self.until("in hand", "in_progress")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        try:
            scene.play()
        finally:
            scene.process.kill()
            scene.process.wait()
        with closing(sqlite3.connect(Path(folder) / "jobs.sqlite")) as database:
            text = "\n".join(database.iterdump())
        head = f"-- Written at schema {HEAD}, with: {json.dumps(scene.names)}\n"
        path = Path(__file__).with_name(f"{HEAD}.sql")
        path.write_text(head + text.replace(folder, "/home/editor/.cutaway") + "\n", "utf-8")


if __name__ == "__main__":
    main()
