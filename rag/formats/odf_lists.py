"""The numbers before headings and list items of an OpenDocument text ("12.2"), counted as its program does.

They stand nowhere in the file, only the rules for them do (ODF 1.3 part 3, 5.3 and 16.29–16.34).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rag.formats.cleaning import collapse
from rag.formats.numerals import in_form
from rag.formats.package import attribute, child, children, local_name

_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_LEVELS = {"list-level-style-number", "list-level-style-bullet", "outline-level-style"}
_DEEPEST = 10
_OUTLINE = ""  # the name under which the rules for headings are kept


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level is numbered; `form` is empty for bullets and for no number at all."""

    form: str = ""
    before: str = ""
    after: str = ""
    shown: int = 1  # levels whose numbers are joined
    start: int = 1
    bullet: bool = True


class Lists:
    """The rules of all lists; counts through the headings as they come by, in reading order."""

    def __init__(self, *roots: Any) -> None:
        """`roots` of content.xml and styles.xml; the second may be missing (None)."""
        self._levels: dict[tuple[str, int], _Level] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        for style in (style for root in roots for style in _styles(root)):
            name = attribute(style, "name") if local_name(style) == "list-style" else _OUTLINE
            for level in style:
                if local_name(level) in _LEVELS:
                    self._levels[name, _number(level, "level", 1)] = _level(level)

    def heading_number(self, heading: Any, level: int) -> str:
        """The number of a heading that stands in no list."""
        written = child(heading, "number")
        if written is not None:
            return collapse(written.text or "")
        rule = self._levels.get((_OUTLINE, level))
        if rule is None or not rule.form or attribute(heading, "is-list-header") == "true":
            return ""
        return self.next_number(_OUTLINE, level, None)

    def outermost(self, element: Any) -> ListNumbers:
        """The numbers of a list that stands in no other: it begins anew unless it says that it goes on."""
        style = attribute(element, "style-name") or "-"
        if attribute(element, "continue-numbering") != "true" and not attribute(element, "continue-list"):
            self._counts.pop(style, None)
        return ListNumbers(self, style)

    def next_number(self, style: str, level: int, start: int | None) -> str:
        rule = self._levels.get((style, level), _Level())
        if rule.bullet:
            return "•"
        counts = self._counts[style]
        counts[level] = counts.get(level, rule.start - 1) + 1 if start is None else start
        for deeper in [key for key in counts if key > level]:
            del counts[deeper]
        if not rule.form:
            return collapse(rule.before + rule.after)
        first = max(level - rule.shown + 1, 1)
        parts = [self._written(style, above) for above in range(first, level + 1)]
        return collapse(rule.before + ".".join(filter(None, parts)) + rule.after)

    def _written(self, style: str, level: int) -> str:
        rule = self._levels.get((style, level), _Level())
        count = self._counts[style].setdefault(level, rule.start)
        return in_form(count, rule.form) if rule.form else ""


@dataclass(frozen=True, slots=True)
class ListNumbers:
    """The numbers of one list."""

    lists: Lists
    style: str

    def inner(self, element: Any) -> ListNumbers:
        """Those of a list inside; it has the same rules unless it names others."""
        return ListNumbers(self.lists, attribute(element, "style-name") or self.style)

    def next_number(self, item: Any, depth: int) -> str:
        """What stands before the next item at that depth (1 is outermost)."""
        written = child(item, "number")
        if written is not None:
            return collapse(written.text or "")
        start = attribute(item, "start-value")
        given = int(start) if start.isdecimal() and len(start) < 6 else None
        return self.lists.next_number(self.style, min(depth, _DEEPEST), given)


def _styles(root: Any) -> Iterator[Any]:
    for holder in ("automatic-styles", "styles"):
        for style in children(root, holder):
            if local_name(style) in ("list-style", "outline-style"):
                yield style


def _level(element: Any) -> _Level:
    form = attribute(element, "num-format")
    return _Level(
        form=_FORMS.get(form, "decimal" if form else ""),
        before=attribute(element, "num-prefix"),
        after=attribute(element, "num-suffix"),
        shown=_number(element, "display-levels", 1),
        start=_number(element, "start-value", 1),
        bullet=local_name(element) == "list-level-style-bullet",
    )


def _number(element: Any, name: str, default: int) -> int:
    written = attribute(element, name)
    return int(written) if written.isdecimal() and len(written) < 6 else default
