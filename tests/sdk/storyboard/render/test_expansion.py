"""A manifest says what it means, or what is wrong with it and where."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from cutaway import wire
from cutaway.storyboard.card import Told
from cutaway.storyboard.render.expansion import expanded
from cutaway.storyboard.render.manifest import ALWAYS, KIND_KEYS, NEEDS, TAKES, TOLD, Asset, Profile, Settings, schema
from cutaway.storyboard.render.unit import Made, as_arguments, own_seed
from cutaway.storyboard.render.yaml_source import ManifestError, read

ROOT = Path(__file__).resolve().parents[4]
HEAD = "version: 1\nassets:\n"


@pytest.fixture
def units(tmp_path):
    """The units of a manifest's text, by id."""
    for name in ("a.mp4", "b.mp4", "first.png", "cut.otio"):
        (tmp_path / name).write_bytes(b"not read")

    def made(assets, head=HEAD):
        path = tmp_path / "assets.yaml"
        path.write_text(head + assets, encoding="utf-8")
        return {unit.id: unit for unit in expanded(read(path)).units}

    return made


@pytest.fixture
def refused(units):
    def error(assets, head=HEAD):
        with pytest.raises(ManifestError) as caught:
            units(assets, head)
        return caught.value

    return error


def test_a_prompt_alone_is_an_asset(units):
    made = units("  ball: a red ball\n")["ball"]
    assert (made.method, made.output) == ("create", "ball.mp4")
    assert made.arguments == {"prompt": "a red ball", "seed": own_seed("ball"), "format": "mp4"}


def test_a_matrix_is_made_once_for_each_combination(units):
    made = units(
        "  car:\n"
        "    matrix: {colour: [red, dark blue], frames: [6, 12]}\n"
        "    prompt: a ${{ matrix.colour }} car, ${{ asset }}, $${{ kept }}\n"
        "    frames: ${{ matrix.frames }}\n"
        "    output: cars/${{ id }}.mov\n"
    )
    assert list(made) == ["car-red-6", "car-red-12", "car-dark-blue-6", "car-dark-blue-12"]
    last = made["car-dark-blue-12"]
    assert last.arguments["prompt"] == "a dark blue car, car, ${{ kept }}"
    assert last.arguments["num_frames"] == 12
    assert (last.output, last.arguments["format"]) == ("cars/car-dark-blue-12.mov", "prores")
    assert len({unit.seed for unit in made.values()}) == 4


def test_defaults_reach_those_who_take_them_and_give_way_to_an_asset_s_own(units):
    made = units(
        "  new: {prompt: x, seconds: 2}\n  longer: {extend: a.mp4}\n  night: {remix: a.mp4, prompt: night}\n",
        "version: 1\ndefaults: {size: 64x36, rate: 23.976, frames: 10, strength: 0.25, seed: 3}\nassets:\n",
    )
    assert made["new"].arguments == {
        "prompt": "x", "seconds": 2.0, "size": "64x36", "rate": "24000/1001", "seed": 3, "format": "mp4",
    }  # fmt: skip
    assert made["longer"].arguments == {"prompt": "", "num_frames": 10, "seed": 3, "format": "mp4"}
    assert made["night"].arguments["strength"] == 0.25
    assert made["night"].method == "edit"


def test_a_cut_runs_at_its_own_rate_whatever_the_defaults_say(units):
    made = units(
        "  film: {cut: cut.otio}\n  other: {cut: cut.otio, rate: 25}\n",
        "version: 1\ndefaults: {rate: 24, seed: 3}\nassets:\n",
    )
    assert "rate" not in made["film"].arguments
    assert (made["film"].seed, made["other"].arguments["rate"]) == (3, "25")


def test_what_a_model_is_told_comes_from_the_asset_the_defaults_or_the_matrix(units, tmp_path):
    made = units(
        "  plain: a ball\n"
        "  own: {prompt: x, allow_degraded: false, expand_prompt: true, references: [a.mp4]}\n"
        "  longer: {extend: a.mp4, frames: 4, steps: 20}\n"
        "  many: {prompt: x, matrix: {n: [4, 8], way: [fast, exact]}, steps: '${{ matrix.n }}',"
        " profile: '${{ matrix.way }}'}\n"
        "  short: {board: {shots: [{prompt: one}]}}\n",
        "version: 1\ndefaults: {allow_degraded: true, guidance: 0, references: [first.png]}\nassets:\n",
    )
    shared = {"allow_degraded": True, "guidance": 0.0}
    told = {name: {key: unit.arguments[key] for key in TOLD & unit.arguments.keys()} for name, unit in made.items()}
    assert told["plain"] == told["short-01"] == shared
    assert told["own"] == {"guidance": 0.0, "expand_prompt": True}
    assert told["longer"] == {**shared, "steps": 20}
    assert told["many-8-fast"] == {**shared, "steps": 8, "profile": "fast"}
    assert made["plain"].inputs == {"references.0": tmp_path / "first.png"}
    assert made["own"].inputs == {"references.0": tmp_path / "a.mp4"}
    assert made["longer"].inputs == {"video": tmp_path / "a.mp4", "references.0": tmp_path / "first.png"}
    assert as_arguments(made["longer"].inputs) == {"video": tmp_path / "a.mp4", "references": [tmp_path / "first.png"]}
    assert (made["longer"].pictures, made["plain"].pictures) == (1, 1)


