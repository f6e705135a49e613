"""One look at the places where a collection's files are, beside what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rag.changes import Changes, changes
from rag.files import content_hash, device_of, is_gone, is_there
from rag.scan import Found, lies_in
from rag.store import Store
from rag.values import CollectionId, FileState, Problem

NOT_THERE = "This folder is not there now. What was read from it stays."


class Look:
    """What was `found` at the `named` files and folders of a collection."""

    def __init__(
        self,
        store: Store,
        collection_id: CollectionId,
        named: Sequence[Path],
        found: Sequence[Found],
        cancelled: Callable[[], bool],
    ) -> None:
        self._store = store
        self.collection_id = collection_id
        self._named = named
        self._cancelled = cancelled
        self._known = store.known(collection_id)
        self._devices = store.folders(collection_id)
        self._files = self._wanted(found)
        self.problems = [self._named_well(item) for item in found if isinstance(item, Problem)]
        self.problems += [Problem(str(path), NOT_THERE) for path in named if self._is_empty_place(path)]

    def changes(self, *, retry_failed: bool) -> Changes:
        """What is to be done. A folder that is not there, or goes meanwhile, has lost nothing."""
        found = changes(
            self._known,
            self._files,
            self._named,
            lambda path: content_hash(path, self._cancelled),
            retry_failed=retry_failed,
        )
        there = [path for path in self._named if self._can_tell(path)]
        found.deleted = [document for document in found.deleted if lies_in(document.file.path, there)]
        self._store.note_devices(self.collection_id, _devices(there))
        return found

    def _wanted(self, found: Sequence[Found]) -> list[FileState]:
        """The files without those that the person took out."""
        out = self._store.removed(self.collection_id)
        files = [item for item in found if isinstance(item, FileState)]
        return [file for file in files if file.path in self._known or not lies_in(file.path, out)]

    def _can_tell(self, path: Path) -> bool:
        """Whether what is missing at `path` was deleted. Of a file, its folder can tell."""
        if is_gone(str(path)) and str(path) not in self._devices:
            return is_there(path.parent, None)
        return is_there(path, self._devices.get(str(path)))

    def _named_well(self, problem: Problem) -> Problem:
        of_known = problem.path in self._devices and self._holds(problem.path)
        return Problem(problem.path, NOT_THERE) if of_known else problem

    def _is_empty_place(self, path: Path) -> bool:
        """Whether a drive is missing, and has left an empty folder behind."""
        device = self._devices.get(str(path))
        return path.is_dir() and not is_there(path, device) and self._holds(str(path))

    def _holds(self, folder: str) -> bool:
        return any(lies_in(path, [Path(folder)]) for path in self._known)


def _devices(folders: Iterable[Path]) -> dict[str, int]:
    seen = ((str(folder), device_of(folder)) for folder in folders)
    return {folder: device for folder, device in seen if device is not None}
