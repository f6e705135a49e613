from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.errors import DocumentUnreadable, UnsupportedFormat
from rag.formats import supported
from rag.formats.rtf_compressed import decompressed
from rag.values import ReadDocument
from tests.fakes.documents import blocks_of, paragraph, pdf, read_file
from tests.fakes.outlook import Tree, attachment, compound, fixed, message, narrow, text

# [MS-OXRTFCP] 3.1: the first example, and 3.2: one whose reference overlaps what it writes.
COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
REPEATED = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def read_message(tmp_path: Path, tree: Tree) -> ReadDocument:
    path = tmp_path / "a.msg"
    path.write_bytes(compound(tree))
    return read_file(path)


def test_head_and_text_of_a_message_are_read(tmp_path: Path) -> None:
    document = read_message(tmp_path, message(body=b"Dear Bob,\n\nthe rent is EUR 1,200.\n"))
    assert document.title == "Lease"
    (page,) = document.pages
    assert page.number == 1
    assert page.text == (
        "From: Ann Archer <ann@example.org>\nTo: Bob Burger\nDate: 7 March 2025, 14:30 (UTC)\n"
        "Subject: Lease\n\nDear Bob,\n\nthe rent is EUR 1,200."
    )


def test_html_is_read_where_there_is_no_text(tmp_path: Path) -> None:
    html = "<p>Grüße</p><ul><li>one</li></ul>".encode()
    (page,) = read_message(tmp_path, message(html=html)).pages
    assert ("paragraph", 0, "Grüße") in blocks_of(page)
    assert ("list_item", 0, "• one") in blocks_of(page)


def test_text_in_a_code_page_is_decoded_by_it(tmp_path: Path) -> None:
    tree = {**narrow(0x0037, "Договор".encode("cp1251")), **fixed(32, x3FFD=1251)}
    assert read_message(tmp_path, tree).title == "Договор"


def test_the_headers_that_came_with_it_say_who_it_is_from(tmp_path: Path) -> None:
    headers = "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nDate: Fri, 7 Mar 2025 15:30:00 +0100\r\n"
    (page,) = read_message(tmp_path, {**message(body=b"Hello"), **text(0x007D, headers)}).pages
    assert "From: Jürgen <j@example.org>" in page.text
    assert "Date: 7 March 2025, 15:30 (UTC+01:00)" in page.text


def test_attachments_follow_under_their_names(tmp_path: Path) -> None:
    inner = message(body=b"the message inside", subject="Earlier offer")
    embedded: Tree = {
        **text(0x3707, "x"),
        **fixed(8, x3705=5),
        "__substg1.0_3701000D": {**inner, **fixed(24)},
    }
    document = read_message(
        tmp_path,
        message(
            attachment("contract.pdf", pdf([paragraph("Ninety days of notice.")])),
            attachment("logo.png", b"\x89PNG", x7FFE=1),
            embedded,
            attachment("broken.pdf", b"%PDF-1.4 nothing"),
            body=b"See attached.",
        ),
    )
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.pages[1].text == "Attachment: contract.pdf\n\nNinety days of notice."
    assert document.pages[2].text.startswith("Attachment: Earlier offer\n\nFrom: Ann Archer")
    assert "Attachments: contract.pdf, Earlier offer, broken.pdf" in document.pages[0].text
    (warning,) = document.warnings
    assert warning.startswith("Attachment: broken.pdf: It is damaged")


def test_messages_inside_messages_end_somewhere(tmp_path: Path) -> None:
    tree = message(body=b"innermost")
    for _ in range(8):
        tree = message({**fixed(8, x3705=5), "__substg1.0_3701000D": tree}, body=b"outer")
    document = read_message(tmp_path, tree)
    assert len(document.pages) == 5
    assert "too deep" in document.warnings[0]


def test_other_compound_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="not an Outlook message"):
        read_message(tmp_path, {"Workbook": b"x" * 5000})


def test_damaged_messages_are_read_or_refused_by_name(tmp_path: Path) -> None:
    good = compound(message(attachment("a.txt", b"text " * 2000), body=b"Hello " * 900))
    dice = random.Random(1)
    path = tmp_path / "a.msg"
    refused = 0
    for turn in range(200):
        data = bytearray(good[: dice.randrange(8, len(good))] if turn % 2 else good)
        for _ in range(20):
            data[dice.randrange(min(len(data), 4096) if turn % 4 else len(data))] = dice.randrange(256)
        data[:8] = good[:8]
        path.write_bytes(data)
        try:
            read_file(path)
        except DocumentUnreadable:
            refused += 1
    assert 50 < refused < 200


def test_formatted_text_is_unpacked() -> None:
    assert decompressed(COMPRESSED, Path("a")) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompressed(REPEATED, Path("a")) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert decompressed(b"\x10\0\0\0\3\0\0\0MELA\0\0\0\0abc", Path("a")) == b"abc"


@pytest.mark.parametrize("data", [b"", b"x" * 15, b"x" * 40])
def test_what_is_no_formatted_text_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentUnreadable, match="damaged"):
        decompressed(data, Path("a"))


def test_damaged_formatted_text_ends_and_stays_small() -> None:
    dice = random.Random(2)
    for _ in range(300):
        data = COMPRESSED[:16].replace(b"\x2b\0\0\0", b"\xff" * 4) + dice.randbytes(300)
        assert len(decompressed(data, Path("a"))) <= 300 * 9


def test_text_that_is_only_there_as_formatted_text_goes_to_the_reader_of_that(tmp_path: Path) -> None:
    document = read_message(tmp_path, message(rtf=COMPRESSED))
    if supported(Path("a.rtf")):
        assert "hello world" in document.pages[1].text
    else:
        assert document.warnings == ("Attachment: message.rtf: Carrel cannot read this kind of file yet.",)
