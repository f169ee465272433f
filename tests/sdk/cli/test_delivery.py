"""From a command to a file: what is sent, what is printed, how it ends."""

import re
import signal
import time

import pytest

FILM_BYTES = 12 + 256 * 40


def test_create_saves_the_video_and_says_what_it_is(cli, script):
    ended = cli("create", "a red ball", "-o", "ball.mp4", "--seconds", "4", "--size", "640x360", "--seed", "7")
    assert ended.code == 0, ended.stderr
    assert (cli.folder / "ball.mp4").stat().st_size == FILM_BYTES
    assert ended.stdout.split() == ["ball.mp4", "640x360", "24", "fps", "96", "frames", "4", "s", "seed", "7", "draft"]
    assert "draft: a moving storyboard, not a model" in ended.stderr
    assert script.created[0] == {
        "prompt": "a red ball",
        "seconds": 4.0,
        "size": "640x360",
        "seed": 7,
        "cutaway": {"format": "mp4"},
    }


def test_json_prints_one_object_and_keeps_people_on_stderr(cli):
    ended = cli("create", "a red ball", "-o", "ball.mp4", "--json")
    assert ended.object["status"] == "completed"
    assert ended.object["path"] == "ball.mp4"
    assert ended.object["cutaway"]["preview"] is True


def test_what_is_not_as_asked_is_said(cli, script):
    change = {"field": "num_frames", "requested": 100, "effective": 97, "reason": "this model makes 4k+1 frames"}
    more = {"adjustments": [change], "unmatched_terms": ["zeppelin"], "ignored_params": ["steps"], "warnings": ["slow"]}
    script.course = [("completed", 100, more)]
    said = cli("create", "a red zeppelin", "-o", "z.mp4").stderr
    assert "num_frames: asked for 100, got 97 (this model makes 4k+1 frames)" in said
    assert "not drawn: zeppelin" in said
    assert "ignored: steps" in said
    assert "slow" in said


def test_a_model_is_told_how_to_paint(cli, script):
    (cli.folder / "mia.png").write_bytes(b"\x89PNG\r\n\x1a\n mia")
    (cli.folder / "leo.png").write_bytes(b"\x89PNG\r\n\x1a\n leo")
    (cli.folder / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"a" * 64)
    manner = ["--profile", "low-memory", "--steps", "8", "--guidance", "1.5", "--allow-degraded", "--detach"]
    words = ["--reference", "mia.png", "--reference", "leo.png", "--expand-prompt"]
    asked = [
        ["create", "x", *words], ["extend", "a.mp4", "--frames", "8", *words], ["remix", "a.mp4", "--prompt", "x", *words],
        ["fill", "a.mp4", "a.mp4", "--frames", "8", *words], ["blend", "a.mp4", "a.mp4"], ["loop", "a.mp4"],
    ]  # fmt: skip
    for verb in asked:
        ended = cli(*verb, *manner)
        assert ended.code == 0, ended.stderr
    for verb, body in zip(asked, script.created, strict=True):
        told = body["cutaway"]
        assert (told["profile"], told["steps"], told["guidance"], told["allow_degraded"]) == (
            "low-memory",
            8,
            1.5,
            True,
        )
        assert len(told.get("references", [])) == (2 if "--reference" in verb else 0)
        assert told.get("expand_prompt", False) == ("--expand-prompt" in verb)
    missing = cli("create", "x", "--reference", "nobody.png", "--detach")
    assert (missing.code, len(script.created)) == (2, len(asked))
    assert "nobody.png does not exist" in missing.stderr


def test_a_degraded_way_and_a_prompt_that_was_written_out_are_said(cli, script):
    more = {"rank": "degraded", "path": "degraded: A first_frame", "expanded_prompt": "A red ball, seen from below."}
    script.course = [("completed", 100, more)]
    said = cli("create", "a red ball", "-o", "z.mp4").stderr
    assert "made by a degraded way, as allowed: degraded: A first_frame" in said
    assert "prompt written out as: A red ball, seen from below." in said


def test_the_suffix_decides_the_format(cli, script):
    cli("create", "a red ball", "-o", "ball.mov", "--detach")
    cli("create", "a red ball", "-o", "ball.mov", "--format", "dnxhr", "--detach")
    cli("create", "a red ball", "--format", "png", "--detach")
    assert [body["cutaway"]["format"] for body in script.created] == ["prores", "dnxhr", "png"]


def test_detach_prints_the_id_and_how_to_fetch_it(cli, script):
    ended = cli("create", "a red ball", "-o", "ball.mp4", "--detach")
    assert (ended.code, ended.stdout) == (0, "video_0001\n")
    assert f"cutaway --base-url {cli.url} wait video_0001 -o ball.mp4" in ended.stderr
    assert not list(cli.folder.iterdir())


