"""What a run's source holds: the rows of tables, or documents.

One table is its rows. Several tables with the same columns are the rows of all. Anything else is documents:
a collection, files of other kinds, tables among other files, tables whose columns differ.

A file that cannot be read is an input that fails with its reason: none is left out silently.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from engine.errors import InputUnreadable, NoInputs
from engine.tasks.values import Gathering, Item, RunSource
from rag.errors import DocumentUnreadable, UnsupportedFormat
from rag.files import file_now
from rag.formats import TABLES
from rag.library import Library
from rag.process.messages import TableHeader, TableRows
from rag.scan import scan
from rag.values import FileState, Problem

Cancelled = Callable[[], bool]

_TOGETHER = 500
_HEADERS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Tables:
    """Table files with the same columns; `headers` in the order of `paths`."""

    paths: tuple[str, ...]
    headers: tuple[TableHeader, ...]
    problems: tuple[Problem, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.headers[0].columns

    @property
    def total(self) -> int:
        return sum(header.rows for header in self.headers) + len(self.problems)

    def said(self) -> Iterator[tuple[str, str]]:
        """Files and what of them is no input."""
        for path, header in zip(self.paths, self.headers, strict=True):
            for note in header.notes:
                yield path, note
        yield from ((problem.path, problem.reason) for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Documents:
    paths: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return ()

    @property
    def total(self) -> int:
        return len(self.paths) + len(self.problems)

    def said(self) -> Iterator[tuple[str, str]]:
        yield from ((problem.path, problem.reason) for problem in self.problems)


class Headers:
    """The headers of tables, remembered while the files stay as they are: to know one, a table is read whole,
    and it is asked for by the preview, by the run and by its columns."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[tuple[FileState, str], TableHeader] = {}

    def of(self, path: str, sheet: str, cancelled: Cancelled) -> TableHeader | None:
        """None when cancelled. Raises DocumentUnreadable."""
        key = file_now(path), sheet
        known = self._known.get(key)
        if known is None:
            events = self._library.read_table(path, sheet, cancelled=cancelled)
            known = next((event for event in events if isinstance(event, TableHeader)), None)
        if known is not None:
            self._known = dict([*self._known.items(), (key, known)][-_HEADERS_KEPT:])
        return known


def look(library: Library, headers: Headers, source: RunSource, cancelled: Cancelled) -> Tables | Documents:
    """Which it is. Of tables the headers are read, of documents nothing.

    Raises:
        NoInputs: it holds nothing, or a table lacks a column that is to be used.
        InputUnreadable: the only table of a source cannot be read.
        CollectionUnknown
    """
    found = _on_disk(source, cancelled) if source.paths else _in_library(library, source.collection)
    holds = _tables(headers, source, found, cancelled) or found
    if not holds.total and not cancelled():
        raise NoInputs("There are no files in it.")
    if isinstance(holds, Tables):
        _check_columns(source, holds.columns)
    return holds


def items(
    library: Library, holds: Tables | Documents, source: RunSource, cancelled: Cancelled
) -> Iterator[Gathering | list[Item]]:
    """The inputs in order, a portion at a time, each after how many there are so far."""
    most = holds.total if source.limit is None else source.limit
    done = 0
    for portion in _portions(library, holds, source, cancelled):
        # Without a limit all rows count, also those that were written to the table since it was looked at.
        taken = portion if source.limit is None else portion[: most - done]
        done += len(taken)
        yield Gathering(done, max(done, min(most, holds.total)))
        yield taken
        if done == source.limit or cancelled():
            return


def _portions(
    library: Library, holds: Tables | Documents, source: RunSource, cancelled: Cancelled
) -> Iterator[list[Item]]:
    if isinstance(holds, Tables):
        folder = _common_folder(holds.paths)
        for path, header in zip(holds.paths, holds.headers, strict=True):
            prefix = "" if len(holds.paths) == 1 else Path(path).relative_to(folder).as_posix()
            yield from _rows(library, path, header, prefix, source.sheet, cancelled)
        paths: Sequence[str] = ()
    else:
        paths = holds.paths
    files = [*paths, *(problem.path for problem in holds.problems)]
    for start in range(0, len(files), _TOGETHER):
        yield [Item(path, PurePath(path).name, path=path) for path in files[start : start + _TOGETHER]]


def _rows(
    library: Library, path: str, header: TableHeader, prefix: str, sheet: str, cancelled: Cancelled
) -> Iterator[list[Item]]:
    """The rows of one table; a `prefix` tells them from those of others."""
    names = header.columns
    for event in _events(library, path, sheet, cancelled):
        if isinstance(event, TableHeader):
            names = event.columns
        elif isinstance(event, TableRows):
            numbered = enumerate(event.rows, event.first_number)
            yield [_row(prefix, number, dict(zip(names, cells, strict=True))) for number, cells in numbered]


def _row(prefix: str, number: int, values: dict[str, str]) -> Item:
    if prefix:
        return Item(f"{prefix}:{number}", f"{PurePath(prefix).name}, row {number:,}", values)
    return Item(str(number), f"Row {number:,}", values)


def _events(library: Library, path: str, sheet: str, cancelled: Cancelled) -> Iterator[object]:
    """Raises InputUnreadable: the file went, or changed, since its header was read."""
    try:
        yield from library.read_table(path, sheet, cancelled=cancelled)
    except DocumentUnreadable as error:
        raise InputUnreadable(PurePath(path).name, error.reason) from error


def _on_disk(source: RunSource, cancelled: Cancelled) -> Documents:
    paths, problems = [], []
    for found in scan(map(Path, source.paths), cancelled=cancelled, others=True):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            paths.append(found.path)
    return Documents(tuple(paths), tuple(problems))


def _in_library(library: Library, collection: str) -> Documents:
    """Those of a collection, or all; a document that stands in two collections is one."""
    rows = {row.path: row for row in library.documents(collection or None)}.values()
    problems = tuple(Problem(row.path, row.reason) for row in rows if row.state == "failed")
    return Documents(tuple(row.path for row in rows if row.state != "failed"), problems)


def _tables(known: Headers, source: RunSource, found: Documents, cancelled: Cancelled) -> Tables | None:
    """None where not every file is a table of the same columns."""
    if not source.paths or not found.paths or not all(map(_may_be_table, found.paths)):
        return None
    paths: list[str] = []
    headers: list[TableHeader] = []
    problems: list[Problem] = []
    for path in found.paths:
        try:
            header = known.of(path, source.sheet, cancelled)
        except UnsupportedFormat:
            return None  # JSON that is no list, say
        except DocumentUnreadable as error:
            if len(found.paths) == 1:
                raise InputUnreadable(PurePath(path).name, error.reason) from error
            problems.append(Problem(path, error.reason))
            continue
        if header is None or (headers and set(header.columns) != set(headers[0].columns)):
            return None
        paths.append(path)
        headers.append(header)
    return Tables(tuple(paths), tuple(headers), (*problems, *found.problems)) if headers else None


def _may_be_table(path: str) -> bool:
    return PurePath(path).suffix.lower() in TABLES


def _check_columns(source: RunSource, columns: Sequence[str]) -> None:
    for column in source.columns.values():
        if column not in columns:
            known = ", ".join(f"“{name}”" for name in columns[:20])
            raise NoInputs(f"The table has no column “{column}”. Its columns: {known}.")


def _common_folder(paths: Sequence[str]) -> str:
    return os.path.commonpath([str(PurePath(path).parent) for path in paths])
