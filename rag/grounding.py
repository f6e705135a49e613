"""Which sentences of an answer stand in the evidence: deterministic, without asking a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rag.cells import Grid, grids, misplaced
from rag.contradictions import contradict
from rag.dates import dates
from rag.lookup import contradicts, looked_up
from rag.sentences import sentences
from rag.statements import Item, Number, Statement, Stem, statement
from rag.values import CheckedSentence, SentenceState
from rag.windows import Sentence, Window, read_passage, windows

FOUND_COVERAGE = 0.85
FOUND_ORDER = 0.7
SUPPORTED_COVERAGE = 0.6
# A second passage is named only if it adds this many words or numbers that the first one lacks.
SECOND_ADDS = 2
# So many of a claim's words must stand in the sentence that holds its number: a 30 among other words is
# another 30. A whole date or an amount of so many characters speaks for itself.
NUMBER_COMPANY = 2
DISTINCT_CHARACTERS = 5

_LIST_MARK = re.compile(r"\s*(?:[-*+•–▪]\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+|#+\s+)+")
_LEAD_IN = re.compile(
    r"\s*(?:(?:yes|no|ja|nein)[,.:]\s+)?"
    r"(?:(?:according to|based on|as (?:stated|mentioned|described) in|laut|gemäß)\b[^,:]{1,100}[,:]\s*)?",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"\[[\d,;\s–-]{1,20}\]|\((?:see|source|sources|passage|page|p\.|pp\.|seite|quelle)\b[^)]{0,80}\)"
    r"|\b(?:passage|source|excerpt|quelle)s?\s+\d+(?:\s*(?:,|and|und)\s*\d+)*",
    re.IGNORECASE,
)
# Says that the documents are silent, which is no statement about the world. Verbs of saying are enough;
# “does not include” needs a word for the documents beside it, because a price may not include tax either.
_NOT = r"(?:\s+not|n['’]t)\s+(?:explicitly\s+|directly\s+)?"
_SILENCE = re.compile(
    rf"""\b(?:
        (?:do|does|did){_NOT}(?:mention|specify|state|say)\b
      | (?:is|are|was|were){_NOT}(?:mentioned|specified|stated|provided|given|contained|listed)\b
      | (?:document|passage|source|text|context|excerpt|evidence|information)s?\b.{{0,40}}?
        (?:do|does|did){_NOT}(?:contain|provide|include|give|indicate|address|cover)\b
      | no\s+(?:information|mention|answer|indication|details?)\b
      | I\s+(?:do|can|could){_NOT}\w+ | I\s+cannot\b | I['’]m\s+(?:sorry|not\s+sure)
      | (?:can\s?not|can['’]t|could\s+not|couldn['’]t|unable\s+to)\s+(?:find|answer|determine)
      | keine\s+(?:angaben?|informationen) | nicht\s+(?:erwähnt|angegeben|enthalten|genannt)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# Words about the answer and the documents as such; a sentence of these alone claims nothing.
_META = frozenset(
    statement(
        "yes no ok okay sure here following follows below above summary overview list lists listed document "
        "documents passage passages source sources text texts excerpt excerpts context file files provided "
        "provides given gives according based information answer question mention mentions mentioned state "
        "states stated says said contain contains described describes key main point points important detail "
        "details note unfortunately sorry know find found let help thank thanks welcome conclusion overall "
        "ja nein folgende folgenden dokument dokumente dokumenten laut text quelle quellen angaben antwort"
    ).content
)


@dataclass(frozen=True, slots=True)
class _Match:
    """What one passage (`source`) holds of a claim, and the range (`quote`) that says it best."""

    source: int
    held: frozenset[Item]
    quote: tuple[int, int]
    verbatim: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage: its sentences, and its tables apart."""

    sentences: tuple[Sentence, ...]
    grids: tuple[Grid, ...]


def check(
    answer: str, passages: Sequence[str], titles: Sequence[str] = (), question: str = ""
) -> list[CheckedSentence]:
    """Each sentence of the answer that claims something, with what it rests on.

    - *found*: its words and all its numbers, dates and names stand together in one passage, in that order;
    - *supported*: most of its words and all its numbers, dates and names stand in one or two passages;
    - *not_found*: anything else. A number, a date or a name that stands nowhere, a number beside another
      unit, a value from another row or column of a table than the one spoken of, and a denial of what the
      passage affirms (or the reverse) are never supported.

    `titles` (one for each passage, or none) say what the passages are about, such as file name and
    heading: a contract speaks of “either party”, and only its title says of whom. Their words count as
    words of the passage, their numbers do not. `question` is what was asked: it may name the row and the
    column that the answer leaves out (“€95.”).

    Left out are sentences that claim nothing: lead-ins to a list, courtesies, “The documents do not say”.
    """
    named = list(zip(passages, titles or [""] * len(passages), strict=True))
    read = [_Read(read_passage(passage, title), grids(passage, title)) for passage, title in named]
    asked = statement(question)
    cell = looked_up(question, passages, [title for _, title in named])
    checked = []
    for start, end in sentences(answer):
        text = answer[start:end]
        claim = _claim(text)
        if claim is not None:
            state, matches = ("not_found", []) if contradicts(text, cell) else _judge(claim, asked, read)
            checked.append(
                CheckedSentence(
                    text=text,
                    start=start,
                    end=end,
                    state=state,
                    sources=tuple(match.source for match in matches),
                    quotes=tuple(match.quote for match in matches),
                )
            )
    return checked


def _claim(text: str) -> Statement | None:
    """What a sentence of an answer claims; None where it claims nothing."""
    mark = _LIST_MARK.match(text)
    is_date = mark and any(date.start < mark.end() for date in dates(text))  # “3. März 2026”
    bare = text[mark.end() :] if mark and not is_date else text
    bare = _MARKS.sub(" ", _LEAD_IN.sub("", bare, count=1))
    if _SILENCE.search(bare):
        return None
    claim = statement(bare)
    if not claim.numbers and _META.issuperset(claim.content):
        return None
    return claim


def _judge(
    claim: Statement, asked: Statement, passages: Sequence[_Read]
) -> tuple[SentenceState, list[_Match]]:
    matches = [
        match
        for source, read in enumerate(passages)
        if not _misplaces(claim, asked, read) and (match := _match(claim, source, read.sentences))
    ]
    matches.sort(key=lambda match: (-len(match.held), match.source))
    for match in matches:
        if match.verbatim:
            return "found", [match]
    for match in matches:
        if _suffices(claim, match.held):
            return "supported", [match]
    for one, other in combinations(matches, 2):
        if len(other.held - one.held) >= SECOND_ADDS and _suffices(claim, one.held | other.held):
            return "supported", [one, other]
    return "not_found", []


def _misplaces(claim: Statement, asked: Statement, read: _Read) -> bool:
    around = [sentence.said for sentence in read.sentences if not sentence.is_row]
    return any(misplaced(claim, asked, grid, around) for grid in read.grids)


def _suffices(claim: Statement, held: frozenset[Item]) -> bool:
    return _strict(claim) <= held and len(held) >= SUPPORTED_COVERAGE * len(_items(claim))


def _match(claim: Statement, source: int, read: Sequence[Sentence]) -> _Match | None:
    """What a passage holds of the claim; None where that is nothing, or where it says the contrary."""
    held_by = [(_held(claim, window), window) for window in windows(read)]
    if not held_by:
        return None
    strict = _strict(claim)
    held, window = max(
        held_by, key=lambda item: (len(strict & item[0]), len(item[0]), -len(item[1]), -item[1][0].start)
    )
    if not held or (not _repeats(claim, window) and contradict(claim, _against(claim, window))):
        return None
    complete = strict <= held and len(held) >= FOUND_COVERAGE * len(_items(claim))
    return _Match(
        source=source,
        held=frozenset().union(*(part for part, _ in held_by)),
        quote=(window[0].start, window[-1].end),
        verbatim=complete and _in_order(claim, window),
    )


def _against(claim: Statement, window: Window) -> list[Statement]:
    """What may be to the contrary: in a row that has a figure of the claim, no “closed” for another day."""
    return [
        replace(sentence.said, opposable=frozenset()) if sentence.is_row and claim.numbers else sentence.said
        for sentence in window
    ]


def _repeats(claim: Statement, window: Window) -> bool:
    """Whether the window holds the claim word by word."""
    return claim.words in "".join(sentence.said.words for sentence in window).replace("  ", " ")


def _items(claim: Statement) -> frozenset[Item]:
    return frozenset((*claim.content, *claim.numbers))


def _strict(claim: Statement) -> frozenset[Item]:
    """What must be there, however much else is."""
    return frozenset((*claim.names, *claim.numbers))


def _held(claim: Statement, window: Window) -> frozenset[Item]:
    words = frozenset(claim.content)
    held: set[Item] = set()
    for sentence in window:
        shared = words & sentence.words
        held |= shared
        in_company = len(shared) >= min(NUMBER_COMPANY, len(words))
        held |= {
            number
            for number in claim.numbers
            if (in_company or _is_distinct(number)) and _says(sentence, number)
        }
    return frozenset(held)


def _is_distinct(number: Number) -> bool:
    return all(len(reading) >= DISTINCT_CHARACTERS for reading in number.readings)


def _says(sentence: Sentence, number: Number) -> bool:
    if not number.unit:
        return bool(number.readings & sentence.said.said)
    return any(
        number.readings & other.readings
        and (other.unit == number.unit or (not other.unit and number.unit in sentence.words))
        for other in sentence.said.numbers
    )


def _in_order(claim: Statement, window: Window) -> bool:
    """Whether the claim's words stand in the window in about the same order."""
    said = [word for sentence in window for word in sentence.said.content]
    shared = [word for word in claim.content if word in said]
    return _common_subsequence(shared, said) >= FOUND_ORDER * len(shared)


def _common_subsequence(one: Sequence[Stem], other: Sequence[Stem]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for place, candidate in enumerate(other):
            row.append(before[place] + 1 if word == candidate else max(before[place + 1], row[place]))
    return row[-1]
