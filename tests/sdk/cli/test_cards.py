"""Cards as a person writes them on a command line."""

from pathlib import Path

import pytest
import typer

from cutaway.cli.cards import cards


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("end.png", "street.mov"):
        (tmp_path / name).write_bytes(b"a file")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_a_card_says_when_and_what():
    assert cards(["0: a red ball", "48:it bursts: twice", " 2.5s : end.png", "4s: street.mov", "end: video_0001"]) == [
        {"at": 0, "prompt": "a red ball"},
        {"at": 48, "prompt": "it bursts: twice"},
        {"at_s": 2.5, "image": Path("end.png")},
        {"at_s": 4.0, "clip": Path("street.mov")},
        {"at": -1, "clip": {"id": "video_0001"}},
    ]


@pytest.mark.usefixtures("here")
def test_words_and_a_picture_of_one_time_are_one_card():
    assert [sorted(card) for card in cards(["48: it bursts", "0: a", "48: end.png"])] == [
        ["at", "image", "prompt"],
        ["at", "prompt"],
    ]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["a red ball"], "WHEN: WHAT"),
        (["2.5: a"], "WHEN: WHAT"),
        (["-3: a"], "WHEN: WHAT"),
        (["48:"], "WHEN: WHAT"),
        (["48: and.png"], "and.png does not exist"),
        (["48: a", "48: b"], "that time has its prompt already"),
        (["2s: end.png", "2.0 s: end.png"], "that time has its image already"),
    ],
)
def test_anything_else_is_refused(written, said):
    with pytest.raises(typer.BadParameter, match=said):
        cards(written)
