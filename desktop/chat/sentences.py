"""Puts the sentences of an answer onto its runs: which characters are doubtful, and where the marks stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from desktop.chat.markdown import Block, Run, Runs
from engine.values import Answer, Sentence


@dataclass(frozen=True, slots=True)
class Text:
    """A run, or part of one, that belongs to one sentence; `doubtful` ones were not found."""

    run: Run
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered mark behind a sentence. `source` indexes the answer's sources, `number` is what is shown."""

    sentence: int
    source: int
    number: int


Piece = Text | Citation


def citation_order(answer: Answer) -> list[int]:
    """The indexes of the answer's sources: those cited, in the order of their first mark, then the others."""
    cited = [source for sentence in answer.sentences for source in sentence.sources]
    known = range(len(answer.sources))
    return list(dict.fromkeys([source for source in cited if source in known] + list(known)))


def cited_sources(answer: Answer) -> frozenset[int]:
    known = range(len(answer.sources))
    return frozenset(s for sentence in answer.sentences for s in sentence.sources if s in known)


class SentenceMarks:
    """The marks of one answer, laid onto the runs of its blocks. Each citation is handed out once."""

    def __init__(self, answer: Answer, blocks: Sequence[Block]) -> None:
        order = citation_order(answer)
        self._numbers = {source: number for number, source in enumerate(order, start=1)}
        self._sentences = sorted(enumerate(answer.sentences), key=lambda item: item[1].start)
        self._starts = [sentence.start for _, sentence in self._sentences]
        self._last = self._last_characters(blocks)

    def pieces(self, runs: Runs) -> Iterator[Piece]:
        """The runs, cut where a sentence begins, ends or is marked."""
        for run in runs:
            yield from self._cut(run)

    def _cut(self, run: Run) -> Iterator[Piece]:
        begin = 0
        for index in range(len(run.text)):
            here = None if run.address else self._sentence_at(run.at[index])
            following = None if index + 1 == len(run.text) else self._sentence_at(run.at[index + 1])
            ends_here = here is not None and self._last.get(here) == run.at[index]
            if ends_here or here != following or index + 1 == len(run.text):
                part = replace(run, text=run.text[begin : index + 1], at=run.at[begin : index + 1])
                yield Text(part, doubtful=here is not None and self._is_doubtful(here))
                begin = index + 1
            if here is not None and ends_here:
                del self._last[here]
                yield from self._citations(here)

    def _citations(self, position: int) -> Iterator[Citation]:
        index, sentence = self._sentences[position]
        for source in dict.fromkeys(sentence.sources):
            if source in self._numbers:
                yield Citation(index, source, self._numbers[source])

    def _is_doubtful(self, position: int) -> bool:
        return self._sentences[position][1].state == "not_found"

    def _sentence_at(self, offset: int) -> int | None:
        position = bisect_right(self._starts, offset) - 1
        if position < 0 or offset >= self._sentence(position).end:
            return None
        return position

    def _sentence(self, position: int) -> Sentence:
        return self._sentences[position][1]

    def _last_characters(self, blocks: Sequence[Block]) -> dict[int, int]:
        """The source offset of the last character shown of each sentence; a mark comes after it."""
        last: dict[int, int] = {}
        for run in _all_runs(blocks):
            for character, offset in zip(run.text, run.at, strict=True):
                position = self._sentence_at(offset)
                if position is not None and not character.isspace():
                    last[position] = max(last.get(position, 0), offset)
        return last


def _all_runs(blocks: Sequence[Block]) -> Iterator[Run]:
    for block in blocks:
        for runs in (block.runs, *(cell for row in block.rows for cell in row)):
            yield from (run for run in runs if not run.address)
