from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from docx import Document

from rag.errors import DocumentProtected, DocumentTooLarge, DocumentUnreadable
from rag.values import Page
from tests.fakes.documents import blocks_of, docx, p, read_file, word_document, word_part

STYLES = (
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Klausel"><w:name w:val="Klausel"/><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:styleId="Kreis"><w:name w:val="Kreis"/><w:basedOn w:val="Kreis"/></w:style>'
)


def level(depth: int, form: str, text: str, start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/>'
        f'<w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
    )


NUMBERING = (
    '<w:abstractNum w:abstractNumId="0">'
    + level(0, "decimal", "§ %1", 12)
    + level(1, "decimal", "%1.%2")
    + level(2, "lowerLetter", "(%3)")
    + level(3, "upperRoman", "%4.")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1">'
    + level(0, "bullet", "")
    + '</w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num>'
)


def in_list(list_id: int, depth: int) -> str:
    return f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>'


def read_word(tmp_path: Path, body: str, **parts: str) -> Page:
    path = tmp_path / "a.docx"
    path.write_bytes(word_document(body, **parts))
    (page,) = read_file(path).pages
    assert page.number is None
    return page


def test_headings_lists_and_tables_of_python_docx_keep_their_structure(tmp_path: Path) -> None:
    document = Document()
    document.core_properties.title = "Staff handbook"
    document.add_heading("Handbook", 0)
    document.add_heading("Leave", 1)
    document.add_heading("Annual leave", 2)
    document.add_paragraph("27 days a year.")
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ["What", "How | much", "Train", "2nd"], strict=True
    ):
        cell.text = text
    path = tmp_path / "a.docx"
    document.save(str(path))
    read = read_file(path)
    assert read.title == "Staff handbook"
    assert blocks_of(read.pages[0]) == [
        ("heading", 1, "Handbook"),
        ("heading", 1, "Leave"),
        ("heading", 2, "Annual leave"),
        ("paragraph", 0, "27 days a year."),
        ("list_item", 0, "• first"),
        ("list_item", 0, "• second"),
        ("table", 0, "| What | How \\| much |\n| --- | --- |\n| Train | 2nd |"),
    ]


def test_headings_are_known_in_every_language_of_word(tmp_path: Path) -> None:
    body = (
        p("Laufzeit", '<w:pStyle w:val="berschrift1"/>')
        + p("Kündigung", '<w:pStyle w:val="Klausel"/>')
        + p("Im Kreis", '<w:pStyle w:val="Kreis"/>')
        + p("Gliederung", '<w:outlineLvl w:val="2"/>')
        + p("Fließtext", '<w:outlineLvl w:val="9"/>')
    )
    kinds = [(kind, depth) for kind, depth, _ in blocks_of(read_word(tmp_path, body, styles=STYLES))]
    assert kinds == [("heading", 1), ("heading", 1), ("paragraph", 0), ("heading", 3), ("paragraph", 0)]


def test_automatic_numbers_are_counted_as_word_does(tmp_path: Path) -> None:
    body = (
        p("Term", in_list(5, 0))
        + p("Start", in_list(5, 1))
        + p("Notice", in_list(5, 1))
        + p("by post", in_list(5, 2))
        + p("not by email", in_list(5, 2))
        + p("Deep", in_list(5, 3))
        + p("Prices", in_list(5, 0))
        + p("Fixed", in_list(5, 1))
        + p("a bullet", in_list(6, 0))
        + p("switched off", in_list(0, 0))
    )
    texts = [text for _, _, text in blocks_of(read_word(tmp_path, body, numbering=NUMBERING))]
    assert texts == [
        "§ 12 Term",
        "12.1 Start",
        "12.2 Notice",
        "(a) by post",
        "(b) not by email",
        "I. Deep",
        "§ 13 Prices",
        "13.1 Fixed",
        "• a bullet",
        "switched off",
    ]


def test_deleted_text_field_codes_and_breaks_read_as_on_the_page(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> added</w:t></w:r></w:ins>"
        "<w:r><w:instrText>PAGEREF x</w:instrText></w:r></w:p>"
    )
    assert read_word(tmp_path, body).text == "one two three added"


