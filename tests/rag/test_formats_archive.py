from __future__ import annotations

import io
import random
import struct
import tempfile
import time
import tracemalloc
import warnings
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import DocumentEmpty, DocumentProtected, DocumentTooLarge, DocumentUnreadable
from rag.values import ReadDocument
from tests.fakes.documents import blocks_of, docx, p, paragraph, pdf, read_file, word_document


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        for name, content in members:
            file.writestr(name, content)
    return out.getvalue()


def read_zip(tmp_path: Path, data: bytes, **limits: int) -> ReadDocument:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    return read_file(path, **limits)


def names(document: ReadDocument) -> list[str]:
    return [blocks_of(page)[0][2] for page in document.pages]


def test_members_are_read_under_their_names_and_numbered_through(tmp_path: Path) -> None:
    document = read_zip(
        tmp_path,
        zipped(
            ("contract.pdf", pdf([paragraph("Ninety days."), paragraph("Page two.")])),
            ("letters/offer.docx", word_document(p("Beans for less."))),
            ("letters/notes.md", "# Terms\n\nNo smoking."),
        ),
    )
    assert document.title == "a"
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    assert blocks_of(document.pages[0])[0] == ("heading", 1, "contract.pdf")
    assert document.pages[1].text == "Page two."
    assert document.pages[2].text == "letters/offer.docx\n\nBeans for less."
    assert blocks_of(document.pages[3])[:2] == [("heading", 1, "letters/notes.md"), ("heading", 2, "Terms")]
    assert document.warnings == ()


def test_member_that_cannot_be_read_is_a_warning_beside_the_rest(tmp_path: Path) -> None:
    document = read_zip(
        tmp_path, zipped(("a.pdf", b"%PDF-1.4 x"), ("b.docx", docx({"x": ""})), ("c.txt", "words"))
    )
    assert names(document) == ["c.txt"]
    assert [warning.partition(":")[0] for warning in document.warnings] == ["a.pdf", "b.docx"]


def test_what_nobody_put_there_to_be_read_is_passed_over(tmp_path: Path) -> None:
    document = read_zip(
        tmp_path,
        zipped(
            ("__MACOSX/._a.txt", "x"), (".git/config.txt", "x"), ("web/node_modules/m/index.js", "x"),
            ("web/app.js", "let answer = 42;"), ("film.mkv", "x"), ("song.flac", "x"), ("empty/", ""),
        ),
    )  # fmt: skip
    assert names(document) == ["web/app.js"]
    assert document.warnings == ("2 files of other kinds were left out.",)


def test_archives_in_archives_carry_their_path_in_the_name(tmp_path: Path) -> None:
    inner = zipped(("b.txt", "inside"))
    document = read_zip(tmp_path, zipped(("old/inner.zip", inner), ("c.txt", "outside")))
    assert names(document) == ["old/inner.zip/b.txt", "c.txt"]


