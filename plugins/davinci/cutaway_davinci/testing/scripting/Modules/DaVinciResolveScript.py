# ruff: noqa: INP001 - its name and its folder are Blackmagic's
"""Stands where Blackmagic's module stands, and leads to a double that another process serves."""

from __future__ import annotations

import json
import os
import socket
from typing import Any


class _Line:
    def __init__(self) -> None:
        port = int(os.environ["CUTAWAY_DOUBLE_PORT"])
        with socket.create_connection(("127.0.0.1", port)) as line:
            self.lines = line.makefile("rw", encoding="utf-8")  # which is what keeps it open

    def asked(self, **request: Any) -> Any:
        self.lines.write(json.dumps(request) + "\n")
        self.lines.flush()
        reply = json.loads(self.lines.readline())
        if "misuse" in reply:
            raise AssertionError(reply["misuse"])
        return self.got(reply["is"])

    def got(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.got(one) for one in value]
        if isinstance(value, dict):
            if "handle" in value:
                return _Far(self, value["handle"])
            return {key: self.got(one) for key, one in value["pairs"]}
        return value

    def sent(self, value: Any) -> Any:
        if isinstance(value, _Far):
            return {"handle": value.__dict__["number"]}
        if isinstance(value, list):
            return [self.sent(one) for one in value]
        if isinstance(value, dict):
            return {"pairs": [[key, self.sent(one)] for key, one in value.items()]}
        return value


class _Far:
    """An object of the double; every name is called over there."""

    def __init__(self, line: _Line, number: int) -> None:
        self.__dict__.update(line=line, number=number)

    def __getattr__(self, name: str) -> Any:
        line = self.__dict__["line"]
        if name.isupper():  # a constant is read, not called
            return line.asked(of=self.__dict__["number"], name=name, given=[], keywords={})

        def called(*given: Any, **keywords: Any) -> Any:
            given_far = [line.sent(one) for one in given]
            return line.asked(of=self.__dict__["number"], name=name, given=given_far, keywords=keywords)

        return called


def scriptapp(name: str) -> Any:
    """The Resolve that is served, or None where it lets nobody in."""
    return _Line().asked(of=None, name=name, given=[], keywords={})
