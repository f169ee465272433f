"""Plates from words to the render, with the real runtime of this machine; its synthetic engine says which frame is which."""

import math
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from cutaway.errors import EditRefused
from cutaway.media.decode import Clip
from cutaway.storyboard.card import CardState
from cutaway_blender import jobs, plate_clip, plates, plating
from cutaway_blender.building.background import plated
from cutaway_blender.building.wheels import BuildFailed
from cutaway_blender.errors import PlateFailed


@pytest.fixture
def camera(extension, scene, tmp_path):
    data = bpy.data.cameras.new("cam")
    camera = bpy.data.objects.new("cam", data)
    scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (0, -6, 1), (math.radians(85), 0, 0)
    scene.camera = camera
    scene.frame_start, scene.frame_end = 5, 60
    scene.render.resolution_x, scene.render.resolution_y = 128, 72
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return camera


def test_a_plate_is_made_at_the_scenes_size_rate_and_frames_and_lies_behind_the_camera(camera, scene):
    plate = plating.made(scene, camera, "colour bars", first=10, frames=24, model="bars", patience=120)
    host = jobs.session().host(scene)
    card = host.project.card(plate_clip.about(plate)["card"])
    take = card.take()
    assert (card.state, card.applied_take, card.camera) == (CardState.APPLIED, take.id, "cam")
    with Clip(host.project.takes_folder / take.path) as clip:
        assert (clip.info.width, clip.info.height, len(clip), clip.info.rate.fps) == (128, 72, 24, 24.0)
    (shown,) = camera.data.background_images
    assert shown.image.filepath.endswith(take.path)
    assert (shown.image_user.frame_start, shown.image_user.frame_duration) == (10, 24)
    assert card.references == []


def test_what_is_shown_to_the_model_stands_there_first_and_another_take_takes_its_place(
    camera, scene, tmp_path, pumped
):
    card = plating.ask(scene, camera, "bars", first=5, frames=12, model="bars", shown="depth", seed=1)
    (plate,) = plates.plates_of(scene)
    assert plate_clip.about(plate)["take"] == ""
    assert [image.name for image in bpy.data.images if image.name.endswith("-depth.png")]
    assert card.references[0].path.endswith("-depth.png")
    pumped(lambda: plate_clip.about(plate)["take"])
    first = plate_clip.about(plate)["take"]
    camera.data.lens = 20
    assert plating.moved(scene) == [plate]
    plating.again(scene, plate, seed=2)
    pumped(lambda: plate_clip.about(plate)["take"] not in {"", first})
    assert plating.moved(scene) == []  # what arrives is fitted to the camera as it is
    card = jobs.session().host(scene).project.card(card.id)
    assert len(card.takes) == 2
    plating.show_take(scene, plate, card.takes[0])
    assert plate_clip.about(plate)["take"] == first


def test_a_plate_that_was_deleted_meanwhile_leaves_its_take_with_the_card(camera, scene, pumped):
    card = plating.ask(scene, camera, "bars", first=5, frames=12, model="bars")
    plates.remove(scene, plates.plates_of(scene)[0])
    pumped(lambda: any("was deleted" in said for said in jobs.session().said))
    assert len(jobs.session().host(scene).project.card(card.id).takes) == 1
    assert plates.plates_of(scene) == []


def test_what_cannot_be_asked_is_refused_before_anything_is_made(camera, scene):
    for words, first, frames in (("", 5, 12), ("sea", 5, 0), ("sea", 1, 12)):
        with pytest.raises(EditRefused):
            plating.ask(scene, camera, words, first=first, frames=frames)
    assert plates.plates_of(scene) == []
    assert np.size(jobs.session().host(scene).project.cards) == 0


def test_a_script_is_told_why_no_plate_came(camera, scene):
    with pytest.raises(PlateFailed, match="no-such-model"):
        plating.made(scene, camera, "bars", first=5, frames=12, model="no-such-model", patience=60)
    (plate,) = plates.plates_of(scene)
    assert plate_clip.about(plate)["take"] == ""


def test_the_arrival_of_a_plate_is_one_step_of_undo(camera, scene, pumped):
    bpy.ops.ed.undo_push(message="before")
    plating.ask(scene, camera, "bars", first=5, frames=12, model="bars")
    bpy.ops.ed.undo_push(message="asked")
    pumped(lambda: plate_clip.about(plates.plates_of(bpy.context.scene)[0])["take"])
    bpy.ops.ed.undo()
    (plate,) = plates.plates_of(bpy.context.scene)
    assert plate_clip.about(plate)["take"] == ""
    bpy.ops.ed.redo()
    assert plate_clip.about(plates.plates_of(bpy.context.scene)[0])["take"]


def test_a_plate_is_made_in_a_file_without_a_window_and_the_file_given_is_only_read(camera, scene, tmp_path):
    bpy.ops.wm.save_mainfile()
    before = (tmp_path / "shot.blend").read_bytes()
    out = tmp_path / "farm" / "out.blend"
    out.parent.mkdir()
    asked = {"prompt": "bars", "camera": "cam", "range": (10, 21), "more": {"model": "bars", "mode": "compositor"}}
    told = plated(Path(sys.executable), tmp_path / "shot.blend", out, asked)
    assert (told["camera"], told["first"], told["frames"], told["mode"]) == ("cam", 10, 12, "compositor")
    assert (tmp_path / "shot.blend").read_bytes() == before
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (plate,) = plates.plates_of(bpy.context.scene)
    image = bpy.context.scene.camera.data.background_images[0].image
    assert image.filepath.startswith("//cutaway/")
    assert Path(bpy.path.abspath(image.filepath)).is_relative_to(out.parent)
    assert plate_clip.about(plate)["take"] == told["take"]
    with pytest.raises(BuildFailed, match="its cameras: cam"):
        plated(Path(sys.executable), tmp_path / "shot.blend", out, asked | {"camera": "other"})
