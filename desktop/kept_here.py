"""Which files may not leave this computer: those of the collections that the person keeps here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from rag.library import Library
from rag.scan import lies_in


@dataclass(frozen=True, slots=True)
class KeptHere:
    """`documents` and `folders` by their collection's name."""

    documents: dict[str, str]
    folders: dict[str, str]

    @classmethod
    def of(cls, library: Library, collections: Collection[str]) -> KeptHere:
        """Reads the library: for a lane."""
        if not collections:
            return cls({}, {})
        kept = [status for status in library.status() if status.name in collections]
        documents = {row.path: each.name for each in kept for row in library.documents(each.name)}
        folders = {folder: each.name for each in kept for folder in each.folders}
        return cls(documents, folders)

    @property
    def holds_any(self) -> bool:
        return bool(self.documents or self.folders)

    def __call__(self, path: str) -> str:
        """The collection that holds a file, or something in a folder; “”: none does."""
        if path in self.documents:
            return self.documents[path]
        for folder, name in self.folders.items():
            if lies_in(path, [Path(folder)]) or lies_in(folder, [Path(path)]):
                return name
        held = (name for held, name in self.documents.items() if lies_in(held, [Path(path)]))
        return next(held, "") or self.documents.get(str(Path(path).resolve()), "")
