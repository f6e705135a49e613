from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.errors import (
    DocumentEmpty,
    DocumentProtected,
    DocumentTooLarge,
    DocumentUnreadable,
    UnsupportedFormat,
)
from rag.values import ReadDocument
from tests.fakes.documents import blocks_of, read_file
from tests.fakes.office import epub_parts, written, zipped

TYPE = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'


def chapter(body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{TYPE}<html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title>x</title><style>p {{}}</style></head><body>{body}</body></html>"
    )


def read_parts(tmp_path: Path, parts: Mapping[str, str | bytes], **limits: int) -> ReadDocument:
    return read_file(written(tmp_path, "a.epub", zipped(parts)), **limits)


BOOK = {
    "cover.xhtml": chapter('<img src="cover.jpg" alt=""/>'),
    "one.xhtml": chapter("<h1>One</h1><p>Call me&#160;Ishmael &mdash; caf\u00e9.</p>"),
    "two words.xhtml": chapter("<h2>Two</h2><ul><li>a</li></ul><pre>x\n y</pre>"),
}


def test_chapters_are_numbered_pages_in_the_order_of_reading(tmp_path: Path) -> None:
    spine = '<itemref idref="two words.xhtml"/><itemref idref="cover.xhtml"/><itemref idref="one.xhtml"/>'
    parts = epub_parts(BOOK, title="A book", spine=spine + '<itemref idref="one.xhtml"/>')
    parts["book/a.opf"] = str(parts["book/a.opf"]).replace('href="two words', 'href="two%20words')
    read = read_parts(tmp_path, parts)
    assert read.title == "A book"
    assert [page.number for page in read.pages] == [1, 2]
    assert blocks_of(read.pages[0]) == [("heading", 2, "Two"), ("list_item", 0, "• a"), ("code", 0, "x\n y")]
    assert blocks_of(read.pages[1]) == [("heading", 1, "One"), ("paragraph", 0, "Call me Ishmael — café.")]


def test_table_of_contents_scripts_and_pictures_are_not_read(tmp_path: Path) -> None:
    parts = epub_parts({**BOOK, "nav.xhtml": chapter("<ol><li>One</li></ol>"), "a.svg": "<svg/>"})
    opf = str(parts["book/a.opf"]).replace('href="nav.xhtml"', 'href="nav.xhtml" properties="nav scripted"')
    parts["book/a.opf"] = opf.replace(
        'href="a.svg" media-type="application/xhtml+xml"', 'href="a.svg" media-type="image/svg+xml"'
    )
    assert [page.text.split("\n")[0] for page in read_parts(tmp_path, parts).pages] == ["One", "Two"]


def test_missing_part_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    parts = epub_parts(BOOK)
    del parts["book/two words.xhtml"]
    read = read_parts(tmp_path, parts)
    assert [page.text.split("\n")[0] for page in read.pages] == ["One"]
    assert read.warnings == ("1 of its 3 parts are missing.",)


def test_locked_books_are_protected_and_hidden_fonts_are_no_lock(tmp_path: Path) -> None:
    def encryption(algorithm: str) -> str:
        method = f'<EncryptionMethod Algorithm="{algorithm}"/>'
        return f"<encryption><EncryptedData>{method}</EncryptedData></encryption>"

    parts = epub_parts(BOOK)
    parts["META-INF/encryption.xml"] = encryption("http://www.idpf.org/2008/embedding")
    assert len(read_parts(tmp_path, parts).pages) == 2
    parts["META-INF/encryption.xml"] = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    with pytest.raises(DocumentProtected, match="locked by the shop"):
        read_parts(tmp_path, parts)


def test_older_books_may_name_their_type(tmp_path: Path) -> None:
    parts = epub_parts(BOOK)
    parts["book/a.opf"] = (
        '<!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN"'
        f' "http://openebook.org/dtds/oeb-1.2/oebpkg12.dtd">{parts["book/a.opf"]!s}'
    )
    assert len(read_parts(tmp_path, parts).pages) == 2


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declared in (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', f'<!ENTITY l0 "ha">{laughs}'):
        parts = epub_parts(BOOK)
        good = dict(parts)
        for part in ("book/a.opf", "META-INF/container.xml"):
            parts = {**good, part: f"<!DOCTYPE x [{declared}]>{good[part]!s}"}
            with pytest.raises(DocumentUnreadable, match="declarations that do not belong in an e-book"):
                read_parts(tmp_path, parts)
        page = f"<!DOCTYPE html [{declared}]><html><body><p>a &x;&l9; b</p></body></html>"
        (read,) = read_parts(tmp_path, epub_parts({"one.xhtml": page})).pages
        assert "TOP-SECRET" not in read.text and "haha" not in read.text


def test_paths_out_of_the_book_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text(chapter("<p>TOP-SECRET</p>"))
    parts = epub_parts({"../../secret.xhtml": "", "one.xhtml": chapter("<p>x</p>")})
    del parts["book/../../secret.xhtml"]
    assert [page.text for page in read_parts(tmp_path, parts).pages] == ["x"]


def test_limits_on_parts_text_and_size_are_kept(tmp_path: Path) -> None:
    with pytest.raises(DocumentTooLarge, match="3 chapters; the limit is 2"):
        read_parts(tmp_path, epub_parts(BOOK), pages=2)
    with pytest.raises(DocumentTooLarge, match="more than 20 characters"):
        read_parts(tmp_path, epub_parts(BOOK), text_characters=20)
    with pytest.raises(DocumentTooLarge, match="unpacks to far more"):
        read_parts(tmp_path, {**epub_parts(BOOK), "book/a.jpg": b"\0" * 9_000_000}, unpacked_bytes=8_000_000)
    with pytest.raises(DocumentTooLarge, match="unpacks to far more"):
        read_parts(tmp_path, {**epub_parts(BOOK), "book/one.xhtml": b" " * 31_000_000})


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("META-INF/container.xml", "<container"),
        ("META-INF/container.xml", "<container/>"),
        ("book/a.opf", "<package"),
    ],
)
def test_broken_parts_are_named_as_damage(tmp_path: Path, part: str, content: str) -> None:
    with pytest.raises(DocumentUnreadable, match="cannot be opened as an e-book"):
        read_parts(tmp_path, {**epub_parts(BOOK), part: content})


def test_book_of_pictures_holds_no_text(tmp_path: Path) -> None:
    with pytest.raises(DocumentEmpty):
        read_parts(tmp_path, epub_parts({"cover.xhtml": BOOK["cover.xhtml"]}))


def test_truncated_and_other_files_are_told(tmp_path: Path) -> None:
    good = zipped(epub_parts(BOOK))
    with pytest.raises(DocumentUnreadable, match="damaged or cut off"):
        read_file(written(tmp_path, "a.epub", good[: len(good) // 2]))
    with pytest.raises(UnsupportedFormat, match="not an e-book"):
        read_parts(tmp_path, {"word/document.xml": "<x/>"})
