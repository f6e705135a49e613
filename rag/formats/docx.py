"""Word documents and templates: paragraphs, headings, numbered lists, tables, footnotes. Macros, linked
templates and pictures are never looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import DocumentUnreadable
from rag.formats.building import PageBuilder, TextBudget, markdown_table, title_for
from rag.formats.cleaning import collapse
from rag.formats.docx_styles import ListPlace, Numbering, Styles
from rag.formats.ooxml import WORD, core_title
from rag.formats.package import Package, attribute, child, local_name, opened
from rag.formats.registry import Progress
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import ReadDocument

# Holders of blocks that may stand where a block stands, and of text where text stands.
_HOLDERS = frozenset(["sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"])
# Deleted text, field codes, the older twin of a drawing; text boxes are blocks of their own.
_LEFT_OUT = frozenset(["del", "moveFrom", "instrText", "delText", "Fallback", "txbxContent", "pPr", "rPr"])
_NOTES = {"footnoteReference": "word/footnotes.xml", "endnoteReference": "word/endnotes.xml"}
_CHARACTERS = {"tab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-", "ptab": " "}
_MOST_COLUMNS = 200


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number: where Word breaks pages is known only to Word."""
    steps = Steps(progress)
    steps.expect(1)
    with opened(path, limits, WORD, steps.pulse) as package:
        root = package.part("word/document.xml")
        body = child(root, "body") if root is not None else None
        if body is None:
            raise DocumentUnreadable(str(path), "It is damaged: its main text is missing.")
        builder = PageBuilder(TextBudget(path, limits.text_characters, steps.pulse))
        _Walk(package, builder).run(body)
        title = title_for(path, core_title(package))
    steps.step()
    return ReadDocument(title, (builder.build(None),))


class _Walk:
    """Goes through the body and fills the builder."""

    def __init__(self, package: Package, builder: PageBuilder) -> None:
        self._builder = builder
        self._styles = Styles(package.part("word/styles.xml"))
        self._numbering = Numbering(package.part("word/numbering.xml"))
        self._notes = {name: _note_texts(package.part(part)) for name, part in _NOTES.items()}

    def run(self, body: Any) -> None:
        for block in _blocks(body):
            self._block(block)

    def _block(self, block: Any) -> None:
        if local_name(block) == "p":
            self._paragraph(block)
        elif _is_box(block):
            self.run(next(_cells(next(_rows(block)))))
        else:
            rows = [_row(row) for row in _rows(block)]
            self._builder.add("table", markdown_table(rows))
            self._add_notes(block)

    def _paragraph(self, paragraph: Any) -> None:
        text = _text(paragraph)
        properties = child(paragraph, "pPr")
        style = _value(properties, "pStyle")
        level = self._styles.heading_level(style, _value(properties, "outlineLvl"))
        place = self._place(properties, style) if text else None
        number = self._numbering.next_number(place) if place else ""
        numbered = f"{number} {text}".strip()
        if level:
            self._builder.add("heading", numbered, level)
        else:
            self._builder.add("list_item" if place else "paragraph", numbered)
        for box in _text_boxes(paragraph):
            self.run(box)
        self._add_notes(paragraph)

    def _place(self, properties: Any, style: str) -> ListPlace | None:
        own = child(properties, "numPr") if properties is not None else None
        from_style = self._styles.list_place(style)
        if own is None:
            return from_style
        list_id, depth = _value(own, "numId"), _value(own, "ilvl")
        if list_id == "0":  # switched off for this paragraph
            return None
        if not list_id:
            return from_style
        return ListPlace(list_id, int(depth) if depth.isdecimal() else 0)

    def _add_notes(self, block: Any) -> None:
        """Notes stand right after the block that refers to them: read together, found together."""
        for reference in block.iter():
            texts = self._notes.get(local_name(reference))
            if texts:
                self._builder.add("paragraph", texts.get(attribute(reference, "id"), ""))


def _value(element: Any, name: str) -> str:
    inner = child(element, name) if element is not None else None
    return attribute(inner, "val") if inner is not None else ""


def _blocks(holder: Any) -> Iterator[Any]:
    """Paragraphs and tables in reading order, also from inside content controls and tracked insertions."""
    waiting = [iter(holder)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif local_name(element) in ("p", "tbl"):
            yield element
        elif local_name(element) in _HOLDERS:
            waiting.append(iter(element))


def _text(element: Any) -> str:
    """The text a reader sees, on one line; notes and text boxes are not part of it."""
    words: list[str] = []
    waiting = [iter(element)]
    while waiting:
        inner = next(waiting[-1], None)
        if inner is None:
            waiting.pop()
            continue
        name = local_name(inner)
        if name == "t":
            words.append(inner.text or "")
        elif name in _CHARACTERS:
            words.append(_CHARACTERS[name])
        elif name not in _LEFT_OUT:
            if name == "p":  # a paragraph inside a cell
                words.append(" ")
            waiting.append(iter(inner))
    return collapse("".join(words))


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter():
        if local_name(box) == "txbxContent" and not any(
            local_name(parent) in ("Fallback", "txbxContent") for parent in box.iterancestors()
        ):
            yield box


def _note_texts(root: Any) -> dict[str, str]:
    """Texts by id, marked as what they are; separators (which have a type) are no notes."""
    if root is None:
        return {}
    notes = (note for note in root if local_name(note) in ("footnote", "endnote"))
    texts = {attribute(note, "id"): _text(note) for note in notes if not attribute(note, "type")}
    return {note: f"Note: {text}" for note, text in texts.items() if text}


def _rows(table: Any) -> Iterator[Any]:
    waiting = [iter(table)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif local_name(element) == "tr":
            yield element
        elif local_name(element) in _HOLDERS:
            waiting.append(iter(element))


def _cells(row: Any) -> Iterator[Any]:
    for element in row:
        if local_name(element) == "tc":
            yield element
        elif local_name(element) in _HOLDERS:
            yield from _cells(element)


def _is_box(table: Any) -> bool:
    """A table of one cell is a frame around text."""
    rows = list(_rows(table))
    return len(rows) == 1 and sum(1 for _ in _cells(rows[0])) == 1


def _row(row: Any) -> list[str]:
    """Texts of the cells; a merged cell's text stands in its first place, the others are empty."""
    before = _value(child(row, "trPr"), "gridBefore")
    texts = [""] * _columns(before, 0)
    for cell in _cells(row):
        properties = child(cell, "tcPr")
        merged = child(properties, "vMerge") if properties is not None else None
        continues = merged is not None and attribute(merged, "val") != "restart"
        texts.append("" if continues else _text(cell))
        texts.extend([""] * (_columns(_value(properties, "gridSpan"), 1) - 1))
    return texts[:_MOST_COLUMNS]


def _columns(text: str, default: int) -> int:
    return min(int(text), _MOST_COLUMNS) if text.isdecimal() and len(text) < 5 else default
