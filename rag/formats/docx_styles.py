"""What Word's styles and lists say about a paragraph: its heading level and the number before it.

The number of an automatically numbered clause ("12.2") stands nowhere in the text of a Word document;
people cite it all the same, so it is counted here as Word does (ECMA-376 part 1, 17.9).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from rag.formats.numerals import in_form
from rag.formats.package import attribute, child, local_name

_HEADING = re.compile(r"heading ([1-9])")
_PLACE = re.compile(r"%([1-9])")
_DEEPEST_STYLE = 20  # styles rest on styles; a damaged file may go in circles


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a paragraph stands in a list: which list, how deep (0 is outermost)."""

    list_id: str
    depth: int


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    based_on: str
    outline: str
    list_id: str
    depth: str


class Styles:
    """The part styles.xml; an absent one (None) knows no style."""

    def __init__(self, root: Any) -> None:
        elements = () if root is None else (e for e in root if local_name(e) == "style")
        self._styles = {attribute(element, "styleId"): _style(element) for element in elements}

    def heading_level(self, style_id: str, outline: str) -> int:
        """1–6, or 0 for what is no heading; `outline` is the paragraph's own outline level."""
        if outline.isdigit():
            return _level(int(outline))
        for style in self._chain(style_id):
            named = _HEADING.fullmatch(style.name)
            if named:
                return _level(int(named.group(1)) - 1)
            if style.name == "title":
                return 1
            if style.outline.isdigit():
                return _level(int(style.outline))
        return 0

    def list_place(self, style_id: str) -> ListPlace | None:
        """The list that a style puts its paragraphs into."""
        list_id = depth = ""
        for style in self._chain(style_id):
            list_id, depth = list_id or style.list_id, depth or style.depth
        return ListPlace(list_id, _depth(depth)) if list_id not in ("", "0") else None

    def _chain(self, style_id: str) -> list[_Style]:
        chain: list[_Style] = []
        while (style := self._styles.get(style_id)) and len(chain) < _DEEPEST_STYLE:
            chain.append(style)
            style_id = style.based_on
        return chain


class Numbering:
    """The part numbering.xml: counts through the lists as paragraphs come by, in reading order."""

    def __init__(self, root: Any) -> None:
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self._abstract: dict[str, str] = {}
        self._counters: dict[str, dict[int, int]] = defaultdict(dict)
        for element in () if root is None else root:
            if local_name(element) == "abstractNum":
                self._take_levels(element)
            elif local_name(element) == "num":
                self._abstract[attribute(element, "numId")] = _value(child(element, "abstractNumId"))

    def next_number(self, place: ListPlace) -> str:
        """What stands before the next paragraph there: "12.2", "(a)", "•"."""
        abstract = self._abstract.get(place.list_id, place.list_id)
        form, pattern, start = self._level(abstract, place.depth)
        counters = self._counters[abstract]
        counters[place.depth] = counters.get(place.depth, start - 1) + 1
        for deeper in [depth for depth in counters if depth > place.depth]:
            del counters[deeper]
        if form == "bullet":
            return "•"
        return _PLACE.sub(lambda match: self._count(abstract, int(match.group(1)) - 1), pattern)

    def _take_levels(self, element: Any) -> None:
        for level in (inner for inner in element if local_name(inner) == "lvl"):
            start = _value(child(level, "start"))
            self._levels[attribute(element, "abstractNumId"), _depth(attribute(level, "ilvl"))] = (
                _value(child(level, "numFmt")),
                _value(child(level, "lvlText")),
                int(start) if start.isdecimal() else 1,
            )

    def _level(self, abstract: str, depth: int) -> tuple[str, str, int]:
        return self._levels.get((abstract, depth), ("bullet", "", 1))

    def _count(self, abstract: str, depth: int) -> str:
        form, _, start = self._level(abstract, depth)
        return in_form(self._counters[abstract].get(depth, start), form)


def _style(element: Any) -> _Style:
    properties = child(element, "pPr")
    list_properties = child(properties, "numPr") if properties is not None else None
    return _Style(
        name=_value(child(element, "name")).lower(),
        based_on=_value(child(element, "basedOn")),
        outline=_value(child(properties, "outlineLvl")) if properties is not None else "",
        list_id=_value(child(list_properties, "numId")) if list_properties is not None else "",
        depth=_value(child(list_properties, "ilvl")) if list_properties is not None else "",
    )


def _value(element: Any) -> str:
    return attribute(element, "val") if element is not None else ""


def _level(outline: int) -> int:
    """Word's outline levels are 0–8 for headings and 9 for running text."""
    return min(outline + 1, 6) if outline < 9 else 0


def _depth(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) == 1 else 0
