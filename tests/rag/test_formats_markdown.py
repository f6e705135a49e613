from __future__ import annotations

from pathlib import Path

import pytest

from rag.values import ReadDocument
from tests.fakes.documents import blocks_of, read_file, text_of


def read_markdown(tmp_path: Path, source: str) -> ReadDocument:
    path = tmp_path / "notes.md"
    path.write_bytes(source.encode())
    return read_file(path)


def test_blocks_are_pieces_of_the_source(tmp_path: Path) -> None:
    source = """# Manual ##

Some *text*
over two lines.

Set up
------

1. first
2. second

   more of it
   - inner

| a | b |
| - | - |
| 1 | 2 |

> quoted

```python
x = 1

y = 2
```
<!-- hidden -->
"""
    document = read_markdown(tmp_path, source)
    assert document.title == "Manual"
    assert document.pages[0].text == source
    assert blocks_of(document.pages[0]) == [
        ("heading", 1, "Manual"),
        ("paragraph", 0, "Some *text*\nover two lines."),
        ("heading", 2, "Set up"),
        ("list_item", 0, "1. first"),
        ("list_item", 0, "2. second"),
        ("paragraph", 0, "more of it"),
        ("list_item", 0, "- inner"),
        ("table", 0, "| a | b |\n| - | - |\n| 1 | 2 |"),
        ("paragraph", 0, "> quoted"),
        ("code", 0, "```python\nx = 1\n\ny = 2\n```"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_give_the_same(tmp_path: Path, ending: str) -> None:
    document = read_markdown(tmp_path, ending.join(["# A", "", "b", "c", "", "- d"]))
    assert blocks_of(document.pages[0]) == [
        ("heading", 1, "A"),
        ("paragraph", 0, "b\nc"),
        ("list_item", 0, "- d"),
    ]


@pytest.mark.parametrize("separator", ["\f", "\x0b", "\u2028", "\x85", "\x1c"])
def test_unusual_separators_do_not_shift_the_blocks(tmp_path: Path, separator: str) -> None:
    document = read_markdown(tmp_path, f"Some words before{separator}and some after.\n\n# Heading\n\nend")
    assert blocks_of(document.pages[0])[-2:] == [("heading", 1, "Heading"), ("paragraph", 0, "end")]


def test_front_matter_gives_the_title_and_is_left_out(tmp_path: Path) -> None:
    document = read_markdown(tmp_path, '---\ntitle: "Minutes"\ntags: [a]\n---\n# Other\n\nText.')
    assert document.title == "Minutes"
    assert document.pages[0].text == "# Other\n\nText."
    rule = read_markdown(tmp_path, "Text.\n\n---\n\nMore.")
    assert [text for _, _, text in blocks_of(rule.pages[0])] == ["Text.", "More."]


def test_title_is_the_file_name_without_a_first_level_heading(tmp_path: Path) -> None:
    assert read_markdown(tmp_path, "## Only second\n\ntext").title == "notes"


@pytest.mark.parametrize(
    "source",
    ["#", "# #", "===", "a\n===", "a\nb\n---\n", "-", "- - a", "> # q", "* \n\n\n", "|a|\n|-|", "~~~"],
)
def test_odd_sources_give_blocks_in_order_and_inside_the_text(tmp_path: Path, source: str) -> None:
    page = read_markdown(tmp_path, f"{source}\n\nend").pages[0]
    last = 0
    for block in page.blocks:
        assert last <= block.start < block.end <= len(page.text)
        assert text_of(page, block) == text_of(page, block).strip()
        last = block.end
