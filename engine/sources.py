"""The passages of an answer as they are shown beside it, each with the sentence that says it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ports import Evidence
from engine.values import Sentence, Source


def as_sources(evidence: Sequence[Evidence], sentences: Sequence[Sentence] = ()) -> tuple[Source, ...]:
    """One source for each passage, in order, so that a sentence's indexes hold for both.

    `quote` is the part of the passage that an answer's sentence rests on: that of a sentence found
    word by word before one that is only supported. It stays empty where no sentence rests on it.
    """
    return tuple(_source(index, item, sentences) for index, item in enumerate(evidence))


def _source(index: int, item: Evidence, sentences: Sequence[Sentence]) -> Source:
    return Source(
        document=item.document,
        path=item.path,
        page=item.page,
        start=item.start,
        end=item.end,
        text=item.text,
        heading=item.heading,
        score=item.score,
        quote=_quote(index, item.text, sentences),
    )


def _quote(index: int, text: str, sentences: Sequence[Sentence]) -> str:
    quotes = [
        (sentence.state == "found", text[start:end])
        for sentence in sentences
        for source, (start, end) in zip(sentence.sources, sentence.quotes, strict=False)
        if source == index
    ]
    return max(quotes, key=lambda quote: quote[0], default=(False, ""))[1]
