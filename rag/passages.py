"""Pages to passages: the pieces that are embedded, found and cited.

The aim is passages that say one thing and are short enough to read many of (evidence is what a small
model spends its time on), without cutting what belongs together. So structure decides first and size
second: never across a page or a heading, a heading stays with what it heads, a row or a sentence is only
cut where it alone is too long, a table or paragraph that would fit starts a passage of its own rather
than being cut. Every sentence is tokenised once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rag.sentences import sentences
from rag.settings import PassageSettings
from rag.values import Block, BlockKind, Page, Passage

HEADING_SEPARATOR = " › "

_LONGEST_TITLE = 60  # characters; the title is context, not content
_LONGEST_HEADING = 80
# A tokenizer may take any long string (a key, a picture in base64) for one unknown word: nothing that
# long may count as short. Ordinary text has four to six characters in a token.
_CHARACTERS_PER_TOKEN = 10

_CountTokens = Callable[[str], int]


def split(
    pages: Sequence[Page],
    count_tokens: Callable[[str], int],
    settings: PassageSettings,
    title: str = "",
) -> list[Passage]:
    """The passages of a document, in reading order.

    `count_tokens` counts without special tokens; the text that `embedding_text` makes of a passage has at
    most `settings.target_tokens` of them, unless title and headings alone take more than three quarters.
    Text outside a page's blocks is left out; a page without blocks is one paragraph.
    """
    splitter = _Splitter(count_tokens, settings, title)
    for page in pages:
        splitter.add(page)
    return splitter.passages


def embedding_text(title: str, passage: Passage) -> str:
    """What is embedded for a passage: title and headings on one line, where they add something, then it."""
    context = _context(title, passage.heading, passage.text)
    return f"{context}\n{passage.text}" if context else passage.text


def _context(title: str, heading: str, text: str) -> str:
    parts = [_shortened(title, _LONGEST_TITLE), *heading.split(HEADING_SEPARATOR)]
    lines = f"\n{text[:500]}\n"
    kept: list[str] = []
    for part in parts:
        if part and part not in kept and f"\n{part}\n" not in lines:
            kept.append(part)
    return HEADING_SEPARATOR.join(kept)


def _shortened(text: str, characters: int) -> str:
    text = " ".join(text.split()).replace(HEADING_SEPARATOR.strip(), ">")
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a passage is built of: a sentence, a row, a line of code, a heading, or a part of one of these.

    `block_tokens` is set on a block's first unit: what the whole block takes. `header` names the columns
    of the table that a row continues.
    """

    kind: BlockKind
    start: int
    end: int
    tokens: int
    block_tokens: int = 0
    header: str = ""
    header_tokens: int = 0


@dataclass(slots=True)
class _Open:
    """The passage being filled."""

    units: list[_Unit] = field(default_factory=list)
    tokens: int = 0

    def add(self, unit: _Unit) -> None:
        self.units.append(unit)
        self.tokens += unit.tokens

    @property
    def only_headings(self) -> bool:
        return all(unit.kind == "heading" for unit in self.units)


class _Splitter:
    """Goes through the pages of one document; headings reach over page breaks, passages do not."""

    def __init__(self, count_tokens: _CountTokens, settings: PassageSettings, title: str) -> None:
        self.passages: list[Passage] = []
        self._settings = settings
        self._title = title
        self._headings: list[tuple[int, str]] = []  # (level, text) of those that enclose this place
        self._cost = _Cost(count_tokens)

    def add(self, page: Page) -> None:
        section: list[_Unit] = []
        previous = 0
        for block in page.blocks or (Block("paragraph", 0, len(page.text)),):
            opens = block.kind == "heading" and any(unit.kind != "heading" for unit in section)
            gap = page.text[previous : block.start].strip()
            if section and (opens or any(character.isalnum() for character in gap)):
                self._pack(page, section)
                section = []
            if block.kind == "heading":
                self._enter(page.text[block.start : block.end], block.level)
            section.extend(self._units(page.text, block, gap))
            previous = block.end
        if section:
            self._pack(page, section)

    def _enter(self, text: str, level: int) -> None:
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, _shortened(text, _LONGEST_HEADING)))

    def _heading_path(self) -> str:
        """The innermost headings that leave most of a passage to its text."""
        most = self._settings.target_tokens // 3
        parts = [text for _, text in self._headings]
        while parts and self._cost(HEADING_SEPARATOR.join(parts)) > most:
            parts.pop(0)
        return HEADING_SEPARATOR.join(parts)

    def _units(self, text: str, block: Block, gap: str) -> Iterator[_Unit]:
        """The block's units. Marks between blocks ("##", a rule) are counted with the unit after them."""
        marks = self._cost(gap) if gap else 0
        spans = [(start, end, self._cost(text[start:end])) for start, end in _spans(text, block)]
        whole = marks + sum(tokens for _, _, tokens in spans)
        header = self._header(text[block.start : block.end]) if block.kind == "table" else ""
        for position, (start, end, tokens) in enumerate(spans):
            if position == 0:
                yield _Unit(block.kind, start, end, marks + tokens, whole)
            elif header and position > 1:
                yield _Unit(block.kind, start, end, tokens, 0, header, self._cost(HEADING_SEPARATOR + header))
            else:
                yield _Unit(block.kind, start, end, tokens)

    def _header(self, table: str) -> str:
        header = _table_header(table)
        return header if self._cost(header) <= self._settings.target_tokens // 6 else ""

    def _pack(self, page: Page, section: list[_Unit]) -> None:
        packer = _Packer(page.text, self._cost, self._settings, self._title, self._heading_path())
        for units, heading in packer.pack(section):
            start, end = units[0].start, units[-1].end
            text = page.text[start:end]
            if any(character.isalnum() for character in text):
                self.passages.append(Passage(len(self.passages), page.number, start, end, text, heading))


