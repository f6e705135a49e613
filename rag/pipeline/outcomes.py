"""What the pipeline says of a document on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.process.messages import FileRead
from rag.stores.rows import KnownDocument
from rag.values import FileState


@dataclass(frozen=True, slots=True)
class Started:
    document: KnownDocument


@dataclass(frozen=True, slots=True)
class Progress:
    """As `rag.events.FileProgress`; `embedded` passages, of whatever document, are new since the last."""

    document: KnownDocument
    what: str
    done: int
    total: int | None
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class Same:
    """The file holds what the document was made of."""

    document: KnownDocument
    file: FileState


@dataclass(frozen=True, slots=True)
class Copied:
    """Another document had the same content, and the store has copied it."""

    document: KnownDocument
    passages: int


@dataclass(frozen=True, slots=True)
class WasRead:
    """The file has been read; its passages wait to be embedded."""

    document: KnownDocument
    passages: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """The file with the vectors of its passages, to be kept."""

    document: KnownDocument
    file: FileState
    read: FileRead
    vectors: Sequence[bytes]
    embedder: str


@dataclass(frozen=True, slots=True)
class Failed:
    """`file` is what was tried, where it could be looked at."""

    document: KnownDocument
    file: FileState | None
    reason: str


@dataclass(frozen=True, slots=True)
class Away:
    """The file's folder has gone, with the drive it lay on or by itself. The document waits on."""

    document: KnownDocument


Outcome = Started | Progress | Same | Copied | WasRead | Embedded | Failed | Away
