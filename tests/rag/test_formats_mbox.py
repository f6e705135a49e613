from __future__ import annotations

import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import DocumentUnreadable, UnsupportedFormat
from rag.formats import mbox
from rag.values import ReadDocument
from tests.fakes.documents import blocks_of, read_file

OPENING = "From ann@example.org Fri Mar  7 14:30:00 2025\n"


def mail(number: int, text: str = "") -> str:
    return (
        f"{OPENING}From: Ann Archer <ann@example.org>\nSubject: Offer {number}\n"
        f"Date: Fri, 07 Mar 2025 14:30:00 +0000\n\n{text or f'Text of message {number}.'}\n\n"
    )


def read_box(tmp_path: Path, content: str | bytes, **limits: int) -> ReadDocument:
    path = tmp_path / "box.mbox"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, **limits)


def test_messages_stand_one_after_the_other_under_their_names(tmp_path: Path) -> None:
    document = read_box(tmp_path, "".join(mail(number) for number in (1, 2, 3)))
    assert document.title == "box"
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert blocks_of(document.pages[1])[0] == ("heading", 1, "Message 2: Offer 2 — Ann Archer, 7 March 2025")
    assert document.pages[1].text.endswith("Text of message 2.")


def test_line_breaks_of_windows_are_read(tmp_path: Path) -> None:
    document = read_box(tmp_path, "".join(mail(number) for number in (1, 2)).replace("\n", "\r\n"))
    assert [page.text.splitlines()[-1] for page in document.pages] == [
        "Text of message 1.",
        "Text of message 2.",
    ]


def test_from_at_the_beginning_of_a_line_is_text(tmp_path: Path) -> None:
    text = "One.\n\nFrom here on it is quoted:\n\n>From the start.\nFrom Ann at 14:30 came nothing."
    (page,) = read_box(tmp_path, mail(1, text)).pages
    assert "From here on" in page.text
    assert "\nFrom the start." in page.text
    assert "From Ann at 14:30" in page.text


def test_attachments_are_headed_below_their_message(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "ann@example.org"
    message["Subject"] = "Prices"
    message.set_content("See below.")
    message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="prices.csv")
    document = read_box(tmp_path, OPENING.encode() + message.as_bytes() + b"\n\n" + mail(2).encode())
    assert [blocks_of(page)[0][:2] for page in document.pages] == [
        ("heading", 1),
        ("heading", 2),
        ("heading", 1),
    ]
    assert document.pages[1].text.startswith("Attachment: prices.csv")


def test_openings_on_the_edge_of_a_chunk_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(mail(number, "word " * (number % 7)) for number in range(60))
    whole = read_box(tmp_path, content)
    for size in (1, 7, 64, 331):
        monkeypatch.setattr(mbox, "_CHUNK_BYTES", size)
        assert read_box(tmp_path, content) == whole


def test_message_that_is_too_large_is_a_warning_beside_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "_LARGEST_MESSAGE_BYTES", 3_000_000)
    content = mail(1) + mail(2, "a long line " * 500_000) + mail(3)
    document = read_box(tmp_path, content)
    assert [page.text.splitlines()[-1] for page in document.pages] == [
        "Text of message 1.",
        "Text of message 3.",
    ]
    assert document.warnings == ("Message 2: It is too large for a message.",)


def test_only_so_many_messages_are_read(tmp_path: Path) -> None:
    document = read_box(tmp_path, "".join(mail(number) for number in range(30)), parts=10)
    assert len(document.pages) == 10
    assert document.warnings == ("Only its first 10 parts were read.",)


def test_many_messages_are_read_quickly(tmp_path: Path) -> None:
    started = time.monotonic()
    document = read_box(tmp_path, "".join(mail(number) for number in range(5000)))
    assert len(document.pages) == 5000
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("content", ["Dear reader,\n\nhello", "From me to you\n\nhello", "x\n" * 3_000_000])
def test_file_that_is_no_mailbox_is_told(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnsupportedFormat, match="not a mailbox"):
        read_box(tmp_path, content)


def test_rubbish_before_between_and_inside_messages_is_survived(tmp_path: Path) -> None:
    content = b"\0\xff\n\n" + mail(1).encode() + OPENING.encode() * 3 + b"\n\n\xfe\xfe\n\n" + mail(2).encode()
    try:
        document = read_box(tmp_path, content)
    except DocumentUnreadable:
        pytest.fail("the good messages were lost")
    assert sum("Text of message" in page.text for page in document.pages) == 2
