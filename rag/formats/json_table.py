"""Rows of JSON lines, and of JSON that is a list: a record is a row, its names are the columns.

What is nested is a cell of compact JSON; numbers stay as they are written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import DocumentUnreadable, UnsupportedFormat
from rag.formats.cleaning import clean
from rag.formats.encoding import text_of
from rag.formats.json import check_containers, lines_of, values_of
from rag.formats.table_source import PULSE_ROWS, Cells, TableSource, no_such_sheet, too_wide
from rag.settings import ReadLimits

_LINES = frozenset({".jsonl", ".ndjson"})
_ONLY_VALUE = "value"  # the column of entries that are no records


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number, strict=False)
_BROKEN = object()


@contextmanager
def opened(path: Path, sheet: str, limits: ReadLimits, pulse: Callable[[], object]) -> Iterator[TableSource]:
    if sheet:
        raise no_such_sheet(path, sheet, ())
    text = text_of(path, replace(limits, text_characters=limits.table_characters))
    check_containers(path, text)
    is_lines = path.suffix.lower() in _LINES
    if not is_lines and not text.lstrip("\ufeff \t\n").startswith("["):
        raise UnsupportedFormat(str(path), "It is no table: it holds no list of records.")
    yield _JsonTable(path, text, limits, pulse, is_lines=is_lines)


class _JsonTable:
    sheets = ()
    sheet = ""

    def __init__(
        self, path: Path, text: str, limits: ReadLimits, pulse: Callable[[], object], *, is_lines: bool
    ) -> None:
        self._path = path
        self._text = text
        self._limits = limits
        self._pulse = pulse
        self._is_lines = is_lines
        self._columns: dict[str, int] = {}
        self._broken: set[int] = set()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._columns)

    @property
    def notes(self) -> tuple[str, ...]:
        if not self._broken:
            return ()
        return (
            f"Lines that are not valid JSON: {len(self._broken):,}, the first is row {min(self._broken):,}.",
        )

    def rows(self) -> Iterator[Cells]:
        """A line that is no JSON is an empty row: it keeps its number, and can be said to have failed."""
        try:
            for number, value in enumerate(self._values(), 1):
                if number % PULSE_ROWS == 1:
                    self._pulse()
                if value is _BROKEN:
                    self._broken.add(number)
                yield {} if value is _BROKEN else self._cells(value)
        except ValueError as error:
            raise DocumentUnreadable(str(self._path), "It is not valid JSON.") from error
        except RecursionError as error:
            raise DocumentUnreadable(
                str(self._path), "Its values are nested too deeply to be read."
            ) from error

    def _values(self) -> Iterator[Any]:
        if not self._is_lines:
            yield from values_of(self._text, _DECODER)
            return
        for line in lines_of(self._text):
            try:
                yield _DECODER.decode(line)
            except ValueError:
                yield _BROKEN

    def _cells(self, value: Any) -> Cells:
        record = value if isinstance(value, dict) else {_ONLY_VALUE: value}
        cells = {}
        for name, inner in record.items():
            text = clean(_text(inner)).strip()
            column = self._columns.setdefault(name, len(self._columns))
            if text:
                cells[column] = text
        if len(self._columns) > self._limits.table_columns:
            raise too_wide(self._path, self._limits)
        return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else _compact(value)


def _compact(value: Any) -> str:
    """JSON without spaces, in which numbers stand as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(name)}:{_compact(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return _quoted(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
