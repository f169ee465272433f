"""The part that talks to Resolve: a process of its own, so that it can be killed when a call does not come back.

Standard library only, in the grammar of Python 3.8, so that any interpreter which can load Blackmagic's module runs it.
"""
