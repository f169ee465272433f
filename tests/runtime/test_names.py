"""Who a prompt means."""

import pytest

from cutaway_runtime.names import folded, mentions, normal, strangers

NAMES = ["Robo", "Robo Dog", "로보", "ロボ", "さくら", "花子", "미나", "A", "Zoë", "花"]


@pytest.mark.parametrize(
    ("prompt", "meant"),
    [
        ("Robo walks", ["Robo"]),
        ("robo's hat, ROBO!", ["Robo", "Robo"]),
        ("Robots and a microrobo", []),
        ("robo_arm", []),
        ("the Robo  dog meets Robo", ["Robo Dog", "Robo"]),
        ("@robo and @Robo Dog", ["Robo", "Robo Dog"]),
        ("write to me@robo.com", []),
        ("A dog", []),
        ("@A and a dog", ["A"]),
        ("ZOË's cat", ["Zoë"]),
        ("로보가 달린다", ["로보"]),
        ("로보에게는 공을, 미나와", ["로보", "미나"]),
        ("로보트가 미나리를", []),
        ("로보들이", ["로보"]),
        ("Robo가 달린다", ["Robo"]),
        ("赤いロボが走る", ["ロボ"]),
        ("ロボットが走る", []),
        ("ロボと花子さんが踊る", ["ロボ", "花子"]),
        ("赤いさくらちゃんが", ["さくら"]),
        ("くさくらい", []),
        ("花が咲く", []),
        ("@花が笑う", ["花"]),
        ("Roboが走る", ["Robo"]),
    ],
)
def test_whole_words_are_names(prompt, meant):
    assert [NAMES[mention.which] for mention in mentions(prompt, NAMES)] == meant


def test_a_mention_says_where_it_stands():
    prompt = "now @Ｒｏｂｏ runs"  # full-width letters
    [mention] = mentions(prompt, NAMES)
    assert normal(prompt)[mention.start : mention.end] == "@Robo"


def test_who_is_called_and_not_there():
    assert strangers("@Nobody and @Robo, me@robo.com, @ noon", NAMES) == ["Nobody"]


def test_names_are_compared_without_case_and_spacing():
    assert folded(" Mina  KIM") == folded("mina kim") == folded("Ｍｉｎａ Kim")
    assert folded("Straße") == folded("STRASSE")
    assert folded("Mina") != folded("Mira")
