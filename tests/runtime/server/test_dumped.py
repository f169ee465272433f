"""A backup of servers that share a PostgreSQL, as docs/server.md says: a dump, then a copy of the folder."""

import hashlib
import shutil
import subprocess
from contextlib import closing

import psycopg
import pytest


@pytest.fixture
def databases(postgres):
    """Addresses of two databases, the second one empty."""
    anywhere = postgres.url().partition("&options")[0]
    made = []
    with closing(psycopg.connect(anywhere, autocommit=True)) as connection:
        for number in range(2):
            connection.execute(f"DROP DATABASE IF EXISTS dumped_{number}")
            connection.execute(f"CREATE DATABASE dumped_{number}")
            made.append(anywhere.replace("/postgres?", f"/dumped_{number}?"))
    return made


def test_a_dump_and_a_copy_are_the_servers_again(postgres, databases, make_runtime, tmp_path):
    dump = tmp_path / "monday.dump"
    pg_dump, pg_restore = (postgres._programs / name for name in ("pg_dump", "pg_restore"))
    before = make_runtime("--data-dir", str(tmp_path / "shared"), start=False)
    before.environment = {"CUTAWAY_DATABASE_URL": databases[0]}
    before.start()
    done = before.wait(before.create()["id"])
    waiting = [before.create(num_frames=1440, size="1280x720")["id"], before.create()["id"]]
    subprocess.run([pg_dump, "--format=custom", f"--file={dump}", databases[0]], check=True)
    shutil.copytree(tmp_path / "shared", tmp_path / "restored", ignore=shutil.ignore_patterns("lost"))
    before.kill()
    shutil.rmtree(tmp_path / "shared")

    subprocess.run([pg_restore, "--no-owner", f"--dbname={databases[1]}", dump], check=True)
    after = make_runtime("--data-dir", str(tmp_path / "restored"), start=False)
    after.environment = {"CUTAWAY_DATABASE_URL": databases[1]}
    after.start()
    content = after.get(f"/v1/videos/{done['id']}/content").content
    assert hashlib.sha256(content).hexdigest() == done["cutaway"]["sha256"]
    assert after.post(f"/v1/videos/{waiting[0]}/cancel").status_code == 200
    assert after.wait(waiting[1])["status"] == "completed", "what waited goes on, in the new folder"
    remixed = after.post(f"/v1/videos/{done['id']}/remix", json={"prompt": "bars again"})
    assert after.wait(remixed.json()["id"])["status"] == "completed"
    assert not (tmp_path / "shared").exists()
