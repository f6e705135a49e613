"""Persons and postal addresses in texts, in the reader process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.errors import EmbedderMissing, EmbedderUnusable
from rag.people.head import TAGS, Head, best_tags
from rag.people.words import Span, portions, rows, shapes, word_vectors, words
from rag.ports import Embedder, ReadsTokens, Vectors
from rag.process.messages import FindPeople, PeopleFound, Reading
from rag.values import Named, NamedKind

PERSONS = [index for index, tag in enumerate(TAGS) if tag.endswith("PERSON")]
DOUBT = 1.6
"""Added to the scores of persons, for words with a capital: better a word too many is masked than a name too
few. On the tuning half of tests/benchmarks/masking.py .927 of them are found with 1.0, .967 with 1.6 and .977
with 2.2, and .995, .978 and .930 of what is found is one. Of addresses the rules miss few."""
_KINDS: dict[str, NamedKind] = {"PERSON": "PERSON", "ADDRESS": "ADDRESS"}


class PeopleFinder:
    """Answers `FindPeople`. One thread at a time. About .5 s for 1,500 tokens on two cores."""

    def __init__(self, embedder: Callable[[], Embedder], head_path: Path | None) -> None:
        self._embedder = embedder
        self._head_path = head_path
        self._head: Head | None = None

    def find(self, request: FindPeople, cancelled: Callable[[], bool]) -> Iterator[Reading | PeopleFound]:
        """Progress, then what was found; ends early, without it, when cancelled.

        Raises:
            EmbedderMissing: there is no embedder, or no head for it.
            EmbedderUnusable: the embedder is another than the head was made for.
        """
        head, embedder = self._ready()
        total = sum(len(text) for text in request.texts)
        done, found = 0, []
        for text in request.texts:
            named: list[Named] = []
            for start, end in portions(text):
                if cancelled():
                    return
                yield Reading("names", done + start, total)
                named += (
                    Named(start + each.start, start + each.end, each.kind)
                    for each in self._portion(text[start:end], head, embedder)
                )
            found.append(tuple(named))
            done += len(text)
        yield PeopleFound(tuple(found))

    def _ready(self) -> tuple[Head, ReadsTokens]:
        if self._head_path is None:
            raise EmbedderMissing("the weights that find names")
        if self._head is None:
            self._head = Head.read(self._head_path)
        embedder = self._embedder()
        if embedder.identity != self._head.embedder or not isinstance(embedder, ReadsTokens):
            raise EmbedderUnusable(embedder.identity, "Names are found with the delivered one only.")
        return self._head, embedder

    def _portion(self, text: str, head: Head, embedder: ReadsTokens) -> list[Named]:
        spans = words(text)
        if not spans:
            return []
        vectors = word_vectors(spans, *embedder.token_vectors(text))
        scores = head.scores(rows(vectors, shapes(text, spans)))
        capital = [row for row, (start, _) in enumerate(spans) if text[start].isupper()]
        scores[np.ix_(capital, PERSONS)] += DOUBT
        return named(text, spans, scores)


def named(text: str, spans: Sequence[Span], scores: Vectors) -> list[Named]:
    """What the tags say, from the first to the last word of each."""
    found: list[Named] = []
    for (start, end), tag in zip(spans, (TAGS[index] for index in best_tags(scores)), strict=True):
        if tag[0] == "B":
            found.append(Named(start, end, _KINDS[tag[2:]]))
        elif tag[0] == "I":
            found[-1] = Named(found[-1].start, end, found[-1].kind)
    return [each for each in found if any(sign.isalpha() for sign in text[each.start : each.end])]
