"""What stands in the columns of an exported run: its inputs, its results, then how they came about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, Literal

from engine.tasks.values import Column, Quote, RunRow, StoredCell, StoredLine
from engine.usage.values import Money

Kind = Literal["text", "input", "number", "date", "boolean", "confidence"]

PERSON = "person"
_RESULT = "{} (result)"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """`value` takes a line's value out: text, number, date, true or false, None for nothing.

    `cell` names the column of the run whose evidence belongs here. “input” is text from the source.
    """

    name: str
    kind: Kind
    value: Callable[[StoredLine], Any]
    cell: str = ""


def export_columns(run: RunRow) -> tuple[ExportColumn, ...]:
    """All columns in order, no two of one name."""
    return tuple(_each_once([*_inputs(run), *_results(run), *_circumstances(run)]))


def _inputs(run: RunRow) -> Iterator[ExportColumn]:
    if not run.input_columns:
        yield ExportColumn("document", "input", lambda line: line.item.title)
        yield ExportColumn("path", "input", lambda line: line.item.path)
    for name in run.input_columns:
        yield ExportColumn(name, "input", _input(name))


def _input(name: str) -> Callable[[StoredLine], str]:
    return lambda line: line.item.values.get(name, "")


def _results(run: RunRow) -> Iterator[ExportColumn]:
    for column in run.columns:
        yield ExportColumn(column.name, _kind(column), _result(column), column.name)
        if column.type == "amount" and not column.many:
            yield ExportColumn(f"{column.name} currency", "text", _currency(column.name))


def _kind(column: Column) -> Kind:
    if column.many:
        return "text"
    match column.type:
        case "integer" | "number" | "amount":
            return "number"
        case "date" | "boolean":
            return column.type
        case _:
            return "text"


def _result(column: Column) -> Callable[[StoredLine], Any]:
    def result(line: StoredLine) -> Any:
        stored = line.cells.get(column.name)
        return None if stored is None else typed(stored.cell.value, _kind(column))

    return result


def _currency(name: str) -> Callable[[StoredLine], str]:
    def currency(line: StoredLine) -> str:
        stored = line.cells.get(name)
        value = None if stored is None else stored.cell.value
        return str(value.get("currency") or "") if isinstance(value, dict) else ""

    return currency


def typed(value: Any, kind: Kind) -> Any:
    """A cell's value as a spreadsheet has it; as text where it is not what its column says."""
    if kind == "number":
        amount = value.get("value") if isinstance(value, dict) else value
        return amount if isinstance(amount, int | float) and not isinstance(amount, bool) else _text(value)
    if kind == "date":
        return _date(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else _text(value)
    return _text(value)


def _date(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return _text(value)


def _text(value: Any) -> str | None:
    """Lists as “one; two”, an amount in words; what is nested as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and value.keys() == {"value", "currency"}:
        return f"{_text(value['value']) or ''} {value['currency'] or ''}".strip()
    if isinstance(value, list) and not any(isinstance(inner, list) for inner in value):
        return "; ".join(_text(inner) or "" for inner in value)
    return json.dumps(value, ensure_ascii=False)


def _circumstances(run: RunRow) -> Iterator[ExportColumn]:
    yield ExportColumn("status", "text", lambda line: line.state)
    yield ExportColumn("reason", "text", lambda line: " ".join(filter(None, (line.reason, *line.notes))))
    yield ExportColumn("confidence", "confidence", confidence)
    yield ExportColumn("needs review", "boolean", lambda line: line.needs_review)
    yield ExportColumn("by", "text", by)
    if run.counts.cloud or run.cost:
        yield ExportColumn("tier", "text", tier)
        yield ExportColumn("cost (USD)", "number", lambda line: dollars(line.cost))
    if run.input_columns:
        yield ExportColumn("input", "text", lambda line: line.item.title)


def confidence(line: StoredLine) -> float | None:
    """That of the least certain cell; None where there is nothing to go by."""
    known = [cell.cell.confidence for cell in line.cells.values() if cell.cell.confidence is not None]
    return round(min(known), 4) if known else None


def by(line: StoredLine) -> str:
    """Who filled the cells: rules, the model's name, the person."""
    return ", ".join(dict.fromkeys(_by(cell, line.model) for cell in line.cells.values()))


def tier(line: StoredLine) -> str:
    """Where the cells were filled: by rules, on this computer (local), by a provider (frontier)."""
    return ", ".join(dict.fromkeys(tier_of(cell) for cell in line.cells.values()))


def tier_of(cell: StoredCell) -> str:
    return PERSON if cell.corrected else cell.cell.tier


def dollars(cost: Money) -> float:
    return cost / 1_000_000


def _by(cell: StoredCell, model: str) -> str:
    if cell.corrected:
        return PERSON
    if cell.model:
        return cell.model
    return model if cell.cell.tier in ("local", "frontier") and model else cell.cell.tier


def evidence(quote: Quote) -> str:
    """The words and where they stand."""
    places = [PurePath(quote.path).name, f"page {quote.page}" if quote.page is not None else "", quote.column]
    where = ", ".join(filter(None, places))
    return f"“{quote.text}”" + (f" ({where})" if where else "")


def _each_once(columns: Sequence[ExportColumn]) -> Iterator[ExportColumn]:
    taken: set[str] = set()
    for column in columns:
        name, number = column.name, 1
        if name in taken and column.cell:
            name = _RESULT.format(name)
        stem = name
        while name in taken:
            number += 1
            name = f"{stem} {number}"
        taken.add(name)
        yield ExportColumn(name, column.kind, column.value, column.cell)