def test_what_a_model_is_told_and_shown_is_part_of_what_is_asked(units):
    def digest(told):
        unit = units(f"  ball: {{prompt: x{told}}}\n")["ball"]
        return unit.digest({name: path.name for name, path in unit.inputs.items()})

    told = ("", ", steps: 4", ", steps: 5", ", guidance: 0", ", profile: fast", ", expand_prompt: true",
            ", allow_degraded: true", ", references: [a.mp4]", ", references: [a.mp4, first.png]")  # fmt: skip
    assert len({digest(words) for words in told}) == len(told)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("steps: 0", "steps"),
        ("guidance: -1", "guidance"),
        ("profile: slow", "exact"),
        ("references: [nobody.png]", "references: nobody.png is not there"),
        ("references: ['${{ assets.other }}']", "a picture is wanted"),
        ("references: first.png", "references"),
    ],
)
def test_what_a_model_cannot_be_told_is_refused(refused, told, words):
    assert words in str(refused(f"  other: a ball\n  ball: {{prompt: x, {told}}}\n"))


def test_every_kind_becomes_the_call_that_makes_it(units, tmp_path):
    made = units(
        "  still: {image: first.png, looped: true}\n"
        "  joined: {fill: [a.mp4, b.mp4], frames: 6, context_frames: 4, part: segment}\n"
        "  morph: {blend: [a.mp4, b.mp4], overlap: 4}\n"
        "  round: {loop: a.mp4}\n"
        "  film: {cut: cut.otio}\n"
    )
    assert made["still"].inputs == {"first_frame": tmp_path / "first.png"}
    assert made["still"].arguments["loop"] is True
    assert made["joined"].inputs == {"before": tmp_path / "a.mp4", "after": tmp_path / "b.mp4"}
    assert {"tail_frames": 4, "head_frames": 4, "output": "segment", "num_frames": 6}.items() <= made[
        "joined"
    ].arguments.items()
    assert made["morph"].arguments["overlap_frames"] == 4
    assert made["round"].method == "loop"
    assert made["film"].output == "film.otio"


def test_what_the_manifest_makes_comes_before_what_needs_it(units):
    made = units("  long: {extend: '${{ assets.short }}', frames: 4}\n  short: a ball\n")
    assert list(made) == ["short", "long"]
    assert made["long"].inputs == {"video": Made("short")}


def test_a_board_is_its_shots_with_one_seed_family_and_characters_described(units):
    board = "  film:\n    seed: 5\n    board:\n      characters: [{name: Mina, description: a girl in red}]\n"
    made = units(board + "      shots:\n        - {prompt: Mina walks.}\n        - {prompt: a dog, frames: 9}\n")
    assert [unit.output for unit in made.values()] == ["film/01.mp4", "film/02.mp4"]
    assert made["film-01"].arguments["prompt"] == "Mina walks. Mina: a girl in red"
    assert made["film-02"].arguments["prompt"] == "a dog"
    assert [unit.seed for unit in made.values()] == [5, 6]


def test_a_shot_without_a_family_keeps_its_seed_when_the_shots_change_places(units):
    head = "  film:\n    board:\n      shots:\n"
    as_asked = head + "        - {prompt: a dog}\n        - {prompt: a cat}\n"
    turned = head + "        - {prompt: a cat}\n        - {prompt: a dog}\n"
    seeds = [{u.arguments["prompt"]: u.seed for u in units(text).values()} for text in (as_asked, turned)]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0].values())) == 2


