"""A receipt: what was sent and what came, as it crossed the wire, what it cost, and what was masked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget

from desktop.preview_sheet.names import called, clock, joined, price, tokens
from desktop.preview_sheet.raw import RawRequest
from desktop.preview_sheet.sent_text import SentText
from desktop.theme.controls import IconButton, button, card, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.layouts import boxed, clear, column, row, scrolled
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.window.cover import Cover
from engine.frontier.values import WireRequest
from engine.masking.values import Mask
from engine.usage.values import CallState, Currency, Receipt

HINT = "As it came: what was masked is put back where you read it."
WIDEST, HIGHEST, AROUND = 860, 680, 24
CAME, SENT, MASKED = "What came back", "What was sent", "What was masked"
NO_REPLY = "Nothing came back."
STATES: dict[CallState, str] = {
    "reserved": "under way",
    "done": "answered",
    "failed": "failed",
    "cancelled": "stopped",
    "interrupted": "interrupted when Carrel closed",
}


class ReceiptSheet(Cover):
    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window)
        self._build()

    def show_receipt(self, receipt: Receipt, provider: str, currency: Currency, now: float) -> None:
        title = f"Receipt: {called(provider, receipt.call.model)}"
        self.setAccessibleName(title)
        self._title.setText(title)
        self._show_facts(facts(receipt, provider, currency, now))
        masks = _masks(receipt)
        self.came.show_message(receipt.response, masks)
        self._hint.setText((HINT if masks else "") if receipt.response else NO_REPLY)
        self._hint.setVisible(bool(self._hint.text()))
        self.raw.show_request(WireRequest("POST", receipt.url, body=receipt.request))
        self._show_masks(receipt.placeholders)
        self.choose(CAME)
        self.open_over(self._close)

    def choose(self, view: str) -> None:
        self._views.choose(view)
        self._show_view(view)

    @property
    def facts(self) -> str:
        """All that the grid says, for a screen reader and tests."""
        return self._grid.accessibleName()

    def _build(self) -> None:
        self._title = label("Receipt", size="title", weight="semibold")
        close = IconButton(self._theme, "x", "Close the receipt", size=16)
        close.clicked.connect(self.close_sheet)
        self._grid = QWidget()
        self._cells = QGridLayout(self._grid)
        self._cells.setContentsMargins(0, 0, 0, 0)
        self._cells.setHorizontalSpacing(Space.XL)
        self._cells.setVerticalSpacing(2)
        self._views = Segments("What is shown", {CAME: None, SENT: None, MASKED: None})
        self._views.chosen.connect(self._show_view)
        self._body = QStackedWidget()
        self.raw = RawRequest(self._theme)
        for page in (self._build_came(), self.raw, self._build_masked()):
            self._body.addWidget(page)
        self._close = button("Close", "primary")
        self._close.clicked.connect(self.close_sheet)
        parts = (
            boxed(row(self._title, None, close)),
            self._grid,
            boxed(row(self._views, None)),
            self._body,
            boxed(row(None, self._close)),
        )
        layout = column(*parts, spacing=Space.M, margins=(24, 18, 24, 16))
        layout.setStretch(3, 1)
        self._card.setLayout(layout)

    def _build_came(self) -> QWidget:
        self.came = SentText(self._theme, "The answer as it came")
        self._hint = label(tone="muted", size="small")
        inside = QWidget()
        inside.setLayout(column(self._hint, self.came, None, margins=(14, 12, 10, 12)))
        return _framed(scrolled(inside))

    def _build_masked(self) -> QWidget:
        self._masked = column(spacing=Space.S, margins=(14, 12, 10, 12))
        inside = QWidget()
        inside.setLayout(column(boxed(self._masked), None))
        return _framed(scrolled(inside))

    def _show_facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        clear(self._cells)
        self._grid.setAccessibleName("; ".join(f"{name}: {value}" for name, value in pairs))
        for number, (name, value) in enumerate(pairs):
            down, across = divmod(number, 2)
            said = label(breakable(value), size="label", wrap=True)
            self._cells.addWidget(label(name, tone="muted", size="label"), down, 2 * across)
            self._cells.addWidget(said, down, 2 * across + 1)
            self._cells.setColumnStretch(2 * across + 1, 1)

    def _show_masks(self, placeholders: Sequence[tuple[str, str]]) -> None:
        clear(self._masked)
        if not placeholders:
            self._masked.addWidget(label("Nothing was masked.", tone="muted", size="label"))
        for placeholder, original in placeholders:
            left = label(placeholder, tone="cloud", size="label", weight="medium")
            right = label(breakable(plain(original, 200)), size="label", wrap=True)
            line = row(left, right, spacing=Space.M)
            line.setStretch(1, 1)
            left.setMinimumWidth(150)
            self._masked.addWidget(boxed(line))

    def _show_view(self, view: str) -> None:
        self._body.setCurrentIndex([CAME, SENT, MASKED].index(view))

    def _cover(self) -> None:
        super()._cover()
        self._card.setFixedSize(
            min(WIDEST, self._window.width() - 2 * AROUND), min(HIGHEST, self._window.height() - 2 * AROUND)
        )


def _framed(content: QWidget) -> QWidget:
    frame = card("inset")
    frame.setLayout(row(content, margins=(1, 1, 1, 1)))
    return frame


def _masks(receipt: Receipt) -> list[Mask]:
    """For the marks alone; what each is does not matter to them."""
    return [Mask(placeholder, "ID", original) for placeholder, original in receipt.placeholders]


def facts(receipt: Receipt, provider: str, currency: Currency, now: float) -> list[tuple[str, str]]:
    """(name, value) of what is known of a call."""
    call = receipt.call
    counted = joined((f"{call.prompt_tokens:,} sent", f"{call.completion_tokens:,} written"))
    if call.cached_tokens:
        counted = joined((counted, f"{call.cached_tokens:,} from its cache"))
    cost = price(call.amount, currency, exact=call.exact)
    state = joined((STATES.get(call.state, call.state), call.reason))
    return [
        ("To", joined((plain(provider, 40), plain(call.model, 60)))),
        ("Sent", clock(call.when, now)),
        ("Address", receipt.url),
        ("Price", cost),
        ("Tokens", f"{tokens(call.prompt_tokens + call.completion_tokens)}: {counted}"),
        ("State", joined((state, f"{call.seconds:.1f} s" if call.seconds else ""))),
    ]
