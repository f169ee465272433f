"""The camera as the one who acts: "the camera slowly moves left"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.words.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.engine.draft.words.line import Line
    from cutaway_runtime.engine.draft.words.reading import Reading
    from cutaway_runtime.engine.draft.words.tokens import Token

_ACTING: Final = frozenset({Role.VERB, Role.RELATION, Role.CAMERA, Role.DIRECTION})
_MOVES: Final = {"left": "pan_left", "right": "pan_right", "up": "tilt_up", "down": "tilt_down", "toward": "push_in"}


def films(reading: Reading, line: Line, tokens: Sequence[Token], at: int) -> bool:
    """Whether the camera at token `at` acts in its clause; its verbs and directions are then the camera's.

    False means that it is a thing in the picture: "a camera on a table".
    """
    following = line.following(at)
    role = following.meanings[0].role if following is not None and following.meanings else None
    if role not in _ACTING:
        return False
    tokens[at].kind = "stop"
    for word in tokens[at + 1 : at + 6]:
        side = word.meaning(Role.DIRECTION)
        if word.kind in {"comma", "end"}:
            break
        if word.meaning(Role.RELATION):
            reading.film({"camera": "track"}, word)
        elif side and side.entry["motion"] in _MOVES:
            reading.film({"camera": _MOVES[side.entry["motion"]]}, word)
        elif word.meaning(Role.VERB):
            word.used = True
        else:
            continue
        word.kind, word.meanings = "filmed", ()
    return True
