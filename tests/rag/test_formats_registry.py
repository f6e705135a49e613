from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from rag.errors import (
    DocumentEmpty,
    DocumentProtected,
    DocumentTooLarge,
    DocumentUnreadable,
    DocumentVanished,
    UnsupportedFormat,
)
from rag.formats import SUFFIXES, supported
from tests.fakes.documents import docx, pdf, read_file

SAMPLES = Path(__file__).parents[2] / "assets" / "samples"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def test_endings_are_taken_in_any_case() -> None:
    assert supported(Path("a/B.PDF"))
    assert supported(Path("a.markdown"))
    assert not supported(Path("a.exe"))
    assert not supported(Path("pdf"))
    assert {".pdf", ".docx", ".html", ".md", ".txt"} <= SUFFIXES


def test_unknown_ending_is_said_to_be_unsupported(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_text("text")
    with pytest.raises(UnsupportedFormat, match="cannot read this kind"):
        read_file(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("a.doc", "old Word format; save it as .docx"), ("a.XLS", "old Excel"), ("a.ppt", "old PowerPoint")],
)
def test_old_office_files_are_told_what_to_do_with_them(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_bytes(OLE + b"\0" * 600)
    with pytest.raises(UnsupportedFormat, match=reason):
        read_file(tmp_path / name)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_missing_file_has_vanished(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(DocumentVanished, match="no longer there"):
        read_file(tmp_path / f"gone{suffix}")


def test_folder_with_a_documents_name_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").mkdir()
    with pytest.raises(UnsupportedFormat, match="folder"):
        read_file(tmp_path / "a.pdf")


def test_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes on this system")
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(UnsupportedFormat, match="ordinary file"):
        read_file(tmp_path / "a.txt")


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_empty_file_is_said_to_be_empty(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.touch()
    with pytest.raises(DocumentEmpty, match="It is empty"):
        read_file(path)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_file_of_nothing_but_space_holds_no_text(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text(" \n\n\t ")
    with pytest.raises(DocumentEmpty, match="no text"):
        read_file(path)


def test_file_over_the_limit_names_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 3_000_000)
    with pytest.raises(DocumentTooLarge, match=r"3\.0 MB large; the limit is 1\.0 MB") as caught:
        read_file(path, file_bytes=1_000_000)
    assert (caught.value.size_bytes, caught.value.limit_bytes) == (3_000_000, 1_000_000)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".pdf"])
def test_too_much_text_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(
        (SAMPLES / "Brightwave framework agreement.pdf").read_bytes() if suffix == ".pdf" else b"x y " * 99
    )
    with pytest.raises(DocumentTooLarge, match="more than 100 characters of text"):
        read_file(path, text_characters=100)


@pytest.mark.parametrize(
    "error", [PermissionError(13, "no"), IsADirectoryError(21, "is a folder"), OSError(5, "failing")]
)
def test_errors_of_the_system_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DocumentUnreadable) as caught:
        read_file(path)
    if isinstance(error, PermissionError):
        assert isinstance(caught.value, DocumentVanished)
        assert "not allowed" in caught.value.reason
    else:
        assert error.strerror and error.strerror in caught.value.reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"Dear reader,", "not a PDF"),
        ("a.pdf", docx({"word/document.xml": ""}), "not a PDF"),
        ("a.docx", pdf([[]]), "not a Word document"),
        ("a.docx", b"Dear reader,", "not a Word document"),
        ("a.docx", docx({"xl/workbook.xml": ""}), "not a Word document"),
        ("a.docx", OLE + b"\0" * 600, "old Word format"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "not a text file"),
        ("a.txt", bytes(range(1, 32)) * 40, "not text"),
        ("a.txt", pdf([[]]), "not a text file"),
        ("a.html", b"\x1f\x8b" + b"\0" * 99, "not a web page"),
        ("a.md", b"PK\x03\x04" + b"\0" * 99, "not a Markdown file"),
    ],
)
def test_content_that_belies_the_ending_is_told(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnsupportedFormat, match=reason):
        read_file(tmp_path / name)


def test_word_file_behind_a_password_is_protected(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(DocumentProtected, match="password"):
        read_file(path)


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir() if supported(path)))
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_damaged_files_are_read_or_refused_by_name(tmp_path: Path, name: str, damage: str) -> None:
    """No exception of a library comes out, whatever is broken: 30 damages of each kind, always the same."""
    good = (SAMPLES / name).read_bytes()
    dice = random.Random(name)
    path = tmp_path / name
    refused = 0
    for _ in range(30):
        data = bytearray(good[: dice.randrange(1, len(good))] if damage == "cut" else good)
        if damage == "changed":
            for _ in range(20):
                data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data)
        try:
            read_file(path)
        except DocumentUnreadable:
            refused += 1
    if damage == "cut" and name.endswith((".docx", ".pdf")):
        assert refused > 20
