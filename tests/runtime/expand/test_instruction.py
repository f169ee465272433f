"""What a language model is told, and what of its answer is painted."""

import pytest

from cutaway.wire import Pattern
from cutaway_runtime.expand.instruction import MAX_CHARACTERS, Brief, ExpansionFailed, description, messages

BALL = Brief("a red ball")
LONG = (
    "A red ball lies in the lower left of a wide, empty frame and begins to roll over cracked clay. Low evening sun from "
    "the right draws a long, soft shadow behind it, and fine dust rises where it passes. The camera stays close to the "
    "ground and glides along beside it at the same pace. Thin grass bends in a light wind, its tips catching gold. In "
    "the distance a row of blue hills fades into haze, layer behind layer, each paler than the one before. The ball "
    "crosses a dry riverbed, bounces once on a flat stone, and leaves a dotted track in the sand. Its rubber skin is "
    "scuffed on one side, with a seam that turns in and out of view as it spins. Now the light grows warmer and the "
    "shadows reach across the whole picture. Slowly the lens drifts upward until the horizon divides the image in "
    "three. A single cloud glows at its lower edge, violet above and copper below. As the slope flattens, the motion "
    "calms; the last turns are so slow that every mark on the surface can be read. It stops beside a weathered wooden "
    "post, leans against it, and casts one narrow line of shade. The view holds, perfectly still, while the colours "
    "deepen from orange to plum, and the first faint stars wait for the night. Behind the hills the glow of the sun "
    "thins to a thread, quivers, and goes out without a sound, leaving only the outline of the post."
)
PROSE = (
    "A red ball lies in the lower left of a wide, empty frame and begins to roll to the right over cracked clay. "
    "Low evening sun from the right draws a long, soft shadow behind it, and fine dust rises where it passes. "
    "The camera stays close to the ground and glides along beside the ball until both come to rest."
)


def asked(**more):
    system, user = messages(Brief(**{"prompt": "a red ball", **more}))
    assert (system["role"], user["role"]) == ("system", "user")
    return system["content"], user["content"]


def unusable(reply, brief=BALL):
    with pytest.raises(ExpansionFailed) as caught:
        description(brief, reply)
    return str(caught.value)


def test_the_question_holds_the_words_the_length_and_the_style():
    system, user = asked(prompt="a red\n ball", style="film-noir", seconds=8.0, negative_prompt="rain")
    assert user == "Shot: a red ball\nLength: 8 seconds\nStyle: film-noir\nMust not be seen: rain"
    assert "70 to 120 words" in system
    assert "50 to 90 words" in asked(seconds=4)[0]


def test_the_instruction_asks_to_keep_facts_and_to_invent_nobody():
    system, _ = asked()
    for wish in (
        "Keep every fact",
        "language of the description",
        "Never add people",
        "brands",
        "camera moves",
        "light",
    ):
        assert wish in system


@pytest.mark.parametrize("pattern", [p for p in Pattern if p is not Pattern.TEXT])
def test_footage_that_is_there_already_is_told(pattern):
    assert "already" in asked(pattern=pattern)[1]
    assert "already" not in asked()[1]


@pytest.mark.parametrize(
    "reply",
    [
        PROSE,
        f"  {PROSE}\n",
        f'"{PROSE}"',
        f"\u201c{PROSE}\u201d",
        f"```text\n{PROSE}\n```",
        f"<think>The user wants a ball.\nLet me see.</think>\n\n{PROSE}",
        f"Prompt: {PROSE}",
        f"**Description**: {PROSE}",
        PROSE.replace(". ", ".\n\n"),
    ],
)
def test_what_stands_around_a_description_is_taken_off(reply):
    assert description(BALL, reply) == PROSE


def test_a_sentence_that_was_broken_off_is_left_out():
    assert description(BALL, f"{PROSE} Then, all of a sudden, the cam") == PROSE
    one = "A red ball rolls slowly over cracked clay while the camera glides along beside it"
    assert description(BALL, one) == one


def test_quotation_marks_inside_a_description_stay():
    text = f'"Open" says the sign. {PROSE} It still says "Open."'
    assert description(BALL, text) == text


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "answered nothing"),
        ("<think>hm, a ball", "still thinking"),
        ("a red ball", "no longer than the prompt"),
        ("A red ball rolls. " * 30, "goes in circles"),
        ("Ein rotes", "no longer than the prompt"),
        ("\u7ea2\u8272\u7684\u7403\u5728\u6c99\u6f20\u91cc\u6eda\u52a8\u7740", "in cjk letters"),
        ("1234567890123456", "in no letters"),
        ("ball " + "x" * 2000, "no sentence that ends"),
    ],
)
def test_an_answer_that_is_no_description_is_not_painted(reply, reason):
    assert reason in unusable(reply)


def test_numbers_and_quoted_words_have_to_come_back():
    brief = Brief('a sign that says "OPEN 24 HOURS" and 3 dogs at 7:45')
    lost = unusable(PROSE, brief)
    for fact in ("OPEN 24 HOURS", "'3'", "7:45"):
        assert fact in lost
    kept = f'{PROSE} A sign says "OPEN 24 HOURS"; 3 dogs pass at 7:45.'
    assert description(brief, kept) == kept


@pytest.mark.parametrize(
    ("prompt", "reply"),
    [
        ("비 오는 밤의 골목", "비가 내리는 밤, 좁은 골목에 노란 가로등 불빛이 번지고 카메라는 천천히 앞으로 나아간다. 물웅덩이가 반짝인다."),
        ("夜の街", "雨に濡れた夜の街をゆっくりと進むカメラ。ネオンの光が水たまりに映り、人影が遠くを横切る。"),
        ("красный мяч", "Красный мяч медленно катится по пустыне на закате, камера движется рядом, свет низкий и тёплый."),
    ],
)  # fmt: skip
def test_a_prompt_is_answered_in_its_own_letters(prompt, reply):
    assert description(Brief(prompt), reply) == reply
    assert "letters" in unusable(PROSE, Brief(prompt))


def test_an_answer_that_is_too_long_ends_with_its_last_whole_sentence_that_fits():
    told = description(BALL, LONG)
    assert len(told) <= MAX_CHARACTERS < len(LONG)
    assert told.endswith("wait for the night.")
    assert LONG.startswith(told)
    varied = " ".join(f"w{n * 7919 % 1000}" for n in range(500))
    assert "no sentence that ends" in unusable(varied)
