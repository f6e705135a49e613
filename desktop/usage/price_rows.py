"""The prices: which model, what it costs, of when that is; each can be changed, and one's own taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.theme.controls import ElidedLabel, Icon, button, label, line, set_property
from desktop.theme.foreign import plain
from desktop.theme.inputs import show_text, text_line
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme
from engine.usage.prices import price_problem
from engine.usage.values import Price, PriceRow

ABOUT = (
    "US dollars for a million tokens, as providers publish them. They change: look at the day, and enter "
    "what you are billed. A model without a price is never asked automatically."
)
WIDTHS = (84, 84, 128)
NAMES = ("Sent", "Received", "As of")


class PriceLine(QWidget):
    """One model. `price_set` with the price typed; None: back to the table's."""

    price_set = Signal(object)

    def __init__(self, theme: Theme, given: PriceRow, provider: str) -> None:
        super().__init__()
        self._given = given
        self.setProperty("kind", "clear")
        name = plain(given.model, 60)
        unknown = given.price is None
        title = ElidedLabel(name)
        about = label(
            "Price not known" if unknown else provider, tone="warning" if unknown else "muted", size="small"
        )
        words = column(title, about, spacing=1)
        self.entries = [text_line(f"{name}: {what}", "–", small=True) for what in ("sent", "received")]
        for entry, width, amount in zip(self.entries, WIDTHS, _amounts(given.price), strict=False):
            entry.setFixedWidth(width)
            entry.setAlignment(Qt.AlignmentFlag.AlignRight)
            show_text(entry, amount)
            entry.editingFinished.connect(self._typed)
        self._as_of = label(_as_of(given), tone="muted", size="small")
        self.back = button("Use the table's", "link", name=f"{name}: use the price of the table")
        self.back.setVisible(given.own)
        self.back.clicked.connect(lambda: self.price_set.emit(None))
        when = QWidget()
        when.setFixedWidth(WIDTHS[2])
        when.setLayout(column(self._as_of, self.back, spacing=0))
        icon = Icon(theme, "triangle-alert", "warning", 16)
        icon.setVisible(unknown)
        layout = row(icon, words, *self.entries, 6, when, spacing=10, margins=(20, 7, 14, 7))
        layout.setStretch(1, 1)
        self.setLayout(layout)

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
        self.price_set.emit(price)
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
        self._shown: list[PriceRow] = []
        self._all = False
        self.rows: list[PriceLine] = []
        self._content = column(spacing=0)
        self.more = button("", "link")
        self.more.clicked.connect(self._turn)
        self._head = boxed(row(None, *map(_head, NAMES, WIDTHS), spacing=10, margins=(20, 0, 14, 4)))
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
        if wanted == self._shown:
            return
        self._shown = wanted
        clear(self._content)
        self.rows = []
        for each in wanted:
            made = PriceLine(self._theme, each, plain(self._names.get(each.provider, each.provider), 40))
            made.price_set.connect(lambda price, each=each: self.price_set.emit(each, price))
            self._content.addWidget(line())
            self._content.addWidget(made)
            self.rows.append(made)


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
    return f"{'yours, ' if given.own else ''}{given.price.as_of}"


def _head(name: str, width: int) -> QWidget:
    made = label(name, tone="faint", size="small")
    made.setFixedWidth(width)
    if name != NAMES[-1]:
        made.setAlignment(Qt.AlignmentFlag.AlignRight)
    return made