WRONG = {
    "an unknown word": ("  ball:\n    prompt: x\n    promt: y\n", 5, "did you mean 'prompt'?"),
    "two kinds": ("  ball: {extend: a.mp4, loop: a.mp4}\n", 3, "extend and loop"),
    "a word of another kind": ("  ball:\n    prompt: x\n    strength: 1\n", 5, "a generate takes no 'strength'"),
    "nothing to go by": ("  ball: {frames: 4}\n", 3, "needs prompt or image"),
    "no length to add": ("  ball: {extend: a.mp4}\n", 3, "needs frames or seconds"),
    "two lengths": ("  ball: {prompt: x, frames: 4, seconds: 1}\n", 3, "not in both"),
    "a size in words": ("  ball:\n    prompt: x\n    size: large\n", 5, "WIDTHxHEIGHT"),
    "a file that is not there": ("  ball:\n    extend: c.mp4\n    frames: 4\n", 4, "c.mp4 is not there"),
    "a folder": ("  ball: {loop: .}\n", 3, ". is a folder"),
    "an unknown placeholder": ("  ball:\n    prompt: a ${{ matrix.x }} ball\n", 4, "${{ matrix.x }} means nothing"),
    "an open placeholder": ("  ball:\n    prompt: a ${{ asset ball\n", 4, "does not close"),
    "an asset inside a text": ("  ball:\n    prompt: after ${{ assets.b }}\n", 4, "the whole value"),
    "an asset that is not there": ("  b: x\n  c: {loop: '${{ assets.bb }}'}\n", 4, "did you mean 'b'?"),
    "a clip for a picture": ("  b: x\n  c:\n    image: ${{ assets.b }}\n", 5, "a picture is wanted"),
    "a circle": (
        "  b: {loop: '${{ assets.c }}'}\n  c: {loop: '${{ assets.b }}'}\n", 3, "needs itself: b <- c <- b",
    ),
    "one file twice": ("  b: {prompt: x, output: o.mp4}\n  c: {prompt: x, output: O.mp4}\n", 4, "both write"),
    "a way out": ("  b:\n    prompt: x\n    output: ../o.mp4\n", 5, "leaves the output folder"),
    "an absolute path": ("  b:\n    prompt: x\n    output: /tmp/o.mp4\n", 5, "leaves the output folder"),
    "the reports' place": ("  b:\n    prompt: x\n    output: posters/o.mp4\n", 5, "taken by the reports"),
    "a suffix of no film": ("  b: {prompt: x, output: o.avi}\n", 3, ".mp4, .mov, .mkv"),
    "a suffix of another": ("  b: {prompt: x, output: o.mkv, format: prores}\n", 3, "ends in .mov"),
    "an id twice": ("  b-1: x\n  b: {prompt: x, matrix: {n: [1]}}\n", 4, "made already, by the asset in line 3"),
    "values of one name": ("  b: {prompt: x, matrix: {n: [a b, a-b]}}\n", 3, "come to the same name"),
    "a matrix of words": ("  b: {prompt: x, matrix: {n: red}}\n", 3, "a list of texts or numbers"),
    "a name with a slash": ("  b/c: x\n", 3, "no name for an asset"),
    "a number too large": ("  b:\n    prompt: x\n    frames: 20000\n", 5, "not 20000"),
    "a shot's unknown word": ("  b: {board: {shots: [{prompt: x, promp: y}]}}\n", 3, "did you mean 'prompt'?"),
    "a key twice": ("  b:\n    prompt: x\n    prompt: y\n", 5, "stands here twice"),
    "a placeholder in braces": ("  b: {prompt: a ${{ id }} ball}\n", 3, "is put in quotes"),
    "no YAML": ("  b: [x\n", 4, "not YAML"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_its_line(refused, case):
    assets, line, words = WRONG[case]
    error = refused(assets)
    assert words in str(error)
    assert error.line == line, error
    assert str(error).startswith(f"{error.path}:{line}: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("version: 2\nassets: {b: x}\n", "version"),
        ("version: 1\n", "assets"),
        ("version: 1\nassets: {}\n", "assets"),
        ("- 1\n", "a mapping"),
        ("version: 1\ndefaults: {modell: x}\nassets: {b: x}\n", "did you mean 'model'?"),
        ("version: 1\nx: &x [1,1,1,1,1,1,1,1,1]\nassets: {b: x}\n", "is not a word of the manifest"),
        ("version: !!python/object:os.system 1\n", "not YAML"),
        ("\ufeffversion: 1\nassets: {b: {prompt: x, output: 'a:b.mp4'}}\n", "leaves the output folder"),
    ],
)
def test_a_manifest_that_is_none_is_refused(refused, text, words):
    assert words in str(refused(text, head=""))


def test_anchors_that_repeat_each_other_end_in_an_error_and_not_in_memory(refused):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more values than a manifest may" in str(refused("\n".join(lines), head=""))


def test_every_word_of_an_asset_belongs_to_a_kind():
    words = set(Asset.model_fields)
    assert set(Settings.model_fields) < words
    taken = set().union(*TAKES.values())
    assert words - taken == ALWAYS
    assert frozenset(Told.model_fields) | {"references"} == TOLD < set(Settings.model_fields)
    assert set(get_args(get_args(Profile)[0])) == set(wire.Profile)
    assert set(TAKES) == {"generate", *KIND_KEYS} > set(NEEDS)


def test_the_published_schema_is_current():
    """If this fails: `python docs/refresh_manifest_schema.py`."""
    published = json.loads((ROOT / "docs/reference/manifest.schema.json").read_text("utf-8"))
    assert published == schema()


def test_the_manifests_that_are_shown_mean_what_the_page_says(units):
    page = (ROOT / "docs/render.md").read_text("utf-8")
    shown = [text for text in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL) if "version:" in text]
    assert [len(units(text, head="")) for text in shown] == [6]
    assert len(units((ROOT / "examples/ci/assets.yaml").read_text("utf-8"), head="")) == 8


def test_the_page_names_every_word_of_an_asset():
    page = (ROOT / "docs/render.md").read_text("utf-8")
    assert [word for word in Asset.model_fields if not re.search(rf"`{word}\b|\b{word}:", page)] == []


def test_the_schema_lets_placeholders_stand_for_numbers():
    frames = schema()["$defs"]["Asset"]["properties"]["frames"]
    kinds = [part.get("type") for option in frames["anyOf"] for part in option.get("anyOf", [option])]
    assert {"integer", "string", "null"} <= set(kinds)
