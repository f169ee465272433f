"""Puts a theme on: Qt's Fusion style, a palette, and a small style sheet made of the tokens.

wear(application, Look(theme=Theme.LIGHT, scale=1.25))
current().tokens.accent
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Final

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from cutaway_panel.theme.signs import sign
from cutaway_panel.theme.tokens import TOKENS, Theme, Tokens

SCALES: Final = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""Sizes of text, of the system's own."""
_SIZE: Final = "cutaway-text-size"
_LOOK: Final = "cutaway-look"
_PICTURES: Final = "cutaway-pictures"


@dataclass(frozen=True)
class Look:
    """How the panel is shown. `still` leaves out everything that moves by itself."""

    theme: Theme = Theme.DARK
    scale: float = 1.0
    still: bool = False

    @property
    def tokens(self) -> Tokens:
        return TOKENS[self.theme]

    def larger(self) -> float:
        return next((scale for scale in SCALES if scale > self.scale), SCALES[-1])

    def smaller(self) -> float:
        return next((scale for scale in reversed(SCALES) if scale < self.scale), SCALES[0])


_SHEET: Final = Template("""
QToolTip { color: $text; background: $raised; border: 1px solid $line; padding: 4px; }
QMainWindow::separator { background: $window; width: 5px; height: 5px; }
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $line; }
QMenuBar { background: $window; }
QMenuBar::item { padding: 4px 9px; background: transparent; }
QMenuBar::item:selected { background: $chosen; color: $on_chosen; }
QMenu { background: $raised; border: 1px solid $line; padding: 4px 0; }
QMenu::item { padding: 5px 28px 5px 26px; }
QMenu::item:selected { background: $chosen; color: $on_chosen; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QStatusBar::item { border: none; }
QFrame#panel { background: $window; border: 1px solid $line; border-radius: ${radius}px; }
QFrame#bar { background: $window; border: none; border-bottom: 1px solid $line; }
QFrame#problem { background: $base; border: 1px solid $bad; border-radius: ${radius}px; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="strong"] { color: $strong; font-weight: 600; }
QLabel[role="heading"] { color: $strong; font-weight: 600; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="good"] { color: $good; }
QLabel[role="info"] { color: $info; }
QPushButton, QToolButton { background: $raised; color: $text; border: 1px solid $line; border-radius: ${radius}px;
    padding: 4px 10px; }
QToolButton { padding: 4px 6px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked { background: $chosen;
    color: $on_chosen; border-color: $focus; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; background: $window; border-color: $hover; }
QPushButton:focus, QToolButton:focus, QAbstractItemView:focus, QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus,
QAbstractSpinBox:focus, QComboBox:focus { border: ${focus_width}px solid $focus; }
QPushButton[role="action"] { background: $action; color: $on_action; border-color: $action; font-weight: 600; }
QPushButton[role="action"]:hover { border-color: $strong; }
QPushButton[role="action"]:focus { border: ${focus_width}px solid $focus_on_action; }
QPushButton[role="action"]:disabled { background: $window; color: $disabled; border-color: $hover; }
QPushButton[role="link"] { background: transparent; border: none; color: $info; text-decoration: underline;
    padding: 2px; }
QPushButton[role="link"]:focus { border: ${focus_width}px solid $focus; }
QCheckBox:focus, QRadioButton:focus { outline: none; color: $strong; text-decoration: underline; }
QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox { background: $base; color: $text;
    border: 1px solid $line; border-radius: ${radius}px; padding: 3px 5px; selection-background-color: $chosen;
    selection-color: $on_chosen; }
QLineEdit:disabled, QPlainTextEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $disabled;
    background: $window; border-color: $hover; }
QAbstractSpinBox { padding-right: 18px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; width: 16px; border: none;
    background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: url("$up"); width: 9px; height: 6px; }
QAbstractSpinBox::down-arrow, QComboBox::down-arrow { image: url("$down"); width: 9px; height: 6px; }
QCheckBox::indicator, QAbstractItemView::indicator { width: 14px; height: 14px; border: 1px solid $muted;
    border-radius: 2px; background: $base; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { image: url("$tick"); background: $chosen;
    border-color: $focus; }
QCheckBox::indicator:focus { border: ${focus_width}px solid $focus; }
QCheckBox::indicator:disabled { border-color: $line; }
QComboBox::drop-down { subcontrol-origin: border; subcontrol-position: center right; width: 18px; border: none; }
QAbstractItemView { background: $base; border: 1px solid $line; border-radius: ${radius}px; }
QComboBox QAbstractItemView { background: $raised; }
QTabWidget::pane { border: 1px solid $line; border-radius: ${radius}px; top: -1px; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $strong; border-bottom: 2px solid $accent; }
QTabBar::tab:hover { color: $strong; }
QTabBar::tab:focus { color: $strong; border: ${focus_width}px solid $focus; }
QScrollBar:horizontal { height: 12px; background: $base; }
QScrollBar:vertical { width: 12px; background: $base; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 2px; min-width: 24px; min-height: 24px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $base; border: 1px solid $line; border-radius: ${radius}px; text-align: center;
    color: $text; }
QProgressBar::chunk { background: $chosen; border-radius: ${radius}px; }
QLineEdit, QPlainTextEdit, QTextEdit { placeholder-text-color: $muted; }
QHeaderView { border: none; }
QHeaderView::section { background: $window; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: 4px 6px; }
""")


