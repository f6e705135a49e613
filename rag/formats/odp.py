"""OpenDocument presentations (.odp, .otp): slides as pages, with their titles, lists, tables and notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.errors import DocumentTooLarge
from rag.formats import odf
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.odf_lists import Lists
from rag.formats.package import attribute, children, local_name, opened
from rag.formats.registry import Progress
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

# The same on every slide, or filled in while it is shown.
_LEFT_OUT = ("header", "footer", "date-time", "page-number", "page")


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """A page for each slide, numbered from 1."""
    steps = Steps(progress)
    with opened(path, limits, odf.PRESENTATION, steps.pulse) as package:
        odf.check_not_encrypted(path, package)
        body, lists = odf.body(package, "presentation")
        slides = [element for element in body if local_name(element) == "page"]
        if len(slides) > limits.pages:
            raise DocumentTooLarge(str(path), f"It has more than {limits.pages:,} slides.")
        steps.expect(len(slides))
        budget = TextBudget(path, limits.text_characters, steps.pulse)
        pages: list[Page] = []
        for number, slide in enumerate(slides, 1):
            pages.append(_page(slide, number, PageBuilder(budget), lists))
            steps.step()
        title = title_for(path, odf.title(package))
    return ReadDocument(title, tuple(pages))


def _page(slide: Any, number: int, builder: PageBuilder, lists: Lists) -> Page:
    shapes = [shape for shape in slide if attribute(shape, "class") not in _LEFT_OUT]
    titles = [shape for shape in shapes if attribute(shape, "class") == "title"]
    title = " ".join(filter(None, (odf.frame_text(shape) for shape in titles)))
    # Always one: the next slide's text must not seem to stand under this slide's title.
    builder.add("heading", title or f"Slide {number}", 1)
    odf.add_blocks(builder, [shape for shape in shapes if shape not in titles], lists)
    notes = [frame for frame in children(slide, "notes") if attribute(frame, "class") == "notes"]
    if any(map(odf.frame_text, notes)):
        builder.add("heading", "Speaker notes", 2)
        odf.add_blocks(builder, notes, lists)
    page = builder.build(number)
    return page if title or len(page.blocks) > 1 else Page(number, "")  # a picture, perhaps
