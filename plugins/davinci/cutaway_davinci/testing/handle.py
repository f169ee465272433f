"""What a script holds of Resolve: objects that answer to the names of one version, and to nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from cutaway_davinci.testing.vocabulary import Misuse, call_of

if TYPE_CHECKING:
    from cutaway_davinci.testing.resolve import ResolveDouble

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Kept:
    """Something that Resolve keeps: the state behind a handle. `on_get_name` answers the call `GetName`."""

    kind_of_handle: ClassVar[str] = ""

    def __init__(self, world: ResolveDouble) -> None:
        self.world = world
        self.gone = False


class Handle:
    """An object as a script sees it.

    Refused, each with a `Misuse` that fails the test and stands in `ResolveDouble.misuses` too:

    - a name that the version lacks, or that is deprecated in it (Q1: the real thing reads None, and `hasattr` is
      True for every name, so a script has to know the versions and never to ask);
    - keywords, and too few or too many arguments (calls are positional);
    - a call that exists and that the double has no rules for.

    Two handles of one item are not equal: ids are to be compared.
    """

    __slots__ = ("_kept",)

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._constant(name) if name.isupper() else Asked(self._kept, name)
        except Misuse as misuse:
            if self._kept.world.lenient:
                return None
            self._kept.world.misuses.append(str(misuse))
            raise

    def _constant(self, name: str) -> float:
        """A constant, which only the Resolve itself has."""
        world = self._kept.world
        if self._kept is not world:
            raise Misuse(f"{name} is read from the Resolve, not from a {self._kept.kind_of_handle}")
        return world.constant(name)


class Asked:
    """A name that was read from a handle: it is to be called."""

    def __init__(self, kept: Kept, name: str) -> None:
        self.kept, self.name = kept, name
        self.call = call_of(kept.kind_of_handle, name, kept.world.version)

    def __call__(self, *given: Any, **keywords: Any) -> Any:
        world = self.kept.world
        try:
            return self._answered(given, keywords)
        except Misuse as misuse:
            world.misuses.append(str(misuse))
            raise

    def _answered(self, given: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        world, full = self.kept.world, f"{self.kept.kind_of_handle}.{self.name}"
        if keywords:
            raise Misuse(f"{full} takes no keywords; {', '.join(keywords)} was given by name")
        most = self.call.most_in(world.version)
        if not self.call.fewest <= len(given) <= most:
            raise Misuse(f"{full} takes {self.call.fewest} to {most} arguments, not {len(given)}")
        rule = getattr(self.kept, "on_" + _HUMP.sub("_", self.name).lower(), None)
        if rule is None:
            raise Misuse(f"{full} exists, but the double has no rules for it")
        bare = [_bare(one) for one in given]
        world.calls.append(full)
        fault = world.faults.before(full)
        if fault is not None:
            return fault.answer
        if self.kept.gone:
            return None  # Q2: an item that is no more answers None to everything
        return world.faults.after(full, _held(rule(*bare)))


def _bare(value: Any) -> Any:
    """Handles replaced by what they stand for, in lists and dicts too."""
    if isinstance(value, Handle):
        return value._kept  # noqa: SLF001
    if isinstance(value, list):
        return [_bare(one) for one in value]
    if isinstance(value, dict):
        return {key: _bare(one) for key, one in value.items()}
    return value


def _held(value: Any) -> Any:
    """What is kept replaced by new handles of it."""
    if isinstance(value, Kept):
        return Handle(value)
    if isinstance(value, dict):
        return {key: _held(one) for key, one in value.items()}
    return [_held(one) for one in value] if isinstance(value, list) else value
