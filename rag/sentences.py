"""Where sentences begin and end: the unit that passages are built from and answers are checked by."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A full stop after these never ends a sentence.
_NEVER_LAST = _words(
    "dr mr mrs ms prof st hr fr mme mlle sr sra hon rev gen col capt lt sgt gov messrs dipl ing "
    "e.g i.e eg ie vs cf viz approx resp incl excl est dept univ assn bros "
    "z.b d.h u.a i.d.r s.o s.u o.ä u.ä v.a z.t bzw ca evtl ggf inkl exkl vgl sog gem lt insb zzgl "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
# After these a number follows more often than a new sentence: "No. 7" against "No. It ended."
_BEFORE_NUMBER = _words(
    "no nos nr nrn art arts fig figs eq eqs sec secs sect para paras p pp pg vol vols ch chap cl ex app "
    "abs ziff s rn rz kap abb tab bd"
)
# These may end a sentence; they do when a word follows that often begins one.
_SOMETIMES_LAST = _words("inc ltd co corp plc llc gmbh etc usw a.m p.m al jr sr ph.d")
_OFTEN_FIRST = _words(
    "the a an this that these those it its they he she we you i in on at if when while where after before "
    "for from by to as with without however no not all any each both either neither our your their his her "
    "there here what which who why how and but or so yet also then thus section clause "
    "der die das ein eine es er sie wir ihr in im am an auf bei für von vom zu zum zur mit ohne wenn als "
    "nach vor und aber oder dies diese dieser dieses le la les un une il elle nous vous"
)
_GERMAN_DATE_WORDS = _words(
    "januar februar märz april mai juni juli august september oktober november dezember "
    "jahrhundert jahrhunderts quartal quartals"
)

# A mark that may end a sentence, what closes with it, and an answer's own source marks ("… quarter. [1]").
_MARK = re.compile(
    r"""(?x:(?<![.!?…])[.!?…]++["'”’»)\]*_]*+(?=\s|\Z|\[\d)
      | [。！？｡][。！？｡」』”’）》】]*
    )(?:[ ]?\[\d{1,3}\])*"""
)
_LIST_MARK = re.compile(
    r"[-*+•–▪◦‣·●○]\s|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s|§\s*\d|\d+(?:\.\d+)+\.?\s+(?=\w)(?![a-z])"
)
_NUMBERING = re.compile(r"[(]?(?:\d+(?:\.\d+)*|[A-Za-z]|[ivxlcIVXLC]+)[.)]|[-*+•–▪◦‣·●○#>]+")
_FIRST_WORD = re.compile(r"[^\w]*([\w'’]*)")
_OPENING = "\"'“”„‘’«»([{*_"
_LONGEST_ABBREVIATION = 12


def sentences(text: str) -> list[Span]:
    """Ranges of the sentences of `text`, in order, trimmed, together covering all that is not whitespace.

    A sentence may run over single line breaks (wrapped text), but not over a blank line, a list item, a
    heading or a table row of Markdown; a table row is one sentence however many full stops it holds.
    """
    found: list[Span] = []
    for start, end in _stretches(text):
        if text.startswith("|", start):
            found.append((start, end))
        else:
            found.extend(_split(text, start, end))
    return found


def _stretches(text: str) -> Iterator[Span]:
    """The trimmed stretches that no sentence runs out of: paragraphs, list items, table rows, headings."""
    start: int | None = None
    end = position = 0
    closed = True
    for line in text.splitlines(keepends=True):
        content = line.strip()
        first = position + len(line) - len(line.lstrip())
        position += len(line)
        if not content:
            closed = True
            continue
        if start is not None and (closed or _opens(content)):
            yield start, end
            start = None
        if start is None:
            start = first
        end = first + len(content)
        closed = content[-1] == ":" or content[0] in "|#"
    if start is not None:
        yield start, end


def _opens(line: str) -> bool:
    return line[0] in "|#" or line.startswith("```") or _LIST_MARK.match(line) is not None


def _split(text: str, start: int, end: int) -> Iterator[Span]:
    for mark in _MARK.finditer(text, start, end):
        after = mark.end()
        if after >= end:
            break
        if not _ends_here(text, start, mark, end):
            continue
        yield start, after
        while after < end and text[after].isspace():
            after += 1
        start = after
    if start < end:
        yield start, end


def _ends_here(text: str, start: int, mark: re.Match[str], end: int) -> bool:
    first = text[mark.start()]
    if first in "。！？｡":
        return True
    following = text[mark.end() : mark.end() + 40].lstrip().lstrip(_OPENING)
    if following[:1].islower() and not mark.group().endswith("]"):
        return False
    if first != "." or mark.group().startswith(".."):
        return True
    return _full_stop_ends(text, start, mark.start(), following)


def _full_stop_ends(text: str, start: int, stop: int, following: str) -> bool:
    if _NUMBERING.fullmatch(text, start, stop + 1):
        return False  # "12. After …": the number belongs to what follows
    word = _word_before(text, start, stop)
    bare = word.lower()
    if bare in _NEVER_LAST:
        return False
    if bare in _BEFORE_NUMBER:
        return not following[:1].isdigit()
    if word.isdigit() and len(word) <= 2:
        return _first_word(following) not in _GERMAN_DATE_WORDS  # "am 30. Juni"
    if bare in _SOMETIMES_LAST or _is_initials(word):
        return _first_word(following) in _OFTEN_FIRST
    return True


def _word_before(text: str, start: int, stop: int) -> str:
    window = text[max(start, stop - _LONGEST_ABBREVIATION) : stop]
    words = window.split()
    return words[-1].lstrip(_OPENING) if words and not window[-1].isspace() else ""


def _is_initials(word: str) -> bool:
    """True for "J", "z", "U.S": single letters with full stops between them."""
    return bool(word) and all(len(part) == 1 and part.isalpha() for part in word.split("."))


def _first_word(text: str) -> str:
    match = _FIRST_WORD.match(text)
    return match.group(1).lower() if match else ""
