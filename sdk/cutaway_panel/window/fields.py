"""The fields of a card, laid out; what they mean is the editor's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cutaway_panel.theme import current, icon
from cutaway_panel.window.references import References
from cutaway_panel.window.wording import named, role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent

SEEDS: Final = 2**31 - 1
HANDLES: Final = 240
_NARROWEST: Final = 64
"""Points of a field at least; the part of the window that holds them can be made narrow."""
NO_SEED: Final = -1
"""What the field holds where a card has no seed."""


class Fields(QWidget):
    """Prompt, negative prompt, style, model, seed, length, handles, strength, sound, references.

    The lock and the button `make` are made here and placed by the editor.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_words()
        self._make_numbers()
        self._lay_out()
        self.dress()

    def _make_words(self) -> None:
        self.prompt = named(QPlainTextEdit(self), self.tr("Prompt"), self.tr("What the shot shows and how it moves"))
        self.prompt.setPlaceholderText(self.tr("What happens here? “A red ball rolls in from the left.”"))
        self.prompt.setTabChangesFocus(True)
        self.prompt.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        self.prompt.setMaximumHeight(6 * self.fontMetrics().lineSpacing())
        self.negative = named(QLineEdit(self), self.tr("Negative prompt"), self.tr("What must not be seen"))
        self.negative.setPlaceholderText(self.tr("What must not be seen"))
        self.style_ = named(QComboBox(self), self.tr("Style"), self.tr("How the shot is drawn"))
        self.model = named(QComboBox(self), self.tr("Model"), self.tr("Which model of the server makes the takes"))

    def _make_numbers(self) -> None:
        self.seed = named(QSpinBox(self), self.tr("Seed"), self.tr("The same seed gives the same take again"))
        self.seed.setRange(NO_SEED, SEEDS)
        self.seed.setSpecialValueText(self.tr("new for each take"))
        self.keep_seed = named(
            QToolButton(self), self.tr("Keep the seed"), self.tr("Pressed: every take has this seed; else each another")
        )
        self.keep_seed.setCheckable(True)
        self.dice = named(QToolButton(self), self.tr("Roll the dice"), self.tr("Another seed, which is kept"))
        self.frames = named(QSpinBox(self), self.tr("Length in frames"))
        self.frames.setRange(1, 100_000)
        self.frames.setSuffix(self.tr(" frames"))
        self.fits = named(
            QToolButton(self),
            self.tr("As long as the gap"),
            self.tr("Pressed: the take is exactly as long as its place"),
        )
        self.fits.setCheckable(True)
        self.head = self._handle(
            self.tr("before "), self.tr("Handle before"), self.tr("Spare frames in front of the first")
        )
        self.tail = self._handle(self.tr("behind "), self.tr("Handle behind"), self.tr("Spare frames behind the last"))
        self.strength = named(
            QSlider(Qt.Orientation.Horizontal, self), self.tr("Strength"), self.tr("How far a remix goes from the shot")
        )
        self.strength.setRange(0, 100)
        self.strength_told = role(QLabel(self), "muted")
        self.sound = named(QComboBox(self), self.tr("Sound"), self.tr("Whether the take has sound"))
        for value, text in (
            ("none", self.tr("No sound")), ("keep", self.tr("Keep the shot's")), ("generate", self.tr("Make sound")),
        ):  # fmt: skip
            self.sound.addItem(text, value)
        self.references = References(self)
        self.locked = named(
            QCheckBox(self.tr("Locked"), self),
            self.tr("Locked"),
            self.tr("Nothing is made for it and it is not dropped"),
        )
        self.make = named(
            QPushButton(self.tr("Make a take"), self), self.tr("Make a take"), self.tr("Ctrl+Return, or ⌘Return")
        )
        role(self.make, "action")

    def _handle(self, prefix: str, name: str, told: str) -> QSpinBox:
        spin = named(QSpinBox(self), name, told)
        spin.setPrefix(prefix)
        spin.setRange(0, HANDLES)
        return spin

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.prompt)
        form = self._form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setSpacing(8)
        rows: tuple[tuple[str, Sequence[QWidget]], ...] = (
            (self.tr("A&void"), (self.negative,)),
            (self.tr("St&yle"), (self.style_,)),
            (self.tr("Mo&del"), (self.model,)),
            (self.tr("&Seed"), (self.seed, self.keep_seed, self.dice)),
            (self.tr("&Length"), (self.frames, self.fits)),
            (self.tr("&Handles"), (self.head, self.tail)),
            (self.tr("S&trength"), (self.strength, self.strength_told)),
            (self.tr("So&und"), (self.sound,)),
        )
        self._rows: dict[QWidget, QWidget] = {}
        for text, widgets in rows:
            line = QWidget(self)
            layout = QHBoxLayout(line)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(6)
            for widget in widgets:
                if isinstance(widget, (QSpinBox, QComboBox)):
                    widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                    widget.setMinimumWidth(_NARROWEST)
                layout.addWidget(widget, 0 if isinstance(widget, (QToolButton, QLabel)) else 1)
            label = role(QLabel(text, self), "muted")
            label.setBuddy(widgets[0])
            form.addRow(label, line)
            self._rows[widgets[0]] = line
        column.addLayout(form)
        column.addWidget(self.references)

        self.unlocked: tuple[QWidget, ...] = (
            *(self.prompt, self.negative, self.style_, self.model, self.seed, self.keep_seed, self.dice, self.frames),
            *(self.fits, self.head, self.tail, self.strength, self.sound, self.references, self.make),
        )

    def show_row(self, first: QWidget, *, shown: bool) -> None:
        """A row of the form, by its first field."""
        self._form.setRowVisible(self._rows[first], shown)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange:
            self.dress()

    def dress(self) -> None:
        """Signs in the colours of the theme; a pressed button's in the ink of what is chosen."""
        tokens = current().tokens
        self.dice.setIcon(icon("dice", tokens.text, tokens.line))
        for button, shut in ((self.keep_seed, "lock"), (self.fits, "fill")):
            button.setIcon(icon(shut, tokens.on_chosen if button.isChecked() else tokens.text, tokens.line))
