"""CSV as spreadsheets open it: UTF-8 with its mark, and no cell from elsewhere that they would compute."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from engine.tasks.exports.columns import ExportColumn
from engine.tasks.values import StoredLine

# Source: owasp.org/www-community/attacks/CSV_Injection. A tab or line break in front is passed over.
_COMPUTED = re.compile(r"\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(?:[., ]\d+)*\s?%?")


class CsvWriter:
    def __init__(self, path: Path, columns: Sequence[ExportColumn]) -> None:
        self._columns = columns
        self._file = path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        self._rows = csv.writer(self._file)

    def head(self) -> None:
        self._rows.writerow([_written(column.name) for column in self._columns])

    def add(self, line: StoredLine) -> None:
        self._rows.writerow([_written(column.value(line)) for column in self._columns])

    def close(self) -> None:
        self._file.close()

    abandon = close


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _harmless(text: str) -> str:
    """With an apostrophe in front, which spreadsheets take for “this is text”, where they would compute."""
    return f"'{text}" if _COMPUTED.match(text) and not _NUMBER.fullmatch(text) else text
