"""Which of the candidates comes first: what words, meaning and single sentences say of each, added up."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from rag.values import PassageId
from rag.words import Find, finder, terms

Scores = Mapping[PassageId, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each view of a passage counts.

    Source:
        tests/benchmarks/retrieval.py on squad_dev, tuned on 2,257 of its questions. On the other 1,500
        recall@1 / @5 by words .813/.943, by meaning .798/.955, by both (.4 and .6) .861/.975, by all three
        .882/.977. With all-MiniLM-L6-v2 in the embedder's place: .693/.895 by meaning, .857/.973 by all.
    """

    words: float = 0.2
    meaning: float = 0.6
    sentence: float = 0.2


LEAST_SPREAD = 0.05
"""Of a handful of passages that are all as close, the closest does not stand out, though a z-score would say
so. On 60 questions of squad_dev, with 58 candidates each, the standard deviation was never below .047 for
closenesses (.11 at the median) and .061 for shares."""


def fuse(
    words: Scores, similarities: Scores, sentence_shares: Scores, weights: Weights
) -> dict[PassageId, float]:
    """One score per passage of `similarities`: the weighted sum of the three lists' z-scores.

    BM25 scores, closenesses and shares have no common scale; how far a passage stands out from the other
    candidates has one. A passage that a list does not name has a 0 there. `similarities` are closenesses.
    """
    ids = sorted(similarities)
    lists = (
        (words, weights.words, 0.0),
        (similarities, weights.meaning, LEAST_SPREAD),
        (sentence_shares, weights.sentence, LEAST_SPREAD),
    )
    standing = [
        (_standardised([scores.get(id_, 0.0) for id_ in ids], least), weight)
        for scores, weight, least in lists
    ]
    return {id_: sum(weight * each[place] for each, weight in standing) for place, id_ in enumerate(ids)}


# The cosine that unrelated texts have, by the beginning of the embedder's identity; 0 for others. This one
# was trained at a low temperature, which crowds all cosines together: on squad_dev the best passage has .88
# at the median where the library has an answer, and .81 where it has none.
_UNRELATED = {"multilingual-e5-small": 0.75}


def closeness(cosine: float, embedder: str) -> float:
    """The cosine on a scale that all embedders share: about 0 for unrelated texts, 1 for equal ones."""
    unrelated = _UNRELATED.get(embedder.partition(":")[0], 0.0)
    return (cosine - unrelated) / (1 - unrelated)


def sentence_shares(query: str, texts: Mapping[PassageId, str]) -> dict[PassageId, float]:
    """The share (0–1) of what the query asks for that stands together in one sentence of each text.

    What answers a question mostly holds its words in one place, while BM25 adds them up over the whole
    passage. A word counts the more, the fewer of these texts hold it.
    """
    asked = frozenset(terms(query))
    if not asked:
        return dict.fromkeys(texts, 0.0)
    find = finder(asked)
    held = {id_: _by_sentence(text, find) for id_, text in texts.items()}
    worth = _rarity(asked, [frozenset[str]().union(*parts) for parts in held.values()])
    whole = sum(worth.values())
    return {
        id_: max((sum(worth[term] for term in part) for part in parts), default=0.0) / whole
        for id_, parts in held.items()
    }


# Where a sentence may end: quicker than rag/sentences.py, and an abbreviation does no harm here.
_ENDS = re.compile(r"(?<=[.!?])\s|[。！？\n]")


def _by_sentence(text: str, find: Find) -> list[frozenset[str]]:
    return [found for part in _ENDS.split(text) if (found := find(part))]


def _rarity(asked: Iterable[str], texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """BM25's inverse document frequency, among these texts alone; above 0."""
    counts = {term: sum(term in text for text in texts) for term in asked}
    return {term: math.log(1 + (len(texts) - count + 0.5) / (count + 0.5)) for term, count in counts.items()}


def _standardised(values: Sequence[float], least: float) -> list[float]:
    """z-scores, by a standard deviation of `least` at least."""
    if not values:
        return []
    mean, deviation = fmean(values), max(pstdev(values), least)
    return [(value - mean) / deviation if deviation else 0.0 for value in values]
