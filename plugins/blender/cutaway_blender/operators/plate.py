# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verbs of a plate share: which scene, which camera, which plate."""

from typing import TYPE_CHECKING, Any, Final

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from cutaway.storyboard.card import Card

    from ..host import BlenderHost
    from ..session import Session

LOOKS: Final = (
    ("clay", "Clay", "Forms without materials"),
    ("depth", "Depth", "Near is white, far is black"),
    ("normals", "Normals", "Which way each surface faces"),
)
MODES: Final = (
    ("plane", "Plane", "A plane that hangs on the camera; seen in every view and every engine"),
    ("world", "World", "In place of the sky, for the camera alone; light and reflections stay what they were"),
    ("compositor", "Compositor", "Behind the finished render; a transparent film is switched on"),
)
SPANS: Final = (
    ("SCENE", "Scene", "From the first to the last frame of the scene"),
    ("PREVIEW", "Preview range", "The preview range, where one is set; else the scene"),
)


class OnCamera(OnDesk):
    """A verb for the selected camera, else for that of the scene that the 3D view shows."""

    needs_strips = False

    @classmethod
    def scene_of(cls, context: Any) -> Any:
        """The scene of the 3D view, not that of the sequencer."""
        return context.scene

    @classmethod
    def obstacle(cls, context: Any) -> str:
        """Also where there is no camera, or one that no plate fits."""
        from .. import plate_view

        camera = plate_view.camera_of(context)
        if why := super().obstacle(context):
            return why
        if camera is None:
            return "This scene has no camera"
        return "No plane fills the picture of a panoramic camera" if camera.data.type == "PANO" else ""


class OnPlate(OnCamera):
    """A verb for one plate: the one that is named, else the one that is seen now."""

    plate: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Plate", description="The name of its object; the one that is seen if empty", options={"SKIP_SAVE"}
    )

    @classmethod
    def obstacle(cls, context: Any) -> str:
        """Also where the camera has no plate; a named one is looked for when it runs."""
        if why := super().obstacle(context):
            return why
        from .. import plates

        return "" if plates.plates_of(context.scene) else "This scene has no plate yet"

    def chosen(self, scene: Any) -> Any:
        """The plate.

        Raises:
            EditRefused: there is none.
        """
        from cutaway.errors import EditRefused

        from .. import plate_view, plates

        camera = plate_view.camera_of(bpy.context)
        if not self.plate:
            found = plate_view.plate_of(scene, camera)
        else:
            found = next((one for one in plates.plates_of(scene) if one.name == self.plate), None)
        if found is None:
            raise EditRefused(
                f"no plate {self.plate} in {scene.name}" if self.plate else f"{camera.name} has no plate; make one"
            )
        return found

    def card_of(self, host: "BlenderHost", plate: Any) -> "Card":
        """The card of a plate.

        Raises:
            TimelineError: the project has it no more.
        """
        from .. import plate_clip

        return host.project.card(plate_clip.about(plate)["card"])


def allowed() -> None:
    """Says no before anything is made where the server may not be asked.

    Raises:
        ConnectionFailed: it is online, and Blender may not go online.
    """
    from cutaway.errors import ConnectionFailed

    from .. import prefs

    if obstacle := prefs.settings().obstacle:
        raise ConnectionFailed(obstacle)


def is_under_way(desk: "Session", card_id: str) -> bool:
    """Whether a take of a card is being made."""
    from ..plate_view import UNDER_WAY

    job = desk.job(card_id)
    return job is not None and job.state.value in UNDER_WAY
