"""Options that belong together, as one argument of a command: a dataclass whose fields are options.

    @dataclass(frozen=True)
    class Manner:
        steps: opt.Steps = None
        guidance: opt.Guidance = None

    @spread
    def loop(source: Clip, *, output: opt.Output = None, manner: Manner) -> None: ...

    cutaway loop IN --steps 8 --guidance 3

Typer is shown the fields in the place of the dataclass; the command is given the object.
"""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def spread(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the fields of its dataclasses for parameters; every parameter by its name."""
    hints = get_type_hints(command, include_extras=True)
    sets = {name: kind for name, kind in hints.items() if is_dataclass(kind) and isinstance(kind, type)}
    parameters: list[Parameter] = []
    for name, parameter in signature(command).parameters.items():
        if name in sets:
            parameters += _parameters(sets[name])
        else:
            parameters.append(parameter.replace(annotation=hints[name], kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def called(**given: Any) -> Any:
        made = {name: kind(**{f.name: given.pop(f.name) for f in fields(kind)}) for name, kind in sets.items()}
        return command(**given, **made)

    called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def _parameters(options: type) -> Iterator[Parameter]:
    """The fields of a dataclass as parameters."""
    hints = get_type_hints(options, include_extras=True)
    for field in fields(options):
        default = Parameter.empty if field.default is MISSING else field.default
        yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name])
