from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import DocumentEmpty, DocumentProtected, DocumentTooLarge, DocumentUnreadable
from rag.formats import read
from rag.settings import ReadLimits
from rag.values import ReadDocument
from tests.fakes.documents import Shown, blocks_of, paragraph, pdf, read_file, text_of

FULL = "This line is long enough to reach the right margin of its column on the page"
BODY = [f"{FULL}, again.", f"{FULL}, again.", "The end of it."]


def read_pdf(tmp_path: Path, pages: list[list[Shown]], **options: str) -> ReadDocument:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(pages, **options))  # type: ignore[arg-type]
    return read_file(path)


def test_pages_are_numbered_from_one_and_empty_pages_count(tmp_path: Path) -> None:
    document = read_pdf(tmp_path, [paragraph("First."), [], paragraph("Third.")])
    assert [(page.number, page.text) for page in document.pages] == [(1, "First."), (2, ""), (3, "Third.")]


def test_lines_of_a_paragraph_are_joined_with_a_space(tmp_path: Path) -> None:
    (page,) = read_pdf(tmp_path, [paragraph(*BODY)]).pages
    assert page.text == f"{FULL}, again. {FULL}, again. The end of it."
    assert [block.kind for block in page.blocks] == ["paragraph"]


def test_more_space_begins_a_paragraph(tmp_path: Path) -> None:
    shown = paragraph(*BODY[:2]) + paragraph(*BODY[:2], top=650)
    (page,) = read_pdf(tmp_path, [shown]).pages
    assert page.text == "\n\n".join([f"{FULL}, again. {FULL}, again."] * 2)


def test_numbered_clauses_begin_paragraphs_without_space_between(tmp_path: Path) -> None:
    lines = [f"12.1 {FULL}", "until 2027.", f"12.2 {FULL}", "or later."]
    (page,) = read_pdf(tmp_path, [paragraph(*lines)]).pages
    assert page.text.split("\n\n") == [f"12.1 {FULL} until 2027.", f"12.2 {FULL} or later."]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("the frame-", "work agreement", "the framework agreement"),
        ("Miet-", "und Pachtvertrag", "Miet- und Pachtvertrag"),
        ("the years 1990-", "1995 were", "the years 1990-1995 were"),
        ("pre-", "Columbian art", "pre-Columbian art"),
        ("the soft hyphen in agree\xad", "ment is gone", "agreement is gone"),
    ],
)
def test_words_broken_at_a_line_end_are_whole_again(
    tmp_path: Path, first: str, second: str, joined: str
) -> None:
    (page,) = read_pdf(tmp_path, [paragraph(f"{FULL} {first}", f"{second} {FULL}")]).pages
    assert joined in page.text


def test_larger_and_bold_lines_are_headings(tmp_path: Path) -> None:
    shown = [
        Shown(72, 760, "Framework agreement", 20),
        Shown(72, 720, "12. Term and termination", 14, bold=True),
        *paragraph(*BODY),
        Shown(72, 650, "Notice periods", 10, bold=True),
        *paragraph(*BODY, top=635),
    ]
    (page,) = read_pdf(tmp_path, [shown]).pages
    assert [(kind, level, text[:20]) for kind, level, text in blocks_of(page)] == [
        ("heading", 1, "Framework agreement"),
        ("heading", 2, "12. Term and termina"),
        ("paragraph", 0, FULL[:20]),
        ("heading", 4, "Notice periods"),
        ("paragraph", 0, FULL[:20]),
    ]


def test_wide_gaps_make_rows_and_cells(tmp_path: Path) -> None:
    rows = [("Blend", "Bag", "Price"), ("Harbour", "1 kg", "14.20"), ("Night | Ferry", "1 kg", "15.60")]
    shown = [
        Shown(72 + 150 * column, 700 - 14 * row, cell)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    ]
    (page,) = read_pdf(tmp_path, [paragraph(*BODY, top=760) + shown]).pages
    kind, _, text = blocks_of(page)[-1]
    assert kind == "table"
    assert text.split("\n") == [
        "| Blend | Bag | Price |",
        "| --- | --- | --- |",
        "| Harbour | 1 kg | 14.20 |",
        "| Night \\| Ferry | 1 kg | 15.60 |",
    ]


