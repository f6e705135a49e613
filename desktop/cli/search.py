"""`carrel search`"""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime, time, timedelta

from desktop.application import Application
from desktop.cli.output import show_json
from desktop.cli.questions import questions
from desktop.cli.session import opened
from rag.values import FoundPassage

WORDS_ONLY = "Only words were compared: what passages mean could not be, so others may be missing."


def run_search(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        scope = _scope(application, arguments)
        for query in questions(arguments.query):
            _search(application, query, arguments, scope)
    return 0


def _scope(application: Application, arguments: argparse.Namespace) -> frozenset[int] | None:
    if not (arguments.collection or arguments.kind or arguments.since or arguments.until):
        return None
    kinds = [kind.lower().removeprefix(".") for kind in arguments.kind or ()]
    return application.library.document_ids(
        collection=arguments.collection,
        kinds=kinds or None,
        modified_from_ns=_start_ns(arguments.since),
        modified_before_ns=_start_ns(arguments.until and arguments.until + timedelta(days=1)),
    )


def _start_ns(day: date | None) -> int | None:
    """When a day begins, here."""
    return None if day is None else round(datetime.combine(day, time()).timestamp() * 1e9)


def _search(
    application: Application, query: str, arguments: argparse.Namespace, scope: frozenset[int] | None
) -> None:
    found, seconds = application.library.search(query, documents=scope, k=arguments.k)
    words_only = any(item.words_only for item in found)
    if words_only:
        print(WORDS_ONLY, file=sys.stderr)
    if arguments.json or arguments.query == "-":
        document = {
            "passages": [_passage(item) for item in found],
            "seconds": round(seconds, 4),
            "words_only": words_only,
        }
        show_json(document, one_line=arguments.query == "-")
        return
    for item in found:
        page = f", page {item.passage.page}" if item.passage.page is not None else ""
        print(
            f"{item.score:6.3f}  {item.passage.path}{page}\n        {' '.join(item.passage.text.split())}\n"
        )
    if not found:
        print("Nothing found.")


def _passage(item: FoundPassage) -> dict[str, object]:
    passage = item.passage
    return {
        "document": passage.document,
        "path": passage.path,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": item.score,
    }
