from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import DocumentTooLarge
from rag.formats.building import PageBuilder, TextBudget, markdown_table
from rag.formats.records import table
from tests.fakes.documents import blocks_of


def test_what_is_over_the_limit_leaves_nothing_behind() -> None:
    builder = PageBuilder(TextBudget(Path("a"), 20))
    builder.add("paragraph", "short enough")
    with pytest.raises(DocumentTooLarge):
        builder.add("paragraph", "too long to fit in it")
    assert blocks_of(builder.build(None)) == [("paragraph", 0, "short enough")]


def test_one_wide_row_among_many_short_ones_is_no_bomb() -> None:
    rows = [["x"] * 5000, *[["a"]] * 5000]
    assert len(markdown_table(rows)) < 2_000_000


def test_quick_table_is_the_plain_one() -> None:
    header, rows = ["a", "b|c", "d"], [["1", "2\n3", ""], ["4"], [" x  y ", "|", "7"]]
    assert table(header, rows) == markdown_table([header, *rows])
