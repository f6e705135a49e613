"""Whether the evidence speaks of what was asked: what a question denies, turns round, or brings up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.dates import MONTHS
from rag.lookup import looked_up
from rag.opposites import OPPOSITES
from rag.statements import Statement, content_stem, statement
from rag.windows import Window, read_passage, windows

_MONTHS = {content_stem(name): number for name, number in MONTHS.items()}
# A sentence beside the one that says most counts little less than one.
SECOND_SENTENCE = 0.1
_ASKS_LEAVE = re.compile(r"\s*may\b(?!\s+\d)", re.IGNORECASE)  # “May I …?”: no month


@dataclass(frozen=True, slots=True)
class Bearing:
    """What the sentence that an answer rests on has to do with the question.

    `denies`: the question denies something, the sentence nothing (“Who was not invited?”).
    `opposes`: the sentence has the opposite of a word of the question.
    `unknown`: a name of the question stands nowhere in the evidence.
    `covered`: the most that one sentence, or two, hold of the question's words, 0..1; 0 where a name or a
    number of the question stands nowhere. `closest`: their passage and their range in it, rather one that
    denies something; `denied`: it does (“Never use vinegar”). `cell`: what a table says in the row and the
    column that the question names, if it names one of each.
    """

    denies: bool
    opposes: bool
    unknown: bool
    covered: float
    closest: tuple[int, int, int] = (0, 0, 0)
    denied: bool = False
    cell: str = ""


def bearing(question: str, answer: str, passages: Sequence[str], titles: Sequence[str] = ()) -> Bearing:
    """How the evidence bears on the question; `answer` tells which sentence it rests on."""
    asked, answered = statement(_ASKS_LEAVE.sub("", question)), statement(answer)
    places = [
        (number, window)
        for number, (passage, title) in enumerate(zip(passages, titles or [""] * len(passages), strict=True))
        for window in windows(read_passage(passage, title))
    ]
    found = [window for _, window in places]
    if not found:
        return Bearing(denies=False, opposes=False, unknown=False, covered=0.0)
    rests = max(found, key=lambda window: _weight(asked, answered, window))
    number, closest = max(places, key=lambda place: _closeness(asked, place[1]))
    opposable = frozenset().union(*(sentence.said.opposable for sentence in rests))
    return Bearing(
        denies=_denies(asked) and not _window_denies(rests),
        opposes=any(OPPOSITES[word] & (opposable - asked.opposable) for word in asked.opposable - opposable),
        unknown=not _knows_names(asked, found),
        covered=_covered(asked, found),
        closest=(number, closest[0].start, closest[-1].end),
        denied=_window_denies(closest),
        cell=_cell(question, asked, found, passages, titles or [""] * len(passages)),
    )


def _cell(
    question: str, asked: Statement, found: Sequence[Window], passages: Sequence[str], titles: Sequence[str]
) -> str:
    if _denies(asked) or not _knows_names(asked, found) or not _knows_numbers(asked, found):
        return ""
    return looked_up(question, passages, titles)


def _denies(said: Statement) -> bool:
    return any(clause.denied for clause in said.clauses)


def _closeness(asked: Statement, window: Window) -> tuple[float, int, bool]:
    return _share(asked, _words(window)), -len(window), _window_denies(window)


def _window_denies(window: Window) -> bool:
    return any(_denies(sentence.said) for sentence in window)


def _weight(asked: Statement, answered: Statement, window: Window) -> float:
    """How much of the answer's own words and of the question's a window holds."""
    new = set(answered.content) - set(asked.content)
    numbers = [
        number
        for number in answered.numbers
        if not any(number.readings & other.readings for other in asked.numbers)
    ]
    words = _words(window)
    said = frozenset().union(*(sentence.said.said for sentence in window))
    held = len(new & words) + sum(bool(number.readings & said) for number in numbers)
    own = held / (len(new) + len(numbers)) if new or numbers else 0.0
    return own + _share(asked, words) - SECOND_SENTENCE * (len(window) - 1)


def _knows_names(asked: Statement, found: Sequence[Window]) -> bool:
    words = frozenset().union(*(_words(window) for window in found))
    return all(_MONTHS[name] in _months(found) for name in asked.names - words if name in _MONTHS) and (
        asked.names <= words | _MONTHS.keys()
    )


def _knows_numbers(asked: Statement, found: Sequence[Window]) -> bool:
    said = frozenset().union(*(sentence.said.said for window in found for sentence in window))
    return all(number.readings & said for number in asked.numbers)


def _months(found: Sequence[Window]) -> frozenset[int]:
    """The months of the dates: “in October” is known from “14 October 2026”, which is no word."""
    said = frozenset().union(*(sentence.said.said for window in found for sentence in window))
    return frozenset(int(part) for key in said if "-" in key for part in key.split("-") if len(part) == 2)


def _covered(asked: Statement, found: Sequence[Window]) -> float:
    if not _knows_names(asked, found) or not _knows_numbers(asked, found):
        return 0.0
    return max(_share(asked, _words(window)) for window in found)


def _share(asked: Statement, words: frozenset[str]) -> float:
    content = set(asked.content)
    return len(content & words) / len(content) if content else 0.0


def _words(window: Window) -> frozenset[str]:
    return frozenset().union(*(sentence.words for sentence in window))
