"""OpenDocument texts (.odt, .ott): paragraphs, headings, lists, tables, notes. Macros, linked files and
embedded objects are never looked at."""

from __future__ import annotations

from pathlib import Path

from rag.formats import odf
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.package import opened
from rag.formats.registry import Progress
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import ReadDocument


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number: where pages break is known only to the program that lays them out."""
    steps = Steps(progress)
    steps.expect(1)
    with opened(path, limits, odf.TEXT, steps.pulse) as package:
        odf.check_not_encrypted(path, package)
        builder = PageBuilder(TextBudget(path, limits.text_characters, steps.pulse))
        body, lists = odf.body(package, "text")
        odf.add_blocks(builder, body, lists)
        title = title_for(path, odf.title(package))
    steps.step()
    return ReadDocument(title, (builder.build(None),))