def disabled(tokens: Tokens) -> str:
    """Ink of what cannot be used now: halfway to the ground. Nothing has to be read in it."""
    ink, ground = QColor(tokens.text), QColor(tokens.window)
    red, green, blue = ink.red() + ground.red(), ink.green() + ground.green(), ink.blue() + ground.blue()
    return QColor(red // 2, green // 2, blue // 2).name()


def sheet(tokens: Tokens, pictures: Path) -> str:
    """The style sheet of a theme; the few pictures it needs are drawn into a folder."""
    return _SHEET.substitute(
        vars(tokens),
        disabled=disabled(tokens),
        focus_on_action=tokens.strong if tokens.is_dark else tokens.focus,
        up=_drawn(pictures, "up", tokens.text),
        down=_drawn(pictures, "down", tokens.text),
        tick=_drawn(pictures, "applied", tokens.on_chosen),
    )


def _drawn(folder: Path, name: str, colour: str) -> str:
    """A sign as files, for screens of one and of two pixels a point: style sheets take nothing else."""
    path = folder / f"{name}-{colour[1:]}.png"
    if not path.exists():
        sign(name, 16, colour).save(str(path))
        sign(name, 16, colour, 2.0).save(str(path.with_stem(path.stem + "@2x")))
    return path.as_posix()


def palette(tokens: Tokens) -> QPalette:
    """The colours of what the style sheet leaves to the style."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: tokens.window,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.base,
        QPalette.ColorRole.AlternateBase: tokens.raised,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.Button: tokens.raised,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.BrightText: tokens.strong,
        QPalette.ColorRole.Highlight: tokens.chosen,
        QPalette.ColorRole.HighlightedText: tokens.on_chosen,
        QPalette.ColorRole.ToolTipBase: tokens.raised,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Link: tokens.info,
        QPalette.ColorRole.Accent: tokens.focus,
        QPalette.ColorRole.Mid: tokens.line,
        QPalette.ColorRole.Dark: tokens.base,
        QPalette.ColorRole.Shadow: tokens.base,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(disabled(tokens)))
    return made


def wear(application: QApplication, look: Look) -> None:
    """The whole application looks so from now on; every window is painted anew, unless it looks so already."""
    if application.property(_LOOK) == look:
        return
    if application.property(_SIZE) is None:
        application.setProperty(_SIZE, application.font().pointSizeF())
    size: float = application.property(_SIZE)
    application.setProperty(_LOOK, look)
    if application.style().name() != "fusion":
        application.setStyle("Fusion")
    font = QFont(application.font())
    font.setPointSizeF(size * look.scale)
    application.setFont(font)
    application.setPalette(palette(look.tokens))
    if application.property(_PICTURES) is None:
        application.setProperty(_PICTURES, TemporaryDirectory(prefix="cutaway-", ignore_cleanup_errors=True))
    application.setStyleSheet(sheet(look.tokens, Path(application.property(_PICTURES).name)))


def current() -> Look:
    """The look that is worn; the default where none was put on yet."""
    application = QApplication.instance()
    look = application.property(_LOOK) if application is not None else None
    return look if isinstance(look, Look) else Look()


def figures() -> QFont:
    """A font whose figures are all of one width, for timecode; as large as the rest."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(QApplication.font().pointSizeF())
    return font
