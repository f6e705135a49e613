"""What is still known of a call whose receipt has gone."""

from __future__ import annotations

from desktop.preview_sheet.names import joined
from desktop.theme.foreign import plain
from desktop.usage.call_rows import STATES, amount_words, tokens_words
from engine.usage.values import CallRow, Currency

GONE = (
    "Nothing of it is kept: it was too old, its chat or run was deleted, or nothing was sent. "
    "What it cost still counts."
)


def facts(call: CallRow, currency: Currency) -> str:
    parts = [plain(call.model, 60), tokens_words(call), amount_words(call, currency), STATES[call.state]]
    return "\n".join(part for part in (joined(parts), plain(call.reason, 300)) if part)