def test_footnotes_stand_after_the_paragraph_that_names_them(tmp_path: Path) -> None:
    body = '<w:p><w:r><w:t>The price is fixed.</w:t><w:footnoteReference w:id="2"/></w:r></w:p>' + p(
        "Next paragraph."
    )
    notes = (
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>----</w:t></w:r></w:p></w:footnote>'
        f'<w:footnote w:id="2">{p("Until 2027.")}</w:footnote>'
    )
    page = read_word(tmp_path, body, footnotes=notes)
    assert page.text == "The price is fixed.\n\nNote: Until 2027.\n\nNext paragraph."


def test_text_boxes_and_content_controls_are_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    body = (
        f"<w:p><w:r><w:t>Outside.</w:t><mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        f"<w:sdt><w:sdtContent>{p('In a control.')}</w:sdtContent></w:sdt>"
    )
    assert read_word(tmp_path, body).text == "Outside.\n\nIn the box.\n\nIn a control."


def test_merged_cells_stand_in_their_first_place(tmp_path: Path) -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"

    wide, starts = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>'
    body = (
        f"<w:tbl><w:tr>{cell('A', wide)}{cell('B', starts)}</w:tr>"
        f"<w:tr>{cell('1')}{cell('2')}{cell('', '<w:vMerge/>')}</w:tr>"
        f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell("late")}{cell("end")}</w:tr></w:tbl>'
    )
    assert read_word(tmp_path, body).text.split("\n") == [
        "| A |  | B |",
        "| --- | --- | --- |",
        "| 1 | 2 |  |",
        "|  | late | end |",
    ]


def test_frame_of_one_cell_is_read_as_what_is_inside(tmp_path: Path) -> None:
    body = f"<w:tbl><w:tr><w:tc>{p('One.')}{p('Two.')}</w:tc></w:tr></w:tbl>"
    assert [kind for kind, _, _ in blocks_of(read_word(tmp_path, body))] == ["paragraph", "paragraph"]


def write(tmp_path: Path, parts: dict[str, str | bytes]) -> Path:
    path = tmp_path / "a.docx"
    path.write_bytes(docx(parts))
    return path


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = write(tmp_path, {"word/document.xml": b" " * 200_000_000})
    assert bomb.stat().st_size < 300_000
    with pytest.raises(DocumentTooLarge, match="unpacks to far more"):
        read_file(bomb)
    small = write(
        tmp_path, {"word/document.xml": word_part("document", ""), "word/media/a": b"\0" * 9_000_000}
    )
    with pytest.raises(DocumentTooLarge) as caught:
        read_file(small, unpacked_bytes=8_000_000)
    assert caught.value.limit_bytes == 8_000_000


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declared, used in (
        (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"),
        ('<!ENTITY x SYSTEM "http://example.invalid/x">', "&x;"),
        (f'<!ENTITY l0 "ha">{laughs}', "&l9;"),
        ("", "plain"),
    ):
        document = word_part("document", f"<w:body>{p(used)}</w:body>")
        head, rest = document.split("?>", 1)
        path = write(tmp_path, {"word/document.xml": f"{head}?><!DOCTYPE w:document [{declared}]>{rest}"})
        with pytest.raises(DocumentUnreadable, match=r"declarations that do not belong|damaged"):
            read_file(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"word/other.xml": "<x/>"},
        {"word/document.xml": "<w:document"},
        {"word/document.xml": ""},
        {"word/document.xml": "<x/>"},
        {"word/document.xml": word_part("document", "<w:body/>"), "word/styles.xml": "<<"},
    ],
)
def test_broken_parts_are_named_as_damage(tmp_path: Path, parts: dict[str, str | bytes]) -> None:
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_file(write(tmp_path, parts))


def test_part_with_a_wrong_checksum_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", word_part("document", f"<w:body>{p('marker text')}</w:body>"))
    path.write_bytes(path.read_bytes().replace(b"marker text", b"merker text"))
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_file(path)


def test_zip_with_encrypted_parts_is_protected(tmp_path: Path) -> None:
    path = write(tmp_path, {"word/document.xml": word_part("document", "<w:body/>")})
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(DocumentProtected):
        read_file(path)


def test_nested_frames_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    depth = 80  # libxml2 stops at 256 elements, three of them are a frame
    body = "<w:tbl><w:tr><w:tc>" * depth + p("deep inside") + "</w:tc></w:tr></w:tbl>" * depth
    assert read_word(tmp_path, body).text == "deep inside"
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_word(tmp_path, body.replace("<w:tbl>", "<w:tbl>" * 20).replace("</w:tbl>", "</w:tbl>" * 20))
