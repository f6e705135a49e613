from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.errors import DocumentProtected, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
from rag.passages import split
from rag.settings import PassageSettings
from rag.values import Page, ReadDocument
from tests.fakes.documents import blocks_of, read_file
from tests.fakes.office import (
    ENCRYPTED_OFFICE,
    OLE,
    cell,
    merged,
    relations,
    rows,
    workbook_parts,
    written,
    zipped,
)
from tests.own_time import own_time


def read_parts(tmp_path: Path, parts: Mapping[str, str | bytes], **limits: int) -> ReadDocument:
    return read_file(written(tmp_path, "a.xlsx", zipped(parts)), **limits)


def read_sheet(tmp_path: Path, data: str, **more: object) -> Page:
    (page,) = read_parts(tmp_path, workbook_parts({"Prices": data}, **more)).pages  # type: ignore[arg-type]
    return page


def table(tmp_path: Path, data: str) -> list[str]:
    """The lines of the one table of a sheet."""
    kinds = blocks_of(read_sheet(tmp_path, data))
    assert [kind for kind, _, _ in kinds] == ["heading", "table"]
    return kinds[1][2].split("\n")


def test_each_sheet_is_a_page_with_its_name_as_heading(tmp_path: Path) -> None:
    sheets = {
        "Prices": rows(["Bag", "Euro"], ["1 kg", 21.9]),
        "Empty": "",
        "Notes": rows(["Net of tax | 2026"]),
    }
    read = read_parts(tmp_path, workbook_parts(sheets))
    assert [page.number for page in read.pages] == [1, 2, 3]
    assert blocks_of(read.pages[0]) == [
        ("heading", 1, "Prices"),
        ("table", 0, "| Bag | Euro |\n| --- | --- |\n| 1 kg | 21.9 |"),
    ]
    assert read.pages[1].text == ""
    assert blocks_of(read.pages[2]) == [("heading", 1, "Notes"), ("paragraph", 0, "Net of tax | 2026")]


def test_cells_show_what_a_person_sees(tmp_path: Path) -> None:
    codes = ["yyyy-mm-dd", "0.0%", '#,##0.00 "€"', "d mmmm yyyy", "h:mm"]
    data = rows(["Kind", "Shown"]) + "".join(
        f'<row r="{number}">{cell(f"A{number}", name)}{shown}</row>'
        for number, (name, shown) in enumerate(
            {
                "date": cell("B2", 45355, 1),
                "share": cell("B3", 0.256, 2),
                "price": cell("B4", 12339.5, 3),
                "day": cell("B5", 45355, 4),
                "time": cell("B6", 0.75, 5),
                "truth": cell("B7", 1, kind="b"),
                "wrong": cell("B8", "#DIV/0!", kind="e"),
                "shared": cell("B9", 1, kind="s"),
                "sum": '<c r="B10" t="str"><f>A1&amp;A2</f><v>a result</v></c>',
                "plain": cell("B11", 0.1 + 0.2),
            }.items(),
            2,
        )
    )
    strings = (
        "<si><t>first</t></si><si><r><t>sec</t></r><r><t>ond_x000A_line</t></r><rPh><t>ruby</t></rPh></si>"
    )
    page = read_sheet(tmp_path, data, codes=codes, strings=strings)
    shown = [line.split(" | ")[1].removesuffix(" |") for line in page.text.split("\n")[4:]]
    assert shown == [
        *("2024-03-04", "25.6%", "12339.50 €", "4 March 2024", "18:00"),
        *("TRUE", "#DIV/0!", "second line", "a result", "0.3"),
    ]


def test_dates_may_be_counted_from_1904(tmp_path: Path) -> None:
    data = f'<row r="1">{cell("A1", 43893, 1)}</row>'
    page = read_sheet(tmp_path, data, codes=["yyyy-mm-dd"], workbook='<workbookPr date1904="1"/>')
    assert page.text.endswith("2024-03-04")


def test_empty_rows_part_tables_and_lines_above_them_are_headings(tmp_path: Path) -> None:
    data = rows(
        ["Coffee"], ["Bag", "Euro"], ["1 kg", 22], [], ["Tea"], ["Box", "Euro"], ["100 g", 9], [], ["Ask us."]
    )
    assert blocks_of(read_sheet(tmp_path, data))[1:] == [
        ("heading", 2, "Coffee"),
        ("table", 0, "| Bag | Euro |\n| --- | --- |\n| 1 kg | 22 |"),
        ("heading", 2, "Tea"),
        ("table", 0, "| Box | Euro |\n| --- | --- |\n| 100 g | 9 |"),
        ("paragraph", 0, "Ask us."),
    ]


def test_figures_after_an_empty_row_keep_the_names_of_their_columns(tmp_path: Path) -> None:
    data = rows([None, 2025, 2026], [], ["Sales", 10, 11], ["Costs", 7, 8], [], ["Profit", 3, 3])
    assert [text for kind, _, text in blocks_of(read_sheet(tmp_path, data)) if kind == "table"] == [
        "|  | 2025 | 2026 |\n| --- | --- | --- |\n| Sales | 10 | 11 |\n| Costs | 7 | 8 |",
        "|  | 2025 | 2026 |\n| --- | --- | --- |\n| Profit | 3 | 3 |",
    ]


