"""`cutaway` names what is public, loads it when it is used, and nothing before."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import cutaway


def test_every_public_name_is_there_and_every_name_there_is_public() -> None:
    assert sorted(cutaway.__all__) == list(cutaway.__all__)
    assert dir(cutaway) == sorted(cutaway.__all__)
    for name in cutaway.__all__:
        assert getattr(cutaway, name) is not None


def test_types_and_lazy_names_are_the_same_list() -> None:
    tree = ast.parse(Path(cutaway.__file__).read_text("utf-8"))
    typed = {
        alias.asname or alias.name: node.module
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {name for name, module in typed.items() if module == "cutaway"} == cutaway._MODULES
    typed = {name: module for name, module in typed.items() if module != "cutaway"}
    assert typed == cutaway._HOMES


def test_a_lazy_name_is_the_thing_itself() -> None:
    for name, module in cutaway._HOMES.items():
        assert getattr(cutaway, name) is getattr(import_module(module), name)
    for name in cutaway._MODULES:
        assert getattr(cutaway, name) is import_module(f"cutaway.{name}")


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        cutaway.no_such_name  # noqa: B018


def test_importing_cutaway_loads_no_library() -> None:
    program = (
        "import sys; before = set(sys.modules); import cutaway\n"
        "foreign = {name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)\n"
        "assert foreign == {'cutaway'}, foreign"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_error_is_in_the_tree_that_is_drawn() -> None:
    errors = import_module("cutaway.errors")
    kinds = {
        name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
    }
    for name, kind in kinds.items():
        assert f" {name} " in f" {errors.__doc__} ".replace("\n", " \n "), f"{name} is not drawn"
        assert issubclass(kind, errors.CutawayError)
