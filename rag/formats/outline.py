"""Values in one another (JSON) as blocks: headings, named lines, lists, tables of records that are alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.formats.building import PageBuilder
from rag.formats.records import add_records, one_line

_DEEPEST_HEADING = 4  # what lies deeper is named by its path
_LONGEST_LINE = 300  # characters; a longer text is a paragraph of its own
_SHORTEST_ITEM = 12  # characters; shorter ones stand on a line together
_MOST_COLUMNS = 40
_LEAST_FILLED = 0.5  # of a table's cells
_PATH_SHOWN = 4
_LABELS = ("title", "name", "subject", "label", "question", "id", "key")
_LONGEST_LABEL = 80


def add_values(builder: PageBuilder, values: Sequence[Any], first: int = 1, level: int = 1) -> None:
    """The members of a list, the first of them number `first`: as a table, under headings, or as items."""
    if len(values) == 1 and first == level == 1 and isinstance(values[0], dict):
        _add_fields(builder, values[0], level)
    elif (flat := _table(values)) is not None:
        add_records(builder, *flat)
    elif any(isinstance(value, (dict, list)) for value in values):
        for number, value in enumerate(values, first):
            _add_member(builder, value, number, level)
    elif all(len(str(value)) <= _SHORTEST_ITEM for value in values):  # measurements, more often than words
        builder.add("paragraph", ", ".join(map(scalar, values)))
    else:
        for value in values:
            builder.add("list_item", f"• {scalar(value)}")


def scalar(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _add_member(builder: PageBuilder, value: Any, number: int, level: int) -> None:
    if not isinstance(value, (dict, list)):
        builder.add("paragraph", scalar(value))
        return
    if not value:
        return
    builder.add("heading", _label(value) or f"{number}", level)
    _add_inner(builder, value, level + 1)


def _add_inner(builder: PageBuilder, value: Any, level: int) -> None:
    if isinstance(value, dict):
        _add_fields(builder, value, level)
    else:
        add_values(builder, value, 1, level)


def _add_fields(builder: PageBuilder, fields: Mapping[str, Any], level: int) -> None:
    """Short values together, a line each; long texts and what has an inside after one another."""
    lines: list[str] = []

    def close() -> None:
        builder.add("code", "\n".join(lines))
        lines.clear()

    for name, value in fields.items():
        short = _short(value)
        if short is not None:
            if short:
                lines.append(f"{one_line(name)}: {short}")
        elif not isinstance(value, (dict, list)):
            close()
            builder.add("paragraph", f"{one_line(name)}: {scalar(value)}")
        elif level > _DEEPEST_HEADING:
            lines.extend(f"{path}: {leaf}" for path, leaf in leaves(value, name) if leaf)
        else:
            close()
            builder.add("heading", one_line(name), level)
            _add_inner(builder, value, level + 1)
    close()


def _short(value: Any) -> str | None:
    """What fits on a line: a short text, a number, a short list of these."""
    if isinstance(value, dict):
        return None if value else ""
    if isinstance(value, list):
        if any(isinstance(inner, (dict, list)) for inner in value):
            return None
        text = ", ".join(scalar(inner) for inner in value)
    else:
        text = scalar(value)
    return one_line(text) if len(text) <= _LONGEST_LINE else None


def _label(value: Any) -> str:
    """What a record calls itself."""
    if not isinstance(value, dict):
        return ""
    names = {str(name).lower(): inner for name, inner in value.items()}
    for name in _LABELS:
        inner = names.get(name)
        if isinstance(inner, str) and inner.strip():
            return one_line(inner)[:_LONGEST_LABEL]
    return ""


def _table(values: Sequence[Any]) -> tuple[list[str], list[list[str]]] | None:
    """Columns and rows, if the values are records that are alike and have little inside them."""
    if len(values) < 2 or not all(isinstance(value, dict) for value in values):
        return None
    columns: dict[str, None] = {}
    records: list[dict[str, str]] = []
    for value in values:
        record = _flat(value)
        if record is None:
            return None
        records.append(record)
        columns.update(dict.fromkeys(record))
        if len(columns) > _MOST_COLUMNS:
            return None
    if not columns or sum(map(len, records)) < _LEAST_FILLED * len(columns) * len(records):
        return None
    return list(columns), [[record.get(column, "") for column in columns] for record in records]


def _flat(record: Mapping[str, Any]) -> dict[str, str] | None:
    """The record's fields, those one level below by both names; None if one has more inside it."""
    flat: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value:
            for inner_name, inner in value.items():
                text = _short(inner)
                if text is None:
                    return None
                flat[f"{name}.{inner_name}"] = text
            continue
        text = _short(value) if isinstance(value, (dict, list)) else scalar(value)
        if text is None:
            return None
        flat[name] = text
    return flat


def leaves(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every value inside, with the last names of its path; without recursion, in order."""
    stack: list[tuple[tuple[str, ...], Any]] = [((name,), value)]
    while stack:
        path, inner = stack.pop()
        if isinstance(inner, dict):
            named = [(str(key), member) for key, member in inner.items()]
        elif isinstance(inner, list):
            named = [(str(number), member) for number, member in enumerate(inner, 1)]
        else:
            yield ".".join(map(one_line, path)), one_line(scalar(inner))
            continue
        stack.extend(((*path, key)[-_PATH_SHOWN:], member) for key, member in reversed(named))
