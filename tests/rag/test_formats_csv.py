from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.passages import split
from rag.settings import PassageSettings
from rag.values import Page, ReadDocument
from tests.fakes.documents import blocks_of, read_file

PEOPLE = "Name,Age,City\nAnn,31,Vienna\nBob,45,Graz\n"
TABLE = "| Name | Age | City |\n| --- | --- | --- |\n| Ann | 31 | Vienna |\n| Bob | 45 | Graz |"


def read_table(tmp_path: Path, content: str | bytes, name: str = "a.csv", **limits: int) -> ReadDocument:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, **limits)


def page_of(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> Page:
    (page,) = read_table(tmp_path, content, name).pages
    return page


def rows_of(page: Page) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in page.text.splitlines()]


def test_rows_become_a_table_under_their_names(tmp_path: Path) -> None:
    page = page_of(tmp_path, PEOPLE)
    assert page.number is None
    assert blocks_of(page) == [("table", 0, TABLE)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_parts_the_columns_is_found_out(tmp_path: Path, delimiter: str) -> None:
    assert page_of(tmp_path, PEOPLE.replace(",", delimiter)).text == TABLE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    content = "Stadt;Straße\n" + "Köln;Große Bleiche\n" * 20
    assert rows_of(page_of(tmp_path, content.encode(encoding)))[2] == ["Köln", "Große Bleiche"]


def test_japanese_tables_are_read(tmp_path: Path) -> None:
    content = "名前,年齢,住所\n佐藤太郎,30,東京\n三木英子,25,大阪\n"
    for encoding in ("shift_jis", "euc_jp", "utf-8"):
        assert rows_of(page_of(tmp_path, content.encode(encoding)))[3] == ["三木英子", "25", "大阪"]


def test_decimal_commas_part_no_columns(tmp_path: Path) -> None:
    page = page_of(tmp_path, "1,5;2,25\n3,0;4,75\n1,0;2,00\n")
    assert rows_of(page)[2] == ["1,5", "2,25"]


def test_semicolons_inside_quoted_cells_part_no_columns(tmp_path: Path) -> None:
    page = page_of(tmp_path, 'Name,Tags\nAnn,"a; b"\nBob,"c; d"\nEve,"e; f"\n')
    assert rows_of(page)[2] == ["Ann", "a; b"]


def test_quoted_cells_keep_delimiters_line_breaks_and_quotation_marks(tmp_path: Path) -> None:
    page = page_of(tmp_path, 'Name,Says\n"Archer, Ann","first\nsecond ""third"""\nBob,a|b\n')
    assert page.text.splitlines()[2:] == ['| Archer, Ann | first second "third" |', "| Bob | a\\|b |"]


def test_single_quotation_marks_and_backslashes_are_understood(tmp_path: Path) -> None:
    assert rows_of(page_of(tmp_path, "'Name','City'\n'Ann, A.','Wien'\n"))[2] == ["Ann, A.", "Wien"]
    assert rows_of(page_of(tmp_path, 'Name,Says\nAnn,"so \\"called\\", yes"\n'))[2] == [
        "Ann",
        'so "called", yes',
    ]


def test_excel_may_say_what_parts_the_columns(tmp_path: Path) -> None:
    assert rows_of(page_of(tmp_path, "sep=,\nA,B\n1;2,3\n"))[2] == ["1;2", "3"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (PEOPLE, True),
        ("Ann,Vienna\nBob,Graz\n", True),  # words alone: more files have a header than not
        ("1,2,3\n4,5,6\n", False),
        ("2025-01-07,12.50\n2025-01-08,13\n", False),
        ("yes,Ann\nno,Bob\nyes,Eve\n", False),
        ("Ann,Ann\nBob,Bob\n", False),
        ("Name,Age\n", False),
    ],
)
def test_first_row_names_the_columns_where_it_can(tmp_path: Path, content: str, named: bool) -> None:
    first = rows_of(page_of(tmp_path, content))[0]
    assert any(first) == named