def table_of(tmp_path: Path, *rows: dict[int, str], step: float = 14) -> list[str]:
    """The lines of the table that is read where each row has these cells, by their left edge."""
    shown = [
        Shown(left, 700 - step * row, cell) for row, cells in enumerate(rows) for left, cell in cells.items()
    ]
    (page,) = read_pdf(tmp_path, [paragraph(*BODY, top=760) + shown]).pages
    kind, _, text = blocks_of(page)[-1]
    assert kind == "table"
    return text.split("\n")


def test_cells_stand_under_their_columns_though_some_are_empty(tmp_path: Path) -> None:
    assert table_of(
        tmp_path,
        {72: "Work", 200: "Hours", 300: "Rate", 400: "Cost"},
        {72: "Parts", 400: "2,100"},
        {72: "Paint", 200: "1.5", 300: "150", 400: "225"},
    )[2:] == ["| Parts | | | 2,100 |", "| Paint | 1.5 | 150 | 225 |"]


def test_words_of_a_label_are_no_columns(tmp_path: Path) -> None:
    assert table_of(tmp_path, {72: "Net sales", 300: "10"}, {72: "New stores", 300: "20"}) == [
        "| Net sales | 10 |",
        "| --- | --- |",
        "| New stores | 20 |",
    ]


def test_signs_of_money_go_with_their_numbers(tmp_path: Path) -> None:
    """As accounts have them: the sign at the column's left edge, the number at its right one."""
    assert table_of(
        tmp_path,
        {72: "Sales", 200: "$", 222: "3,226", 252: "$", 274: "2,729"},
        {72: "Share", 222: "15.6%", 274: "21.4%"},
        {72: "Profit", 200: "$", 227: "762", 252: "$", 279: "650"},
    ) == [
        "| Sales | $ 3,226 | $ 2,729 |",
        "| --- | --- | --- |",
        "| Share | 15.6% | 21.4% |",
        "| Profit | $ 762 | $ 650 |",
    ]


def test_a_title_over_columns_is_not_cut_in_pieces(tmp_path: Path) -> None:
    rows = table_of(
        tmp_path,
        {150: "Year that ended in January", 400: "Note"},
        {72: "Item", 150: "2023", 210: "2022", 270: "2021", 400: "1"},
        {72: "Sales", 150: "10", 210: "20", 270: "30", 400: "2"},
    )
    assert rows[0].startswith("| | Year that ended in January |")
    assert rows[3] == "| Sales | 10 | 20 | 30 | 2 |"


def test_a_cell_of_several_lines_is_one(tmp_path: Path) -> None:
    assert table_of(
        tmp_path,
        {72: "Cafés", 200: "Harbour House, Night Ferry,"},
        {200: "The Larkspur"},
        {72: "Bakers", 200: "Crumb & Sons"},
        step=12,
    ) == [
        "| Cafés | Harbour House, Night Ferry, The Larkspur |",
        "| --- | --- |",
        "| Bakers | Crumb & Sons |",
    ]


def test_a_heading_of_two_lines_is_one(tmp_path: Path) -> None:
    shown = [Shown(72, 760, "Manifolds and", 20), Shown(72, 730, "complexes", 20), *paragraph(*BODY)]
    (page,) = read_pdf(tmp_path, [shown]).pages
    assert blocks_of(page)[0] == ("heading", 1, "Manifolds and complexes")


def test_headings_that_the_outline_names_need_no_larger_type(tmp_path: Path) -> None:
    shown = [*paragraph("2.1  Notice"), *paragraph(*BODY, top=680)]
    outline = {"NOTICE": (0, 1), "Elsewhere": (1, 0)}
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([shown, paragraph("Notice", *BODY)], outline=outline))
    first, second = read_file(path).pages
    assert blocks_of(first)[0] == ("heading", 2, "2.1 Notice")
    assert [kind for kind, _, _ in blocks_of(second)] == ["paragraph", "paragraph"]


def test_an_outline_that_bites_its_tail_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("Text.")], outline={"Text.": (0, 0)}).replace(b"/Parent 5", b"/Next 6"))
    assert read_file(path).pages[0].text == "Text."


