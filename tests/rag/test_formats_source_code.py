from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import DocumentEmpty, DocumentUnreadable, UnsupportedFormat
from rag.formats import supported
from tests.fakes.documents import blocks_of, read_file

PROGRAM = '''"""What this is."""

import os
import sys


def first():
    a = 1

    return a


class Second:
    """Doc."""

    def method(self):
        return 2


if x:
    print(
        1

    )
'''


def pieces(tmp_path: Path, text: str, name: str = "a.py") -> list[str]:
    path = tmp_path / name
    path.write_text(text)
    found = blocks_of(read_file(path).pages[0])
    assert {kind for kind, _, _ in found} <= {"code"}
    return [text for _, _, text in found]


def test_usual_kinds_are_taken() -> None:
    endings = ("py", "js", "ts", "java", "c", "cpp", "h", "cs", "go", "rs", "rb", "php", "sh", "sql")
    settings = ("yaml", "yml", "toml", "ini", "xml", "css", "tex", "srt")
    assert all(supported(Path(f"a.{ending}")) for ending in endings + settings)
    assert not supported(Path(".env"))


def test_definitions_hold_together(tmp_path: Path) -> None:
    assert [piece.splitlines()[0] for piece in pieces(tmp_path, PROGRAM)] == [
        '"""What this is."""',
        "import os",
        "def first():",
        "class Second:",
        "if x:",
    ]
    assert pieces(tmp_path, PROGRAM)[2] == "def first():\n    a = 1\n\n    return a"


def test_braces_close_what_they_opened(tmp_path: Path) -> None:
    text = "int main() {\n    a();\n\n    b();\n\n}\n\nint other;\n"
    assert len(pieces(tmp_path, text, "a.c")) == 2


def test_long_definitions_are_parted_at_their_blank_lines(tmp_path: Path) -> None:
    text = "class Long:\n" + "".join(
        f"    def m{n}(self):\n        return {n} * 1000\n\n" for n in range(100)
    )
    found = pieces(tmp_path, text)
    assert len(found) > 3
    assert all(len(piece) <= 1300 for piece in found)
    assert all(piece.splitlines()[0].startswith(("class", "    def")) for piece in found)


def test_title_keeps_the_ending_and_the_text_its_indentation(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("a:\n  b: 1\n")
    document = read_file(path)
    assert document.title == "settings.yaml"
    assert document.pages[0].text == "a:\n  b: 1\n"


def test_declared_encoding_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes('<?xml version="1.0" encoding="windows-1251"?><a>Договор</a>'.encode("cp1251"))
    assert "Договор" in read_file(path).pages[0].text


def test_entities_and_references_stay_as_they_are_written(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">'
        '<!ENTITY c "&b;&b;&b;">]><a>&b;&c;</a>'
    )
    assert pieces(tmp_path, text, "a.xml") == [text]


def test_program_that_names_the_first_bytes_of_a_pdf_is_no_pdf(tmp_path: Path) -> None:
    assert pieces(tmp_path, "MARK = b'%PDF-'\n") == ["MARK = b'%PDF-'"]


def test_film_with_the_ending_of_a_program_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    path.write_bytes((b"G\x40\x11\x10\x00\x42\xf0" + bytes(181)) * 50)
    with pytest.raises(UnsupportedFormat, match="not text"):
        read_file(path)


def test_line_of_five_million_characters_is_read(tmp_path: Path) -> None:
    assert len(pieces(tmp_path, "x=1;" * 1_250_000, "a.js")) == 1


def test_notebook_is_read_cell_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(
        '{"cells": [{"cell_type": "markdown", "source": ["# Title\\n", "\\n", "Words."]},'
        ' {"cell_type": "code", "source": "x = 1", "outputs": []}, 7], "nbformat": 4}'
    )
    assert blocks_of(read_file(path).pages[0]) == [
        ("heading", 1, "Title"),
        ("paragraph", 0, "Words."),
        ("code", 0, "x = 1"),
    ]


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": 1}', "[" * 100_000])
def test_what_is_no_notebook_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(content)
    with pytest.raises(DocumentUnreadable, match="no notebook"):
        read_file(path)


def test_notebook_without_cells_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text('{"cells": []}')
    with pytest.raises(DocumentEmpty):
        read_file(path)