class _Packer:
    """Fills passages from the units of one section."""

    def __init__(self, text: str, cost: _Cost, settings: PassageSettings, title: str, heading: str) -> None:
        self._text = text
        self._cost = cost
        self._overlap_sentences = settings.overlap_sentences
        self._heading = heading
        target = settings.target_tokens
        self._budget = max(target - cost(_context(title, heading, "")), target // 4, 1)

    def pack(self, section: list[_Unit]) -> Iterator[tuple[list[_Unit], str]]:
        """The units of each passage, with the heading it carries."""
        waiting = deque(section)
        current = _Open()
        while waiting:
            unit = waiting.popleft()
            room = self._budget - current.tokens
            longest = self._budget - unit.header_tokens
            fill = room if room > self._budget // 4 else longest  # else the rest is left empty
            if unit.tokens > (fill if current.only_headings else longest):
                waiting.extendleft(reversed(self._parts(unit, fill)))
                continue
            if current.units and (unit.tokens > room or self._better_apart(current, unit)):
                yield self._closed(current)
                current = self._reopened(current, unit)
            current.add(unit)
        if current.units:
            yield self._closed(current)

    def _closed(self, passage: _Open) -> tuple[list[_Unit], str]:
        parts = [self._heading, passage.units[0].header]
        return passage.units, HEADING_SEPARATOR.join(part for part in parts if part)

    def _better_apart(self, current: _Open, unit: _Unit) -> bool:
        """Whether a block that fits into a passage, but not into this one, should have one of its own."""
        if current.only_headings or not self._budget - current.tokens < unit.block_tokens <= self._budget:
            return False
        return unit.kind in ("table", "code") or current.tokens > self._budget // 2

    def _reopened(self, closed: _Open, unit: _Unit) -> _Open:
        """The next passage: it begins with the last sentences of the one before, where there is room."""
        fresh = _Open(tokens=unit.header_tokens)
        overlap = self._overlap(closed) if unit.kind in ("paragraph", "list_item") else []
        needed = max(unit.tokens, unit.block_tokens if unit.block_tokens <= self._budget else 0)
        if sum(kept.tokens for kept in overlap) + needed <= self._budget:
            for kept in overlap:
                fresh.add(kept)
        return fresh

    def _overlap(self, closed: _Open) -> list[_Unit]:
        count = self._overlap_sentences
        last = closed.units[-count:] if 0 < count < len(closed.units) else []
        is_prose = all(unit.kind in ("paragraph", "list_item") for unit in last)
        return last if is_prose and sum(unit.tokens for unit in last) <= self._budget // 3 else []

    def _parts(self, unit: _Unit, limit: int) -> list[_Unit]:
        """A unit that is too long by itself, cut at words; the first part takes at most `limit` tokens."""
        parts: list[_Unit] = []
        start = unit.start
        while start < unit.end:
            end = self._cut(start, unit.end, limit)
            parts.append(
                replace(unit, start=start, end=end, tokens=self._cost(self._text[start:end]), block_tokens=0)
            )
            start, limit = end, self._budget - unit.header_tokens
            while start < unit.end and self._text[start].isspace():
                start += 1
        return parts

    def _cut(self, start: int, end: int, limit: int) -> int:
        """Where the longest part from `start` on ends, nearly, that takes at most `limit` tokens."""
        length = min(end - start, limit * _CHARACTERS_PER_TOKEN)
        while length > 1:
            stop = self._word_end(start, start + length, end)
            tokens = self._cost(self._text[start:stop])
            if tokens <= limit:
                return start + max(len(self._text[start:stop].rstrip()), 1)
            length = min(length - 1, max(1, int((stop - start) * limit / tokens * 0.95)))
        return start + 1

    def _word_end(self, start: int, stop: int, end: int) -> int:
        """`stop`, moved back to the end of a word if there is one in the second half."""
        if stop >= end or self._text[stop].isspace():
            return stop
        for position in range(stop - 1, (start + stop) // 2, -1):
            if self._text[position].isspace():
                return position
        return stop


class _Cost:
    """Tokens of a text; headings, columns and repeated rows are counted once."""

    def __init__(self, count_tokens: _CountTokens) -> None:
        self._counted = lru_cache(maxsize=1024)(count_tokens)

    def __call__(self, text: str) -> int:
        return max(self._counted(text), -(-len(text) // _CHARACTERS_PER_TOKEN)) if text else 0


def _spans(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """Ranges of the units in a block."""
    content = text[block.start : block.end]
    if block.kind == "heading":
        yield block.start, block.end
    elif block.kind in ("table", "code"):
        yield from _lines(content, block.start)
    else:
        for start, end in sentences(content):
            yield block.start + start, block.start + end


def _lines(content: str, offset: int) -> Iterator[tuple[int, int]]:
    for line in content.split("\n"):
        stripped = line.rstrip()
        if stripped.strip():
            yield offset, offset + len(stripped)
        offset += len(line) + 1


def _table_header(table: str) -> str:
    """The columns of a Markdown table, to stand over rows that are parted from them."""
    first, _, rest = table.partition("\n")
    if not rest.lstrip().startswith(("| -", "|-", "| :", "|:")):
        return ""
    cells = (cell.strip() for cell in first.strip().strip("|").split("|"))
    return _shortened(", ".join(cell for cell in cells if cell), _LONGEST_HEADING)
