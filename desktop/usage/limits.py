"""What is spent today and this month, against limits that can be changed where they stand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.theme.controls import label, set_property
from desktop.theme.inputs import show_text, text_line
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from engine.usage.money import shown, summed, typed
from engine.usage.values import Currency, Limits, Money, Spent

NEAR = 0.8
"""From this share of a limit on it is worth a look."""
SPACING = 8
TITLES = {"day": "Today", "month": "This month", "run": "Each run of a task"}


class Bar(QWidget):
    """How much of a limit is used. The words above it say the same."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self.setFixedHeight(6)
        theme.changed.connect(self.update)

    def show_share(self, share: float) -> None:
        self._share = min(1.0, share)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.palette.line))
        box = QRectF(self.rect())
        painter.drawRoundedRect(box, 3, 3)
        if self._share > 0:
            painter.setBrush(self._theme.colour("warning" if self._share >= NEAR else "cloud"))
            box.setWidth(max(6.0, box.width() * self._share))
            painter.drawRoundedRect(box, 3, 3)


class LimitCard(QFrame):
    """One limit. `limit_set` with the new one, None for none, once the person has typed it."""

    limit_set = Signal(object)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._currency = Currency()
        self._limit: Money | None = None
        self._title = label(TITLES[name], tone="muted", size="label")
        self._spent = label(size="display", weight="semibold")
        self._bar = Bar(theme)
        self._entry = text_line(f"Limit: {TITLES[name]}", "no limit", small=True)
        self._entry.setMaximumWidth(110)
        self._entry.editingFinished.connect(self._typed)
        self._note = label(size="small", tone="warning", wrap=True)
        self._note.hide()
        self._of = label("Limit", tone="muted", size="label")
        self._about = label("It pauses there, and can go on later.", tone="muted", size="label", wrap=True)
        self._about.setVisible(name == "run")
        self._about.setAlignment(Qt.AlignmentFlag.AlignTop)
        foot = boxed(row(self._of, self._entry, None, spacing=8))
        self.setLayout(
            column(
                self._title,
                self._spent,
                self._about,
                self._bar,
                foot,
                self._note,
                None,
                spacing=SPACING,
                margins=(20, 16, 20, 14),
            )
        )

    @property
    def entry(self) -> QWidget:
        return self._entry

    def show_limit(self, spent: Money | None, limit: Money | None, currency: Currency) -> None:
        """`spent` None: of a run there is none to be shown here."""
        self._currency, self._limit = currency, limit
        self._spent.setText(summed(spent or 0, currency))  # as high where it is hidden
        self._spent.setVisible(spent is not None)
        share = (spent or 0) / limit if limit else float(bool(spent)) if limit == 0 else 0.0
        self._bar.setVisible(spent is not None)
        self._about.setMinimumHeight(self._spent.sizeHint().height() + self._bar.height() + SPACING)
        self._bar.show_share(share)
        if not self._entry.isModified():  # else the person is typing
            show_text(self._entry, shown(limit, currency) if limit is not None else "")
        self._note.setText(_note(share) if limit is not None else "")
        self._note.setVisible(bool(self._note.text()))
        self._say(spent)

    def _words(self, limit: Money | None) -> str:
        return "no limit" if limit is None else shown(limit, self._currency)

    def _say(self, spent: Money | None) -> None:
        said = f"{summed(spent, self._currency)} of {self._words(self._limit)}" if spent is not None else ""
        self.setAccessibleName(f"{self._title.text()}: {said or self._words(self._limit)}")

    def _typed(self) -> None:
        try:
            wanted = typed(self._entry.text(), self._currency)
        except ValueError:
            set_property(self._entry, "wrong", True)
            self._note.setText("That is no amount of money, such as 2.50. Leave it empty for no limit.")
            self._note.show()
            return
        set_property(self._entry, "wrong", False)
        self._entry.setModified(False)
        before = shown(self._limit, self._currency) if self._limit is not None else ""
        if self._entry.text().strip() != before:  # left as it was, it keeps what the words round off
            self.limit_set.emit(wanted)
        else:
            self._note.hide()


class LimitCards(QWidget):
    """Day, month and run, side by side where there is room. `limits_set` with all three."""

    limits_set = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._limits = Limits()
        self.cards = {name: LimitCard(theme, name) for name in TITLES}
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(14)
        for number, (name, made) in enumerate(self.cards.items()):
            self._grid.addWidget(made, 0, number)
            self._grid.setColumnStretch(number, 1)
            made.limit_set.connect(partial(self._set, name))
        self.setLayout(self._grid)

    def show_spent(self, spent: Spent, currency: Currency) -> None:
        self._limits = spent.limits
        self.cards["day"].show_limit(spent.day, spent.limits.day, currency)
        self.cards["month"].show_limit(spent.month, spent.limits.month, currency)
        self.cards["run"].show_limit(None, spent.limits.run, currency)

    def _set(self, name: str, limit: Money | None) -> None:
        self.limits_set.emit(replace(self._limits, **{name: limit}))


def _note(share: float) -> str:
    if share >= 1:
        return "Reached: nothing more is sent until it begins anew."
    return "Nearly reached." if share >= NEAR else ""
