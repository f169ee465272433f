"""Words of a server, or of a file, are words on a terminal, and never its commands."""

from rich.table import Table

from cutaway.cli.screen import Screen

EVIL = "a\x1b]0;evil\x07b\x1b[2J\x9b31mc\u202ed"


def test_what_a_terminal_would_obey_is_spelled_out(capsys):
    screen = Screen()
    screen.say(f"{EVIL} and ü 🎬 한국어")
    screen.note(EVIL)
    table = Table()
    table.add_column(EVIL, no_wrap=True, min_width=60)
    table.add_row(EVIL)
    screen.show(table)
    printed = capsys.readouterr()
    for text in (printed.out, printed.err):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
        assert "a\\x1b]0;evil" in text
    assert "\\u202ed and ü 🎬 한국어" in printed.out
