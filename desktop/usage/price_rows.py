"""The prices: which model, what it costs, of when that is; each can be changed, and one's own taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.theme.controls import ElidedLabel, Icon, button, label, line, set_property
from desktop.theme.foreign import plain
from desktop.theme.inputs import show_text, text_line
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme
from desktop.usage.series import whole_day
from engine.usage.prices import price_problem
from engine.usage.values import Price, PriceRow

ABOUT = (
    "US dollars for a million tokens, as providers publish them. They change: look at the day, and enter "
    "what you are billed. A model without a price is never asked automatically."
)
WIDTHS = (84, 84, 128)
NAMES = ("Sent", "Received", "As of")


class PriceLine(QWidget):
    """One model. `price_set` with what is shown here, and the price typed; None: back to the table's."""

    price_set = Signal(object, object)

    def __init__(self, theme: Theme, given: PriceRow, provider: str) -> None:
        super().__init__()
        self._provider = provider
        self.setProperty("kind", "clear")
        name = plain(given.model, 60)
        self._about = label(size="small")
        words = column(ElidedLabel(name), self._about, spacing=1)
        self.entries = [text_line(f"{name}: {what}", "–", small=True) for what in ("sent", "received")]
        for entry, width in zip(self.entries, WIDTHS, strict=False):
            entry.setFixedWidth(width)
            entry.setAlignment(Qt.AlignmentFlag.AlignRight)
            entry.editingFinished.connect(self._typed)
        self._as_of = label(tone="muted", size="small")
        self.back = button("Use the table's", "link", name=f"{name}: use the price of the table")
        self.back.clicked.connect(self._take_back)
        when = QWidget()
        when.setFixedWidth(WIDTHS[2])
        when.setLayout(column(self._as_of, self.back, spacing=0))
        self._icon = Icon(theme, "triangle-alert", "warning", 16)
        layout = row(self._icon, words, *self.entries, 6, when, spacing=10, margins=(20, 7, 14, 7))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.show_row(given)

    @property
    def model(self) -> tuple[str, str]:
        return self._given.provider, self._given.model

    def show_row(self, given: PriceRow) -> None:
        self._given = given
        unknown = given.price is None
        self._about.setText(f"{self._provider}  ·  price not known" if unknown else self._provider)
        set_property(self._about, "tone", "warning" if unknown else "muted")
        self._icon.setVisible(unknown)
        self._as_of.setText(_as_of(given))
        self.back.setVisible(given.own)
        for entry, amount in zip(self.entries, _amounts(given.price), strict=True):
            if not entry.isModified():  # else the person is typing
                show_text(entry, amount)

    def _take_back(self) -> None:
        self.price_set.emit(self._given, None)

    def _typed(self) -> None:
        """Both numbers make a price; with one of them it waits for the other."""
        texts = [entry.text().strip() for entry in self.entries]
        if texts == list(_amounts(self._given.price)):
            return self._mark(False)
        amounts = [_number(text) for text in texts]
        for entry, text, amount in zip(self.entries, texts, amounts, strict=True):
            set_property(entry, "wrong", bool(text) and amount is None)
        sent, received = amounts
        if sent is None or received is None:
            return None
        price = Price(sent, received, as_of=str(date.today()), source="entered by hand")
        if price_problem(price):
            return self._mark(True)
        for entry in self.entries:
            entry.setModified(False)
        given, self._given = self._given, replace(self._given, price=price)
        self.price_set.emit(given, price)
        return None

    def _mark(self, wrong: bool) -> None:
        for entry in self.entries:
            set_property(entry, "wrong", wrong)


class PriceCard(QFrame):
    """Those that were asked, and those that lack a price; all others on demand. `price_set(row, price)`."""

    price_set = Signal(object, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._theme = theme
        self._given: Sequence[PriceRow] = ()
        self._names: Mapping[str, str] = {}
        self._all = False
        self.rows: list[PriceLine] = []
        self._content = column(spacing=0)
        self.more = button("Show all models", "link")
        self.more.clicked.connect(self._turn)
        sent, received, when = map(_head, NAMES, WIDTHS)
        self._head = boxed(row(None, sent, received, 6, when, spacing=10, margins=(20, 0, 14, 4)))
        title = boxed(
            column(
                label("Prices", weight="semibold"),
                label(ABOUT, tone="muted", size="label", wrap=True),
                spacing=4,
                margins=(20, 16, 20, 6),
            )
        )
        foot = boxed(row(self.more, None, margins=(20, 6, 20, 12)))
        self.setLayout(column(title, self._head, self._content, foot, spacing=0))

    def show_prices(self, given: Sequence[PriceRow], names: Mapping[str, str]) -> None:
        """`names` are how providers are called."""
        self._given, self._names = given, names
        self._show()

    def _turn(self) -> None:
        self._all = not self._all
        self._show()

    def _show(self) -> None:
        near = [each for each in self._given if each.calls or each.own or each.price is None]
        wanted = sorted(self._given if self._all else near, key=_order)
        self.more.setText("Show fewer" if self._all else f"Show all {len(self._given):,} models")
        self.more.setAccessibleName(self.more.text())
        self.more.setVisible(len(near) < len(self._given))
        self._head.setVisible(bool(wanted))
        if [(each.provider, each.model) for each in wanted] == [made.model for made in self.rows]:
            for made, each in zip(self.rows, wanted, strict=True):
                made.show_row(each)
        else:
            self._make_rows(wanted)

    def _make_rows(self, wanted: Sequence[PriceRow]) -> None:
        """Anew, with the keyboard where it was."""
        at = next(((r.model, n) for r in self.rows for n, e in enumerate(r.entries) if e.hasFocus()), None)
        clear(self._content)
        self.rows = []
        for each in wanted:
            made = PriceLine(self._theme, each, plain(self._names.get(each.provider, each.provider), 40))
            made.price_set.connect(self.price_set)
            self._content.addWidget(line())
            self._content.addWidget(made)
            self.rows.append(made)
            if at is not None and at[0] == made.model:
                made.entries[at[1]].setFocus()


def _order(each: PriceRow) -> tuple[bool, int, str, str]:
    return (each.price is not None, -each.calls, each.provider, each.model)


def _amounts(price: Price | None) -> tuple[str, str]:
    return ("", "") if price is None else (_plain(price.prompt), _plain(price.completion))


def _plain(amount: float) -> str:
    """“2.50”, “0.075”."""
    text = f"{amount:.4f}".rstrip("0")
    whole, _, digits = text.partition(".")
    return f"{whole}.{digits:0<2}"


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ".").lstrip("$ "))
    except ValueError:
        return None


def _as_of(given: PriceRow) -> str:
    if given.price is None:
        return "enter both numbers"
    if not given.price.as_of:
        return "nothing is paid" if not given.own else "yours"
    return f"{'yours, ' if given.own else ''}{whole_day(given.price.as_of)}"


def _head(name: str, width: int) -> QWidget:
    made = label(name, tone="faint", size="small")
    made.setFixedWidth(width)
    if name != NAMES[-1]:
        made.setAlignment(Qt.AlignmentFlag.AlignRight)
    return made
