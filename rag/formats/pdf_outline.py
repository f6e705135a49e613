"""The headings that a PDF names itself: its bookmarks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from itertools import islice
from typing import Any

import pypdfium2 as pdfium

from rag.formats.cleaning import collapse

_MOST = 5000
_DEEPEST = 6  # as many levels as headings have
_NUMBER = re.compile(r"(?:[A-Z]|\d+)(?:\.\d+)*\.?\s+")

Titles = Mapping[str, int]
"""Levels of headings, by their text as `folded`."""


def titles(document: Any) -> Mapping[int, Titles]:
    """Those of each page, by its index from 0. The outline may be wrong, so only what stands there counts."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for bookmark in islice(document.get_toc(max_depth=_DEEPEST), _MOST):
        try:
            target = bookmark.get_dest()
            index = None if target is None else target.get_index()
            title = folded(bookmark.get_title())
        except (pdfium.PdfiumError, UnicodeError):
            continue
        if index is not None and title:
            found[index].setdefault(title, bookmark.level + 1)
    return found


def folded(title: str) -> str:
    """A heading without its number and without regard to case: outlines differ from the page in both."""
    return _NUMBER.sub("", collapse(title), count=1).casefold()
