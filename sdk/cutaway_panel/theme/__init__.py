"""How the panel looks: colours and measures (`tokens`), signs (`signs`), and putting them on (`style`)."""

from cutaway_panel.theme.signs import draw_sign, icon, sign
from cutaway_panel.theme.style import Look, current, figures, wear
from cutaway_panel.theme.tokens import JOB_INK, LEVEL_INK, STATE_INK, TOKENS, Theme, Tokens, contrast

__all__ = [
    "JOB_INK",
    "LEVEL_INK",
    "STATE_INK",
    "TOKENS",
    "Look",
    "Theme",
    "Tokens",
    "contrast",
    "current",
    "draw_sign",
    "figures",
    "icon",
    "sign",
    "wear",
]
