"""Ways across the picture: where an actor is at each moment of a shot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.scene import Gait, Motion

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.stage.clock import Moment

AIRBORNE: Final = frozenset({Gait.FLY, Gait.FLOAT})


@dataclass(frozen=True)
class Spot:
    """A place on stage: `x` in frame widths, `lift` in frame heights; `heading` -1 left, 1 right, 0 neither."""

    x: float
    depth: float
    lift: float
    heading: int = 0


@dataclass(frozen=True)
class Path:
    """One actor's way. `home_x`, `home_depth`, `home_lift` is where it is when it stays; `half` is half its width."""

    motion: Motion
    gait: Gait
    home_x: float
    home_depth: float
    home_lift: float
    half: float
    offset_x: float = 0.0
    speed: float = 1.0
    phase: float = 0.0
    tracked: int = 0
    """The camera keeps it in frame while it heads left (-1) or right (1)."""

    def at(self, moment: Moment) -> Spot:
        """Where it is."""
        spot = self._spot(moment)
        x = spot.x + self.offset_x
        if self.motion is Motion.WANDER and not self.tracked:
            x = min(0.95, max(0.05, x))
        return Spot(x, spot.depth, spot.lift, spot.heading)

    def _spot(self, moment: Moment) -> Spot:  # noqa: C901, PLR0911 - one case per motion
        x, depth, lift = self.home_x, self.home_depth, self.home_lift
        if self.tracked:
            drift = 0.07 * self.tracked * (moment.wave(0.1) if moment.clock.closed else 2 * moment.progress - 1)
            return Spot(0.5 + drift, depth, lift, self.tracked)
        match self.motion:
            case Motion.LEFT:
                return Spot(self._crossing(moment), depth, lift, -1)
            case Motion.RIGHT:
                return Spot(1 - self._crossing(moment), depth, lift, 1)
            case Motion.UP:
                return Spot(x, depth, self._rise(moment))
            case Motion.DOWN:
                return Spot(x, depth, 0.74 - self._rise(moment))
            case Motion.TOWARD:
                return Spot(x, self._approach(moment), lift)
            case Motion.AWAY:
                return Spot(x, self._approach(moment, away=True), lift)
            case Motion.CIRCLE:
                angle = 2 * math.pi * moment.laps(0.22 * self.speed, self.phase)
                return Spot(
                    x + 0.24 * math.cos(angle), depth - 0.14 * (1 - math.sin(angle)), lift, _sign(-math.sin(angle))
                )
            case Motion.BOUNCE:
                hop = abs(math.sin(math.pi * moment.laps(1.05 * self.speed, self.phase)))
                return Spot(x + 0.05 * moment.wave(0.2, self.phase), depth, lift + 0.36 * hop)
            case Motion.WANDER:
                return self._wander(moment)
            case _:
                return Spot(x, depth, lift)

    def _crossing(self, moment: Moment) -> float:
        """From the right side to the left one; in a closed shot out at one edge and in at the other."""
        if moment.clock.closed:
            span = 1 + 2.2 * self.half + 0.1
            return 1 + span / 2 - 0.5 - moment.slide(span / moment.clock.seconds, span, 0.2)
        margin = min(0.30, max(0.13, self.half + (0.05 if self.gait is Gait.FLY else 0.03)))
        return (1 - margin) - (1 - 2 * margin) * moment.progress

    def _rise(self, moment: Moment) -> float:
        return 0.04 + 0.60 * (moment.ease() if moment.clock.closed else moment.progress)

    def _approach(self, moment: Moment, *, away: bool = False) -> float:
        """From afar (a third of its depth) to the front; sizes grow evenly, as they do when something comes nearer."""
        grown = moment.ease() if moment.clock.closed else moment.progress
        return self.home_depth * 0.36 * math.pow(1.15 / 0.36, 1 - grown if away else grown)

    def _wander(self, moment: Moment) -> Spot:
        a, b = self.phase, self.phase * 1.7
        reach = 0.15
        x = self.home_x + reach * (0.7 * moment.wave(0.21 * self.speed, a) + 0.45 * moment.wave(0.37 * self.speed, b))
        soon = 0.02
        ahead = 0.7 * 0.21 * math.cos(2 * math.pi * moment.laps(0.21 * self.speed, a + soon))
        ahead += 0.45 * 0.37 * math.cos(2 * math.pi * moment.laps(0.37 * self.speed, b + soon))
        depth = self.home_depth * (1 + 0.08 * moment.wave(0.26 * self.speed, b + 0.3))
        return Spot(x, depth, self.home_lift, _sign(ahead))


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