def test_every_verb_sends_what_it_means(cli, script):
    (cli.folder / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"a" * 64)
    (cli.folder / "b.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"b" * 64)
    rest = ["--detach", "--seed", "3"]
    for words in (
        ["extend", "a.mp4", "--frames", "24", "--direction", "backward", "--segment", *rest],
        ["fill", "a.mp4", "b.mp4", "--frames", "12", "--prompt", "fog", *rest],
        ["remix", "a.mp4", "--prompt", "at night", "--strength", "0.5", "--style", "pixel", *rest],
        ["blend", "a.mp4", "video_9", "--overlap", "8", *rest],
        ["loop", "a.mp4", *rest],
        ["create", "x", "--image", "a.mp4", "--last-image", "b.mp4", "--frames", "50", "--rate", "23.976", *rest],
        ["create", "x", "--loop", *rest],
    ):
        ended = cli(*words)
        assert ended.code == 0, ended.stderr
    extend, fill, remix, blend, loop, create, endless = script.created
    a, b = extend["video"]["file_id"], fill["cutaway"]["fill"]["after"]["file_id"]
    assert a != b
    assert extend["num_frames"] == 24
    assert (extend["cutaway"]["direction"], extend["cutaway"]["output"]) == ("backward", "segment")
    assert (fill["num_frames"], fill["prompt"], fill["cutaway"]["fill"]["before"]["file_id"]) == (12, "fog", a)
    assert fill["cutaway"].get("output", "full") == "full"
    assert (remix["video"]["file_id"], remix["strength"], remix["cutaway"]["style"]) == (a, 0.5, "pixel")
    assert blend["cutaway"]["blend"] == {"with": {"id": "video_9"}, "overlap_frames": 8}
    assert loop["cutaway"]["loop"] is True
    assert (create["fps"], create["num_frames"]) == ("24000/1001", 50)
    assert endless["cutaway"]["loop"] is True
    assert create["input_reference"]["file_id"] == a
    assert create["cutaway"]["last_frame"]["file_id"] == b
    assert {body["seed"] for body in script.created} == {3}


def test_ctrl_c_leaves_the_job_alive_and_says_how_to_go_on(cli, script):
    script.course = [("running", 30, {})]
    process = cli.start("create", "a red ball", "-o", "my ball.mp4", "--json")
    until(lambda: script.asked.get("video_0001", -1) >= 2)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"Go on with: cutaway --base-url {cli.url} wait video_0001 -o 'my ball.mp4'" in stderr
    assert '"type": "KeyboardInterrupt"' in stdout
    assert script.cancelled == []
    assert "Traceback" not in stderr

    script.course = [("completed", 100, {})]
    assert cli("wait", "video_0001", "-o", "my ball.mp4").code == 0
    assert (cli.folder / "my ball.mp4").stat().st_size == FILM_BYTES


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("course", "words", "code", "said"),
    [
        ([("failed", 40, {"error": {"code": "out_of_memory", "message": "no room"}})], [], 3, "out_of_memory"),
        ([("failed", 40, {"error": {"code": "moderation_blocked", "message": "no"}})], [], 3, "moderation_blocked"),
        ([("cancelled", 40, {})], [], 3, "cancelled"),
        ([("running", 40, {})], ["--timeout", "0.3"], 5, "Go on with: cutaway"),
    ],
)
def test_a_job_that_is_no_video_ends_with_its_code(cli, script, course, words, code, said):
    script.course = course
    ended = cli("create", "a red ball", "-o", "ball.mp4", "--json", *words)
    assert ended.code == code
    assert said in ended.stderr
    assert ended.object["error"]["exit_code"] == code
    assert ended.object["error"]["job_id"] == "video_0001"
    assert not (cli.folder / "ball.mp4").exists()


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ((400, "unsupported_size", "641x360 is odd; the nearest are 640x360 and 642x360"), 2),
        ((403, "forbidden", "not you"), 6),
        ((404, "model_not_found", "there is no model 'veo'; cutaway models lists them"), 2),
        ((500, "broken", "something broke"), 1),
    ],
)
def test_a_refusal_is_one_paragraph_and_its_code(cli, script, refusal, code):
    script.refuse = refusal
    ended = cli("create", "a red ball", "-o", "ball.mp4", "--json")
    assert ended.code == code, ended.stderr
    assert refusal[2] in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.object["error"]["code"] == refusal[1]


def test_a_wrong_key_is_told_apart(cli):
    ended = cli("jobs", key="another")
    assert ended.code == 6
    assert "this server wants its key" in ended.stderr


def test_nobody_there_is_told_apart(cli, server):
    server.shutdown()
    server.server_close()
    ended = cli("jobs")
    assert ended.code == 4
    assert "127.0.0.1" in ended.stderr


def test_the_key_is_never_printed(cli, script):
    script.course = [("running", 40, {})]
    ended = cli("create", "a red ball", "-o", "ball.mp4", "--timeout", "0.2")
    assert "the-right-key" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "x"], "-o FILE"),
        (["create", "x", "-o", "x.webm"], "cutaway writes .mp4"),
        (["create", "x", "-o", "x.mp4", "--format", "prores"], "ends in .mov"),
        (["create", "x", "-o", "nowhere/x.mp4"], "mkdir -p nowhere"),
        (["create", "x", "-o", "x.mp4", "--seconds", "1", "--frames", "2"], "not both"),
        (["create", "x", "-o", "x.mp4", "--size", "wide"], "WIDTHxHEIGHT"),
        (["create", "x", "-o", "x.mp4", "--rate", "0"], "rate"),
        (["create", "x", "-o", "x.mp4", "--image", "none.png"], "none.png does not exist"),
        (["extend", "none.mp4", "-o", "x.mp4", "--frames", "2"], "none.mp4 does not exist"),
        (["extend", "video_1", "-o", "x.mp4"], "--frames"),
        (["fill", "a", "b", "-o", "x.mp4"], "--frames"),
        (["remix", "video_1", "-o", "x.mp4", "--prompt", "x", "--strength", "2"], "--strength"),
        (["nonsense"], "nonsense"),
        (["create", "x", "--nonsense"], "--nonsense"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_sent(cli, script, words, said):
    ended = cli(*words)
    assert ended.code == 2
    assert said in re.sub(r"\s+", " ", ended.stderr)
    assert script.created == []
