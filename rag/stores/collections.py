"""Collections: their folders, whether these are watched, and what the person took out of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.scan import lies_in
from rag.stores.rows import Stored, as_json, collection_id_of
from rag.values import CollectionId, CollectionStatus, DocumentId, Problem

HOLDING = """
    SELECT collections.name FROM documents JOIN collections ON collections.id = documents.collection_id
    WHERE documents.path = ?
    UNION
    SELECT collections.name FROM documents AS named
    JOIN documents AS same ON same.content_hash = named.content_hash
    JOIN collections ON collections.id = same.collection_id
    WHERE named.path = ? AND named.content_hash != ''
"""


class Collections(Stored):
    def make_collection(self, name: str, folders: Iterable[str] = ()) -> CollectionId:
        """The id of the collection of this name, made where there is none; `folders` are added to it."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO collections (name, added) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (name, time.time()),
            )
            collection_id = collection_id_of(connection, name)
            connection.executemany(
                "INSERT INTO folders (collection_id, path) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(collection_id, folder) for folder in folders],
            )
        return collection_id

    def collection_id(self, name: str) -> CollectionId:
        """Raises: CollectionUnknown."""
        with self._database.read() as connection:
            return collection_id_of(connection, name)

    def remove_collection(self, name: str) -> list[DocumentId]:
        """Forget a collection and all in it; the ids of its documents. Raises CollectionUnknown."""
        with self._database.write() as connection:
            collection_id = collection_id_of(connection, name)
            rows = connection.execute("SELECT id FROM documents WHERE collection_id = ?", (collection_id,))
            removed = [row[0] for row in rows]
            connection.execute("DELETE FROM collections WHERE id = ?", (collection_id,))
        return removed

    def status(self) -> list[CollectionStatus]:
        """Every collection in numbers, by name."""
        with self._database.read() as connection:
            problems = _grouped(
                connection.execute(
                    "SELECT collection_id, path, reason FROM documents WHERE state = 'failed' ORDER BY path"
                )
            )
            folders = _grouped(connection.execute("SELECT collection_id, path FROM folders ORDER BY path"))
            rows = connection.execute(
                """
                SELECT collections.id, collections.name, watched, count(documents.id),
                    coalesce(sum(documents.passages), 0), coalesce(sum(state = 'ready'), 0),
                    coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'failed'), 0)
                FROM collections LEFT JOIN documents ON documents.collection_id = collections.id
                GROUP BY collections.id ORDER BY collections.name
                """
            ).fetchall()
        return [_status(row, folders.get(row[0], ()), problems.get(row[0], ())) for row in rows]

    def holding(self, paths: Sequence[str]) -> list[frozenset[str]]:
        """For each path the names of the collections that hold that document, or another with its content."""
        with self._database.read() as connection:
            return [
                frozenset(name for (name,) in connection.execute(HOLDING, (path, path))) for path in paths
            ]

    # Folders

    def folders(self, collection_id: CollectionId) -> dict[str, int | None]:
        """The folders of a collection, each with the disk that it was last seen on (None: not known)."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT path, device FROM folders WHERE collection_id = ? ORDER BY path", (collection_id,)
            )
            return dict(rows.fetchall())

    def note_devices(self, collection_id: CollectionId, devices: Mapping[str, int]) -> None:
        """Remember the disks that folders lie on."""
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE folders SET device = ? WHERE collection_id = ? AND path = ? AND device IS NOT ?",
                [(device, collection_id, folder, device) for folder, device in devices.items()],
            )

    def set_watched(self, name: str, watched: bool) -> None:
        """Raises: CollectionUnknown."""
        with self._database.write() as connection:
            collection_id = collection_id_of(connection, name)
            connection.execute("UPDATE collections SET watched = ? WHERE id = ?", (watched, collection_id))

    def watched(self) -> dict[str, tuple[str, ...]]:
        """The folders of each watched collection, by its name."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT name, path FROM collections LEFT JOIN folders ON collection_id = collections.id
                WHERE watched ORDER BY name, path
                """
            )
            found: dict[str, list[str]] = {}
            for name, path in rows:
                found.setdefault(name, []).extend([path] if path is not None else [])
        return {name: tuple(paths) for name, paths in found.items()}

    # What the person took out

    def remove_below(self, roots: Sequence[Path], collection_id: CollectionId | None) -> list[DocumentId]:
        """Forget the documents at or below `roots`, for good: looking at their folders does not bring them
        back. A folder that is itself one of `roots`, or lies below one, is no folder of its collection any
        more."""
        with self._database.write() as connection:
            documents = connection.execute(
                "SELECT id, path FROM documents WHERE ?1 IS NULL OR collection_id = ?1", (collection_id,)
            )
            removed = [id_ for id_, path in documents if lies_in(path, roots)]
            folders = connection.execute(
                "SELECT collection_id, path FROM folders WHERE ?1 IS NULL OR collection_id = ?1",
                (collection_id,),
            ).fetchall()
            inside = [(of, str(root)) for of, folder in folders for root in roots if _below(root, folder)]
            connection.executemany(
                "DELETE FROM folders WHERE collection_id = ? AND path = ?",
                [(of, folder) for of, folder in folders if lies_in(folder, roots)],
            )
            connection.executemany(
                "INSERT INTO removed (collection_id, path) VALUES (?, ?) ON CONFLICT DO NOTHING", inside
            )
            connection.execute(
                "DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))", (as_json(removed),)
            )
        return removed

    def removed(self, collection_id: CollectionId) -> list[Path]:
        """What the person took out although a folder of the collection holds it."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT path FROM removed WHERE collection_id = ?", (collection_id,))
            return [Path(path) for (path,) in rows]

    def take_in_again(self, collection_id: CollectionId, roots: Sequence[Path]) -> None:
        """The person named these themselves: what they took out at or below them counts no more."""
        with self._database.write() as connection:
            rows = connection.execute("SELECT path FROM removed WHERE collection_id = ?", (collection_id,))
            named = [(collection_id, path) for (path,) in rows.fetchall() if lies_in(path, roots)]
            connection.executemany("DELETE FROM removed WHERE collection_id = ? AND path = ?", named)


def _below(root: Path, folder: str) -> bool:
    return str(root) != folder and lies_in(str(root), [Path(folder)])


def _status(
    row: tuple[Any, ...], folders: Iterable[tuple[str]], problems: Iterable[tuple[str, str]]
) -> CollectionStatus:
    collection_id, name, watched, documents, passages, ready, waiting, failed = row
    return CollectionStatus(
        id=collection_id,
        name=name,
        documents=documents,
        passages=passages,
        ready=ready,
        waiting=waiting,
        failed=failed,
        problems=tuple(Problem(path, reason) for path, reason in problems),
        folders=tuple(path for (path,) in folders),
        watched=bool(watched),
    )


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Any]]:
    """Rows without their first column, by their first column."""
    groups: dict[int, list[Any]] = {}
    for key, *rest in rows:
        groups.setdefault(key, []).append(tuple(rest))
    return groups
