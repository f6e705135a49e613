"""`carrel ask`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from desktop.application import Application
from desktop.cli.cloud_question import ask_cloud
from desktop.cli.indexing import follow
from desktop.cli.output import Progress, show_json
from desktop.cli.questions import questions
from desktop.cli.session import opened
from engine.answering import Answered, Searching, SourcesFound
from engine.chats.store import Scope
from engine.usage.money import in_currency
from engine.values import Answer, ModelLoading, PromptProgress


def run_ask(arguments: argparse.Namespace) -> int:
    paths = [Path(path).expanduser().absolute() for path in arguments.documents or ()]
    progress = Progress()
    with opened(arguments) as application:
        failed = follow(application.index(paths), progress).failed if paths else 0
        scope = _scope(application, arguments)
        for question in questions(arguments.question):
            answered = _answer(application, question, scope, paths, arguments.model, progress)
            if arguments.cloud is not None:
                answered = ask_cloud(application, question, answered, scope, arguments, progress)
            _show(answered, arguments, _cost(application, answered))
    return 3 if failed else 0


def _scope(application: Application, arguments: argparse.Namespace) -> Scope:
    """The named collection; else all documents; a plain question while there are none."""
    if arguments.collection:
        return Scope("collection", arguments.collection)
    return Scope("all") if arguments.documents or application.has_documents() else Scope("none")


def _answer(
    application: Application,
    question: str,
    scope: Scope,
    paths: list[Path],
    model_id: str | None,
    progress: Progress,
) -> Answer:
    for event in application.ask(question, scope, paths=paths, model_id=model_id):
        match event:
            case Searching():
                progress.show("Looking through your documents…")
            case SourcesFound(sources=sources):
                progress.show(f"Found {len(sources)} passages")
            case ModelLoading(done=done):
                progress.show(f"Loading the model… {done:.0%}")
            case PromptProgress(done=read, total=total):
                progress.show(f"Reading… {read / max(total, 1):.0%}")
            case Answered(answer=answer):
                progress.clear()
                return answer
    raise AssertionError("an answer always ends with Answered or an exception")


def _cost(application: Application, answer: Answer) -> dict[str, object]:
    """In the person's currency; None where it is not known."""
    currency = application.cloud.currency()
    if answer.tier != "frontier":
        return {"amount": 0.0, "currency": currency.code}
    amount = application.cloud.calls(1)[0].amount
    return {
        "amount": None if amount is None else float(round(in_currency(amount, currency), 6)),
        "currency": currency.code,
    }


def _show(answer: Answer, arguments: argparse.Namespace, cost: dict[str, object]) -> None:
    several = arguments.question == "-"
    if arguments.json or several:
        show_json(document(answer, cost), one_line=several)
        return
    print(answer.text)
    for number, source in enumerate(() if answer.abstained else answer.sources, start=1):
        page = f", page {source.page}" if source.page is not None else ""
        print(f"\n[{number}] {source.document}{page}\n    {' '.join((source.quote or source.text).split())}")
    print("\n" + summary(answer), file=sys.stderr)


def summary(answer: Answer) -> str:
    """One quiet line under an answer: what stands in the documents, who answered, how long it took."""
    parts = []
    if not answer.grounded:
        parts.append("answered without documents")
    elif not answer.abstained:
        good = sum(sentence.state != "not_found" for sentence in answer.sentences)
        parts.append(f"{good} of {len(answer.sentences)} sentences found in your documents")
    where = "in the cloud" if answer.tier == "frontier" else "on this computer"
    parts += [f"{answer.model} {where}", f"{answer.seconds.total:.1f} s"]
    return " · ".join(parts)


def document(answer: Answer, cost: dict[str, object]) -> dict[str, object]:
    """The answer as others script against it (DESIGN, “Command line”)."""
    return {
        "answer": answer.text,
        "abstained": answer.abstained,
        "sentences": [
            {"text": item.text, "state": item.state, "sources": list(item.sources)}
            for item in answer.sentences
        ],
        "sources": [
            {
                "document": source.document,
                "path": source.path,
                "page": source.page,
                "quote": source.quote or source.text,
                "score": source.score,
            }
            for source in answer.sources
        ],
        "confidence": None if answer.confidence is None else round(answer.confidence, 3),
        "model": answer.model,
        "tier": answer.tier,
        "tokens": {
            "prompt": answer.tokens.prompt,
            "cached": answer.tokens.cached,
            "completion": answer.tokens.completion,
        },
        "seconds": {
            "retrieve": round(answer.seconds.retrieve, 3),
            "first_token": round(answer.seconds.first_token, 3),
            "total": round(answer.seconds.total, 3),
        },
        "cost": cost,
    }
