"""Values of tasks as the text that tasks.db keeps: JSON, and words for the search."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from engine.tasks.values import Cell, Doubt, Quote
from engine.values import Tier

T = TypeVar("T")

NONE = "[]"


def clean(text: str) -> str:
    """Without lone surrogates (from file names, or a JSON that names one): they cannot be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def as_json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return clean(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def from_json(text: str, kind: type[T]) -> T:
    """Raises msgspec.DecodeError: the file says what no Carrel wrote."""
    if kind not in _DECODERS:
        _DECODERS[kind] = msgspec.json.Decoder(kind)
    found: T = _DECODERS[kind].decode(text)
    return found


# Making one takes longer than decoding a cell.
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def quotes_as_json(quotes: Iterable[Quote]) -> str:
    """Without the names of the fields: they would be half of a run's file."""
    return as_json([(q.text, q.start, q.end, q.page, q.column, q.path) for q in quotes])


def quotes_from_json(text: str) -> tuple[Quote, ...]:
    if text == NONE:
        return ()
    return tuple(Quote(*facts) for facts in from_json(text, list[tuple[str, int, int, int | None, str, str]]))


def doubts_from_json(text: str) -> tuple[Doubt, ...]:
    return () if text == NONE else from_json(text, tuple[Doubt, ...])


def cell_as_json(cell: Cell) -> str:
    """A whole cell but for its column."""
    quotes, doubts = quotes_as_json(cell.evidence), as_json(cell.doubts)
    return as_json((as_json(cell.value), cell.confidence, quotes, doubts, cell.tier))


def cell_from_json(column: str, text: str) -> Cell:
    value, confidence, quotes, doubts, tier = from_json(text, tuple[str, float | None, str, str, Tier])
    return Cell(
        column,
        from_json(value, object),
        confidence,
        quotes_from_json(quotes),
        doubts_from_json(doubts),
        tier,
    )


def searched(*values: Any) -> str:
    """What `matching` looks into: all texts and numbers in some values, in folded case."""
    return clean("\n".join(_texts(values)).casefold())


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _texts(value.values())
        elif isinstance(value, (list, tuple)):
            yield from _texts(value)
        elif value is not None:
            yield json.dumps(value)


def words(search: str) -> list[str]:
    """What each has to stand in a line that a search finds."""
    return clean(search.casefold()).split()
