"""What is new, changed, moved or deleted in some folders since a collection was last brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import DocumentUnreadable
from rag.files import is_gone
from rag.scan import lies_in
from rag.stores.rows import KnownDocument
from rag.values import FileState

# path → its content's hash; raises DocumentUnreadable.
HashOf = Callable[[str], str]


@dataclass(slots=True)
class Changes:
    """Files sorted by what is to be done with them."""

    to_read: list[FileState] = field(default_factory=list)
    unchanged: list[FileState] = field(default_factory=list)
    still_failed: list[FileState] = field(default_factory=list)
    moved: list[tuple[KnownDocument, FileState]] = field(default_factory=list)
    deleted: list[KnownDocument] = field(default_factory=list)


def changes(
    known: Mapping[str, KnownDocument],
    files: Sequence[FileState],
    folders: Sequence[Path],
    hash_of: HashOf,
    *,
    retry_failed: bool,
) -> Changes:
    """Compare what is `known` with the `files` that were found in `folders`.

    Only what lay in `folders`, or was named with them, can have been deleted. A new file with the content
    of a deleted one, and of its kind, is that one, moved; it is hashed only where the sizes are the same.
    Failed files are read again when they changed, or with `retry_failed`.
    """
    found = Changes()
    present = {file.path for file in files}
    gone = [
        document
        for path, document in known.items()
        if path not in present and lies_in(path, folders) and is_gone(path)
    ]
    origins = _by_look(gone)
    for file in files:
        document = known.get(file.path)
        if document is not None and _is_as_before(document, file, "ready"):
            found.unchanged.append(file)
        elif document is not None and not retry_failed and _is_as_before(document, file, "failed"):
            found.still_failed.append(file)
        elif (origin := _origin(file, document, origins, hash_of)) is not None:
            found.moved.append((origin, file))
        else:
            found.to_read.append(file)
    moved = {origin.id for origin, _ in found.moved}
    found.deleted = [document for document in gone if document.id not in moved]
    return found


def _is_as_before(document: KnownDocument, file: FileState, state: str) -> bool:
    before = document.file
    same = (before.size_bytes, before.mtime_ns) == (file.size_bytes, file.mtime_ns)
    return same and document.state == state


def _by_look(documents: Sequence[KnownDocument]) -> dict[tuple[int, str], list[KnownDocument]]:
    """Documents that have been read, by size and kind."""
    looks: dict[tuple[int, str], list[KnownDocument]] = {}
    for document in documents:
        if document.file.content_hash and document.state == "ready":
            looks.setdefault((document.file.size_bytes, document.file.kind), []).append(document)
    return looks


def _origin(
    file: FileState,
    document: KnownDocument | None,
    origins: Mapping[tuple[int, str], list[KnownDocument]],
    hash_of: HashOf,
) -> KnownDocument | None:
    """The deleted document that this file is; each is found once."""
    candidates = origins.get((file.size_bytes, file.kind))
    if not candidates or (document is not None and document.passages):
        return None
    with suppress(DocumentUnreadable):  # it is read like any other then, and says so itself
        content = hash_of(file.path)
        for candidate in candidates:
            if candidate.file.content_hash == content:
                candidates.remove(candidate)
                return candidate
    return None
