"""Jupyter notebooks: what was written and programmed, cell by cell; results are left out, being pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rag.errors import DocumentUnreadable
from rag.formats.building import PageBuilder, TextBudget
from rag.formats.encoding import text_of
from rag.formats.markdown import blocks
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import ReadDocument


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number."""
    progress(0, 1)
    builder = PageBuilder(TextBudget(path, limits.text_characters))
    for cell in _cells(path, limits):
        source = cell.get("source", "")
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if cell.get("cell_type") != "markdown":
            builder.add("code", text)
            continue
        for block in blocks(text):
            builder.add(block.kind, text[block.start : block.end], block.level)
    progress(1, 1)
    return ReadDocument(path.stem, (builder.build(None),))


def _cells(path: Path, limits: ReadLimits) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(text_of(path, limits), strict=False)
    except (ValueError, RecursionError) as error:
        raise DocumentUnreadable(str(path), "It is damaged or cut off, and no notebook.") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise DocumentUnreadable(str(path), "It holds no cells, and is no notebook.")
    return [cell for cell in cells if isinstance(cell, dict)]
