from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.errors import DocumentProtected, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
from rag.values import Page, ReadDocument
from tests.fakes.documents import blocks_of, read_file
from tests.fakes.office import OLE, odf_parts, written, zipped
from tests.own_time import own_time

KINDS = {"a.odt": "text", "a.ods": "spreadsheet", "a.odp": "presentation"}


def read_parts(tmp_path: Path, name: str, parts: Mapping[str, str | bytes], **limits: int) -> ReadDocument:
    return read_file(written(tmp_path, name, zipped(parts)), **limits)


def read_text(tmp_path: Path, body: str, styles: str = "") -> Page:
    (page,) = read_parts(tmp_path, "a.odt", odf_parts("text", body, styles)).pages
    assert page.number is None
    return page


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def number(text: str, value: object, kind: str = "float") -> str:
    return cell(text, f'office:value-type="{kind}" office:value="{value}"')


def sheet(*rows: str, name: str = "Prices", attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


# --- texts -------------------------------------------------------------------------------------------


def test_text_keeps_headings_lists_tables_and_notes(tmp_path: Path) -> None:
    body = (
        '<text:h text:outline-level="2">Leave</text:h>'
        '<text:p>Two<text:s text:c="2"/>words,<text:tab/><text:span>a <text:a>link</text:a></text:span>'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Until 2027.</text:p>"
        "</text:note-body></text:note> and <office:annotation><text:p>So?</text:p></office:annotation>more."
        "</text:p><text:list><text:list-item><text:p>first</text:p></text:list-item><text:list-item>"
        "<text:p>second</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list>"
        "</text:list-item></text:list>"
        f"<table:table>{row(cell('Bag'), cell('€ | net'))}{row(cell('1 kg'), cell('9'))}</table:table>"
    )
    assert blocks_of(read_text(tmp_path, body)) == [
        ("heading", 2, "Leave"),
        ("paragraph", 0, "Two words, a link and more."),
        ("paragraph", 0, "Note: Until 2027."),
        ("list_item", 0, "• first"),
        ("list_item", 0, "• second"),
        ("list_item", 0, "• inner"),
        ("table", 0, "| Bag | € \\| net |\n| --- | --- |\n| 1 kg | 9 |"),
    ]


def test_numbers_of_headings_and_items_are_counted_as_their_program_does(tmp_path: Path) -> None:
    def level(number: int, form: str, more: str = "", kind: str = "list-level-style-number") -> str:
        return f'<text:{kind} text:level="{number}" style:num-format="{form}" {more}/>'

    def items(*texts: str, attributes: str = 'text:style-name="L1"') -> str:
        inside = "".join(f"<text:list-item>{text}</text:list-item>" for text in texts)
        return f"<text:list {attributes}>{inside}</text:list>"

    clause = level(1, "1", 'style:num-prefix="§ " text:start-value="12"')
    clause += level(2, "1", 'text:display-levels="2"') + level(3, "a", 'style:num-suffix=")"')
    outline = level(1, "I", 'style:num-suffix="."', "outline-level-style")
    styles = (
        f'<text:list-style style:name="L1">{clause}</text:list-style>'
        f"<text:outline-style>{outline}</text:outline-style>"
    )
    deepest = items("<text:p>by post</text:p>", "<text:p>not by email</text:p>", attributes="")
    inner = items("<text:p>Start</text:p>", f"<text:p>Notice</text:p>{deepest}", attributes="")
    going_on = 'text:style-name="L1" text:continue-numbering="true"'
    body = (
        '<text:h text:outline-level="1">Terms</text:h>'
        + items(f"<text:p>Term</text:p><text:p>More of it.</text:p>{inner}")
        + "<text:p>Between.</text:p>"
        + items("<text:p>Prices</text:p>", items("<text:p>Fixed</text:p>"), attributes=going_on)
        + items("<text:p>Anew</text:p>")
        + '<text:h text:outline-level="1">Annex</text:h><text:h text:outline-level="2">Plain</text:h>'
    )
    assert [text for _, _, text in blocks_of(read_text(tmp_path, body, styles))] == [
        "I. Terms",
        "§ 12 Term",
        "More of it.",
        "12.1 Start",
        "12.2 Notice",
        "a) by post",
        "b) not by email",
        "Between.",
        "§ 13 Prices",
        "13.1 Fixed",
        "§ 12 Anew",
        "II. Annex",
        "Plain",
    ]


def test_text_boxes_frames_and_sections_are_read_once(tmp_path: Path) -> None:
    body = (
        "<text:section><text:p>Before<draw:frame><draw:text-box><text:p>In the box.</text:p>"
        "<text:p>Second.<draw:frame><draw:text-box><text:p>Inner.</text:p></draw:text-box></draw:frame></text:p>"
        "</draw:text-box></draw:frame> after.</text:p></text:section>"
        f"<table:table>{row(cell('Framed.'))}</table:table>"
    )
    texts = [text for _, _, text in blocks_of(read_text(tmp_path, body))]
    assert texts == ["Before after.", "In the box.", "Second.", "Inner.", "Framed."]


def test_deleted_text_and_tables_of_contents_are_not_read(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:table-of-content><text:index-body>"
        "<text:p>Leave 3</text:p></text:index-body></text:table-of-content><text:p>Stays.</text:p>"
    )
    assert read_text(tmp_path, body).text == "Stays."


def test_merged_cells_stand_in_their_first_place(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell/>"
    body = (
        f"<table:table><table:table-rows>{row(cell('A'), covered, cell('B'))}</table:table-rows>"
        f"{row(cell('1', 'table:number-columns-repeated=' + chr(34) + '3' + chr(34)))}</table:table>"
    )
    assert read_text(tmp_path, body).text.split("\n") == [
        "| A |  | B |",
        "| --- | --- | --- |",
        "| 1 | 1 | 1 |",
    ]


# --- spreadsheets ------------------------------------------------------------------------------------


def test_sheets_are_pages_of_what_the_cells_show(tmp_path: Path) -> None:
    body = sheet(
        row(cell("Bag"), cell("Euro"), cell("Share"), cell("Since")),
        row(
            cell("1 kg"),
            number("12.339,50 €", 12339.5, "currency"),
            number("25,6 %", 0.256, "percentage"),
            cell("4. März 2024", 'office:value-type="date"'),
        ),
    ) + sheet(name="Empty")
    read = read_parts(tmp_path, "a.ods", odf_parts("spreadsheet", body))
    assert [page.number for page in read.pages] == [1, 2]
    assert blocks_of(read.pages[0]) == [
        ("heading", 1, "Prices"),
        (
            "table",
            0,
            "| Bag | Euro | Share | Since |\n| --- | --- | --- | --- |\n"
            "| 1 kg | 12339,50 € | 25,6 % | 4. März 2024 |",
        ),
    ]


def test_a_million_repeated_cells_are_quick(tmp_path: Path) -> None:
    body = sheet(
        row(cell("a"), cell("b")),
        row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            attributes='table:number-rows-repeated="9"',
        ),
        row(
            cell("x", 'table:number-columns-repeated="16384"'),
            attributes='table:number-rows-repeated="1048000"',
        ),
        row(cell("end")),
    )
    started = own_time()
    page = read_parts(tmp_path, "a.ods", odf_parts("spreadsheet", body)).pages[0]
    assert own_time() - started < 2
    assert "| a | b |" in page.text and page.text.endswith("end")
    assert len(page.text) < 60_000


def test_comments_and_text_boxes_are_read_and_links_are_not(tmp_path: Path) -> None:
    noted = (
        "<table:table-cell><office:annotation><text:p>Ask Ada.</text:p></office:annotation><text:p>9</text:p>"
        "<draw:frame><draw:text-box><text:p>In</text:p><text:p>a box.</text:p></draw:text-box></draw:frame>"
        "</table:table-cell>"
    )
    body = (
        sheet(row(cell("a"), noted)) + "<table:dde-links>" + sheet(row(cell("linked"))) + "</table:dde-links>"
    )
    (page,) = read_parts(tmp_path, "a.ods", odf_parts("spreadsheet", body)).pages
    assert blocks_of(page)[1:] == [
        ("table", 0, "| a | 9 |\n| --- | --- |"),
        ("paragraph", 0, "In a box."),
        ("heading", 2, "Comments"),
        ("paragraph", 0, "B1: Ask Ada."),
    ]


def test_hidden_sheets_are_left_out_and_named(tmp_path: Path) -> None:
    styles = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    body = sheet(row(cell("secret")), name="Lists", attributes='table:style-name="ta2"') + sheet(
        row(cell("y"))
    )
    read = read_parts(tmp_path, "a.ods", odf_parts("spreadsheet", body, styles))
    assert [page.text for page in read.pages] == ["Prices\n\ny"]
    assert read.warnings == ("Hidden sheets were left out: “Lists”.",)


def test_label_merged_down_stands_in_each_row(tmp_path: Path) -> None:
    body = sheet(
        row(cell("Area"), cell("Town")),
        row(cell("North", 'table:number-rows-spanned="2"'), cell("Kiel")),
        row("<table:covered-table-cell/>", cell("Husum")),
    )
    page = read_parts(tmp_path, "a.ods", odf_parts("spreadsheet", body)).pages[0]
    assert page.text.endswith("| North | Kiel |\n| North | Husum |")


# --- presentations -----------------------------------------------------------------------------------


def frame(role: str, content: str) -> str:
    return f'<draw:frame presentation:class="{role}"><draw:text-box>{content}</draw:text-box></draw:frame>'


def test_slides_are_pages_with_titles_lists_and_notes(tmp_path: Path) -> None:
    items = "<text:list><text:list-item><text:p>Cake</text:p></text:list-item></text:list>"
    notes = f"<presentation:notes>{frame('notes', '<text:p>Say hello.</text:p>')}</presentation:notes>"
    body = (
        f"<draw:page>{frame('outline', items)}{frame('title', '<text:p>Meeting</text:p>')}"
        f"{frame('footer', '<text:p>Larkspur</text:p>')}{notes}</draw:page>"
        "<draw:page><draw:g><draw:custom-shape><text:p>Drawn.</text:p></draw:custom-shape></draw:g></draw:page>"
        "<draw:page/>"
    )
    read = read_parts(tmp_path, "a.odp", odf_parts("presentation", body))
    assert [page.number for page in read.pages] == [1, 2, 3]
    assert blocks_of(read.pages[0]) == [
        ("heading", 1, "Meeting"),
        ("list_item", 0, "• Cake"),
        ("heading", 2, "Speaker notes"),
        ("paragraph", 0, "Say hello."),
    ]
    assert blocks_of(read.pages[1]) == [("heading", 1, "Slide 2"), ("paragraph", 0, "Drawn.")]
    assert read.pages[2].text == ""


# --- hostile and broken ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_encrypted_parts_are_protected(tmp_path: Path, name: str) -> None:
    parts = odf_parts(KINDS[name], "")
    parts["META-INF/manifest.xml"] = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    parts["content.xml"] = b"\x8f\x01 not XML"
    with pytest.raises(DocumentProtected, match="password"):
        read_parts(tmp_path, name, parts)


@pytest.mark.parametrize("name", KINDS)
def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path, name: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declared in ('<!ENTITY x SYSTEM "file:///etc/hostname">', f'<!ENTITY l0 "ha">{laughs}'):
        parts = odf_parts(KINDS[name], "<text:p>&x;&l9;</text:p>")
        parts["content.xml"] = f"<!DOCTYPE x [{declared}]>{parts['content.xml']!s}"
        with pytest.raises(DocumentUnreadable, match=r"declarations that do not belong|damaged"):
            read_parts(tmp_path, name, parts)


@pytest.mark.parametrize("name", KINDS)
def test_broken_content_is_named_as_damage(tmp_path: Path, name: str) -> None:
    parts = odf_parts(KINDS[name], "<text:p>x</text:p>")
    other = "text" if KINDS[name] != "text" else "presentation"
    for content in ("", "<office", str(parts["content.xml"])[:-30], str(odf_parts(other, "")["content.xml"])):
        with pytest.raises(DocumentUnreadable, match="damaged or cut off"):
            read_parts(tmp_path, name, {**parts, "content.xml": content})


@pytest.mark.parametrize("name", KINDS)
def test_bombs_are_refused(tmp_path: Path, name: str) -> None:
    parts = odf_parts(KINDS[name], "")
    with pytest.raises(DocumentTooLarge, match="unpacks to far more"):
        read_parts(tmp_path, name, {**parts, "Pictures/a": b"\0" * 9_000_000}, unpacked_bytes=8_000_000)


@pytest.mark.parametrize("name", KINDS)
def test_other_contents_are_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsupportedFormat, match="but it is not an OpenDocument"):
        read_parts(tmp_path, name, {"word/document.xml": "<x/>"})
    with pytest.raises(UnsupportedFormat, match="but it is not an OpenDocument"):
        read_file(written(tmp_path, name, OLE + b"\0" * 600))


def test_elements_nested_to_the_limit_are_read_and_beyond_it_damage(tmp_path: Path) -> None:
    for opens, closes, levels in (
        ("<text:list><text:list-item>", "</text:list-item></text:list>", 120),
        ("<text:section>", "</text:section>", 240),
        (
            "<text:p><draw:frame><draw:text-box>",
            "</draw:text-box></draw:frame></text:p>",
            80,
        ),
    ):
        assert "deep" in read_text(tmp_path, opens * levels + "<text:p>deep</text:p>" + closes * levels).text
        with pytest.raises(DocumentUnreadable, match="damaged"):
            read_text(tmp_path, opens * 300 + closes * 300)
