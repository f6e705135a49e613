"""A provider's error without what it repeats of the question: errors are kept and logged, questions not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from engine.errors import FrontierError, ProviderFailed

RUN = 3  # as many words in a row that stand in the question as well are no accident
_WORD = re.compile(r"\S+")
_EDGES = "\"'“”‘’«»`()[]{}<>.,:;!?"


def without_echoes(error: FrontierError, sent: Sequence[str]) -> FrontierError:
    """The same error, its detail without what it has in common with the texts that were sent."""
    if not isinstance(error, ProviderFailed) or not error.detail:
        return error
    detail = _blanked(error.detail, " ".join(sent))
    return error if detail == error.detail else replace(error, detail=detail)


def _blanked(detail: str, sent: str) -> str:
    known = f" {' '.join(_bare(word) for word in sent.split())} "
    words = list(_WORD.finditer(detail))
    bare = [_bare(word[0]) for word in words]
    echoed = [False] * len(words)
    for at in range(len(words)):
        run = bare[at : at + RUN]
        is_telling = len(run) == RUN or sum(map(len, run)) >= 12
        if is_telling and any(run) and f" {' '.join(run)} " in known:
            echoed[at : at + len(run)] = [True] * len(run)
        elif _is_rare(bare[at]) and f" {bare[at]} " in known:
            echoed[at] = True
    return _joined([("…" if hidden else word[0]) for word, hidden in zip(words, echoed, strict=True)])


def _bare(word: str) -> str:
    return word.strip(_EDGES).casefold()


def _is_rare(word: str) -> bool:
    """Whether one word alone may say something: an address, a number, anything long."""
    return "@" in word or sum(letter.isdigit() for letter in word) >= 4 or len(word) >= 16


def _joined(words: Sequence[str]) -> str:
    return " ".join(word for at, word in enumerate(words) if word != "…" or at == 0 or words[at - 1] != "…")