def test_titles_above_the_table_stand_above_it(tmp_path: Path) -> None:
    page = page_of(tmp_path, "Stanley Cups,,\nTeam,Location,Cups\nBlues,STL,1\nFlyers,PHI,2\n")
    assert blocks_of(page)[0] == ("paragraph", 0, "Stanley Cups")
    assert blocks_of(page)[1][2].startswith("| Team | Location | Cups |")


def test_ragged_rows_lose_nothing(tmp_path: Path) -> None:
    page = page_of(tmp_path, "A,B,C\n1,2,3\n4\n\n5,6,7,8,9\n,,\nx,y,z\n")
    assert rows_of(page)[2:] == [
        ["1", "2", "3", "", ""],
        ["4", "", "", "", ""],
        ["5", "6", "7", "8", "9"],
        ["x", "y", "z", "", ""],
    ]


def test_rows_too_long_for_a_passage_name_every_value(tmp_path: Path) -> None:
    header = ",".join(f"Property {number}" for number in range(40))
    row = ",".join(f"value number {number}" for number in range(40))
    page = page_of(tmp_path, f"{header}\n{row}\n{row}\n")
    assert [kind for kind, _, _ in blocks_of(page)] == ["code", "code"]
    assert "Property 7: value number 7\n" in page.text


def test_passages_repeat_the_names_of_the_columns(tmp_path: Path) -> None:
    rows = "".join(f"Person {number},{number},Vienna\n" for number in range(200))
    page = page_of(tmp_path, f"Name,Age,City\n{rows}")
    cut = split([page], lambda text: len(text.split()), PassageSettings(target_tokens=60))
    assert len(cut) > 10
    assert all(passage.heading == "Name, Age, City" for passage in cut[1:])


# --- broken and hostile ------------------------------------------------------------------------------


def test_quotation_mark_that_nobody_closes_swallows_no_rows(tmp_path: Path) -> None:
    rows = "".join(f"{number},word,x\n" for number in range(300))
    page = page_of(tmp_path, f'A,B,C\n7,"open,x\n{rows}')
    assert len(page.text.splitlines()) == 303
    assert "| 299 | word | x |" in page.text


def test_line_of_five_million_characters_is_read(tmp_path: Path) -> None:
    started = time.monotonic()
    page = page_of(tmp_path, "A,B\n1," + "word " * 1_000_000 + "\n3,4\n")
    assert len(page.text) > 4_900_000
    page = page_of(tmp_path, "word;" * 1_000_000)
    assert page.text.count("word") == 1_000_000
    assert time.monotonic() - started < 20


def test_one_wide_row_among_many_short_ones_is_no_bomb(tmp_path: Path) -> None:
    page = page_of(tmp_path, "a,b\n" + "1,2\n" * 20_000 + "x," * 50_000 + "\n")
    assert len(page.text) < 6_000_000


def test_a_hundred_thousand_rows_are_read_quickly(tmp_path: Path) -> None:
    rows = "".join(f"{number},Person {number},Vienna,2025-03-07,12.50\n" for number in range(100_000))
    started = time.monotonic()
    page = page_of(tmp_path, f"Id,Name,City,Date,Amount\n{rows}")
    assert "| 99999 | Person 99999 |" in page.text
    assert time.monotonic() - started < 10


def test_more_text_than_the_limit_keeps_the_first_rows(tmp_path: Path) -> None:
    rows = "".join(f"{number},word\n" for number in range(20_000))
    document = read_table(tmp_path, f"Id,Word\n{rows}", text_characters=150_000)
    assert "| 150 | word |" in document.pages[0].text
    assert len(document.pages[0].text) <= 150_000
    (warning,) = document.warnings
    assert "Only its first" in warning and "rows were read" in warning


def test_nul_bytes_are_dropped(tmp_path: Path) -> None:
    assert page_of(tmp_path, PEOPLE.replace("Ann", "A\0nn")).text == TABLE
