"""From what a person dropped, files and folders, to the files worth reading."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rag.formats import reason_against, supported
from rag.passed_over import MARKS_OF_MADE_FOLDERS, passed_over
from rag.values import FileState, Problem

Found = FileState | Problem


def scan(paths: Iterable[Path], *, cancelled: Callable[[], bool], others: bool = False) -> Iterator[Found]:
    """The files under `paths`, each once, folders in order of name; problems beside them.

    Inside a folder, what is hidden, temporary, made by a program (`rag/passed_over.py`) or of an unsupported
    kind is left out silently: nobody chose it. A file that was named itself and cannot be read is a
    problem. Links are followed, but no folder is entered twice. With `others`, files of unsupported kinds
    in folders are problems, too: who works on all files of a folder wants to know which were not.
    """
    seen: set[str] = set()
    entered: set[tuple[int, int]] = set()
    for path in paths:
        for found in _expand(absolute(path), entered, cancelled, others):
            if found.path not in seen:
                seen.add(found.path)
                yield found


def absolute(path: Path | str) -> Path:
    """The path from the root, without “..”; links keep the name that the person sees."""
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 (resolve() would follow links)


def lies_in(path: str, roots: Iterable[Path]) -> bool:
    """Whether an absolute path is one of `roots` or lies below one; compares names, touches no disk."""
    places = [str(root).rstrip(os.sep) for root in roots]
    return path in places or path.startswith(tuple(place + os.sep for place in places))


def _expand(
    path: Path, entered: set[tuple[int, int]], cancelled: Callable[[], bool], others: bool
) -> Iterator[Found]:
    try:
        status = path.stat()
    except OSError as error:
        yield Problem(_shown(path), _reason(error))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _walk(path, entered, cancelled, others)
    elif not supported(path):
        yield Problem(_shown(path), reason_against(path))
    else:
        yield _file(path, status)


def _walk(
    folder: Path, entered: set[tuple[int, int]], cancelled: Callable[[], bool], others: bool
) -> Iterator[Found]:
    """The files below a folder, a folder's own files before those of its subfolders.

    With a stack of its own, because a tree can be deeper than Python's.
    """
    named, stack = folder, [folder]
    while stack and not cancelled():
        folder = stack.pop()
        try:
            if not _first_visit(folder, entered):
                continue
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Problem(_shown(folder), _reason(error))
            continue
        if folder != named and any(entry.name in MARKS_OF_MADE_FOLDERS for entry in entries):
            continue
        wanted = [entry for entry in entries if not passed_over(entry.name)]
        yield from _files(wanted, others)
        stack.extend(Path(entry.path) for entry in reversed(wanted) if _is_folder(entry))


def _files(entries: Iterable[os.DirEntry[str]], others: bool) -> Iterator[Found]:
    for entry in entries:
        path = Path(entry.path)
        if not supported(path):
            if others and entry.is_file():
                yield Problem(_shown(path), reason_against(path))
            continue
        try:
            status = path.stat()
        except OSError:
            continue  # a link that leads nowhere, or a file deleted a moment ago
        if stat.S_ISREG(status.st_mode):
            yield _file(path, status)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads to itself


def _file(path: Path, status: os.stat_result) -> Found:
    if not _writable_as_text(path):
        return Problem(_shown(path), "Its name holds characters that are no text. Rename it and try again.")
    return FileState(str(path), status.st_size, status.st_mtime_ns)


def _first_visit(folder: Path, entered: set[tuple[int, int]]) -> bool:
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in entered:
        return False
    entered.add(identity)
    return True


def _writable_as_text(path: Path) -> bool:
    """Linux allows names that are not UTF-8; neither SQLite nor a pipe of messages can hold them."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: Path) -> str:
    return os.fsencode(path).decode(errors="replace")


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "It is not there."
    if isinstance(error, PermissionError):
        return "Carrel is not allowed to open it."
    return f"The computer could not read it: {error.strerror or error}."
