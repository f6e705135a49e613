"""The last calls; each opens its receipt."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from desktop.theme.controls import ClickableCard, ElidedLabel, Icon, button, label
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme
from engine.usage.money import shown
from engine.usage.values import CallRow, Currency

FIRST, STEP = 8, 40
STATES = {
    "reserved": "under way",
    "done": "",
    "failed": "failed",
    "cancelled": "stopped",
    "interrupted": "interrupted",
}
_KINDS = {"chat": "A chat", "question": "A question", "test": "Test of a key", "task": "A task"}


class CallLine(ClickableCard):
    """When, what for, which model, how much; in words what did not go well."""

    def __init__(self, theme: Theme, call: CallRow, provider: str, currency: Currency) -> None:
        super().__init__("row")
        self.call = call
        state = STATES[call.state]
        cost = amount_words(call, currency)
        title = ElidedLabel(plain(call.origin.name) or _KINDS[call.origin.kind])
        about = ElidedLabel(
            f"{_when(call.when)}  ·  {provider}, {plain(call.model, 40)}  ·  {tokens_words(call)}",
            tone="muted",
            size="small",
        )
        words = column(title, about, spacing=1)
        wrong = call.state in ("failed", "interrupted")
        pill = label(state, size="small", tone="warning" if wrong else "muted")
        price = label(cost, tone="warning" if call.amount is None else "")
        icon = Icon(theme, "receipt-text", "cloud", 16)
        layout = row(icon, words, pill, price, spacing=14, margins=(14, 7, 20, 7))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        said = [title.whole, state, cost, about.whole, "opens the receipt"]
        self.setAccessibleName(", ".join(part for part in said if part))


class CallCard(QFrame):
    """`receipt_asked` with a call."""

    receipt_asked = Signal(object)
    more_asked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._theme = theme
        self.wanted = FIRST
        self._shown: tuple[object, ...] = ()
        self.rows: list[CallLine] = []
        self._content = column(spacing=0, margins=(6, 0, 0, 0))
        self.more = button("Show more", "link")
        self.more.clicked.connect(self._ask_more)
        title = boxed(
            column(
                label("Last calls", weight="semibold"),
                label(
                    "Each keeps what was sent and what came, word for word, for 90 days.",
                    tone="muted",
                    size="label",
                    wrap=True,
                ),
                spacing=4,
                margins=(20, 16, 20, 6),
            )
        )
        foot = boxed(row(self.more, None, margins=(20, 4, 20, 12)))
        self.setLayout(column(title, self._content, foot, spacing=0))

    def show_calls(self, calls: Sequence[CallRow], names: Mapping[str, str], currency: Currency) -> None:
        """One more than `wanted` says that there are more."""
        shown_ones = calls[: self.wanted]
        self.more.setVisible(len(calls) > self.wanted)
        if self._shown == (tuple(shown_ones), currency):
            return
        self._shown = (tuple(shown_ones), currency)
        clear(self._content)
        self.rows = []
        for call in shown_ones:
            made = CallLine(self._theme, call, plain(names.get(call.provider, call.provider), 40), currency)
            made.pressed.connect(self._press)
            self._content.addWidget(made)
            self.rows.append(made)

    def _press(self) -> None:
        made = self.sender()
        if isinstance(made, CallLine):
            self.receipt_asked.emit(made.call)

    def _ask_more(self) -> None:
        self.wanted += STEP
        self.more_asked.emit(self.wanted)


def amount_words(call: CallRow, currency: Currency) -> str:
    """“€0.014”, “about €0.014”, “up to €0.02” while it is held or was interrupted."""
    if call.amount is None:
        return "price not known"
    words = shown(call.amount, currency)
    if call.state in ("reserved", "interrupted"):
        return f"up to {words}"
    return words if call.exact or not call.amount else f"about {words}"


def tokens_words(call: CallRow) -> str:
    if not call.prompt_tokens + call.completion_tokens:
        return "not counted" if call.state in ("reserved", "interrupted") else "nothing to count"
    return f"{call.prompt_tokens:,} tokens sent, {call.completion_tokens:,} received"


def _when(at: float) -> str:
    found = time.localtime(at)
    return f"{found.tm_mday} {time.strftime('%b, %H:%M', found)}"