def test_names_without_figures_are_shown_all_the_same(tmp_path: Path) -> None:
    assert table(tmp_path, rows(["Name", "Town"])) == ["| Name | Town |", "| --- | --- |"]
    data = rows(["Name", "Town"], [], ["Street", "Number"], ["Quay", 4])
    assert "| Name | Town |" in read_sheet(tmp_path, data).text


def test_figures_without_names_have_an_empty_header(tmp_path: Path) -> None:
    assert table(tmp_path, rows([1.5, 2.5], [3.5, 4.5])) == [
        "|  |  |",
        "| --- | --- |",
        "| 1.5 | 2.5 |",
        "| 3.5 | 4.5 |",
    ]


def test_merged_names_stand_over_each_of_their_columns(tmp_path: Path) -> None:
    data = rows(
        ["Region", "2025", None, "2026"],
        [None, "Sales", "Costs", "Sales", "Costs"],
        ["North", 1, 2, 3, 4],
    ) + merged("A1:A2", "B1:C1", "D1:E1")
    assert table(tmp_path, data)[0] == "| Region | 2025 Sales | 2025 Costs | 2026 Sales | 2026 Costs |"


def test_label_merged_down_stands_in_each_row(tmp_path: Path) -> None:
    data = rows(["Area", "Town", "Shops"], ["North", "Kiel", 2], [None, "Husum", 1], ["South", "Ulm", 3])
    assert table(tmp_path, data + merged("A2:A3"))[2:] == [
        "| North | Kiel | 2 |",
        "| North | Husum | 1 |",
        "| South | Ulm | 3 |",
    ]


def test_unit_and_period_above_the_names_are_a_heading(tmp_path: Path) -> None:
    data = rows(
        ["Million CHF", None, None, "2026"], [None, "Sales", "Profit", "Tax"], [], ["Zone A", 1, 2, 3]
    )
    assert blocks_of(read_sheet(tmp_path, data))[1:] == [
        ("heading", 2, "Million CHF, 2026"),
        ("table", 0, "|  | Sales | Profit | Tax |\n| --- | --- | --- | --- |\n| Zone A | 1 | 2 | 3 |"),
    ]


def test_passages_of_a_long_sheet_all_name_its_columns(tmp_path: Path) -> None:
    data = rows(["Part", "Price"], *([f"bolt {number}", number] for number in range(30_000)))
    page = read_sheet(tmp_path, data)
    tables = [text for kind, _, text in blocks_of(page) if kind == "table"]
    assert len(tables) > 2 and all(text.startswith("| Part | Price |\n| --- |") for text in tables)
    assert "| bolt 0 | 0 |" in tables[0] and "| bolt 29999 | 29999 |" in tables[-1]
    passages = split([page], lambda text: len(text.split()), PassageSettings())
    assert all("Part" in passage.text or "Part, Price" in passage.heading for passage in passages)


def test_two_cells_at_the_ends_of_the_sheet_are_quick(tmp_path: Path) -> None:
    data = f'<row r="1">{cell("A1", "first")}</row><row r="1048576">{cell("XFD1048576", "last")}</row>'
    started = own_time()
    page = read_sheet(tmp_path, data + merged("A1:XFD1048576"))
    assert own_time() - started < 2
    assert page.text == "Prices\n\nfirst\n\nlast"


def test_hidden_sheets_are_left_out_and_named(tmp_path: Path) -> None:
    read = read_parts(
        tmp_path,
        workbook_parts(
            {"hidden!Lists": rows(["secret"]), "veryHidden!More": rows(["x"]), "Shown": rows(["y"])}
        ),
    )
    assert [page.text for page in read.pages] == ["Shown\n\ny"]
    assert read.warnings == ("Hidden sheets were left out: “Lists”, “More”.",)


def test_formulas_are_not_computed_and_missing_results_are_counted(tmp_path: Path) -> None:
    formula = "<f>cmd|'/c calc'!A0</f>"
    data = f'<row r="1">{cell("A1", "Sum")}<c r="B1">{formula}</c><c r="C1">{formula}<v>3</v></c></row>'
    read = read_parts(tmp_path, workbook_parts({"S": data}))
    assert read.pages[0].text == "S\n\n|  |  |\n| --- | --- |\n| Sum | 3 |"
    assert "1 cells hold formulas" in read.warnings[0]


def test_comments_and_text_boxes_are_read(tmp_path: Path) -> None:
    parts = workbook_parts({"S": rows(["a", "b"])})
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = relations(
        {
            "rId1": ("comments", "../comments1.xml"),
            "rId2": ("drawing", "../drawings/drawing1.xml"),
            "rId3": ("hyperlink", "http://example.invalid/"),
        }
    )
    parts["xl/comments1.xml"] = (
        '<comments><commentList><comment ref="B1"><text><r><t>Ask </t></r><r><t>Ada.</t></r></text></comment>'
        '<comment ref="A1"><text><t>[Threaded comment] Your version</t></text></comment>'
        "</commentList></comments>"
    )
    parts["xl/drawings/drawing1.xml"] = "<d><sp><txBody><p><r><t>In a box.</t></r></p></txBody></sp></d>"
    assert blocks_of(read_parts(tmp_path, parts).pages[0])[2:] == [
        ("paragraph", 0, "In a box."),
        ("heading", 2, "Comments"),
        ("paragraph", 0, "B1: Ask Ada."),
    ]