def test_mail_in_an_archive_has_its_attachments_below_it(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "ann@example.org", "Offer"
    message.set_content("See attached.")
    message.add_attachment(
        zipped(("p.csv", "a,b\n1,2\n")), maintype="application", subtype="zip", filename="p.zip"
    )
    document = read_zip(tmp_path, zipped(("mail/offer.eml", message.as_bytes())))
    assert [blocks_of(page)[0] for page in document.pages] == [
        ("heading", 1, "mail/offer.eml"),
        ("heading", 2, "Attachment: p.zip/p.csv"),
    ]


def test_names_that_come_twice_are_both_read(tmp_path: Path) -> None:
    assert names(read_zip(tmp_path, zipped(("a.txt", "one"), ("a.txt", "two")))) == ["a.txt", "a.txt (2)"]


def test_name_in_utf_8_that_does_not_say_so_is_read(tmp_path: Path) -> None:
    data = bytearray(zipped(("Verträge/Lüge.txt", "words")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset + 1] &= ~0x08 & 0xFF
    assert names(read_zip(tmp_path, bytes(data))) == ["Verträge/Lüge.txt"]


# --- hostile -----------------------------------------------------------------------------------------


def test_names_in_an_archive_are_never_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    hostile = (
        "../../up.txt",
        "/etc/cron.d/x.txt",
        "C:\\x\\..\\y.txt",
        "a\nb.txt",
        "n" * 3000 + ".txt",
        "x.txt:y.txt",
    )
    document = read_zip(tmp_path, zipped(*((name, "words") for name in hostile)))
    assert names(document)[:4] == ["up.txt", "etc/cron.d/x.txt", "C:/x/y.txt", "a b.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "scratch"]
    assert list(scratch.iterdir()) == []


def test_link_in_an_archive_is_the_text_it_holds(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.txt")
    info.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(info, "/etc/passwd")
    (page,) = read_zip(tmp_path, out.getvalue()).pages
    assert page.text == "link.txt\n\n/etc/passwd"


def test_archives_in_one_another_end_somewhere(tmp_path: Path) -> None:
    data = zipped(("innermost.txt", "words"))
    for number in range(9):
        data = zipped((f"{number}.txt", "words"), ("inner.zip", data))
    document = read_zip(tmp_path, data)
    assert names(document)[-1] == "inner.zip/inner.zip/inner.zip/5.txt"
    assert "too deep inside other files" in document.warnings[0]


def test_archive_that_holds_many_copies_of_itself_is_bounded(tmp_path: Path) -> None:
    """As droste.zip, which holds itself, but eight times in each: 4,096 in the fourth."""
    data = zipped(("t.txt", "words"))
    for _ in range(6):
        data = zipped(*((f"{number}.zip", data) for number in range(8)))
    with pytest.raises(DocumentUnreadable, match=r"too deep|first 300 parts"):
        read_zip(tmp_path, data, parts=300)


def test_bomb_is_not_unpacked(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("good.txt", "words")
        with file.open("bomb.txt", "w") as member:
            for _ in range(100):
                member.write(bytes(1 << 20))
    document = read_zip(tmp_path, out.getvalue())
    assert names(document) == ["good.txt"]
    assert document.warnings == (
        "bomb.txt: It unpacks to far more than it seems to hold, so it was not opened.",
    )


def test_size_that_an_archive_states_is_not_believed(tmp_path: Path) -> None:
    """The directory says 10 bytes, the member has five million."""
    data = bytearray(zipped(("lie.txt", "x" * 5_000_000)))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<L", 10)
    with pytest.raises(DocumentUnreadable):
        read_zip(tmp_path, bytes(data))


def test_everything_that_is_unpacked_counts_together(tmp_path: Path) -> None:
    data = zipped(*((f"{number}.txt", "word " * 20_000) for number in range(20)))
    document = read_zip(tmp_path, data, unpacked_bytes=450_000)
    assert len(document.pages) == 4
    assert document.warnings == ("It unpacks to far more than it seems to hold; the rest was left out.",)


def test_what_a_refused_member_held_is_let_go(tmp_path: Path) -> None:
    """Each error keeps what its reader had in hand: forty such members were four gigabytes."""
    data = zipped(*((f"{number}.txt", bytes(3_000_000)) for number in range(12)))
    tracemalloc.start()
    with pytest.raises(DocumentUnreadable):
        read_zip(tmp_path, data)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 20_000_000


def test_text_of_all_members_counts_together(tmp_path: Path) -> None:
    data = zipped(*((f"{number}.txt", "word " * 1000) for number in range(20)))
    document = read_zip(tmp_path, data, text_characters=26_000)
    assert len(document.pages) == 5
    assert "more than 26,000 characters" in document.warnings[0]


def test_protected_members_are_told_and_the_others_read(tmp_path: Path) -> None:
    data = bytearray(zipped(("secret.txt", "x"), ("open.txt", "words")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    document = read_zip(tmp_path, bytes(data))
    assert names(document) == ["open.txt"]
    assert document.warnings == ("secret.txt: It is protected by a password.",)


def test_archive_of_protected_members_alone_is_protected(tmp_path: Path) -> None:
    data = bytearray(zipped(("secret.txt", "x")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DocumentProtected):
        read_zip(tmp_path, bytes(data))


def test_a_hundred_thousand_members_are_bounded(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for number in range(100_000):
            file.writestr(f"{number}.txt", "x")
    started = time.monotonic()
    document = read_zip(tmp_path, out.getvalue(), parts=500)
    assert len(document.pages) == 500
    assert document.warnings == ("Only its first 500 parts were read.",)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("zip64", [False, True])
def test_directory_that_would_take_gigabytes_is_not_looked_at(tmp_path: Path, zip64: bool) -> None:
    size = 20_000_000
    entry = b"PK\x01\x02" + bytes(42) + b"x"
    directory = (entry * (size // len(entry) + 1))[:size]
    if zip64:
        record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 9, 9, size, 0)
        end = record + struct.pack("<4sLQL", b"PK\x06\x07", 0, size, 1)
        end += struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    else:
        end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 9, 9, size, 0, 0)
    with pytest.raises(DocumentTooLarge, match="far too many files"):
        read_zip(tmp_path, b"PK\x03\x04" + directory + end)


def test_archive_without_anything_to_read_is_empty(tmp_path: Path) -> None:
    for data in (zipped(), zipped(("film.mkv", "x"))):
        with pytest.raises(DocumentEmpty, match="no file in it that Carrel can read"):
            read_zip(tmp_path, data)


def test_only_member_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable, match=r"Nothing in it can be read\. a\.pdf: It is damaged"):
        read_zip(tmp_path, zipped(("a.pdf", "%PDF-1.4 x")))


@pytest.mark.parametrize("cut", [30, 60, 150])
def test_archive_cut_off_is_told(tmp_path: Path, cut: int) -> None:
    data = zipped(("a.txt", "words"), ("b.txt", "words"))
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_zip(tmp_path, data[:cut])


def test_member_with_a_wrong_checksum_is_a_warning(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.txt", "words and words"), ("b.txt", "fine")))
    place = data.index(b"PK\x01\x02")
    data[place + 16] ^= 0xFF
    document = read_zip(tmp_path, bytes(data))
    assert names(document) == ["b.txt"]
    assert document.warnings == ("a.txt: It is damaged.",)


def test_damaged_archives_are_read_or_refused_by_name(tmp_path: Path) -> None:
    inner = zipped(("i.txt", "inner words"))
    good = zipped(("a.txt", "words " * 50), ("b/ü.json", '{"a": [1, {"b": 2}]}'), ("inner.zip", inner))
    dice = random.Random(4)
    refused = 0
    for _ in range(400):
        data = bytearray(good)
        for _ in range(dice.choice([1, 2, 8])):
            data[dice.randrange(4, len(data))] = dice.choice([0, 1, 0xFF, dice.randrange(256)])
        try:
            read_zip(tmp_path, bytes(data))
        except DocumentUnreadable:
            refused += 1
    assert 0 < refused < 400


def test_kind_of_packing_that_is_unknown_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.txt", "words"), ("b.txt", "fine")))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = data.index(mark) + offset
        data[place : place + 2] = struct.pack("<H", 99)
    document = read_zip(tmp_path, bytes(data))
    assert document.warnings == ("a.txt: It is packed in a way that Carrel does not know.",)
