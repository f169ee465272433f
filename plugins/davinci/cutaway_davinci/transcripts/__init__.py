"""Transcripts: what a Resolve was asked and what it answered, line by line, so that the double can be held to it.

    recorder.py   passes calls on, and writes them down without paths, names and ids that are somebody's
    script.py     what is asked, always the same
    footage.py    the clips it is asked with
    replay.py     the same calls to the double, and what it answers otherwise, in words

`recorder` and `script` need the standard library only: they run where Blackmagic's module loads.
"""
