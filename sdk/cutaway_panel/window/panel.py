"""The window itself: its parts and where they lie, and what follows a new state.

| connection                                         |
| cards of the cut, from left to right               |
| editor        | preview, takes      | queue, seams, |
|               | apply               | slate, log    |
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QSplitter, QTabWidget, QVBoxLayout, QWidget

from cutaway_panel.pictures import PictureKey, PicturePool
from cutaway_panel.takes import ApplyBar, PlayerView, ProvenanceView, QueueView, SeamView, TakesView
from cutaway_panel.theme import LEVEL_INK, Look, Theme, current, sign, wear
from cutaway_panel.window.actions import Actions
from cutaway_panel.window.allowed import allowed
from cutaway_panel.window.cards import Show
from cutaway_panel.window.connection import DOCTOR, ConnectionStrip
from cutaway_panel.window.doings import Doings
from cutaway_panel.window.editor import Editor
from cutaway_panel.window.gaps import GapFinder
from cutaway_panel.window.keys import KeyList
from cutaway_panel.window.notices import NoticeLog, diagnostics, line, speak
from cutaway_panel.window.start import dropped
from cutaway_panel.window.strip import CardStrip
from cutaway_panel.window.wording import Shortened, named, role

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPixmap

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import Notice, Storyboard
    from cutaway_panel.window.settings import Settings

SIZE: Final = QSize(1440, 900)
_ON_CARDS: Final = (
    "make", "cancel", "retry", "write", "lock", "reveal", "extend_tail", "extend_head", "remix", "blend", "loop",
    "generate", "apply", "undo_apply", "drop",
)  # fmt: skip
"""What the right mouse button offers on a card."""


class PanelWindow(QMainWindow):
    """One desk in front of the editor.

    Args:
        bridge: to the desk.
        settings: how it looked and lay last.
        opens: other cuts can be opened in it.
        doctor: the command that examines the application.
    """

    open_asked = Signal(object)
    """Another cut is wanted: its path, or None where it has to be chosen."""
    closed = Signal()

    def __init__(self, bridge: Bridge, settings: Settings, *, opens: bool = False, doctor: str = DOCTOR) -> None:
        super().__init__()
        self.setAcceptDrops(opens)
        self.bridge = bridge
        self.settings = settings
        self._opens = opens
        self._state: Storyboard | None = None
        self.pictures = PicturePool.of(bridge)
        self.keys: KeyList | None = None
        self._make_parts(doctor)
        self._lay_out()
        self.doings = Doings(bridge, self.strip, self.editor.pending.tell, self)
        self.actions_ = Actions(self, self._do())
        self.actions_.fill(self.menuBar())
        for name in _ON_CARDS:
            self.strip.list.addAction(self.actions_[name])
        self._groups()
        self._listen()
        settings.lay_out(self, self._splitters)
        self._show_look(settings.look())
        self.show_state(bridge.state)
        self._allow()

    # -- parts -------------------------------------------------------------------------------------

    def _make_parts(self, doctor: str) -> None:
        bridge = self.bridge
        self.connection = ConnectionStrip(bridge, self, doctor=doctor)
        self.gaps = GapFinder(bridge, self)
        self.strip = CardStrip(bridge, self._picture, self)
        self.editor = Editor(bridge, self._picture, self)
        self.player, self.takes = PlayerView(bridge), TakesView(bridge)
        self.apply_bar = ApplyBar(bridge)
        self.queue, self.seams, self.slate = QueueView(bridge), SeamView(bridge), ProvenanceView(bridge)
        self.log = NoticeLog(bridge, self)
        self.stage = named(QTabWidget(self), self.tr("Preview and takes"))
        self.stage.addTab(self.player, self.tr("Preview"))
        self.stage.addTab(self.takes, self.tr("Takes"))
        self.side = named(QTabWidget(self), self.tr("Queue, seams, slate, log"))
        for part, title in (
            (self.queue, self.tr("Queue")), (self.seams, self.tr("Seams")), (self.slate, self.tr("Slate")),
            (self.log, self.tr("Log")),
        ):  # fmt: skip
            self.side.addTab(part, title)
        for tabs in (self.stage, self.side):
            tabs.setDocumentMode(True)
            tabs.tabBar().setDrawBase(False)
            tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            named(tabs.tabBar(), tabs.accessibleName())
        self._last_sign = QLabel(self)
        self._last = Shortened("", self)
        self.statusBar().addWidget(self._last_sign)
        self.statusBar().addWidget(self._last, 1)
        self.statusBar().setSizeGripEnabled(False)

    def _lay_out(self) -> None:
        self.setWindowTitle(self.tr("Cutaway"))
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stage, 1)
        column.addWidget(self.apply_bar)
        below = QSplitter(Qt.Orientation.Horizontal, self)
        for part in (self.editor, middle, self.side):
            below.addWidget(part)
        below.setSizes([340, 720, 380])
        below.setStretchFactor(1, 1)
        below.setChildrenCollapsible(False)
        board = QSplitter(Qt.Orientation.Vertical, self)
        board.addWidget(self.strip)
        board.addWidget(below)
        board.setStretchFactor(1, 1)
        board.setChildrenCollapsible(False)
        self._splitters = {"below": below, "board": board}
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.connection)
        column.addWidget(self.gaps)
        column.addWidget(board, 1)
        self.setCentralWidget(whole)
        self.resize(SIZE)

    def _groups(self) -> None:
        """Of these one is on."""
        themes = QActionGroup(self)
        for theme in Theme:
            themes.addAction(self.actions_[theme.value])
        self.actions_["rows"].setChecked(self.settings.switch("rows"))
        self.strip.wrap(on=self.settings.switch("rows"))
        if self.settings.switch("on_top"):
            self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
            self.actions_["on_top"].setChecked(True)

    def _listen(self) -> None:
        bridge = self.bridge
        bridge.changed.connect(self.show_state)
        bridge.current_changed.connect(lambda _: self._allow())
        self.strip.list.selectionModel().selectionChanged.connect(lambda *_: self._allow())
        self.strip.list.write_asked.connect(self.editor.write)
        self.editor.make_asked.connect(self.doings.make)
        self.gaps.left.connect(self.strip.list.setFocus)
        self.pictures.ready.connect(self._picture_came)
        self.apply_bar.apply_asked.connect(self.doings.ask_to_apply)
        self.apply_bar.undo_asked.connect(self.doings.undo_apply)

    @property
    def panes(self) -> tuple[QWidget, ...]:
        """Parts that F6 goes through."""
        stage = self.stage.currentWidget()
        side = self.side.currentWidget()
        found = (self.strip.list, self.editor.fields.prompt, stage, self.apply_bar, side)
        return tuple(pane for pane in found if pane is not None and pane.isVisible())

    # -- states ------------------------------------------------------------------------------------

    def show_state(self, state: Storyboard) -> None:
        old, self._state = self._state, state
        if old is None or old.connection is not state.connection:
            name = state.connection.timeline
            self.setWindowTitle(self.tr("{name} — Cutaway").format(name=name) if name else self.tr("Cutaway"))
        if old is None or old.notices is not state.notices:
            self._show_notice(state.notices[-1] if state.notices else None)
        if not self.bridge.current and state.cards:
            first = next((card for card in state.cards if card.card is not None), state.cards[0])
            self.bridge.choose(first.id)
            self.strip.list.setFocus()
        undo, redo = state.edits
        for name, text, what in (("undo_edit", self.tr("&Undo"), undo), ("redo_edit", self.tr("&Redo"), redo)):
            self.actions_[name].setText(f"{text} {what}".strip())
        self.actions_["pause"].setChecked(state.paused)
        self._allow()

    def _allow(self) -> None:
        can = allowed(self.bridge.state, self.bridge.card, self.strip.selected)
        can |= {"open_cut"} if self._opens else set()
        for doing in self.actions_.table:
            self.actions_[doing.name].setEnabled(doing.name in can)

    def _show_notice(self, notice: Notice | None) -> None:
        self._last.say(line(notice) if notice is not None else "")
        self._last_sign.setVisible(notice is not None)
        if notice is not None:
            ink = LEVEL_INK.get(notice.level, "text")
            named(self._last, self._last.text())
            role(self._last, "" if ink == "text" else ink)
            name = notice.level if notice.level in {"warning", "error"} else "info"
            tokens = current().tokens
            self._last_sign.setPixmap(sign(name, 15, getattr(tokens, ink), self.devicePixelRatioF()))
            if notice.level != "info":
                speak(self._last, self._last.text())

    # -- pictures ----------------------------------------------------------------------------------

    def _picture(self, card_id: str, take_id: str | None, side: str, size: QSize) -> QPixmap | None:
        ratio = self.devicePixelRatioF()
        key = PictureKey.of(card_id, size.width(), size.height(), ratio, take_id=take_id, side=side)
        return self.pictures.picture(key, by=self)

    def _picture_came(self, key: PictureKey) -> None:
        self.strip.tell_picture(key.card_id)
        self.editor.tell_picture(key.card_id)

    # -- what the window does itself ---------------------------------------------------------------

    def _do(self) -> dict[str, Callable[[], object]]:
        """What each action runs: the desk's business in `Doings`, the window's own here."""
        desk, doings = self.bridge.desk, self.doings
        own: dict[str, Callable[[], object]] = {
            "open_cut": lambda: self.open_asked.emit(None),
            "sync": desk.sync,
            "connect": desk.connect,
            "quit": self.close,
            "undo_edit": self._undo,
            "redo_edit": desk.redo_edit,
            "find_gaps": self.gaps.bring,
            "find_card": self._find_card,
            "next_open": lambda: self.strip.step(+1),
            "last_open": lambda: self.strip.step(-1),
            "write": self.editor.write,
            "roll": self.editor.roll,
            "next_pane": lambda: self._go(+1),
            "last_pane": lambda: self._go(-1),
            "rows": self._rows,
            "larger": lambda: self._wear(replace(current(), scale=current().larger())),
            "smaller": lambda: self._wear(replace(current(), scale=current().smaller())),
            "still": lambda: self._wear(replace(current(), still=self.actions_["still"].isChecked())),
            "on_top": self._on_top,
            "keys": self._show_keys,
            "log": lambda: self._show_part(self.log, self.log.text),
            "diagnostics": self._copy,
        }
        own |= {f"show_{what}": partial(self.strip.show_only, what) for what in Show}
        own |= {theme.value: partial(self.wear_theme, theme) for theme in Theme}
        for name in _DESK:
            own[name] = getattr(doings, name)
        return own

    def come_up(self) -> None:
        """To the front, from wherever it was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def _undo(self) -> None:
        self.editor.pending.tell()
        self.bridge.desk.undo_edit()

    def _find_card(self) -> None:
        self.strip.search.setFocus()
        self.strip.search.selectAll()

    def _go(self, steps: int) -> None:
        """The keyboard goes to the next part of the window."""
        panes = self.panes
        focus = QApplication.focusWidget()
        there = next((n for n, pane in enumerate(panes) if focus is not None and _within(focus, pane)), -1)
        pane = panes[(there + steps) % len(panes)]
        target = pane if pane.focusPolicy() & Qt.FocusPolicy.TabFocus else _first_inside(pane)
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def _show_part(self, part: QWidget, focus: QWidget) -> None:
        self.side.setCurrentWidget(part)
        focus.setFocus()

    def _rows(self) -> None:
        on = self.actions_["rows"].isChecked()
        self.strip.wrap(on=on)
        self.settings.keep_switch("rows", on=on)

    def _on_top(self) -> None:
        on = self.actions_["on_top"].isChecked()
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on)
        self.settings.keep_switch("on_top", on=on)
        self.show()

    def _show_keys(self) -> None:
        if self.keys is None:
            self.keys = KeyList(self)
        self.keys.show_keys(self, (self.player, self.takes, self.queue))

    def _copy(self) -> None:
        QApplication.clipboard().setText(diagnostics(self.bridge.state))
        self.statusBar().showMessage(self.tr("Diagnostics are on the clipboard."), 4000)

    def _wear(self, look: Look) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        wear(application, look)
        self.settings.keep_look(look)
        self._show_look(look)

    def wear_theme(self, theme: Theme) -> None:
        self._wear(replace(current(), theme=theme))

    def _show_look(self, look: Look) -> None:
        self.actions_[look.theme.value].setChecked(True)
        self.actions_["still"].setChecked(look.still)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange and self._state is not None:
            self._show_notice(self._state.notices[-1] if self._state.notices else None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        path = dropped(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.open_asked.emit(path)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.editor.pending.tell()
        self.settings.keep_layout(self, self._splitters)
        self.pictures.close()
        self.bridge.close()
        if self.keys is not None:
            self.keys.close()
        super().closeEvent(event)
        self.closed.emit()


_DESK: Final = (
    "export", "folder", "undo_apply", "lock", "grab_first", "grab_last", "reveal", "drop", "make", "make_all",
    "cancel", "retry", "pause", "extend_tail", "extend_head", "remix", "remix_marked", "blend", "loop", "generate",
    "recut", "board", "apply", "apply_above", "apply_take", "use_take", "star", "next_take", "last_take", "more_like",
    "delete_take",
)  # fmt: skip
"""Actions that are words to the desk."""


def _within(widget: QWidget, pane: QWidget) -> bool:
    return widget is pane or pane.isAncestorOf(widget)


def _first_inside(pane: QWidget) -> QWidget | None:
    """The first widget of a part that takes the keyboard."""
    inside = (child for child in pane.findChildren(QWidget) if child.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return next((child for child in inside if child.isVisible() and child.isEnabled()), None)
