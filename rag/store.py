"""The library: collections, documents, pages and passages in library.db.

Identity of a row:
- a collection is its name;
- a document is (collection, path), the path absolute as the person gave it. The same file in two
  collections is two documents. A file that is found again under another path, with the same content, is
  the same document; else its id lasts as long as it is listed, whatever becomes of its content;
- a page is (document, ordinal), a passage is (document, ordinal) of the document's present content. When
  the content changes, its passages get new ids: an id never means two texts;
- a vector is (passage, embedder).

`size_bytes`, `mtime_ns` and `content_hash` of a document describe the content its passages were made of,
not what lies on the disk now; `content_hash` is empty until it has been read once, and while it waits to
be read anew. Of a failed document they describe the file that was tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.database import Database
from rag.migrations import MIGRATIONS, Migration
from rag.stores.collections import Collections
from rag.stores.contents import Contents
from rag.stores.documents import Documents
from rag.stores.embeddings import Embeddings
from rag.stores.passages import Passages
from rag.stores.rows import KnownDocument

__all__ = ["KnownDocument", "Store"]


class Store(Collections, Documents, Contents, Passages, Embeddings):
    """Reads and writes library.db; every method is one transaction. Usable from any thread."""

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        """Raises: LibraryTooNew, LibraryDamaged, LibraryFull, LibraryUnavailable (so may every method)."""
        self._database = Database(path, migrations)

    @property
    def path(self) -> Path:
        return self._database.path

    def close(self) -> None:
        self._database.close()
