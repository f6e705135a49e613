"""A receipt: what was sent and what came, word for word, in plain text that loads nothing."""

from __future__ import annotations

import json
import re

from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QWidget

from desktop.theme.controls import label
from desktop.theme.foreign import breakable, plain
from desktop.theme.layouts import boxed, column, row
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from desktop.usage.call_rows import STATES, amount_words, tokens_words
from engine.usage.values import CallRow, Currency, Receipt

WIDTH, HEIGHT = 620, 300
_ESCAPED = re.compile(r"(\\\\)|\\n")  # a line break, and no backslash before an n
GONE = (
    "Nothing of it is kept: it was too old, its chat or run was deleted, or nothing was sent. "
    "What it cost still counts."
)


class ReceiptView(QWidget):
    """For a sheet: facts, then one text at a time."""

    def __init__(self, theme: Theme, call: CallRow, receipt: Receipt | None, currency: Currency) -> None:
        super().__init__()
        facts = label(breakable(_facts(call, receipt, currency)), tone="muted", size="label", wrap=True)
        if receipt is None:
            self.setLayout(column(facts, label(GONE, wrap=True), spacing=10))
            return
        self.texts = {name: _text(theme, name, text) for name, text in _texts(receipt).items()}
        self._stack = QStackedWidget()
        for made in self.texts.values():
            self._stack.addWidget(made)
        self._choice = Segments("Receipt", self.texts)
        self._choice.choose(next(iter(self.texts)))
        self._choice.chosen.connect(self._show)
        self._stack.setFixedHeight(HEIGHT)
        self.setMinimumWidth(WIDTH)
        self.setLayout(column(facts, boxed(row(self._choice, None)), self._stack, spacing=10))

    def _show(self, name: str) -> None:
        self._stack.setCurrentWidget(self.texts[name])


def _texts(receipt: Receipt) -> dict[str, str]:
    """By their tabs. The body is shown in lines where it is JSON; “Bytes” has it as it went out."""
    found = {"Sent": _readable(receipt.request), "Came": receipt.response}
    if receipt.restored != receipt.response:
        found["As you see it"] = receipt.restored
    if receipt.placeholders:
        found["Masked"] = "\n".join(
            f"{placeholder}  {original}" for placeholder, original in receipt.placeholders
        )
    found["Bytes"] = receipt.request.decode("utf-8", "backslashreplace")
    return {name: text for name, text in found.items() if text}


def _readable(request: bytes) -> str:
    try:
        text = json.dumps(json.loads(request), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return request.decode("utf-8", "backslashreplace")
    return _ESCAPED.sub(lambda found: found[1] or "\n", text)


def _facts(call: CallRow, receipt: Receipt | None, currency: Currency) -> str:
    parts = [plain(call.model, 60), tokens_words(call), amount_words(call, currency)]
    if call.seconds:
        parts.append(f"{call.seconds:.1f} s")
    if STATES[call.state]:
        parts.append(STATES[call.state])
    lines = ["  ·  ".join(parts)]
    if receipt is not None:
        lines.append(plain(receipt.url, 200))
    if call.reason:
        lines.append(plain(call.reason, 300))
    return "\n".join(lines)


def _text(theme: Theme, name: str, text: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setProperty("kind", "text")
    made.setReadOnly(True)
    made.setFont(theme.code_font())
    made.setProperty("code", True)
    made.setAccessibleName(f"Receipt: {name}")
    made.setTabChangesFocus(True)
    made.setPlainText(text)
    return made
