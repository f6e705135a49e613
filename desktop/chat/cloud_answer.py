"""A provider's answer, below this computer's own: tinted, with who gave it, when, and for how much."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal

from desktop.chat.answer import NO_NAMES, AnswerView
from desktop.preview_sheet.names import clock, joined, model_name, price, tokens
from desktop.theme.controls import Icon, IconButton, Menu, label
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, row
from desktop.theme.theme import Theme
from engine.usage.values import Currency, Receipt
from engine.values import Answer

STANDS = "the answer from this computer stands"


class CloudAnswer(AnswerView):
    receipt_asked = Signal()

    def __init__(self, theme: Theme, *, scoped: bool = False, names: Mapping[str, str] = NO_NAMES) -> None:
        super().__init__(theme, scoped=scoped, names=names)
        self.setProperty("kind", "cloud")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)

    @property
    def header(self) -> str:
        return self._header.text()

    def show_header(self, words: str) -> None:
        self._header.setText(words)
        self.setAccessibleName(f"Answer from the cloud: {words}")

    def show_failure(self, reason: str, *, kept: bool) -> None:
        """One sentence; `kept`: something of the answer had come before."""
        rest = "what came of it is kept." if kept else f"{STANDS}."
        self.show_note("failed", f"{reason[:1].upper()}{reason[1:].rstrip('.')}; {rest}")

    def set_last(self, is_last: bool) -> None:
        self._is_last = is_last
        self._again.setEnabled(is_last)
        self._show_actions(is_last)

    # Parts

    def _build(self) -> None:
        super()._build()
        self._view.is_on_blue = True  # where the usual ground of marks cannot be seen
        self._header = label(tone="cloud", size="label", weight="medium", wrap=True)
        head = boxed(row(Icon(self._theme, "cloud", "cloud", 16), self._header, spacing=8), stretch=1)
        self._receipt = IconButton(self._theme, "receipt-text", "Receipt", size=17, colour="faint")
        self._receipt.clicked.connect(self.receipt_asked)
        self._receipt.hide()
        self._footer.layout().insertWidget(2, self._receipt)  # type: ignore[union-attr]
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(16, 12, 16, 8)
        layout.insertWidget(0, head)  # type: ignore[attr-defined]
        self._again.clicked.disconnect()
        self._again.clicked.connect(self.cloud_asked)

    def _show_verdict(self, answer: Answer) -> None:
        super()._show_verdict(answer)
        self._offers.hide()

    def show_note(self, state: str, words: str = "", *, again: bool = True) -> None:
        """Though it did not come to its end, what was sent, and perhaps paid, can be looked at."""
        super().show_note(state, words, again=again)
        self._footer.show()

    def _show_footer(self, answer: Answer) -> None:
        super()._show_footer(answer)
        self._where.clear()  # the header says it

    def _fill_menu(self, menu: Menu) -> None:
        menu.addAction("Receipt…", self.receipt_asked.emit)
        super()._fill_menu(menu)

    def _show_actions(self, shown: bool) -> None:
        self._copy.setVisible(shown and bool(self._text))
        self._receipt.setVisible(shown)
        self._more.setVisible(shown)
        self._regenerate.hide()


def header(
    provider: str, model: str, sent_at: float, receipt: Receipt | None, currency: Currency, now: float
) -> str:
    """“Anthropic  ·  Claude Sonnet 4.5  ·  sent 14:02  ·  €0.014  ·  1,240 tokens”; what is not known is
    left out."""
    who = plain(provider, 40)
    when = f"sent {clock(receipt.call.when if receipt is not None else sent_at, now)}"
    if receipt is None:
        return joined((who, model_name(model), when))
    call = receipt.call
    cost = price(call.amount, currency, exact=call.exact)
    count = call.prompt_tokens + call.completion_tokens
    return joined((who, model_name(call.model), when, cost, tokens(count) if count else ""))
