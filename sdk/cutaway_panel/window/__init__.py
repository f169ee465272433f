"""The window: a connection strip, the cards of the cut, what is asked for the chosen one, and what came of it."""