def test_what_is_written_up_the_margin_comes_last_and_is_no_heading(tmp_path: Path) -> None:
    up = "\nBT /F1 24 Tf 0 1 -1 0 40 300 Tm (Draft of 2 June) Tj ET"
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph(*BODY)], trailing=up))
    (page,) = read_file(path).pages
    assert [(kind, text) for kind, _, text in blocks_of(page)][-1] == ("paragraph", "Draft of 2 June")


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = paragraph("The left column is", "read to its end", "before the right", x=72)
    right = paragraph("one, which stands", "beside it, begins.", x=320)
    (page,) = read_pdf(tmp_path, [left + right]).pages
    assert page.text == (
        "The left column is read to its end before the right one, which stands beside it, begins."
    )


def test_running_footers_are_kept_on_the_first_page_only(tmp_path: Path) -> None:
    pages = [
        [
            *paragraph(f"Text of sheet {name}.", *BODY),
            Shown(72, 30, f"Agreement Larkspur, page {number} of 4"),
        ]
        for number, name in enumerate(("one", "two", "three", "four"), 1)
    ]
    document = read_pdf(tmp_path, pages)
    assert "Agreement Larkspur, page 1 of 4" in document.pages[0].text
    assert all("Agreement" not in page.text and "Text of sheet" in page.text for page in document.pages[1:])


def test_lists_are_list_items(tmp_path: Path) -> None:
    (page,) = read_pdf(tmp_path, [paragraph("These:", "• first thing", "• second thing")]).pages
    assert [kind for kind, _, _ in blocks_of(page)] == ["paragraph", "list_item", "list_item"]
    assert page.text.endswith("• first thing\n• second thing")


def test_offsets_index_the_text(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "assets/samples/Brightwave framework agreement.pdf"
    for page in read_file(sample).pages:
        assert page.blocks
        for block in page.blocks:
            assert text_of(page, block) == text_of(page, block).strip() != ""
        outside = page.text
        for block in reversed(page.blocks):
            outside = outside[: block.start] + outside[block.end :]
        assert not outside.strip()


def test_text_outside_the_paper_is_left_out(tmp_path: Path) -> None:
    (page,) = read_pdf(
        tmp_path, [[*paragraph("On the page."), Shown(700, 700, "off"), Shown(72, -50, "below")]]
    ).pages
    assert page.text == "On the page."


def test_progress_is_told_page_by_page(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("One."), paragraph("Two."), paragraph("Three.")]))
    told: list[tuple[int, int | None]] = []
    read(path, ReadLimits(), lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("Lease of the warehouse", "Lease of the warehouse"),
        ("Microsoft Word - x.doc", "a"),
        ("scan.pdf", "a"),
        ("", "a"),
    ],
)
def test_title_is_the_stated_one_unless_a_program_made_it(tmp_path: Path, stated: str, title: str) -> None:
    assert read_pdf(tmp_path, [paragraph("Text.")], title=stated).title == title


def test_pdf_behind_a_password_is_protected(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("Secret.")], protected=True))
    with pytest.raises(DocumentProtected, match="protected by a password"):
        read_file(path)


def test_a_page_with_nothing_on_it_holds_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([[]]))
    with pytest.raises(DocumentEmpty, match=r"There is no text in it\.$"):
        read_file(path)
    path.write_bytes(pdf([paragraph("Text.")]))
    assert read_file(path).warnings == ()


def test_file_cut_in_the_middle_is_damaged_and_one_cut_at_the_end_warns(tmp_path: Path) -> None:
    data = pdf([paragraph("Text of a page.")])
    path = tmp_path / "a.pdf"
    path.write_bytes(data[: len(data) // 3])
    with pytest.raises(DocumentUnreadable, match="damaged or cut off"):
        read_file(path)
    path.write_bytes(data[:-6])
    assert read_file(path).warnings == ("The file seems to be cut off; its end may be missing.",)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("x")] * 4))
    with pytest.raises(DocumentTooLarge, match="4 pages; the limit is 3"):
        read_file(path, pages=3)
