"""Which language model is asked, how often, and what is kept of its answers."""

import json
import stat
from dataclasses import replace

import pytest

from cutaway.home import Home
from cutaway_runtime.expand.chat import ChatModel
from cutaway_runtime.expand.expander import KEPT, Expander
from cutaway_runtime.expand.instruction import LONG_ENOUGH, Brief, ExpansionFailed, messages
from cutaway_runtime.expand.local import LocalModel

BALL = Brief("a red ball", style="film-noir", seconds=4)
PROSE = "A red ball lies in the lower left of a wide frame and begins to roll. The camera glides along beside it."


class Writer:
    """A language model that writes what it is told, and counts."""

    def __init__(self, identity="writer 1"):
        self.identity, self.asked, self.reply = identity, [], PROSE

    def answer(self, messages, check):
        check()
        self.asked.append(messages)
        return self.reply


def go_on():
    """Nobody has cancelled."""


@pytest.fixture
def writer():
    return Writer()


@pytest.fixture
def expander(writer, tmp_path):
    return Expander(writer, tmp_path / "expansions")


def test_the_same_question_is_asked_once(expander, writer):
    assert expander.expand(BALL, go_on) == PROSE
    assert writer.asked == [messages(BALL)]
    writer.reply = PROSE + " Something else entirely happens now."
    assert Expander(writer, expander.folder).expand(BALL, go_on) == PROSE, "also by another process"
    assert len(writer.asked) == 1


@pytest.mark.parametrize(
    "changed", [{"prompt": "a blue ball"}, {"style": "pixel"}, {"seconds": 9.0}, {"negative_prompt": "rain"}]
)
def test_another_question_is_asked_anew(expander, writer, changed):
    expander.expand(BALL, go_on)
    writer.reply = PROSE + " It is another shot."
    assert expander.expand(replace(BALL, **changed), go_on) == writer.reply


def test_another_model_is_asked_anew(expander, writer):
    expander.expand(BALL, go_on)
    writer.identity, writer.reply = "writer 2", PROSE + " It is another model."
    assert expander.expand(BALL, go_on) == writer.reply


def test_what_cannot_be_used_is_not_kept(expander, writer):
    writer.reply = "no"
    with pytest.raises(ExpansionFailed):
        expander.expand(BALL, go_on)
    writer.reply = PROSE
    assert expander.expand(BALL, go_on) == PROSE


def test_what_is_kept_says_both_and_is_for_this_user_only(expander):
    expander.expand(BALL, go_on)
    (file,) = expander.folder.iterdir()
    assert json.loads(file.read_text("utf-8")) == {"model": "writer 1", "prompt": "a red ball", "expanded": PROSE}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(expander.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"expanded": 3}', b'{"expanded": ""}', b"\xff"])
def test_a_damaged_file_is_as_good_as_none(expander, writer, damage):
    expander.expand(BALL, go_on)
    (file,) = expander.folder.iterdir()
    file.write_bytes(damage)
    assert expander.expand(BALL, go_on) == PROSE
    assert len(writer.asked) == 2


def test_the_oldest_answers_go(expander, monkeypatch):
    monkeypatch.setattr("cutaway_runtime.expand.expander.KEPT", 3)
    assert KEPT > 100
    for n in range(6):
        expander.expand(replace(BALL, seconds=10.0 + n), go_on)
    assert len(list(expander.folder.iterdir())) == 3


def test_a_folder_that_cannot_be_written_costs_only_the_repeat(writer, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert Expander(writer, tmp_path / "file" / "expansions").expand(BALL, go_on) == PROSE


@pytest.mark.parametrize(
    ("prompt", "reason"), [(" ", "no prompt"), ("a ball " * (LONG_ENOUGH // 7 + 1), "long enough")]
)
def test_what_needs_no_writing_is_not_asked(expander, writer, prompt, reason):
    with pytest.raises(ExpansionFailed, match=reason):
        expander.expand(Brief(prompt), go_on)
    assert writer.asked == []


def test_a_cancel_comes_out(expander):
    def check():
        raise KeyError("cancelled")

    with pytest.raises(KeyError, match="cancelled"):
        expander.expand(BALL, check)


URL, PATH = "CUTAWAY_EXPANDER_URL", "CUTAWAY_EXPANDER_MODEL_PATH"


def test_the_environment_names_a_server_or_a_folder(tmp_path):
    home = Home(tmp_path)
    made = Expander.configured({URL: "http://127.0.0.1:1/v1", "CUTAWAY_EXPANDER_KEY": "k"}, home)
    assert made == Expander(ChatModel("http://127.0.0.1:1/v1", "default", "k", 60.0), tmp_path / "expansions")
    named = {URL: "http://h/v1", "CUTAWAY_EXPANDER_MODEL": "small", "CUTAWAY_EXPANDER_TIMEOUT": "5"}
    assert Expander.configured(named, home).model == ChatModel("http://h/v1", "small", None, 5.0)
    assert Expander.configured({PATH: str(tmp_path)}, home).model == LocalModel(tmp_path, 60.0)


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "neither is set"),
        ({URL: "  "}, "neither is set"),
        ({URL: "http://h", PATH: "/x"}, "both are set"),
        ({URL: "http://h", "CUTAWAY_EXPANDER_TIMEOUT": "soon"}, "CUTAWAY_EXPANDER_TIMEOUT"),
        ({URL: "http://h", "CUTAWAY_EXPANDER_TIMEOUT": "nan"}, "CUTAWAY_EXPANDER_TIMEOUT"),
        ({URL: "http://h", "CUTAWAY_EXPANDER_TIMEOUT": "-1"}, "CUTAWAY_EXPANDER_TIMEOUT"),
    ],
)
def test_an_environment_that_names_none_says_what_to_set(environment, reason, tmp_path):
    with pytest.raises(ExpansionFailed, match=reason):
        Expander.configured(environment, Home(tmp_path))
