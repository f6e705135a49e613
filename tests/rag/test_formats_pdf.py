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
