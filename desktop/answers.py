"""Answers to questions, from the library where the scope has one: what chats, commands and tasks ask with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from desktop.local_models import LocalModels
from engine.answering import Answered, AnswerEvent, answer
from engine.chats.store import Scope
from engine.ports import Evidence, Model, Retriever
from engine.prompts import Instructions
from engine.values import Answer, Message, Priority, Sampling, Source
from rag.bearing import bearing
from rag.grounding import check
from rag.library import Library
from rag.passage_tables import told
from rag.values import FoundPassage

Cancelled = Callable[[], bool]


class Answers:
    """Thread-safe: it holds nothing of its own."""

    def __init__(self, models: LocalModels, library: Library, sampling: Sampling) -> None:
        self._models = models
        self._library = library
        self._sampling = sampling

    def answer(
        self,
        question: str,
        history: Sequence[Message],
        scope: Scope,
        *,
        paths: Sequence[Path] = (),
        model_id: str | None = None,
        conversation: str = "",
        priority: Priority = "interactive",
        cancelled: Cancelled,
    ) -> Iterator[AnswerEvent]:
        """The events of one answer, Answered last. `paths` narrows the scope to documents below them."""
        # With documents a prompt has other passages in its middle each time: its state serves no later one.
        kept = conversation if scope.kind == "none" else ""
        model = self._models.answering(model_id, conversation=kept, priority=priority)
        retrieve = None if scope.kind == "none" else self._retriever(scope, paths)
        return answer(
            question,
            history,
            model=model,
            retrieve=retrieve,
            check=check,
            sampling=self._sampling,
            cancelled=cancelled,
            bears=bearing,
            tell=told,
        )

    def from_evidence(
        self,
        question: str,
        history: Sequence[Message],
        evidence: Sequence[Source],
        *,
        model: Model,
        instructions: Instructions,
        cancelled: Cancelled,
    ) -> Iterator[AnswerEvent]:
        """As `answer`, by any model, from passages that were found before; without any, without documents."""
        return answer(
            question,
            history,
            model=model,
            retrieve=(lambda question, earlier: evidence) if evidence else None,
            check=check,
            sampling=self._sampling,
            cancelled=cancelled,
            bears=bearing,
            tell=told,
            instructions=instructions,
        )

    def evidence(self, question: str, earlier: Sequence[str], scope: Scope) -> list[Source]:
        """The passages for a question; asks the reader, so run it on a lane."""
        return self._found(question, earlier, scope, ())

    def look_up(self, question: str, collection: str, *, cancelled: Cancelled) -> Answer:
        """The answer alone, for a row of a task; see `engine.tasks.ports.LookUp`."""
        scope = Scope("collection", collection) if collection else Scope("all")
        for event in self.answer(question, (), scope, priority="batch", cancelled=cancelled):
            if isinstance(event, Answered):
                return event.answer
        raise AssertionError("an answer always ends with Answered or an exception")

    def _retriever(self, scope: Scope, paths: Sequence[Path]) -> Retriever:
        def retrieve(question: str, earlier: Sequence[str]) -> Sequence[Evidence]:
            return self._found(question, earlier, scope, paths)

        return retrieve

    def _found(
        self, question: str, earlier: Sequence[str], scope: Scope, paths: Sequence[Path]
    ) -> list[Source]:
        found = self._library.evidence(
            question,
            earlier,
            collection=scope.collection or None,
            paths=tuple(str(path) for path in paths) or None,
        )
        return [_source(item) for item in found]


def _source(found: FoundPassage) -> Source:
    passage = found.passage
    return Source(
        document=passage.document,
        path=passage.path,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        heading=passage.heading,
        score=found.score,
    )
