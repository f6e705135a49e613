"""Adds a run's lines to a file that has those of others; a kill in the middle loses and doubles none."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.errors import ColumnsDiffer
from engine.tasks.exports.writing import check_output, failures_named, write
from engine.tasks.values import RunRow, StoredLine

APPENDED = (".csv", ".jsonl")
"""Endings that can be added to. Others are written anew, with all lines."""


def append(run: RunRow, lines: Sequence[StoredLine], path: Path, at: int) -> None:
    """Add the lines to what the file held in its first `at` bytes.

    Called again after a kill, with the same lines and the same `at`, it writes what is missing of them.

    Raises:
        ExportFailed: also where the file has other columns.
    """
    check_output(run.source, path)
    with failures_named(path), TemporaryDirectory(prefix=".carrel-", dir=path.parent) as folder:
        head = _exported(run, (), Path(folder) / f"head{path.suffix.lower()}")
        body = _exported(run, lines, Path(folder) / f"body{path.suffix.lower()}")[len(head) :]
        if at:
            _check_columns(path, head)
            _add(path, _line_break_before(path, at) + body, at)
        else:
            _add(path, head + body, at)


def size_of(path: Path) -> int:
    """Where a file ends; 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def _exported(run: RunRow, lines: Sequence[StoredLine], path: Path) -> bytes:
    # Some portions may have been asked about and others not: their columns are to be the same.
    local = replace(run, cost=0, counts=replace(run.counts, cloud=0))
    for _ in write(local, lines, len(lines), path):
        pass
    return path.read_bytes()


def _add(path: Path, data: bytes, at: int) -> None:
    with path.open("ab+") as file:
        file.seek(at)
        written = file.read(len(data))
        # What a kill left is the beginning of the data; anything else is somebody else's.
        rest = data[len(written) :] if data.startswith(written) else data
        file.seek(0, os.SEEK_END)
        file.write(rest)
        file.flush()
        os.fsync(file.fileno())


def _line_break_before(path: Path, at: int) -> bytes:
    """Who has edited the file may have left its last line open."""
    with path.open("rb") as file:
        file.seek(at - 1)
        return b"" if file.read(1) == b"\n" else b"\n"


def _check_columns(path: Path, head: bytes) -> None:
    if not head:
        return
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        there = next(csv.reader(file), [])
    if there != next(csv.reader([head.decode("utf-8-sig")])):
        raise ColumnsDiffer(str(path))
