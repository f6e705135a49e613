"""PowerPoint presentations: slides as pages, with titles, lists, tables, charts' figures, pictures'
descriptions, speaker notes and comments. Macros, media and embedded objects are never looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import DocumentTooLarge
from rag.formats import drawingml
from rag.formats.building import PageBuilder, TextBudget, markdown_table, title_for
from rag.formats.ooxml import POWERPOINT, core_title, main_part, related, relation_id, relationships
from rag.formats.package import Package, attribute, child, children, local_name, opened
from rag.formats.registry import Progress
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_TITLES = ("title", "ctrTitle")
# The same on every slide, or filled in while it is shown.
_LEFT_OUT = ("dt", "ftr", "hdr", "sldNum", "sldImg")
# A description that says nothing: a file's name, or what PowerPoint writes below its own guess.
_FILE_NAME = re.compile(r"\S+\.(png|jpe?g|gif|svg|bmp|tiff?|emf|wmf)", re.IGNORECASE)
_GENERATED = re.compile(r"\s*(Description automatically generated|Automatisch generierte Beschreibung).*")


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """A page for each slide, numbered as PowerPoint does: hidden ones count and are read."""
    steps = Steps(progress)
    with opened(path, limits, POWERPOINT, steps.pulse) as package:
        slides = list(_slides(package))
        if len(slides) > limits.pages:
            raise DocumentTooLarge(
                str(path), f"It has {len(slides):,} slides; the limit is {limits.pages:,}."
            )
        steps.expect(len(slides))
        budget = TextBudget(path, limits.text_characters, steps.pulse)
        pages: list[Page] = []
        for number, part in enumerate(slides, 1):
            pages.append(_Slide(package, part, PageBuilder(budget)).read(number))
            steps.step()
        title = title_for(path, core_title(package))
    return ReadDocument(title, tuple(pages))


def _slides(package: Package) -> Iterator[str]:
    """Names of the slides' parts, in the order in which they are shown."""
    main = main_part(package, "ppt/presentation.xml")
    root = package.part(main)
    if root is None:
        raise package.damaged()
    leads_to = relationships(package, main)
    for element in children(root, "sldIdLst"):
        relationship = leads_to.get(relation_id(element, "id"))
        if relationship:
            yield relationship.target


class _Slide:
    """Reads one slide into a page."""

    def __init__(self, package: Package, part: str, builder: PageBuilder) -> None:
        root = package.part(part)
        if root is None:
            raise package.damaged()
        self._shapes = list(_shapes(root))
        self._package = package
        self._relationships = relationships(package, part)
        self._builder = builder

    def read(self, number: int) -> Page:
        titles = [shape for shape in self._shapes if _placeholder(shape) in _TITLES]
        title = " ".join(filter(None, map(drawingml.text, titles)))
        # Always one: the next slide's text must not seem to stand under this slide's title.
        self._builder.add("heading", title or f"Slide {number}", 1)
        for shape in self._shapes:
            if shape not in titles:
                self._add(shape)
        self._add_notes()
        self._add_comments()
        page = self._builder.build(number)
        return page if title or len(page.blocks) > 1 else Page(number, "")  # a picture, perhaps

    def _add(self, shape: Any) -> None:
        name, placeholder = local_name(shape), _placeholder(shape)
        if name == "sp" and placeholder not in _LEFT_OUT:
            body = child(shape, "txBody")
            if body is not None:
                drawingml.add_text(self._builder, body, is_list=placeholder in ("body", "obj"))
        elif name == "graphicFrame":
            self._add_graphic(shape)
        elif name == "pic":
            self._add_description(shape)

    def _add_graphic(self, frame: Any) -> None:
        for element in frame.iter():
            name = local_name(element)
            if name == "tbl":
                self._builder.add("table", markdown_table(drawingml.table_rows(element)))
            elif name == "chart":
                self._add_chart(self._part(relation_id(element, "id")))
            elif name == "relIds":  # SmartArt
                diagram = self._part(relation_id(element, "dm"))
                if diagram is not None:
                    drawingml.add_text(self._builder, diagram, is_list=True)

    def _add_chart(self, chart: Any) -> None:
        if chart is not None:
            self._builder.add("paragraph", drawingml.chart_title(chart))
            self._builder.add("table", markdown_table(drawingml.chart_rows(chart)))

    def _add_description(self, picture: Any) -> None:
        properties = next((e for e in picture.iter() if local_name(e) == "cNvPr"), None)
        words = _GENERATED.sub("", attribute(properties, "descr")) if properties is not None else ""
        if words and not _FILE_NAME.fullmatch(words):
            self._builder.add("paragraph", f"Picture: {' '.join(words.split())}")

    def _add_notes(self) -> None:
        notes = related(self._package, self._relationships, "notesSlide")
        bodies = [shape for root in notes for shape in _shapes(root) if _placeholder(shape) == "body"]
        if any(map(drawingml.text, bodies)):
            self._builder.add("heading", "Speaker notes", 2)
            for body in bodies:
                drawingml.add_text(self._builder, body, is_list=False)

    def _add_comments(self) -> None:
        comments = related(self._package, self._relationships, "comments")
        texts = [words for root in comments for words in _comments(root)]
        if texts:
            self._builder.add("heading", "Comments", 2)
            for words in texts:
                self._builder.add("paragraph", words)

    def _part(self, relation: str) -> Any:
        relationship = self._relationships.get(relation)
        return self._package.part(relationship.target) if relationship else None


def _shapes(root: Any) -> Iterator[Any]:
    """Shapes, tables and pictures in the slide's own order, which is that of a screen reader."""
    waiting = [children(root, "cSld", "spTree")]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif local_name(element) in ("sp", "graphicFrame", "pic"):
            yield element
        elif local_name(element) in ("grpSp", "AlternateContent", "Choice"):
            waiting.append(iter(element))


def _placeholder(shape: Any) -> str:
    """The role that the slide's layout gives a shape; empty for a shape of its own."""
    holder = next((e for e in shape if local_name(e).startswith("nv")), None)
    place = child(holder, "nvPr", "ph") if holder is not None else None
    return "" if place is None else attribute(place, "type") or "obj"


def _comments(root: Any) -> Iterator[str]:
    """The texts of a slide's comments, in their old form (`text`) and their new one (`txBody`)."""
    for element in root.iter():
        if local_name(element) == "text" and element.text:
            yield " ".join(element.text.split())
        elif local_name(element) == "txBody":
            yield drawingml.text(element)
