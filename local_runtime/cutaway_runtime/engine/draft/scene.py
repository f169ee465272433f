"""What a prompt says, as a picture can show it.

`read.py` makes a `Scene` from words, the compositor makes frames from a `Scene`. Nothing here knows
a language, a sprite file or a pixel.

Directions are the viewer's: LEFT means towards the left edge of the frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Motion(StrEnum):
    """How a subject moves across the picture."""

    STILL = "still"  # stays, and breathes
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    TOWARD = "toward"  # the camera: grows
    AWAY = "away"  # shrinks towards the horizon
    CIRCLE = "circle"
    BOUNCE = "bounce"
    WANDER = "wander"  # plays, chases, dances: here and there


class Gait(StrEnum):
    """What kind of body moves: it decides the cycle (bob, roll, flap) and where the subject is set."""

    STAND = "stand"
    WALK = "walk"
    RUN = "run"
    ROLL = "roll"
    DRIVE = "drive"
    FLY = "fly"
    SWIM = "swim"
    FLOAT = "float"  # balloons, lanterns, boats, fish bowls
    DANCE = "dance"
    JUMP = "jump"


class Place(StrEnum):
    """Backdrops the compositor knows how to build."""

    FIELD = "field"
    MEADOW = "meadow"
    DESERT = "desert"
    BEACH = "beach"
    OCEAN = "ocean"
    UNDERWATER = "underwater"
    RIVER = "river"
    LAKE = "lake"
    FOREST = "forest"
    JUNGLE = "jungle"
    MOUNTAIN = "mountain"
    SNOWFIELD = "snowfield"
    CITY = "city"
    STREET = "street"
    ROAD = "road"
    VILLAGE = "village"
    PARK = "park"
    GARDEN = "garden"
    ROOM = "room"
    KITCHEN = "kitchen"
    STAGE = "stage"
    COURT = "court"
    STADIUM = "stadium"
    SKY = "sky"
    SPACE = "space"
    MOON = "moon"
    CAVE = "cave"
    VOLCANO = "volcano"
    STUDIO = "studio"  # a plain backdrop: no place was named


class TimeOfDay(StrEnum):
    DAY = "day"
    MORNING = "morning"
    SUNSET = "sunset"
    NIGHT = "night"


class Weather(StrEnum):
    CLEAR = "clear"
    CLOUDY = "cloudy"
    RAIN = "rain"
    SNOW = "snow"
    FOG = "fog"
    STORM = "storm"
    WIND = "wind"


class Camera(StrEnum):
    STATIC = "static"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    PUSH_IN = "push_in"
    PULL_OUT = "pull_out"
    TILT_UP = "tilt_up"
    TILT_DOWN = "tilt_down"
    TRACK = "track"  # keeps the subject in frame while the world passes
    HANDHELD = "handheld"
    AERIAL = "aerial"
    ORBIT = "orbit"


RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Subject:
    """One named thing, or several of the same kind.

    `sprite` is a key of the sprite index ("dog", "sport-utility-vehicle"); `noun` is the word the
    prompt used. `rgb` is set when the prompt named a colour for it. `scale` is relative to the usual
    size of such a thing (1.0). `carries` are sprite keys of things held or worn. `follows` is the
    index of another subject of the scene that this one follows, chases or stays beside. `character` is
    set for somebody who has a picture: its number in the cast of the canvas. `sprite` is then what stands
    in for all that the picture does not say: how tall such a body is, and how it moves.
    """

    sprite: str
    noun: str
    motion: Motion = Motion.STILL
    gait: Gait = Gait.STAND
    rgb: RGB | None = None
    color: str | None = None
    count: int = 1
    scale: float = 1.0
    speed: float = 1.0
    carries: tuple[str, ...] = ()
    follows: int | None = None
    character: int | None = None


@dataclass(frozen=True)
class Scene:
    """Everything that can be drawn of a prompt.

    `subjects` come in order of importance: the first is the hero. `props` are sprite keys that dress
    the place (lanterns, palms, neon signs). `understood` and `unmatched` are words of the prompt, in its
    own language and order; a scene in which nothing was understood is drawn as a captioned slate.
    """

    prompt: str
    subjects: tuple[Subject, ...] = ()
    place: Place = Place.STUDIO
    beyond: Place | None = None
    """A second place, seen behind the first: mountains beyond a road, a city beyond a park."""
    time: TimeOfDay = TimeOfDay.DAY
    weather: Weather = Weather.CLEAR
    camera: Camera = Camera.STATIC
    props: tuple[str, ...] = ()
    neon: bool = False
    wet: bool = False
    palette: tuple[RGB, ...] = ()
    """Colours named for the place itself ("a pink sky", "gravel road", "a red room")."""
    style: str = ""
    understood: tuple[str, ...] = field(default=())
    unmatched: tuple[str, ...] = field(default=())
    assumed: tuple[str, ...] = field(default=())
    """What no word said and the reader decided: "place: underwater, for the fish"."""

    @property
    def is_slate(self) -> bool:
        """Nothing of the prompt can be drawn."""
        return not self.understood and all(subject.character is None for subject in self.subjects)
