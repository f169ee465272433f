"""Everything that can be done, as actions: the menus, the keys and the list of keys are made of this table.

actions = Actions(window)                # window has a method for each name
actions["make"].setEnabled(False)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QMenuBar, QWidget


class Menu(StrEnum):
    FILE = "file"
    EDIT = "edit"
    CARD = "card"
    SHOT = "shot"
    TAKE = "take"
    VIEW = "view"
    HELP = "help"


@dataclass(frozen=True)
class Doing:
    """One thing that can be done."""

    name: str
    menu: Menu
    text: str
    keys: str = ""
    told: str = ""
    switch: bool = False
    """It is on or off."""


class Actions(QObject):
    """The actions of a window, by name. `do` says what each one runs."""

    def __init__(self, window: QWidget, do: Mapping[str, Callable[[], object]]) -> None:
        super().__init__(window)
        self._made: dict[str, QAction] = {}
        self.table = self._table()
        for doing in self.table:
            action = QAction(doing.text, window)
            action.setObjectName(doing.name)
            if doing.keys:
                action.setShortcuts([QKeySequence(keys) for keys in doing.keys.split(" or ")])
            action.setCheckable(doing.switch)
            if doing.told:
                action.setStatusTip(doing.told)
                action.setToolTip(doing.told)
            action.setMenuRole(QAction.MenuRole.NoRole)
            action.triggered.connect(_plain(do[doing.name]))
            window.addAction(action)
            self._made[doing.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def fill(self, bar: QMenuBar) -> None:
        """The menus, in order; a line where a name ends a group."""
        for menu, title in self._titles().items():
            there = bar.addMenu(title)
            for doing in self.table:
                if doing.menu is menu:
                    there.addAction(self._made[doing.name])
                    if doing.name in _ENDS:
                        there.addSeparator()

    def _titles(self) -> dict[Menu, str]:
        return {
            Menu.FILE: self.tr("&File"),
            Menu.EDIT: self.tr("&Edit"),
            Menu.CARD: self.tr("&Card"),
            Menu.SHOT: self.tr("S&hot"),
            Menu.TAKE: self.tr("&Take"),
            Menu.VIEW: self.tr("&View"),
            Menu.HELP: self.tr("Hel&p"),
        }

    def _table(self) -> tuple[Doing, ...]:
        tr = self.tr
        file, edit, card, shot, take, view = Menu.FILE, Menu.EDIT, Menu.CARD, Menu.SHOT, Menu.TAKE, Menu.VIEW
        return (
            Doing("open_cut", file, tr("&Open a cut…"), "Ctrl+O", tr("An OTIO file, or a copy of another format")),
            Doing("export", file, tr("&Export OTIO…"), "Ctrl+Shift+E", tr("The cut as it is now, in another file")),
            Doing("folder", file, tr("Project &folder"), "Ctrl+Shift+O", tr("Where cards and takes are kept")),
            Doing("sync", file, tr("Re-&sync"), "F5", tr("Reads the cut again; cards find their places again")),
            Doing("connect", file, tr("&Connect again"), "Shift+F5", tr("Opens the application and the server again")),
            Doing("quit", file, tr("&Close the panel"), "Ctrl+Q"),
            Doing("undo_edit", edit, tr("&Undo"), "Ctrl+Z", tr("The last edit of a card; the cut stays")),
            Doing("redo_edit", edit, tr("&Redo"), "Ctrl+Shift+Z or Ctrl+Y", tr("Does the last edit of a card again")),
            Doing("undo_apply", edit, tr("Undo the last &apply"), "Ctrl+Alt+Z", tr("Takes it out of the cut again")),
            Doing("find_gaps", card, tr("Find &gaps…"), "Ctrl+F", tr("Looks for holes on chosen tracks")),
            Doing("find_card", card, tr("Find a &card"), "Ctrl+Shift+F", tr("By number, title or prompt")),
            Doing("next_open", card, tr("&Next open card"), "F8", tr("The next card that is not in the cut yet")),
            Doing("last_open", card, tr("&Previous open card"), "Shift+F8"),
            Doing("write", card, tr("&Write the prompt"), "Ctrl+E", tr("Also Enter on a card")),
            Doing("roll", card, tr("Roll the &dice"), "Ctrl+D", tr("Another seed, which is kept")),
            Doing("lock", card, tr("&Lock or unlock"), "Ctrl+L"),
            Doing("grab_first", card, tr("Grab the playhead as &first frame"), "Ctrl+["),
            Doing("grab_last", card, tr("Grab the playhead as l&ast frame"), "Ctrl+]"),
            Doing("reveal", card, tr("Show in the &timeline"), "Ctrl+J", tr("Moves the application's playhead there")),
            Doing("drop", card, tr("D&rop the card"), "Ctrl+Backspace", tr("Its takes stay on disk")),
            Doing("make", card, tr("&Make a take"), "Ctrl+Return or Ctrl+Enter", tr("Of every selected card")),
            Doing("make_all", card, tr("Make all that are read&y"), "Ctrl+Shift+Return"),
            Doing("cancel", card, tr("Canc&el"), "Ctrl+.", tr("Of the selected cards, what is being made")),
            Doing("retry", card, tr("Tr&y again"), "Ctrl+R", tr("A card that failed or was cancelled")),
            Doing("pause", card, tr("&Hold the queue"), "Ctrl+Shift+P", tr("Nothing new is begun"), switch=True),
            Doing("extend_tail", shot, tr("Extend the &tail"), "Ctrl+T"),
            Doing("extend_head", shot, tr("Extend the &head"), "Ctrl+Shift+T"),
            Doing("remix", shot, tr("&Remix"), "Ctrl+M", tr("The whole shot")),
            Doing("remix_marked", shot, tr("Remix the marked &part"), "Ctrl+Shift+X", tr("Or the selection")),
            Doing("blend", shot, tr("&Blend into the next"), "Ctrl+B"),
            Doing("loop", shot, tr("&Loop"), "Ctrl+Shift+L"),
            Doing("generate", shot, tr("&Generate at the playhead"), "Ctrl+N", tr("Else behind the chosen card")),
            Doing("recut", shot, tr("Re-&cut from here"), "Ctrl+Shift+K", tr("What follows is made anew")),
            Doing("board", shot, tr("Cards from the &selection"), "Ctrl+K", tr("One for each selected clip")),
            Doing("apply", take, tr("&Apply to the cut…"), "F10", tr("Says first what would change")),
            Doing("apply_above", take, tr("Apply on a track a&bove…"), "F12"),
            Doing("apply_take", take, tr("Add as a &take of the clip…"), "Ctrl+F10", tr("Where the host has takes")),
            Doing("use_take", take, tr("&Use this take"), "Ctrl+U", tr("It is the one that is shown and applied")),
            Doing("star", take, tr("&Star or unstar"), "Ctrl+Shift+S"),
            Doing("next_take", take, tr("Ne&xt take"), "Ctrl+Right"),
            Doing("last_take", take, tr("&Previous take"), "Ctrl+Left"),
            Doing("more_like", take, tr("&More like this"), "Ctrl+Shift+M"),
            Doing("delete_take", take, tr("&Delete the take"), "Ctrl+Delete"),
            Doing("next_pane", view, tr("&Next part of the window"), "F6"),
            Doing("last_pane", view, tr("&Previous part of the window"), "Shift+F6"),
            Doing("show_all", view, tr("&All cards"), "Ctrl+1"),
            Doing("show_gaps", view, tr("&Gaps"), "Ctrl+2"),
            Doing("show_open", view, tr("&Open cards"), "Ctrl+3"),
            Doing("show_ready", view, tr("&Ready cards"), "Ctrl+4"),
            Doing("show_review", view, tr("Cards to re&view"), "Ctrl+5"),
            Doing("show_failed", view, tr("&Failed cards"), "Ctrl+6"),
            Doing("rows", view, tr("Cards in ro&ws"), "Ctrl+0", switch=True),
            Doing("larger", view, tr("&Larger text"), "Ctrl++ or Ctrl+="),
            Doing("smaller", view, tr("&Smaller text"), "Ctrl+-"),
            Doing("dark", view, tr("&Dark"), switch=True),
            Doing("light", view, tr("L&ight"), switch=True),
            Doing("contrast", view, tr("High &contrast"), switch=True),
            Doing("still", view, tr("Reduce &motion"), "", tr("Nothing moves by itself"), switch=True),
            Doing("on_top", view, tr("Stay on &top"), "Ctrl+Shift+Up", tr("Above other windows"), switch=True),
            Doing("keys", Menu.HELP, tr("All &keys"), "F1"),
            Doing("log", Menu.HELP, tr("&Log"), "Ctrl+Shift+D", tr("What was done and what went wrong")),
            Doing("diagnostics", Menu.HELP, tr("Copy &diagnostics"), "", tr("For a bug report; no keys")),
        )  # fmt: skip


_ENDS: Final = {
    "open_cut", "folder", "connect", "redo_edit", "last_open", "lock", "grab_last", "drop", "make_all", "retry", "loop",
    "apply_take", "last_take", "last_pane", "show_failed", "rows", "smaller", "contrast", "keys",
}  # fmt: skip
"""A line follows these in their menu."""


def _plain(run: Callable[[], object]) -> Callable[[bool], None]:
    """What runs when an action is triggered, which also says whether it is checked."""

    def triggered(_checked: bool = False) -> None:  # noqa: FBT001, FBT002 - Qt's signal
        run()

    return triggered


def keys_of(action: QAction) -> str:
    """The keys of an action as they stand in menus of this system: "Ctrl+Return"."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(sequence.toString(native) for sequence in action.shortcuts())


def plain_text(action: QAction) -> str:
    """The words of an action without the marks of menus."""
    return action.text().replace("&", "").rstrip("…")


def with_keys(widget: QObject) -> list[QAction]:
    """Every action below a widget that has keys, in the order in which they were made."""
    found = widget.findChildren(QAction, options=Qt.FindChildOption.FindChildrenRecursively)
    return [action for action in found if action.shortcuts() and plain_text(action)]
