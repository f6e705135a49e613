"""`carrel documents …`"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

from desktop.application import Application, by_collection
from desktop.cli.indexing import Outcome, follow
from desktop.cli.output import Progress, show_json
from desktop.cli.session import opened
from desktop.errors import UsageError
from rag.values import CollectionStatus


def run_add(arguments: argparse.Namespace) -> int:
    paths = [Path(path).expanduser().absolute() for path in arguments.paths]
    with opened(arguments) as application:
        outcome = follow(application.index(paths, arguments.collection), Progress())
        _show(outcome, as_json=arguments.json)
        if arguments.watch:
            _watch(application, by_collection(paths, arguments.collection))
    return 3 if outcome.failed else 0


def _show(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        show_json(_counts(outcome))
        return
    print(
        f"{outcome.ready} added, {outcome.unchanged} unchanged, {outcome.failed} with problems.", flush=True
    )


def _counts(outcome: Outcome) -> dict[str, object]:
    return {
        "ready": outcome.ready,
        "unchanged": outcome.unchanged,
        "failed": outcome.failed,
        "problems": outcome.problems,
    }


def _watch(application: Application, collections: Iterable[str]) -> NoReturn:
    """Follow the folders of all watched collections, and of these, until the person interrupts."""
    for name in collections:
        application.set_watched(name, True)
    due: SimpleQueue[str] = SimpleQueue()
    progress = Progress()
    with closing(application.watch(due.put)):
        progress.say("Following the folders. Ctrl-C ends it.")
        while True:
            name = due.get()
            outcome = follow(application.refresh(name), progress)
            if outcome.ready or outcome.removed:
                progress.say(f"{name}: {outcome.ready} read, {outcome.removed} forgotten.")


def run_status(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        collections = application.collections()
    if arguments.json:
        show_json({"collections": [_status(collection) for collection in collections]})
        return 0
    for collection in collections:
        print(
            f"{collection.name}: {collection.ready} of {collection.documents} ready, "
            f"{collection.passages} passages, {collection.waiting} waiting, {collection.failed} with problems"
            + (", watched" if collection.watched else "")
        )
    if not collections:
        print("No documents yet. Add some: carrel documents add PATH")
    return 0


def _status(collection: CollectionStatus) -> dict[str, object]:
    return {
        "name": collection.name,
        "documents": collection.documents,
        "passages": collection.passages,
        "ready": collection.ready,
        "waiting": collection.waiting,
        "failed": collection.failed,
        "watched": collection.watched,
        "problems": [{"path": item.path, "reason": item.reason} for item in collection.problems],
    }


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        rows = application.documents(arguments.collection)
    if arguments.json:
        documents = [
            {
                "collection": row.collection,
                "name": row.name,
                "path": row.path,
                "state": row.state,
                "reason": row.reason,
                "pages": row.pages,
                "passages": row.passages,
                "size_bytes": row.size_bytes,
                "warnings": list(row.warnings),
            }
            for row in rows
        ]
        show_json({"documents": documents})
        return 0
    for row in rows:
        print(f"{row.state:8} {row.collection}: {row.path}" + (f"  ({row.reason})" if row.reason else ""))
    return 0


def run_problems(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        problems = [problem for status in application.collections() for problem in status.problems]
    if arguments.json:
        show_json({"problems": [{"path": item.path, "reason": item.reason} for item in problems]})
        return 0
    for problem in problems:
        print(f"{problem.path}: {problem.reason}")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    if bool(arguments.paths) == bool(arguments.collection):
        raise UsageError("Name the files or folders to forget, or a whole --collection.")
    with opened(arguments) as application:
        if arguments.collection:
            removed = application.library.remove(collection=arguments.collection)
        else:
            paths = tuple(str(Path(path).expanduser().absolute()) for path in arguments.paths)
            removed = application.library.remove(paths=paths)
    if arguments.json:
        show_json({"removed": removed})
    else:
        print(f"{removed} documents forgotten. The files themselves are untouched.")
    return 0


def run_rebuild(arguments: argparse.Namespace) -> int:
    if arguments.collection:
        return _rebuild_collection(arguments)
    with opened(arguments) as application:
        follow(application.embed_anew(), Progress())
        vectors = application.library.rebuild()
    if arguments.json:
        show_json({"vectors": vectors})
    else:
        print(f"{vectors} vectors indexed.")
    return 0


def _rebuild_collection(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        outcome = follow(application.rebuild_collection(arguments.collection), Progress())
    if arguments.json:
        show_json(_counts(outcome))
    else:
        print(f"{outcome.ready} read anew, {outcome.failed} with problems.")
    return 3 if outcome.failed else 0


def run_text(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        read = application.library.read_text(str(Path(arguments.path).expanduser().absolute()))
    if arguments.json:
        show_json({"pages": [{"page": page.number, "text": page.text} for page in read.pages]})
        return 0
    for page in read.pages:
        if page.number is not None:
            print(f"— page {page.number} —")
        print(page.text)
    return 0
