"""README and docs cannot go stale: their code runs, their commands exist, their links lead somewhere."""

import re
import shlex
import shutil
import textwrap
from pathlib import Path

import pytest
import typer

from cutaway.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
SHELL = {"sh", "console", "bash"}


def name(page):
    return page.relative_to(ROOT).as_posix()


def blocks(page, *languages):
    return [code for language, code in FENCE.findall(page.read_text("utf-8")) if language in languages]


def commands(page):
    """Every `cutaway` command line in a page's shell blocks."""
    for block in blocks(page, *SHELL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words and words[0] == "cutaway":
                yield words[1:]


COMMANDS = [(page, words) for page in PAGES for words in commands(page)]
WITH_CODE = [page for page in PAGES if blocks(page, "python") and page.parent.name != "servers"]
"""Pages whose code runs here; what is said about other servers runs against them, in test_servers.py."""


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE, ids=name)
def test_the_code_of_a_page_runs_from_top_to_bottom(page, runtime, footage, tmp_path, monkeypatch):
    shutil.copytree(footage, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for number, code in enumerate(blocks(page, "python"), start=1):
        exec(compile(textwrap.dedent(code), f"{name(page)} block {number}", "exec"), namespace)


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{name(page)}: {shlex.join(w)}"[:90] for page, w in COMMANDS]
)
def test_a_command_in_a_page_exists_with_its_options(page, words):
    group = typer.main.get_command(app)
    context = group.make_context("cutaway", list(words))
    verb, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    context = command.make_context(verb, rest, parent=context)
    if hasattr(command, "commands"):  # a family, such as `cutaway timeline`
        verb, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        command.make_context(verb, rest, parent=context)


def test_the_tutorials_show_the_command_line():
    shown = {words[0] for _, words in COMMANDS}
    assert {"create", "extend", "fill", "remix", "blend", "loop", "sheet", "jobs", "serve"} <= shown


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{name(page)} links to {link}"


def anchors(page):
    """The anchors that headings make: lower case, words joined by dashes, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_reached_from_the_readme():
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8"))]
        ahead += [(page.parent / link).resolve() for link in links if link and not link.startswith("http")]
    assert set(PAGES) - seen == set()
