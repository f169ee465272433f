"""Every place of a scene, built from code and sprites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.scene import Camera, Place
from cutaway_runtime.engine.draft.stage.backdrop import arena, indoors, nature, street, town, water
from cutaway_runtime.engine.draft.stage.backdrop import beyond as off_ground
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.scenery import gradient

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.engine.draft.scene import Scene
    from cutaway_runtime.engine.draft.stage.floor import Item
    from cutaway_runtime.engine.draft.stage.scenery import Site

_PLACES: Final[dict[Place, tuple[float, Callable[[Site], list[Item]]]]] = {
    Place.FIELD: (0.54, nature.field),
    Place.MEADOW: (0.52, nature.meadow),
    Place.DESERT: (0.52, nature.desert),
    Place.BEACH: (0.46, water.beach),
    Place.OCEAN: (0.42, water.ocean),
    Place.UNDERWATER: (0.76, water.underwater),
    Place.RIVER: (0.44, water.river),
    Place.LAKE: (0.44, water.lake),
    Place.FOREST: (0.56, nature.forest),
    Place.JUNGLE: (0.58, nature.jungle),
    Place.MOUNTAIN: (0.54, nature.mountain),
    Place.SNOWFIELD: (0.52, nature.snowfield),
    Place.CITY: (0.62, town.city),
    Place.STREET: (0.50, street.street),
    Place.ROAD: (0.46, town.road),
    Place.VILLAGE: (0.48, nature.village),
    Place.PARK: (0.50, nature.park),
    Place.GARDEN: (0.48, nature.garden),
    Place.ROOM: (0.62, indoors.room),
    Place.KITCHEN: (0.64, indoors.kitchen),
    Place.STAGE: (0.60, arena.stage),
    Place.COURT: (0.54, arena.court),
    Place.STADIUM: (0.50, arena.stadium),
    Place.SKY: (0.86, off_ground.heavens),
    Place.SPACE: (0.86, off_ground.space),
    Place.MOON: (0.58, off_ground.moon),
    Place.CAVE: (0.58, indoors.cave),
    Place.VOLCANO: (0.56, nature.volcano),
    Place.STUDIO: (0.62, indoors.studio),
}
INDOORS: Final = frozenset({Place.ROOM, Place.KITCHEN, Place.STAGE, Place.COURT, Place.STUDIO, Place.CAVE})
_SEAS: Final = frozenset({Place.BEACH, Place.OCEAN, Place.LAKE, Place.RIVER})
WOODED: Final = frozenset(
    {
        Place.FIELD,
        Place.MEADOW,
        Place.ROAD,
        Place.PARK,
        Place.FOREST,
        Place.JUNGLE,
        Place.MOUNTAIN,
        Place.RIVER,
        Place.LAKE,
        Place.VILLAGE,
        Place.GARDEN,
        Place.BEACH,
        Place.SNOWFIELD,
        Place.CITY,
    }
)
"""Places that grow trees by themselves."""
ALOFT: Final = frozenset({Place.SKY, Place.SPACE, Place.UNDERWATER})
"""Places without a floor to stand on: what is there floats."""


def horizon(scene: Scene) -> float:
    """Where the floor of the place begins, as a fraction of the frame's height."""
    height, _ = _PLACES[scene.place]
    return height * 0.55 if scene.camera is Camera.AERIAL and scene.place not in ALOFT else height


def build(site: Site) -> list[Item]:
    """The place of the scene, the far things first, and behind it the skyline of a second place it names."""
    _, place = _PLACES[site.scene.place]
    items = place(site)
    beyond = site.scene.beyond
    if beyond is None or beyond is site.scene.place or site.scene.place in INDOORS:
        return items
    _, behind = _PLACES[beyond]
    far = [item for item in behind(site) if 0.01 < item.depth < 0.06 and isinstance(item, Layer)]
    near = [item for item in items if not (0.01 < item.depth < 0.035 and isinstance(item, Layer))]
    if not far:  # a sea has no skyline: a band of it lies before the horizon
        far = [sea_band(site)] if beyond in _SEAS else []
    return [*near, *far]


def sea_band(site: Site) -> Layer:
    """A strip of water on the horizon."""
    floor = site.floor
    tall = round(floor.unit * 0.07)
    stops = [(0.0, site.light.on(water.SEA_FAR, 0.2)), (1.0, site.light.on(water.SEA))]
    return Layer(gradient(floor.width, tall, stops), 0.045, top=floor.horizon - tall + floor.unit * 0.02, passes=0.0)
