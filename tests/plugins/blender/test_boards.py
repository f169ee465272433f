"""A board becomes a scene with strips, a sequence becomes a board."""

import json

import bpy
import pytest

from cutaway.storyboard.card import CardState
from cutaway.storyboard.sheet import Sheet
from cutaway_blender import compat, jobs, timeline


def strips(scene):
    return sorted((s.channel, *compat.span(s), s.type) for s in compat.strips(compat.editor(scene)))


@pytest.fixture
def board(tmp_path, filmed):
    filmed(tmp_path / "there.mkv", frames=30, level=40)
    path = tmp_path / "lighthouse.json"
    path.write_text(
        json.dumps({
            "schema": 1,
            "name": "The lighthouse",
            "look": {"size": "64x36", "rate": "24", "seed": 7},
            "shots": [
                {"prompt": "waves at night", "frames": 20},
                {"media": "there.mkv", "start": 5, "frames": 16},
                {"prompt": "a lamp is lit", "frames": 12, "negative_prompt": "people", "model": "bars"},
            ],
        })
    )  # fmt: skip
    return path


def test_a_board_becomes_a_scene_with_strips_and_cards(extension, scene, board):
    bpy.ops.cutaway.open_board(filepath=str(board))
    made = bpy.context.scene
    assert made.name == "The lighthouse"
    assert (made.render.resolution_x, made.render.resolution_y) == (64, 36)
    assert (made.frame_start, made.frame_end) == (1, 48)
    assert strips(made) == [(1, 1, 21, "COLOR"), (1, 21, 37, "MOVIE"), (1, 37, 49, "COLOR")]
    cards = jobs.session().known(made).cards
    assert [(c.prompt, c.placement.start, c.placement.frames, c.seed) for c in cards] == [
        ("waves at night", 0, 20, 7),
        ("a lamp is lit", 36, 12, 9),
    ]
    assert (cards[1].negative_prompt, cards[1].model) == ("people", "bars")
    assert jobs.session().known(made).look.seed == 7


def test_a_shot_of_a_board_is_made_and_lies_above_its_strip(extension, scene, board, pumped):
    bpy.ops.cutaway.open_board(filepath=str(board))
    made = bpy.context.scene
    card = jobs.session().known(made).cards[1]
    bpy.ops.cutaway.make_card(card=card.id)
    pumped(lambda: not jobs.session().is_waiting)
    assert card.state is CardState.APPLIED, jobs.session().said
    assert (2, 37, 49, "MOVIE") in strips(made)
    assert len(strips(made)) == 4


def test_a_sequence_becomes_a_board_and_the_board_the_same_sequence(extension, scene, board, tmp_path):
    bpy.ops.cutaway.open_board(filepath=str(board))
    out = tmp_path / "again.json"
    bpy.ops.cutaway.save_board(filepath=str(out))
    sheet = Sheet.parse(out.read_text(), path=out)
    assert [(shot.prompt, shot.frames) for shot in sheet.shots] == [
        ("waves at night", 20), ("there", 16), ("a lamp is lit", 12),
    ]  # fmt: skip
    assert (sheet.look.size, sheet.look.rate, sheet.look.seed) == ("64x36", "24", 7)
    bpy.ops.cutaway.open_board(filepath=str(out))
    assert [one[1:3] for one in strips(bpy.context.scene)] == [(1, 21), (21, 37), (37, 49)]


def test_a_rate_of_ntsc_is_kept_exactly(extension, scene, tmp_path):
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"look": {"rate": "30000/1001"}, "shots": [{"prompt": "x", "frames": 10}]}))
    bpy.ops.cutaway.open_board(filepath=str(path))
    assert str(timeline.rate_of(bpy.context.scene)) == "30000/1001"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no board"),
        ('{"shots": [{"frames": 3}]}', "shot 1"),
        ('{"shots": [{"media": "gone.mkv", "frames": 3}]}', "gone.mkv"),
    ],
)
def test_a_file_that_is_no_board_makes_no_scene(extension, scene, tmp_path, text, said):
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(RuntimeError, match=said):
        bpy.ops.cutaway.open_board(filepath=str(path))
    assert [one.name for one in bpy.data.scenes] == ["cut"]


def test_an_empty_sequence_is_no_board(extension, scene, shot, tmp_path):
    strip = shot("a", 1, 1, 12)
    compat.strips(compat.editor(scene)).remove(strip)
    assert not bpy.ops.cutaway.save_board.poll()
