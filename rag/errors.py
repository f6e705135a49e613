"""What can go wrong with documents, and is expected to.

    RagError
    ├── DocumentUnreadable       this file, for this reason; the others go on
    │   ├── UnsupportedFormat    no reader for this kind of file
    │   ├── DocumentProtected    it asks for a password
    │   ├── DocumentTooLarge     over a limit, with the limit
    │   ├── DocumentEmpty        it opens, but there is no text in it
    │   └── DocumentVanished     it was there and is not any more, or may not be opened
    ├── LibraryError             library.db
    │   ├── LibraryTooNew        written by a newer Carrel
    │   ├── LibraryDamaged       SQLite says that the file is damaged
    │   ├── LibraryFull          the disk has no room for what should be written
    │   └── LibraryUnavailable   it cannot be opened or written (permission, lock, failing disk)
    ├── CollectionUnknown        no collection of that name
    ├── EmbedderMissing          the embedder's weights are not where they should be
    │   └── EmbedderUnusable     they are there, but cannot be loaded
    └── VectorIndexBroken        the copy of the vectors cannot be used (the exact index answers instead)

Every class is a dataclass: its fields are the facts, and travel between processes as they are.
Anything else that is raised is a bug, and travels up untouched.
"""

from __future__ import annotations

from dataclasses import dataclass

TOO_LONG = "Reading it took longer than {:.0f} seconds."


class RagError(Exception):
    """Root of rag's expected failures."""


@dataclass(eq=False)
class DocumentUnreadable(RagError):
    path: str
    reason: str = "It could not be read."

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(eq=False)
class UnsupportedFormat(DocumentUnreadable):
    reason: str = "Carrel cannot read this kind of file yet."


@dataclass(eq=False)
class DocumentProtected(DocumentUnreadable):
    reason: str = "It is protected by a password."


@dataclass(eq=False)
class DocumentTooLarge(DocumentUnreadable):
    reason: str = "It is too large."
    size_bytes: int = 0
    limit_bytes: int = 0


@dataclass(eq=False)
class DocumentEmpty(DocumentUnreadable):
    reason: str = "There is no text in it."


@dataclass(eq=False)
class DocumentVanished(DocumentUnreadable):
    reason: str = "It is no longer there."


class LibraryError(RagError):
    """Something is wrong with library.db."""


@dataclass(eq=False)
class LibraryTooNew(LibraryError):
    path: str
    found: int
    known: int

    def __str__(self) -> str:
        return f"{self.path} has schema version {self.found}; this Carrel knows up to {self.known}."


@dataclass(eq=False)
class LibraryDamaged(LibraryError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path} is damaged: {self.detail}"


@dataclass(eq=False)
class LibraryFull(LibraryError):
    path: str

    def __str__(self) -> str:
        return f"The disk that holds {self.path} is full."


@dataclass(eq=False)
class LibraryUnavailable(LibraryError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path} cannot be used: {self.detail}"


@dataclass(eq=False)
class CollectionUnknown(RagError):
    name: str

    def __str__(self) -> str:
        return f"There is no collection named “{self.name}”."


@dataclass(eq=False)
class EmbedderMissing(RagError):
    path: str

    def __str__(self) -> str:
        return f"The embedder's weights are missing: {self.path}"


@dataclass(eq=False)
class EmbedderUnusable(EmbedderMissing):
    detail: str

    def __str__(self) -> str:
        return f"The embedder {self.path} cannot be used: {self.detail}"


@dataclass(eq=False)
class VectorIndexBroken(RagError):
    detail: str

    def __str__(self) -> str:
        return f"The vector index cannot be used: {self.detail}"
