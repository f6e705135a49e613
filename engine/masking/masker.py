"""Placeholders for what was found, the same for the same thing in all messages, and texts with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.masking.persons import SHORTEST_PART, parts_of, persons, words_of
from engine.masking.phrases import Phrases, WholeWords, folded
from engine.masking.placeholders import Name, numbers_in, way
from engine.masking.values import Finding, Mask, MaskKind

SHORTEST_STREET = 6


def mask(texts: Sequence[str], findings: Sequence[Sequence[Finding]]) -> tuple[Mask, ...]:
    """A mask for each way of writing each thing that was found (`findings`: for each text), in order.

    What was found in one place is masked wherever it stands, also in other capitals or over a line's end; of
    a person also a single name. No placeholder is one that the texts hold already.
    """
    found = _Found(texts)
    for text, of_text in zip(texts, findings, strict=True):
        words = WholeWords(text)
        for finding in of_text:
            start, end = words.around(finding.start, finding.end)
            found.add(text[start:end].strip(), finding.kind)
            found.add(text[finding.start : finding.end].strip(), finding.kind)  # elsewhere a word of its own
    return _counted(texts, found.masks())


def apply(text: str, masks: Sequence[Mask]) -> str:
    """The text as it is sent. Of masks that overlap the longest counts.

    What is let through shows what stands wholly within it, such as the name in an address; never the part of
    something masked that it only overlaps.
    """
    shown = [(start, end) for start, end, _ in _standing(masks, text, on=False)]
    written, at = [], 0
    for start, end, each in _standing(masks, text, on=True):
        if any(first <= start and end <= last for first, last in shown):
            continue
        written += [text[at:start], each.placeholder]
        at = end
    return "".join([*written, text[at:]])


def _standing(masks: Sequence[Mask], text: str, *, on: bool) -> list[tuple[int, int, Mask]]:
    """Where masks that are on, or off, stand in a text, in order and apart."""
    phrases: Phrases[Mask] = Phrases()
    for each in masks:
        if each.on == on:
            phrases.add(each.original, each)
    return list(phrases.found(text))


@dataclass(slots=True)
class _Found:
    """What was found, and what else in the texts means the same."""

    texts: Sequence[str]
    _originals: dict[str, MaskKind] = field(default_factory=dict)  # in the order in which they were found
    _wholes: dict[str, str] = field(default_factory=dict)  # what something is a part of

    def add(self, original: str, kind: MaskKind) -> None:
        if original:
            self._originals.setdefault(original, kind)

    def masks(self) -> list[Mask]:
        self._add_other_ways()
        taken = {taken for text in self.texts for taken in numbers_in(text)}
        numbers, ways, masks = _Numbers(taken), Counter[tuple[MaskKind, str]](), []
        things = self._things()
        for original, kind in self._originals.items():
            thing = (kind, things[original])
            name = Name(kind, numbers.of(*thing), way(ways[thing]))
            ways[thing] += 1
            masks.append(Mask(str(name), kind, original))
        return masks

    def _add_other_ways(self) -> None:
        """In the order in which all of them stand in the texts: the fullest way need not come first."""
        known: Phrases[tuple[str, MaskKind]] = Phrases(folded)
        for original, kind in self._originals.items():
            known.add(original, (original, kind))
        for original, kind in self._originals.items():
            for part in _parts(original, kind):
                known.add(part, (part, kind))
                self._wholes.setdefault(part, original)
        seen: dict[str, MaskKind] = {}
        for text in self.texts:
            for start, end, (original, kind) in known.found(text):
                written = text[start:end]
                if written in self._originals or not _is_another_word(written, original, kind):
                    seen.setdefault(written, self._originals.get(written, kind))
                    if original in self._wholes:
                        self._wholes.setdefault(written, self._wholes[original])
        self._originals = seen | {
            original: kind for original, kind in self._originals.items() if original not in seen
        }

    def _things(self) -> dict[str, str]:
        """For each way of writing, what names the thing."""
        names = [original for original, kind in self._originals.items() if kind == "PERSON"]
        called = dict(zip(names, persons(names), strict=True))
        return {
            original: " ".join(words_of(names[called[original]]))
            if kind == "PERSON"
            else _bare(self._wholes.get(original, original), kind)
            for original, kind in self._originals.items()
        }


def _parts(original: str, kind: MaskKind) -> list[str]:
    """What may stand for it alone: a name's words, an address's line with the street."""
    if kind == "PERSON":
        return parts_of(original)
    lines = [line.strip() for line in re.split(r"[,\n]", original)] if kind == "ADDRESS" else []
    return [line for line in lines[:-1] if len(line) >= SHORTEST_STREET and re.search(r"[^\W\d_]", line)][:1]


def _is_another_word(written: str, original: str, kind: MaskKind) -> bool:
    """“long” is not Mr Long: a single name counts as it is written, or in capitals."""
    single = kind == "PERSON" and len(words_of(original)) == 1
    return single and (len(written) < SHORTEST_PART or written not in (original, original.upper()))


def _bare(original: str, kind: MaskKind) -> str:
    """What is the same however it is written: without capitals, spaces and signs.

    A telephone number's country prefix may be left out: the last nine digits tell.
    """
    if kind == "PHONE":
        return re.sub(r"\D", "", original)[-9:]
    if kind == "EMAIL":
        return original.casefold()
    return re.sub(r"[\W_]", "", original).casefold()


class _Numbers:
    """Numbers things of each kind from 1 on, past those that are taken."""

    def __init__(self, taken: set[tuple[MaskKind, int]]) -> None:
        self._taken = taken
        self._last: Counter[MaskKind] = Counter()
        self._known: dict[tuple[MaskKind, str], int] = {}

    def of(self, kind: MaskKind, thing: str) -> int:
        if (kind, thing) not in self._known:
            self._last[kind] += 1
            while (kind, self._last[kind]) in self._taken:
                self._last[kind] += 1
            self._known[kind, thing] = self._last[kind]
        return self._known[kind, thing]


def _counted(texts: Sequence[str], masks: Sequence[Mask]) -> tuple[Mask, ...]:
    """With how often each stands in the texts; those that stand only within others are left out."""
    phrases: Phrases[str] = Phrases()
    for each in masks:
        phrases.add(each.original, each.placeholder)
    counts = Counter(placeholder for text in texts for _, _, placeholder in phrases.found(text))
    return tuple(
        Mask(each.placeholder, each.kind, each.original, counts[each.placeholder])
        for each in masks
        if counts[each.placeholder]
    )
