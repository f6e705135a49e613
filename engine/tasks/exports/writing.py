"""Writes a run to a file, by its ending; the file is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from engine.errors import ExportFailed
from engine.tasks.exports.columns import ExportColumn, export_columns
from engine.tasks.values import Exporting, RunRow, RunSource, StoredLine

_TELL_EVERY = 500
_MOST_LINES = {".xlsx": (1 << 20) - 1}  # below the header
# Imported when they are used: XlsxWriter takes the start 70 ms.
_WRITERS = {
    ".csv": ("engine.tasks.exports.csv", "CsvWriter"),
    ".xlsx": ("engine.tasks.exports.xlsx", "XlsxWriter"),
    ".jsonl": ("engine.tasks.exports.jsonl", "JsonLinesWriter"),
}

ENDINGS = tuple(_WRITERS)


class Writer(Protocol):
    """One kind of file: its head, its lines, its end."""

    def head(self) -> None: ...

    def add(self, line: StoredLine) -> None: ...

    def close(self) -> None: ...

    def abandon(self) -> None:
        """Let go of the file, which is going to be deleted."""
        ...


def check_output(inputs: RunSource, path: Path) -> None:
    """Raises: ExportFailed: another ending, or a file that the inputs come from."""
    if path.suffix.lower() not in _WRITERS:
        raise ExportFailed(str(path), f"Its name must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
    for source in map(Path, inputs.paths):
        if _is_source(path, source):
            raise ExportFailed(str(path), "The inputs come from this file.")


def _is_source(path: Path, source: Path) -> bool:
    """Whether the file is a source, or lies in one: what is there already may be an input."""
    try:
        if source.is_dir():
            return path.exists() and path.resolve().is_relative_to(source.resolve())
        return path.resolve() == source.resolve() or (path.exists() and path.samefile(source))
    except OSError:
        return False


def write(run: RunRow, lines: Iterable[StoredLine], total: int, path: Path) -> Iterator[Exporting]:
    """Write the lines, which are `total`; closed on the way, it leaves what was there before.

    Raises:
        ExportFailed: the ending, a source of the run, a full disk, permission.
    """
    check_output(run.source, path)
    suffix = path.suffix.lower()
    if total > _MOST_LINES.get(suffix, total):
        raise ExportFailed(
            str(path), f"Excel holds {_MOST_LINES[suffix]:,} lines, not {total:,}. Choose .csv or .jsonl."
        )
    with _replaced(path) as made:
        writer = _open(made, suffix, export_columns(run))
        done = 0
        try:
            writer.head()
            for done, line in enumerate(lines, 1):
                writer.add(line)
                if done % _TELL_EVERY == 0:
                    yield Exporting(done, total)
            writer.close()
        except BaseException:
            with suppress(OSError):
                writer.abandon()
            raise
    yield Exporting(done, done)


def _open(path: Path, suffix: str, columns: Sequence[ExportColumn]) -> Writer:
    module, name = _WRITERS[suffix]
    writer: Writer = getattr(import_module(module), name)(path, columns)
    return writer


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """A file that takes the place of `path` once it is written and on the disk."""
    with failures_named(path), TemporaryDirectory(prefix=".carrel-", dir=path.parent) as folder:
        made = Path(folder) / f"export{path.suffix.lower()}"
        yield made
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.replace(path)


@contextmanager
def failures_named(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ExportFailed(str(path), "There is no such folder.") from error
    except PermissionError as error:
        raise ExportFailed(str(path), "It may not be written, or another program has it open.") from error
    except OSError as error:
        raise ExportFailed(str(path), f"{error.strerror or error}.") from error
