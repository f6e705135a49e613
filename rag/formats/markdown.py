"""Markdown: the page's text is the source itself, the parser tells where its blocks lie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.formats.building import TextBudget, title_for
from rag.formats.encoding import text_of
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import Block, BlockKind, Page, ReadDocument

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE | re.IGNORECASE)
_HEADING_MARKS = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+")
_CLOSING_MARKS = re.compile(r"[ \t]+#+[ \t]*$")
_COMMENT = re.compile(r"\s*<!--.*-->\s*", re.DOTALL)
_KINDS: dict[str, BlockKind] = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
    "html_block": "paragraph",
}


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number; front matter is left out, apart from its title."""
    progress(0, 1)
    source = text_of(path, limits)
    TextBudget(path, limits.text_characters).spend(len(source))
    front = _FRONT_MATTER.match(source)
    text = source[front.end() :] if front else source
    page = Page(None, text, tuple(blocks(text)))
    progress(1, 1)
    return ReadDocument(title_for(path, _title(front.group(0) if front else "", page)), (page,))


def _title(front_matter: str, page: Page) -> str | None:
    named = _FRONT_TITLE.search(front_matter)
    if named:
        return named.group(1).strip().strip("\"'")
    first = next((block for block in page.blocks if block.kind == "heading"), None)
    return page.text[first.start : first.end] if first and first.level == 1 else None


def blocks(text: str) -> Iterator[Block]:
    """Where the blocks of a source lie in it."""
    starts = _line_starts(text)
    item: Token | None = None  # the list item whose first paragraph is still to come
    inside_table = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "list_item_open":
            item = token
        inside_table = token.type == "table_open" or (inside_table and token.type != "table_close")
        kind = _KINDS.get(token.type)
        if kind is None or token.map is None or (inside_table and kind != "table"):
            continue
        first, last = token.map
        if item is not None and item.map is not None and kind == "paragraph" and item.map[0] == first:
            kind, item = "list_item", None
        yield from _block(kind, token, text, starts[first], starts[last])


def _block(kind: BlockKind, token: Token, text: str, start: int, end: int) -> Iterator[Block]:
    if kind == "heading":
        start, end = _heading(token, text, start, end)
    elif token.type == "html_block" and _COMMENT.fullmatch(text, start, end):
        return
    while start < end and text[start].isspace():
        start += 1
    end = start + len(text[start:end].rstrip())
    if start < end:
        yield Block(kind, start, end, int(token.tag[1]) if kind == "heading" else 0)


def _heading(token: Token, text: str, start: int, end: int) -> tuple[int, int]:
    """Where the words of a heading lie, without its marks."""
    if token.markup in ("=", "-"):
        return start, text.rindex("\n", start, text.rindex(token.markup, start, end))
    marks = _HEADING_MARKS.search(text, start, end)
    start = marks.end() if marks else start
    closing = _CLOSING_MARKS.search(text[start:end].rstrip("\n"))
    return start, start + closing.start() if closing else end


def _line_starts(text: str) -> list[int]:
    """Offsets of the lines, one more than there are lines."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    starts[-1] = len(text)
    return starts
