from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from rag.errors import DocumentTooLarge
from rag.formats.cleaning import clean, collapse
from rag.formats.encoding import decode
from tests.fakes.documents import blocks_of, read_file

SENTENCE = "Die Kündigung ist schriftlich zu erklären; sie wird zum Ende des Quartals wirksam. "


def read_text(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    (page,) = read_file(path).pages
    assert page.number is None
    return page.text


@pytest.mark.parametrize(
    "data",
    [
        SENTENCE.encode(),
        SENTENCE.encode("utf-8-sig"),
        SENTENCE.encode("utf-16"),
        SENTENCE.encode("utf-16-le"),
        SENTENCE.encode("utf-16-be"),
        SENTENCE.encode("utf-32"),
        codecs.BOM_UTF16_BE + SENTENCE.encode("utf-16-be"),
        (SENTENCE * 5).encode("cp1252"),
        (SENTENCE * 5).encode("latin-1"),
    ],
    ids=["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "bom", "cp1252", "latin-1"],
)
def test_every_usual_encoding_is_read(tmp_path: Path, data: bytes) -> None:
    assert read_text(tmp_path, data).startswith(SENTENCE)


def test_other_scripts_are_recognised_by_their_letters(tmp_path: Path) -> None:
    japanese = "解約の通知は九十日前までに書面で行うものとする。" * 6
    assert read_text(tmp_path, japanese.encode("shift_jis")) == japanese
    russian = "Договор может быть расторгнут с уведомлением за девяносто дней. " * 6
    assert read_text(tmp_path, russian.encode("cp1251")) == russian


def test_one_broken_byte_spoils_only_itself(tmp_path: Path) -> None:
    text = read_text(tmp_path, (SENTENCE * 3).encode() + b"\xc3 end")
    assert "Kündigung" in text
    assert text.endswith("end")


def test_paragraphs_headings_and_items_are_found(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "MEETING MINUTES\n\nPresent: A and\nB.\n\nDecisions\n=========\n\n"
        "1. Buy\n   beans\n2. Wait\n\n  a\tb\n  c\td\n"
    )
    document = read_file(path)
    assert document.title == "a"
    assert blocks_of(document.pages[0]) == [
        ("heading", 2, "MEETING MINUTES"),
        ("paragraph", 0, "Present: A and\nB."),
        ("heading", 1, "Decisions"),
        ("list_item", 0, "1. Buy\n   beans"),
        ("list_item", 0, "2. Wait"),
        ("table", 0, "a\tb\n  c\td"),
    ]


def test_lines_too_long_to_be_wrapped_are_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{SENTENCE * 3}\n{SENTENCE * 2}\n")
    assert len(read_file(path).pages[0].blocks) == 2


def test_file_that_cannot_but_be_too_long_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 401)
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("it was read"))
    with pytest.raises(DocumentTooLarge, match="more than 100 characters"):
        read_file(path, text_characters=100)


@pytest.mark.parametrize(
    "declared", ["undefined", "idna", "punycode", "zlib", "no-such", "a\0b", "unicode_escape"]
)
def test_declared_encoding_that_is_none_is_ignored(declared: str) -> None:
    assert decode("Grüße an alle".encode("cp1252"), Path("a.txt"), declared).startswith("Gr")


def test_encodings_written_in_ascii_are_followed_where_declared() -> None:
    assert decode(b"Gr+APwA3w-e", Path("a.txt"), "utf-7") == "Grüße"
    assert decode("你好".encode("hz"), Path("a.txt"), "hz-gb-2312") == "你好"


def test_invisible_characters_are_dropped_and_forms_composed() -> None:
    assert clean("a\u200bb\xadc\ufeff\x00d\u202ee") == "abcde"
    assert clean("Ku\u0308ndigung\u00a0o\ufb03ce") == "Kündigung office"
    assert clean("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd\te"
    assert clean("\ud800x") == "\ufffdx"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert collapse("  a \n\t b ") == "a b"
