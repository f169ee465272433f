"""Characters, cards and dry runs on the command line."""

import json


def test_a_character_is_added_listed_and_forgotten(cli):
    (cli.folder / "mia.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"m" * 64)
    added = cli("characters", "add", "Mia", "mia.mp4", "--description", "a girl in a red coat")
    assert (added.code, added.stdout) == (0, "char_1  Mia\n")
    cli("characters", "add", "Tom", "video_0001")
    listed = cli("characters")
    assert [line.split() for line in listed.stdout.splitlines()] == [
        ["name", "id", "description", "age"],
        ["Tom", "char_2", "2", "min"],
        ["Mia", "char_1", "a", "girl", "in", "a", "red", "coat", "2", "min"],
    ]
    assert [one["name"] for one in cli("characters", "list", "--json").object["data"]] == ["Tom", "Mia"]
    gone = cli("characters", "rm", "Mia", "char_2", "--json").object
    assert [(one["id"], one["deleted"]) for one in gone["data"]] == [("char_1", True), ("char_2", True)]
    assert "cutaway characters add" in cli("characters", "list").stdout


def test_what_is_not_there_is_refused(cli, script):
    none = cli("characters", "rm", "Nobody")
    assert none.code == 2
    assert "no character" in none.stderr
    assert cli("characters", "add", "Mia", "none.png").code == 2
    assert not script.characters


def test_create_tells_a_video_in_cards(cli, script):
    (cli.folder / "end.png").write_bytes(b"\x89PNG\r\n\x1a\n0000ftypisom rest")
    ended = cli(
        "create", "--frames", "96", "--card", "0: a red ball", "--card", "2s: it bursts", "--card", "end: end.png",
        "--character", "char_7", "--detach", "--emulate",
    )  # fmt: skip
    assert ended.code == 0, ended.stderr
    first, second, last = script.created[0]["cutaway"]["cards"]
    assert (first, second) == ({"at": 0, "prompt": "a red ball"}, {"at_s": 2.0, "prompt": "it bursts"})
    assert (last["at"], set(last["image"])) == (-1, {"file_id"})
    assert script.created[0]["characters"] == [{"id": "char_7"}]
    assert "emulate" not in json.dumps(script.created)


def test_something_should_be_seen(cli, script):
    for words, said in ((["create", "--detach"], "PROMPT, or --card"), (["create", "--card", "x", "--detach"], "WHEN")):
        ended = cli(*words)
        assert ended.code == 2
        assert said in " ".join(ended.stderr.split())
    assert not script.created


def test_a_dry_run_says_what_it_would_take_and_makes_nothing(cli, script):
    script.estimate |= {
        "preview": True, "num_frames": 96, "fps": "24000/1001", "size": "640x360", "duration_s": 4.004, "wall_s": 12.4,
        "disk_mb": 3.2, "basis": "measured", "ignored_params": ["steps"],
        "adjustments": [{"field": "num_frames", "requested": 95, "effective": 96, "reason": "4k"}],
    }  # fmt: skip
    ended = cli("create", "a red ball", "--frames", "95", "--steps", "4", "--dry-run")
    assert ended.code == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "640x360  23.976 fps  96 frames  4.00 s  draft, a preview",
        "takes about 12 s of work, 3 MB of disk (measured)",
    ]
    assert "asked for 95, got 96 (4k)" in ended.stderr
    assert "ignored: steps" in ended.stderr
    assert cli("create", "a red ball", "--dry-run", "--json").object["wall_s"] == 12.4
    assert not script.created


def test_what_is_not_known_is_not_guessed(cli):
    assert "not known" in cli("create", "a red ball", "--dry-run").stdout
