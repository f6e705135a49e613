"""`carrel search`"""

from __future__ import annotations

import argparse

from desktop.application import Application
from desktop.cli.output import show_json
from desktop.cli.questions import questions
from desktop.cli.session import opened
from rag.values import FoundPassage


def run_search(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        for query in questions(arguments.query):
            _search(application, query, arguments)
    return 0


def _search(application: Application, query: str, arguments: argparse.Namespace) -> None:
    found, seconds = application.library.search(query, collection=arguments.collection, k=arguments.k)
    if arguments.json or arguments.query == "-":
        document = {"passages": [_passage(item) for item in found], "seconds": round(seconds, 4)}
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
