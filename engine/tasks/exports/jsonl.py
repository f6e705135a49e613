"""JSON lines: one object for each line of the run, with all that is known of its cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.tasks.exports.columns import ExportColumn, confidence, dollars, tier_of
from engine.tasks.values import StoredCell, StoredLine


class JsonLinesWriter:
    def __init__(self, path: Path, columns: Sequence[ExportColumn]) -> None:
        self._names = tuple(column.cell for column in columns if column.cell)
        self._file = path.open("wb")

    def head(self) -> None:
        """The lines name their values themselves."""

    def add(self, line: StoredLine) -> None:
        self._file.write(_encoded(self._object(line)) + b"\n")

    def close(self) -> None:
        self._file.close()

    abandon = close

    def _object(self, line: StoredLine) -> dict[str, Any]:
        item = line.item
        cells = {name: line.cells[name] for name in self._names if name in line.cells}
        return {
            "input": {"key": item.key, "title": item.title, "path": item.path, "values": dict(item.values)},
            "row": line.id.row,
            "line": line.id.line,
            "status": line.state,
            "reason": line.reason,
            "notes": line.notes,
            "output": {name: stored.cell.value for name, stored in cells.items()},
            "cells": {name: _cell(stored) for name, stored in cells.items()},
            "confidence": confidence(line),
            "needs_review": line.needs_review,
            "accepted": line.accepted,
            "model": line.model,
            "seconds": round(line.seconds, 3),
            "tokens": line.tokens,
            "cost": {"amount": dollars(line.cost), "currency": "USD"},
        }


def _encoded(document: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(document)
    except (UnicodeEncodeError, OverflowError):  # a half of a character, a number of more than 64 bits
        return json.dumps(document, default=msgspec.to_builtins).encode()


def _cell(stored: StoredCell) -> dict[str, Any]:
    cell = stored.cell
    known = {
        "value": cell.value,
        "confidence": cell.confidence,
        "doubts": cell.doubts,
        "by": tier_of(stored),
        "evidence": cell.evidence,
    }
    if stored.corrected:
        known["first"] = stored.first
    if stored.local is not None:
        known |= {"model": stored.model, "local": stored.local.value}
    return known
