"""HTML, parsed with lxml. Nothing that a page names is fetched, and what it hides is not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from rag.errors import DocumentEmpty, DocumentUnreadable
from rag.formats.building import PageBuilder, TextBudget, markdown_table, title_for
from rag.formats.cleaning import clean, collapse
from rag.formats.encoding import bytes_of, decode
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import BlockKind, ReadDocument

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")  # libxml2 would believe its encoding
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED = _names(
    "head script style nav template noscript svg math iframe object embed applet canvas audio video "
    "select option datalist button input textarea dialog"
)
_KINDS: dict[str, BlockKind] = {"li": "list_item", "dt": "list_item", "dd": "list_item", "pre": "code"}
_BLOCKS = _names(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody td "
    "tfoot th thead tr ul"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_TOO_DEEP = "Excessive depth"  # libxml2 has a number for it, but a different one from version to version
_LONGEST_CELL = 1000  # a table with longer cells lays out a page


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number. Tables become Markdown tables, `pre` keeps its lines."""
    progress(0, 1)
    builder = PageBuilder(TextBudget(path, limits.text_characters))
    title = add_html(builder, bytes_of(path, limits), path)
    progress(1, 1)
    return ReadDocument(title_for(path, title), (builder.build(None),))


def add_html(builder: PageBuilder, data: bytes, path: Path, charset: str | None = None) -> str | None:
    """Put the blocks of a page of HTML into `builder`; returns the title it has.

    `charset` is what came with the page (a mail says so beside it) and goes before what it says itself;
    `path` is named in errors.

    Raises:
        DocumentUnreadable: or a subclass.
    """
    root = _parse(data, path, charset)
    _Walk(builder).run(root)
    title: str | None = root.findtext(".//title")
    return title


def _parse(data: bytes, path: Path, charset: str | None) -> Any:
    declared = _CHARSET.search(data[:4096])
    if charset is None and declared:
        charset = declared.group(1).decode("ascii")
    text = decode(data, path, charset)
    # The bytes go in as UTF-8, whatever they were: libxml2's own detection would overrule ours.
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(_DECLARATION.sub("", text).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise DocumentEmpty(str(path)) from error
    if root is None:
        raise DocumentEmpty(str(path))
    if any(_TOO_DEEP in entry.message for entry in parser.error_log):
        raise DocumentUnreadable(str(path), "Its elements are nested too deeply to be read.")
    return root


class _Walk:
    """Goes through the tree without recursion (pages nest thousands deep) and fills the builder."""

    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._words: list[str] = []
        self._open: list[str] = []  # names of the open elements that decide what kind of block this is

    def run(self, root: Any) -> None:
        events = etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            if event == "start":
                if self._start(element):
                    events.skip_subtree()
            else:
                self._end(element)
        self._flush()

    def _start(self, element: Any) -> bool:
        """Open an element; True if what is inside is dealt with already."""
        name = _name(element)
        if name in _BLOCKS:
            self._flush()
        if _is_hidden(element, name):
            return True
        if name == "table" and (rows := _data_rows(element)):
            self._builder.add("table", markdown_table(rows))
            return True
        if name in _KINDS or name in _HEADINGS:
            self._open.append(name)
        if name == "br":
            self._words.append("\n" if self._kind() == "code" else " ")
        self._words.append(element.text or "")
        return False

    def _end(self, element: Any) -> None:
        name = _name(element)
        if name in _BLOCKS:
            self._flush()
        if self._open and self._open[-1] == name:
            self._open.pop()
        self._words.append(element.tail or "")

    def _kind(self) -> BlockKind:
        name = self._open[-1] if self._open else ""
        return "heading" if name in _HEADINGS else _KINDS.get(name, "paragraph")

    def _flush(self) -> None:
        text, kind = "".join(self._words), self._kind()
        self._words.clear()
        text = clean(text).strip("\n") if kind == "code" else collapse(text)
        level = _HEADINGS.get(self._open[-1], 0) if self._open else 0
        if text:
            self._builder.add(kind, f"• {text}" if kind == "list_item" else text, level)


def _name(element: Any) -> str:
    return element.tag if isinstance(element.tag, str) else ""


def _is_hidden(element: Any, name: str) -> bool:
    """What no reader of the page sees is not read either: it may be there to mislead a model."""
    return (
        name in _DROPPED
        or "hidden" in element.attrib
        or _HIDDEN_STYLE.search(element.get("style", "")) is not None
    )


def _data_rows(table: Any) -> list[list[str]]:
    """The rows of a table of values; none if the table lays out a page."""
    if next(table.iterdescendants("table", "h1", "h2", "h3"), None) is not None:
        return []
    rows = list(_rows(table))
    fits = all(len(cell) <= _LONGEST_CELL for row in rows for cell in row)
    return rows if fits and max((len(row) for row in rows), default=0) > 1 else []


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter("tr"):
        yield [_text(cell) for cell in row.iterchildren("td", "th")]


def _text(element: Any) -> str:
    """All text inside, with a space where a block or a line break parts it."""
    words: list[str] = []
    events = etree.iterwalk(element, events=("start", "end"))
    for event, inner in events:
        name = _name(inner)
        if event == "start" and inner is not element and _is_hidden(inner, name):
            events.skip_subtree()
            continue
        if name in _BLOCKS or name == "br":
            words.append(" ")
        if event == "start":
            words.append(inner.text or "")
        elif inner is not element:
            words.append(inner.tail or "")
    return collapse("".join(words))
