"""Every call as a line of a CSV file, for a spreadsheet or an expense claim."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable
from pathlib import Path

from engine.errors import ExportFailed
from engine.usage.money import in_currency
from engine.usage.values import CallRow, Currency

COLUMNS = (
    "time", "for", "name", "provider", "model", "state", "prompt_tokens", "cached_tokens",
    "completion_tokens", "usd", "amount", "currency", "exact", "seconds", "reason",
)  # fmt: skip
_DOLLAR = Currency()
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(path: Path, calls: Iterable[CallRow], currency: Currency) -> None:
    """
    Raises:
        ExportFailed: the file cannot be written.
    """
    try:
        # The mark at the beginning tells Excel that it is UTF-8.
        with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_line(call, currency) for call in calls)
    except OSError as error:
        raise ExportFailed(str(path), error.strerror or str(error)) from error


def _line(call: CallRow, currency: Currency) -> list[object]:
    """An amount that is not known is an empty cell, which no sum takes for nothing paid."""
    known = call.amount is not None
    return [
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(call.when)),
        call.origin.kind,
        _text(call.origin.name),
        call.provider,
        _text(call.model),
        call.state,
        call.prompt_tokens,
        call.cached_tokens,
        call.completion_tokens,
        f"{in_currency(call.amount, _DOLLAR):.6f}" if call.amount is not None else "",
        f"{in_currency(call.amount, currency):.6f}" if call.amount is not None else "",
        currency.code if known else "",
        "yes" if call.exact else "no",
        f"{call.seconds:.2f}",
        _text(call.reason),
    ]


def _text(text: str) -> str:
    """A name that a spreadsheet would take for a formula becomes a text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
