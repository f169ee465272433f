"""Takes: looked at, compared, chosen, put into the cut, and where they came from.

Each view is made with the window's `Bridge`, follows its chosen card, and asks the desk for everything
that is done. They share one playhead and one chosen take.
"""

from cutaway_panel.takes.apply_bar import ApplyBar
from cutaway_panel.takes.choice import TakeChoice
from cutaway_panel.takes.player import PlayerView
from cutaway_panel.takes.playhead import Playhead
from cutaway_panel.takes.provenance_view import ProvenanceView
from cutaway_panel.takes.queue_view import QueueView
from cutaway_panel.takes.seam_view import SeamView
from cutaway_panel.takes.takes_view import TakesView

__all__ = [
    "ApplyBar",
    "PlayerView",
    "Playhead",
    "ProvenanceView",
    "QueueView",
    "SeamView",
    "TakeChoice",
    "TakesView",
]
