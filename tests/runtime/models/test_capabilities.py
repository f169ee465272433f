"""What each kind of checkpoint can do: code, registry and reference page say the same.

A family that is new, or that learns something, changes docs/reference/models.md: `python docs/refresh.py`.
"""

import re
import subprocess
import sys
from pathlib import Path

import diffusers
import pytest

from cutaway.wire import Pattern, Rank, Verb
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.engine.diffusion.keyframe_first import applies
from cutaway_runtime.engine.diffusion.routes import VERB_PATTERNS, best, ranks, verbs
from cutaway_runtime.models import FAMILIES, family
from cutaway_runtime.registry.known import MANIFESTS
from cutaway_runtime.registry.pipelines import PIPELINES

PAGE = (Path(__file__).resolve().parents[3] / "docs/reference/models.md").read_text("utf-8")
STILLS = "stills"
KINDS = [(name, kind) for name in FAMILIES if name != STILLS for kind in family(name).abilities]
KNOWN = [manifest for manifest in MANIFESTS.values() if manifest.family in FAMILIES]


def table(name):
    """A table of the page: a row of cells by head for each line."""
    drawn = re.search(rf"<!-- drawn: {name} -->\n(.*?)<!-- /drawn -->", PAGE, re.DOTALL)[1]
    head, _, *lines = ([cell.strip(" `") for cell in line.strip("|").split("|")] for line in drawn.splitlines())
    return [dict(zip(head, cells, strict=True)) for cells in lines]


def kind_rows(name):
    return {row["checkpoint"]: row for row in table(name)}


LOSES = {(row["pattern"], row["shown instead"]): row["what is lost"].partition(": ") for row in table("model-ways")}


def test_the_page_has_a_row_for_every_kind_of_checkpoint_and_no_other():
    assert [(row["family"], row["checkpoint"]) for row in table("model-verbs")] == sorted(KINDS)
    assert set(kind_rows("model-patterns")) == {kind for _, kind in KINDS}


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_the_page_says_of_each_verb_and_pattern_what_the_code_does(name, kind):
    able = family(name).abilities[kind]
    can = verbs(ranks(able.patterns))
    row = kind_rows("model-verbs")[kind]
    assert {verb: row[verb] for verb in Verb} == {verb: str(can.get(verb, "")) for verb in Verb}
    assert row["references"] == str(able.references or "")
    assert row["sound"] == ("yes" if able.makes_sound else "")
    assert row["prompt"] == ("" if able.reads_prompt else "ignored")
    row = kind_rows("model-patterns")[kind]
    for pattern in Pattern:
        way = best(pattern, able.patterns)
        rank, _, letter = row[pattern].partition(" ")
        if way is None:
            assert row[pattern] == ("composed \\*" if applies(pattern, able.patterns) else ""), pattern
        else:
            assert rank == way.rank, pattern
            lost = ("", "", "") if way.rank is Rank.NATIVE else LOSES[pattern, way.shown]
            assert (letter, way.loses) == lost[::2], pattern


def test_the_page_names_the_classes_of_checkpoints_that_paint_stills():
    drawn = re.search("<!-- drawn: still-painters -->\n(.*?)<!-- /drawn -->", PAGE, re.DOTALL)[1]
    assert re.findall("`(\\w+)`", drawn) == sorted(family(STILLS).abilities)


def test_every_pattern_belongs_to_a_verb_and_the_page_says_to_which():
    assert {pattern for looks in VERB_PATTERNS.values() for pattern in looks} == set(Pattern)
    said = {row["verb"]: tuple(re.findall(r"\w+", row["patterns"])) for row in table("pattern-verbs")}
    assert said == {verb: tuple(map(str, VERB_PATTERNS[verb])) for verb in Verb}


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_every_ability_names_a_pipeline_that_exists(name, kind):
    patterns = family(name).abilities[kind].patterns
    assert patterns
    assert set(patterns.values()) <= set(dir(diffusers))


@pytest.mark.parametrize(("pipeline", "name"), [pair for pair in PIPELINES.items() if pair[1] in FAMILIES])
def test_a_checkpoint_that_can_be_added_can_be_painted_with(pipeline, name):
    assert pipeline in family(name).abilities


@pytest.mark.parametrize("manifest", KNOWN, ids=lambda manifest: manifest.id)
def test_a_known_model_publishes_what_its_kind_can_do(manifest):
    info = info_of(manifest, installed=False)
    assert Rank.NATIVE in info.patterns.values()
    assert set(info.loses) == {pattern for pattern, rank in info.patterns.items() if rank is Rank.DEGRADED}


def test_known_wan_checkpoints_are_told_apart_by_their_settings():
    native = {
        name: {pattern for pattern, rank in info_of(MANIFESTS[name]).patterns.items() if rank is Rank.NATIVE}
        for name in ("wan-2.1-i2v-14b-480p", "wan-2.2-i2v-a14b", "wan-2.2-ti2v-5b", "wan-2.2-t2v-a14b")
    }
    assert native == {
        "wan-2.1-i2v-14b-480p": {Pattern.FIRST},
        "wan-2.2-i2v-a14b": {Pattern.FIRST, Pattern.FIRST_LAST},
        "wan-2.2-ti2v-5b": {Pattern.TEXT, Pattern.FIRST, Pattern.LOOSE},
        "wan-2.2-t2v-a14b": {Pattern.TEXT, Pattern.LOOSE},
    }


def test_what_models_can_do_is_known_without_loading_a_model_library():
    code = """
import sys
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.models import FAMILIES, family
from cutaway_runtime.registry.known import MANIFESTS
kinds = [kind for name in FAMILIES for kind in family(name).abilities]
infos = [info_of(manifest) for manifest in MANIFESTS.values() if manifest.family in FAMILIES]
assert kinds and infos
print(sorted({"torch", "diffusers", "transformers", "numpy", "PIL"} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
