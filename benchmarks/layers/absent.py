"""Lets the HTTP layer of a model server be imported where its engine is not: packages that are named here and not
installed are stood in for by empty modules. Everything that is installed is the real thing.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Blank(types.ModuleType):
    """A module in which every name is an empty class."""

    __path__: list[str] = []  # noqa: RUF012 - the import system wants a list here

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__init__": lambda *_, **__: None, "__class_getitem__": classmethod(lambda cls, _: cls)})
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self._packages:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Blank(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing is in it."""


def stand_in_for(*packages: str) -> None:
    """From now on these can be imported, installed or not.

    torch, transformers and diffusers look for some of them to see what they can do, so they are imported before.
    """
    import diffusers  # noqa: F401
    import torch._dynamo
    import torch._inductor.utils  # noqa: F401
    from transformers import AutoModel, AutoProcessor, AutoTokenizer, PreTrainedModel  # noqa: F401

    sys.meta_path.append(_Finder(packages))
