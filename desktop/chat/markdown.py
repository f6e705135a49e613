"""Reads an answer's Markdown into blocks of plain runs. Qt-free; nothing in the result can be loaded or run.

HTML is not recognised (it stays visible as text), images shrink to a link with their description, links to
their words and address. Each character knows where it stood in the source, so that the sentences of an
answer, which are ranges of the source, can be marked in what is shown without touching the Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from desktop.chat.addresses import host_of

BlockKind = Literal["paragraph", "heading", "item", "quote", "code", "table", "rule"]

# How far the source is searched for a character that a leaf shows: an entity such as `&CounterClockwise…;`
# is the longest thing that stands for one character.
WINDOW = 40


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one look. `at[i]` is where `text[i]` stands in the source.

    `address`: not of the answer's own words. `link`: an address that may be opened, once the person has seen
    it; nothing here leads there by itself.
    """

    text: str
    at: tuple[int, ...]
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    address: bool = False
    link: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`level` is a heading's, `depth` how far an item or quote is indented, `marker` an item's “•” or “3.”.

    A table has `rows` of cells (the first is its head) and no runs; code has one run. `start` is where the
    block's top-level ancestor begins in the source: blocks with the same `start` belong together.
    """

    kind: BlockKind
    runs: Runs = ()
    level: int = 0
    depth: int = 0
    marker: str = ""
    rows: tuple[tuple[Runs, ...], ...] = ()
    start: int = 0


def parse(source: str) -> list[Block]:
    """The blocks of `source` in reading order."""
    return _Reader(source).read()


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    # A reference definition far below would change a block above it that has been shown for long.
    return made.enable(["table", "strikethrough"]).disable(["html_block", "html_inline", "reference"])


_MARKDOWN = _parser()


@dataclass
class _Place:
    """Where the reader is inside lists and quotes."""

    depth: int = 0
    quotes: int = 0
    counters: list[int | None] = field(default_factory=list)
    marker: str = ""


class _Reader:
    def __init__(self, source: str) -> None:
        # markdown-it makes these changes before it parses; made here first, they keep every offset.
        self._source = source.replace("\r\n", " \n").replace("\r", "\n").replace("\0", "\ufffd")
        self._lines = _line_starts(self._source)
        self._cursor = 0
        self._place = _Place()
        self._start = 0

    def read(self) -> list[Block]:
        blocks = list(self._blocks(_MARKDOWN.parse(self._source)))
        if not blocks and self._source.strip():
            # Nested deeper than the parser goes: shown as it was written rather than not at all.
            return [Block("paragraph", (Run(self._source, tuple(range(len(self._source)))),))]
        return blocks

    def _blocks(self, tokens: Sequence[Token]) -> Iterator[Block]:
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.level == 0 and token.map:
                self._start = self._lines[token.map[0]]
            if token.map and token.type != "inline":
                self._cursor = max(self._cursor, self._lines[token.map[0]])
            if token.type == "table_open":
                position, block = self._table(tokens, position)
                yield block
                continue
            self._enter_or_leave(token)
            block_here = self._leaf(tokens, position)
            if block_here is not None:
                yield block_here
            position += 1

    def _enter_or_leave(self, token: Token) -> None:
        place = self._place
        match token.type:
            case "bullet_list_open":
                place.counters.append(None)
            case "ordered_list_open":
                start = token.attrGet("start")
                place.counters.append(int(start) if start is not None else 1)
            case "bullet_list_close" | "ordered_list_close":
                place.counters.pop()
            case "list_item_open":
                place.marker = _next_marker(place.counters)
            case "blockquote_open":
                place.quotes += 1
            case "blockquote_close":
                place.quotes -= 1

    def _leaf(self, tokens: Sequence[Token], position: int) -> Block | None:
        token = tokens[position]
        if token.type == "inline":
            opened = tokens[position - 1]
            level = int(opened.tag[1]) if opened.type == "heading_open" else 0
            return self._block(self._inline(token), level)
        if token.type in ("fence", "code_block"):
            text = token.content.rstrip("\n")
            runs = (Run(text, self._align(text), code=True),)
            return Block("code", runs, depth=len(self._place.counters), start=self._start)
        if token.type == "hr":
            return Block("rule", start=self._start)
        return None

    def _block(self, runs: Runs, level: int) -> Block:
        place = self._place
        depth = len(place.counters)
        marker, place.marker = place.marker, ""
        if level:
            return Block("heading", runs, level=level, start=self._start)
        if depth:
            return Block("item", runs, depth=depth, marker=marker, start=self._start)
        if place.quotes:
            return Block("quote", runs, depth=place.quotes, start=self._start)
        return Block("paragraph", runs, start=self._start)

    def _table(self, tokens: Sequence[Token], position: int) -> tuple[int, Block]:
        rows: list[tuple[Runs, ...]] = []
        cells: list[Runs] = []
        while tokens[position].type != "table_close":
            token = tokens[position]
            if token.type == "tr_open":
                cells = []
            elif token.type == "inline":
                cells.append(self._inline(token))
            elif token.type == "tr_close":
                rows.append(tuple(cells))
            position += 1
        return position + 1, Block("table", rows=tuple(rows), start=self._start)

    def _inline(self, token: Token) -> Runs:
        runs: list[Run] = []
        look = Run("", ())
        address = ""
        for child in token.children or ():
            match child.type:
                case "text" | "text_special" | "code_inline":
                    runs.append(self._run(child.content, replace(look, code=child.type == "code_inline")))
                case "softbreak" | "hardbreak":
                    runs.append(self._run("\n", look))
                case "image":
                    runs.extend(self._image(child, look))
                case "link_open":
                    address = str(child.attrGet("href") or "")
                    look = replace(look, link=_openable(address))
                case "link_close":
                    runs.extend(self._address(address, runs))
                    look = replace(look, link="")
                case _:
                    look = _changed(look, child.type)
        return tuple(run for run in runs if run.text)

    def _address(self, address: str, runs: Sequence[Run]) -> Iterator[Run]:
        """Where a link leads is shown behind its words, unless they are the same."""
        shown = runs[-1].text if runs else ""
        if address and address not in (shown, f"mailto:{shown}"):
            yield self._beside(f" ({address})", "")

    def _image(self, token: Token, look: Run) -> Iterator[Run]:
        """“Image: a chart (example.org)”. It is not loaded; whose it is can be seen."""
        address = str(token.attrGet("src") or "")
        link = _openable(address)
        described = bool(token.content)
        yield self._beside("Image: " if described else "Image", link)
        if described:
            yield self._run(token.content, replace(look, link=link))
        yield self._beside(f" ({host_of(address) or address})", link)

    def _beside(self, text: str, link: str) -> Run:
        """Words that the answer does not have itself."""
        return Run(text, (max(0, self._cursor - 1),) * len(text), address=True, link=link)

    def _run(self, text: str, look: Run) -> Run:
        return replace(look, text=text, at=self._align(text))

    def _align(self, text: str) -> tuple[int, ...]:
        """Where each character of a leaf stands in the source, at or after what was read before.

        Leaves come in the order of the source; between them stands markup. Usually the whole leaf is found
        as it is; with escapes and entities inside, each character is looked for on its own.
        """
        found = self._source.find(text, self._cursor) if text else -1
        if 0 <= found <= self._cursor + WINDOW + len(text):
            self._cursor = found + len(text)
            return tuple(range(found, self._cursor))
        return tuple(self._align_character(character) for character in text)

    def _align_character(self, character: str) -> int:
        found = self._source.find(character, self._cursor, self._cursor + WINDOW)
        if found >= 0:
            self._cursor = found + 1
            return found
        return min(self._cursor, max(0, len(self._source) - 1))


def _openable(address: str) -> str:
    return address if host_of(address) else ""


def _changed(look: Run, token: str) -> Run:
    match token:
        case "strong_open" | "strong_close":
            return replace(look, bold=token.endswith("open"))
        case "em_open" | "em_close":
            return replace(look, italic=token.endswith("open"))
        case "s_open" | "s_close":
            return replace(look, strike=token.endswith("open"))
    return look


def _next_marker(counters: list[int | None]) -> str:
    number = counters[-1]
    if number is None:
        return "•" if len(counters) % 2 else "–"
    counters[-1] = number + 1
    return f"{number}."


def _line_starts(source: str) -> list[int]:
    starts = [0]
    starts.extend(index + 1 for index, character in enumerate(source) if character == "\n")
    starts.append(len(source))
    return starts