def test_strict_files_with_prefixes_are_read(tmp_path: Path) -> None:
    parts = workbook_parts({"S": ""})
    parts["xl/worksheets/sheet1.xml"] = (
        '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row><x:c>'
        "<x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert "| 1 | 2 |" in read_parts(tmp_path, parts).pages[0].text


def test_bombs_are_refused(tmp_path: Path) -> None:
    parts = workbook_parts({"S": rows(["a"])})
    with pytest.raises(DocumentTooLarge, match="unpacks to far more"):
        read_parts(tmp_path, {**parts, "xl/media/a": b"\0" * 9_000_000}, unpacked_bytes=8_000_000)
    with pytest.raises(DocumentTooLarge, match="unpacks to far more"):
        read_parts(tmp_path, {**parts, "xl/workbook.xml": b" " * 160_000_000})


def test_shared_text_that_multiplies_is_stopped(tmp_path: Path) -> None:
    """A text of 32 kB in ten thousand cells is 320 MB, from a file of a few kB."""
    data = "".join(
        f'<row r="{number}">{cell(f"A{number}", 0, kind="s")}</row>' for number in range(1, 10_001)
    )
    parts = workbook_parts({"S": data}, strings=f"<si><t>{'x' * 32_000}</t></si>")
    with pytest.raises(DocumentTooLarge, match="more than 1,000,000 characters"):
        read_parts(tmp_path, parts, text_characters=1_000_000)
    wide = "".join(cell(f"{chr(65 + n // 26)}{chr(65 + n % 26)}1", 0, kind="s") for n in range(26 * 26))
    parts = workbook_parts({"S": f'<row r="1">{wide}</row>'}, strings=f"<si><t>{'x' * 32_000}</t></si>")
    with pytest.raises(DocumentTooLarge, match="more than 1,000,000 characters"):
        read_parts(tmp_path, parts, text_characters=1_000_000)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/strings.xml", "xl/worksheets/sheet1.xml"])
def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path, part: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declared in (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', f'<!ENTITY l0 "ha">{laughs}'):
        parts = workbook_parts({"S": rows(["a"])}, strings="<si><t>a</t></si>")
        parts[part] = f"<!DOCTYPE x [{declared}]>{parts[part]}"
        with pytest.raises(DocumentUnreadable, match="declarations that do not belong in an Excel workbook"):
            read_parts(tmp_path, parts)


def test_elements_nested_without_end_are_damage(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_sheet(tmp_path, "<a>" * 300 + "</a>" * 300)


def test_one_tag_without_end_is_damage(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_sheet(tmp_path, f'<row x="{"y" * 9_000_000}"/>')


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/workbook.xml", "<workbook"),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row>"),
        ("xl/strings.xml", ""),
        ("xl/styles.xml", "<<"),
    ],
)
def test_broken_parts_are_named_as_damage(tmp_path: Path, part: str, content: str) -> None:
    with pytest.raises(DocumentUnreadable, match="cannot be opened as an Excel workbook"):
        read_parts(tmp_path, {**workbook_parts({"S": rows(["a"])}), part: content})


def test_odd_references_and_values_are_survived(tmp_path: Path) -> None:
    cells = (
        cell("ZZZZ99999999", 1)
        + cell("", 2)
        + cell("A", 1e999)
        + cell("B1", 7, 999_999)
        + cell("C1", 9, kind="s")
    )
    odd = f'<row r="99999999999999">{cells}</row><row r="x">{cell("A1", "text", kind="n")}</row>'
    assert "text" in read_sheet(tmp_path, "<v>1</v>" + odd + merged("Z9:A1", "A0:B1")).text


def test_password_and_old_format_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DocumentProtected, match="password"):
        read_file(written(tmp_path, "a.xlsx", ENCRYPTED_OFFICE))
    with pytest.raises(UnsupportedFormat, match="old Excel format"):
        read_file(written(tmp_path, "a.xlsx", OLE + b"\0" * 600))
    with pytest.raises(UnsupportedFormat, match="not an Excel workbook"):
        read_file(written(tmp_path, "a.xlsx", zipped({"word/document.xml": "<x/>"})))


def test_truncated_file_is_damage(tmp_path: Path) -> None:
    good = zipped(workbook_parts({"S": rows(["a"])}))
    with pytest.raises(DocumentUnreadable, match="damaged or cut off"):
        read_file(written(tmp_path, "a.xlsx", good[: len(good) // 2]))


def test_sheet_with_a_wrong_checksum_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in workbook_parts({"S": rows(["marker text"])}).items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"marker text", b"merker text"))
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_file(path)
