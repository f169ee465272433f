"""Keys and plans on the command line."""

import json
import subprocess
import sys

import psycopg
import pytest

from cutaway_runtime import access
from cutaway_runtime.jobs.database import VARIABLE, place_of
from cutaway_runtime.jobs.store import Store


@pytest.fixture
def served(tmp_path):
    """The folder of a server that was started once."""
    Store(tmp_path / "jobs.sqlite").close()
    return tmp_path


@pytest.fixture
def run(served, capsys):
    def called(*words: str) -> tuple[int, str, str]:
        code = access.main([*words, "--data-dir", str(served)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def test_a_key_stands_alone_on_stdout_once(run):
    code, out, err = run("keys", "add", "ci", "--plan", "pro")
    assert code == 0
    assert out.startswith("cutaway_")
    assert len(out.split()) == 1
    assert "only time" in err
    _, listed, _ = run("keys", "list")
    assert out.strip() not in listed
    assert "0 of 500" in listed


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("keys", "add", "ci", "--plan", "gold"), "there is no plan 'gold'; there are: plus, pro"),
        (("keys", "add", "a name"), "1 to 64 letters"),
        (("keys", "revoke", "nobody"), "no key 'nobody'"),
        (("keys", "rotate", "nobody"), "no key 'nobody'"),
        (("plans", "rm", "gold"), "there is no plan 'gold'"),
        (("plans", "set", "operator"), "a plan's name"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(run, words, why):
    before = run("keys", "list", "--json")[1], run("plans", "list", "--json")[1]
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert why in err
    assert (run("keys", "list", "--json")[1], run("plans", "list", "--json")[1]) == before
    assert json.loads(run(*words, "--json")[1])["error"]["exit_code"] == 2


def test_a_name_is_free_again_once_its_key_is_revoked(run):
    run("keys", "add", "ci")
    assert run("keys", "add", "ci")[0] == 2
    assert run("keys", "revoke", "ci")[0] == 0
    assert run("keys", "add", "ci")[0] == 0
    assert len(json.loads(run("keys", "list", "--json")[1])["keys"]) == 2


def test_a_plan_keeps_what_is_not_changed_and_stays_while_keys_have_it(run):
    run("plans", "set", "studio", "--videos-a-month", "10", "--priority", "3")
    run("plans", "set", "studio", "--max-waiting", "2")
    plans = {plan["name"]: plan for plan in json.loads(run("plans", "list", "--json")[1])["plans"]}
    assert plans["studio"] == {"name": "studio", "videos_a_month": 10, "max_waiting": 2, "priority": 3}
    run("plans", "set", "studio", "--videos-a-month", "none")
    assert "no limit" in run("plans", "list")[1]
    run("keys", "add", "ci", "--plan", "studio")
    assert run("plans", "rm", "studio")[0] == 2
    run("keys", "revoke", "ci")
    assert run("plans", "rm", "studio")[0] == 2, "the key that was revoked is still on record"


@pytest.mark.parametrize(
    "words", [("keys", "add", "ci"), ("keys", "list"), ("plans", "set", "studio"), ("plans", "list")]
)
def test_where_no_server_was_nothing_is_made(tmp_path, capsys, words):
    """A key that was made in the wrong place opens nothing, and its database there is the wrong one."""
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "folder-id").write_text("0" * 24)
    for folder in (tmp_path / "typo", shared):
        before = set(tmp_path.rglob("*"))
        assert access.main([*words, "--data-dir", str(folder)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert f"no server ever kept jobs in {folder}: there is no jobs.sqlite in it" in said.err
        assert all(way in said.err for way in ("--data-dir", "CUTAWAY_HOME", VARIABLE))
        assert set(tmp_path.rglob("*")) == before


def test_in_an_empty_database_nothing_is_made_either(postgres, tmp_path, monkeypatch, capsys):
    url = postgres.url()
    monkeypatch.setenv(VARIABLE, url)
    assert access.main(["keys", "add", "ci", "--data-dir", str(tmp_path)]) == 2
    assert "no server ever kept jobs in postgresql://" in capsys.readouterr().err
    with psycopg.connect(url) as connection:
        here = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").fetchone()
    assert here == (0,)
    Store(place_of(tmp_path)).close()
    assert access.main(["keys", "add", "ci", "--data-dir", str(tmp_path)]) == 0


def test_the_command_line_of_cutaway_hands_it_through(served):
    said = subprocess.run(
        [sys.executable, "-m", "cutaway.cli", "keys", "add", "ci", "--data-dir", str(served), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(said.stdout)["key"].startswith("cutaway_")
    refused = subprocess.run(
        [sys.executable, "-m", "cutaway.cli", "keys", "revoke", "nobody", "--data-dir", str(served)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
