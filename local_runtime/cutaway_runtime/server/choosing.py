"""Which model answers a request: the one it names, what its name stands for here, or the best one for what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.wire import Adjustment, ModelInfo, Verb, VideoCreate
from cutaway_runtime.plan.pattern import SHOWN, best_for, pattern_of
from cutaway_runtime.registry.known import MANIFESTS
from cutaway_runtime.server.desk import models
from cutaway_runtime.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


def chosen(
    wanted: VideoCreate, verb: Verb, characters: int, aliases: Mapping[str, str]
) -> tuple[ModelInfo, list[Adjustment]]:
    """The model that paints.

    Args:
        wanted: the request.
        verb: what it means.
        characters: how many there are in it; each adds a picture to those a model must be able to look at.
        aliases: other names for models; "" stands for whichever is best.

    Raises:
        Refusal: 404, there is no such model, or it is not installed; the message says how to get it.
            400, no installed one can do that.
    """
    name = wanted.model
    meant = aliases.get(name, name) if name is not None else ""
    model = _named(meant) if meant else _best(wanted, verb, characters)
    if name is None or name == meant:
        return model, []
    why = f"the name {name} stands for {meant} here" if meant else f"the name {name} stands for the best model here"
    return model, [Adjustment(field="model", requested=name, effective=model.id, reason=why)]


def _best(wanted: VideoCreate, verb: Verb, characters: int) -> ModelInfo:
    pattern = pattern_of(wanted, verb)
    best = best_for(models().values(), verb, pattern, len(wanted.cutaway.references) + characters)
    if best is None:
        message = f"no installed model can {verb} from {SHOWN[pattern]}"
        raise Refusal(400, "unsupported_capability", message, param="model")
    return best


def _named(name: str) -> ModelInfo:
    model = models().get(name)
    if model is None and name in MANIFESTS:
        message = f"model {name!r} is not installed; to get it, where this server runs: cutaway models pull {name}"
        raise Refusal(404, "model_not_found", message, param="model")
    if model is None:
        there = ", ".join(info.id for info in models().values() if info.installed)
        raise Refusal(404, "model_not_found", f"there is no model {name!r} here; there are: {there}", param="model")
    if not model.installed:
        how = model.how_to_get or 'pip install "cutaway[runtime]"'
        raise Refusal(404, "model_not_found", f"model {name!r} is not installed; to get it: {how}", param="model")
    return model
