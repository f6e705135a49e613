from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from rag import tables
from rag.errors import (
    DocumentEmpty,
    DocumentProtected,
    DocumentTooLarge,
    DocumentUnreadable,
    UnsupportedFormat,
)
from rag.process.messages import Reading, TableEnd, TableHeader, TableRows
from rag.settings import ReadLimits
from rag.tables import TableEvent, read_table
from tests.fakes.office import (
    ENCRYPTED_OFFICE,
    cell,
    merged,
    odf_parts,
    rows,
    workbook_parts,
    written,
    zipped,
)
from tests.own_time import own_time

PEOPLE = "Name,Age,City\nAnn,31,Vienna\nBob,45,Graz\n"


def never() -> bool:
    return False


def events_of(path: Path, sheet: str = "", **limits: int | float) -> list[TableEvent]:
    return list(read_table(path, sheet, ReadLimits(**limits), never))  # type: ignore[arg-type]


def table(path: Path, sheet: str = "", **limits: int | float) -> tuple[TableHeader, list[tuple[str, ...]]]:
    """The header and all rows; checks that they are numbered one after the other."""
    events = [event for event in events_of(path, sheet, **limits) if not isinstance(event, Reading)]
    header, end = events[0], events[-1]
    assert isinstance(header, TableHeader) and isinstance(end, TableEnd)
    found: list[tuple[str, ...]] = []
    for event in events[1:-1]:
        assert isinstance(event, TableRows)
        assert event.first_number == len(found) + 1
        found += event.rows
    assert len(found) == header.rows == end.rows
    assert all(len(row) == len(header.columns) for row in found)
    return header, found


def csv(
    tmp_path: Path, content: str | bytes, name: str = "a.csv", **limits: int
) -> tuple[TableHeader, list[tuple[str, ...]]]:
    data = content if isinstance(content, bytes) else content.encode()
    return table(written(tmp_path, name, data), **limits)


def excel(tmp_path: Path, sheets: dict[str, str], **parts: object) -> Path:
    return written(tmp_path, "a.xlsx", zipped(workbook_parts(sheets, **parts)))  # type: ignore[arg-type]


def ods(tmp_path: Path, *tables: str) -> Path:
    return written(tmp_path, "a.ods", zipped(odf_parts("spreadsheet", "".join(tables))))


def ods_table(name: str, *lines: str) -> str:
    return f'<table:table table:name="{name}">{"".join(lines)}</table:table>'


def ods_row(*texts: str, times: int = 1, wide: int = 1) -> str:
    cells = "".join(
        f'<table:table-cell table:number-columns-repeated="{wide}"><text:p>{text}</text:p></table:table-cell>'
        for text in texts
    )
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


# --- CSV ---------------------------------------------------------------------------------------------


def test_rows_come_below_the_names_of_their_columns(tmp_path: Path) -> None:
    header, found = csv(tmp_path, PEOPLE)
    assert header == TableHeader(("Name", "Age", "City"), 2)
    assert found == [("Ann", "31", "Vienna"), ("Bob", "45", "Graz")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_and_delimiter_is_read(tmp_path: Path, encoding: str) -> None:
    header, found = csv(tmp_path, ("Stadt;Straße\n" + "Köln;Große Bleiche\n" * 20).encode(encoding))
    assert header.columns == ("Stadt", "Straße")
    assert found[0] == ("Köln", "Große Bleiche")


def test_names_that_stand_twice_or_are_missing_become_different_ones(tmp_path: Path) -> None:
    header, found = csv(tmp_path, "Name,Street,,Name,Name 2\nA,B,C,D,E\nF,G,H,I,J\n")
    assert header.columns == ("Name", "Street", "column 3", "Name 2", "Name 2 2")
    assert found[0] == ("A", "B", "C", "D", "E")


def test_columns_without_a_header_are_numbered(tmp_path: Path) -> None:
    header, found = csv(tmp_path, "1,2025-01-07,12.50\n2,2025-01-08,13\n")
    assert header.columns == ("column 1", "column 2", "column 3")
    assert len(found) == 2


def test_the_first_of_some_sentences_is_no_name(tmp_path: Path) -> None:
    header, found = csv(tmp_path, "My network is down.\nI want my money back\n")
    assert header.columns == ("column 1",)
    assert found == [("My network is down.",), ("I want my money back",)]


@pytest.mark.parametrize(
    "name", ["No.", "How satisfied are you with what our service did for you in the last year?"]
)
def test_questions_and_abbreviations_name_columns(tmp_path: Path, name: str) -> None:
    header, found = csv(tmp_path, f"{name},Age\nfully,31\nnot at all,45\n")
    assert header.columns == (name, "Age") and len(found) == 2


def test_a_column_of_texts_may_have_a_name(tmp_path: Path) -> None:
    header, found = csv(tmp_path, "ticket\nMy network is down.\nI want my money back\n")
    assert header.columns == ("ticket",) and len(found) == 2


def test_ragged_rows_lose_nothing(tmp_path: Path) -> None:
    header, found = csv(tmp_path, "A,B,C\n1,2,3\n4\n\n5,6,7,8,9\n,,\nx,y,z\n")
    assert header.columns == ("A", "B", "C", "column 4", "column 5")
    assert found == [
        ("1", "2", "3", "", ""),
        ("4", "", "", "", ""),
        ("5", "6", "7", "8", "9"),
        ("x", "y", "z", "", ""),
    ]


def test_columns_in_which_nothing_stands_are_left_out(tmp_path: Path) -> None:
    header, _ = csv(tmp_path, "A,B,,\n1,2,,\n3,4,,\n")
    assert header.columns == ("A", "B")


def test_lines_above_the_table_are_told(tmp_path: Path) -> None:
    header, found = csv(tmp_path, "Stanley Cups,,\nTeam,Location,Cups\nBlues,STL,1\nFlyers,PHI,2\n")
    assert header.columns == ("Team", "Location", "Cups") and len(found) == 2
    assert header.notes == ("Above the table stands what is no row of it: “Stanley Cups”.",)


def test_quotation_mark_that_nobody_closes_swallows_no_rows(tmp_path: Path) -> None:
    lines = "".join(f"{number},word,x\n" for number in range(300))
    _, found = csv(tmp_path, f'A,B,C\n7,"open,x\n{lines}')
    assert len(found) == 301 and found[-1] == ("299", "word", "x")


def test_nul_bytes_are_dropped(tmp_path: Path) -> None:
    assert csv(tmp_path, PEOPLE.replace("Ann", "A\0nn"))[1][0] == ("Ann", "31", "Vienna")


def test_a_cell_of_five_million_characters_stays_whole(tmp_path: Path) -> None:
    started = own_time()
    _, found = csv(tmp_path, 'A,B\n1,"' + "word " * 1_000_000 + '"\n3,4\n')
    assert len(found[0][1]) == 4_999_999 and found[1] == ("3", "4")
    assert own_time() - started < 20


def numbered(count: int) -> bytes:
    lines = "".join(f"{number},Person {number},Vienna,2025-03-07,12.50\n" for number in range(count))
    return f"Id,Name,City,Date,Amount\n{lines}".encode()


def test_a_hundred_thousand_rows_are_read_in_seconds(tmp_path: Path) -> None:
    started = own_time()
    header, found = table(written(tmp_path, "a.csv", numbered(100_000)))
    assert own_time() - started < 10
    assert header.rows == 100_000 and found[-1][:2] == ("99999", "Person 99999")


def test_only_a_portion_of_the_rows_is_held(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", numbered(10_000))
    tracemalloc.start()
    portions = sum(isinstance(event, TableRows) for event in read_table(path, "", ReadLimits(), never))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert portions == 20
    assert peak < 8 * path.stat().st_size  # the rows themselves would be twenty times as much


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx", "a.ods"])
def test_a_table_too_large_to_be_kept_is_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    values = [["Name", "Age"], *([f"Person {number}", str(number)] for number in range(1500))]
    data = {
        "a.csv": "\n".join(map(",".join, values)).encode(),
        "a.jsonl": "\n".join(json.dumps({"Name": name, "Age": age}) for name, age in values[1:]).encode(),
        "a.xlsx": zipped(workbook_parts({"S": rows(*values)})),
        "a.ods": zipped(odf_parts("spreadsheet", ods_table("S", *(ods_row(*each) for each in values)))),
    }[name]
    path = written(tmp_path, name, data)
    kept = table(path)
    for limit in (100, 1000, 20_000, 45_000):  # reached by the first portion, or by the last
        monkeypatch.setattr(tables, "_PACKED_BYTES", limit)
        assert table(path) == kept
    assert kept[0].columns == ("Name", "Age") and kept[1] == [tuple(each) for each in values[1:]]


def test_portions_are_cut_by_their_text_as_well(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", ("A,B\n" + f"{'x' * 100_000},2\n" * 50).encode())
    portions = [event for event in events_of(path) if isinstance(event, TableRows)]
    assert max(len(portion.rows) for portion in portions) <= 10


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"table_rows": 9}, "It has more than 9 rows."),
        ({"table_columns": 2}, "It has more than 2 columns."),
        ({"table_characters": 10}, "It holds more than 10 characters of text."),
    ],
)
def test_more_than_the_limits_is_refused_in_one_sentence(
    tmp_path: Path, limits: dict[str, int], reason: str
) -> None:
    with pytest.raises(DocumentTooLarge) as caught:
        csv(tmp_path, "A,B,C\n" + "1,2,3\n" * 10, **limits)
    assert caught.value.reason == reason


def test_one_row_of_fifty_thousand_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentTooLarge, match="more than 2,000 columns"):
        csv(tmp_path, "a,b\n" + "1,2\n" * 2000 + "x," * 50_000 + "\n")


@pytest.mark.parametrize("content", [" \n\n", ",,\n,,\n"])
def test_a_table_without_rows_is_empty(tmp_path: Path, content: str) -> None:
    with pytest.raises(DocumentEmpty):
        csv(tmp_path, content)


def test_reading_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", PEOPLE.encode())
    with pytest.raises(DocumentUnreadable, match="longer than"):
        events_of(path, seconds=-1.0)


def test_it_ends_where_it_is_cancelled(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", ("A,B\n" + "1,2\n" * 5000).encode())
    portions: list[TableRows] = []
    for event in read_table(path, "", ReadLimits(), lambda: len(portions) == 2):
        assert not isinstance(event, TableEnd)
        if isinstance(event, TableRows):
            portions.append(event)
    assert len(portions) == 2


def test_other_kinds_of_files_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="It is no table"):
        events_of(written(tmp_path, "a.txt", b"text"))
    with pytest.raises(UnsupportedFormat, match="save it as"):
        events_of(written(tmp_path, "a.xls", b"text"))
    with pytest.raises(DocumentUnreadable, match="no sheet “S”"):
        events_of(written(tmp_path, "a.csv", PEOPLE.encode()), "S")


# --- JSON --------------------------------------------------------------------------------------------


def test_records_are_rows_and_what_is_nested_is_compact(tmp_path: Path) -> None:
    lines = [
        '{"id": 1.50, "tags": ["a", {"b": 1.0, "c": [true, null]}], "empty": null}',
        '{"text": "Grüße\\n", "id": 9007199254740993}',
    ]
    header, found = csv(tmp_path, "\n".join(lines), "a.jsonl")
    assert header.columns == ("id", "tags", "text")
    assert found == [("1.50", '["a",{"b":1.0,"c":[true,null]}]', ""), ("9007199254740993", "", "Grüße")]
    assert csv(tmp_path, f"[{','.join(lines)}]", "a.json") == (header, found)


def test_lines_that_are_no_json_keep_their_place_and_are_told(tmp_path: Path) -> None:
    header, found = csv(tmp_path, '{"a": "x"}\n{broken\n{"a": "y"}\n', "a.jsonl")
    assert found == [("x",), ("",), ("y",)]
    assert header.notes == ("Lines that are not valid JSON: 1, the first is row 2.",)


def test_json_that_is_no_list_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="no list of records"):
        csv(tmp_path, '{"a": 1}', "a.json")


@pytest.mark.parametrize("content", ['[{"a": 1},', '[{"a": 1} {"a": 2}]', "[" * 100_000])
def test_broken_json_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    with pytest.raises(DocumentUnreadable, match=r"not valid JSON|nested too deeply"):
        csv(tmp_path, content, "a.json")


def test_records_with_ever_new_names_are_refused(tmp_path: Path) -> None:
    content = "\n".join(json.dumps({f"name {number}": 1}) for number in range(5000))
    with pytest.raises(DocumentTooLarge, match="columns"):
        csv(tmp_path, content, "a.jsonl")


# --- Excel -------------------------------------------------------------------------------------------


def test_cells_are_what_they_show(tmp_path: Path) -> None:
    data = rows(["Bill", "Day", "Sum"]) + (
        f'<row r="2">{cell("A2", "R-1")}{cell("B2", 45355, 1)}{cell("C2", 1940.5, 2)}</row>'
        f'<row r="3">{cell("A3", "R-2")}{cell("B3", 45356, 1)}{cell("C3", 12, 2)}</row>'
    )
    header, found = table(excel(tmp_path, {"Bills": data}, codes=("yyyy\\-mm\\-dd", '0.00" €"')))
    assert header == TableHeader(("Bill", "Day", "Sum"), 2, ("Bills",), "Bills")
    assert found == [("R-1", "2024-03-04", "1940.50 €"), ("R-2", "2024-03-05", "12.00 €")]


def test_the_sheet_that_is_named_is_read_or_the_first_that_holds_something(tmp_path: Path) -> None:
    sheets = {
        "Empty": "",
        "One": rows(["A", "B"], [1, 2]),
        "hidden!Secret": rows(["s"]),
        "Two": rows(["C", "D"], [3, 4]),
    }
    path = excel(tmp_path, sheets)
    header, found = table(path)
    assert (header.sheet, header.sheets, found) == ("One", ("Empty", "One", "Two"), [("1", "2")])
    assert header.notes == ("Hidden sheets were left out: “Secret”.",)
    assert table(path, "Two")[1] == [("3", "4")]
    with pytest.raises(DocumentUnreadable, match="Its sheets: “Empty”, “One”, “Two”"):
        table(path, "Three")
    with pytest.raises(DocumentUnreadable, match="no sheet “Secret”"):
        table(path, "Secret")


def test_labels_merged_down_stand_in_each_row(tmp_path: Path) -> None:
    data = rows(["Land", "City"], ["Austria", "Vienna"], [None, "Graz"], ["Spain", "Vigo"]) + merged("A2:A3")
    assert table(excel(tmp_path, {"S": data}))[1] == [
        ("Austria", "Vienna"),
        ("Austria", "Graz"),
        ("Spain", "Vigo"),
    ]


def test_a_cell_at_the_far_end_of_the_sheet_is_quick(tmp_path: Path) -> None:
    data = f'<row r="1">{cell("A1", "first")}</row><row r="1048576">{cell("XFD1048576", "last")}</row>'
    started = own_time()
    header, found = table(excel(tmp_path, {"S": data + merged("A1:XFD1048576")}))
    assert own_time() - started < 2
    assert header.columns[0] in ("first", "column 1") and found[-1][-1] == "last"


def test_shared_text_that_multiplies_is_stopped(tmp_path: Path) -> None:
    """A text of 32 kB in ten thousand cells is 320 MB, from a file of a few kB."""
    data = "".join(f'<row r="{n}">{cell(f"A{n}", 0, kind="s")}</row>' for n in range(1, 10_001))
    path = excel(tmp_path, {"S": data}, strings=f"<si><t>{'x' * 32_000}</t></si>")
    with pytest.raises(DocumentTooLarge, match="more than 1,000,000 characters"):
        table(path, table_characters=1_000_000)


def test_protected_and_damaged_workbooks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentProtected):
        table(written(tmp_path, "a.xlsx", ENCRYPTED_OFFICE))
    data = zipped(workbook_parts({"S": rows(["a", "b"], [1, 2])}))
    with pytest.raises(DocumentUnreadable):
        table(written(tmp_path, "a.xlsx", data[: len(data) // 2]))


# --- OpenDocument ------------------------------------------------------------------------------------


def test_rows_that_repeat_are_all_there(tmp_path: Path) -> None:
    path = ods(
        tmp_path,
        ods_table("Empty"),
        ods_table("Tickets", ods_row("Id", "Text"), ods_row("7", "again", times=1500), ods_row("8", "end")),
        ods_table("Other", ods_row("X", "Y"), ods_row("1", "2")),
    )
    header, found = table(path)
    assert (header.sheet, header.sheets) == ("Tickets", ("Empty", "Tickets", "Other"))
    assert found == [("7", "again")] * 1500 + [("8", "end")]
    assert table(path, "Other")[1] == [("1", "2")]
    with pytest.raises(DocumentUnreadable, match="no sheet “No”"):
        table(path, "No")


@pytest.mark.parametrize(
    "lines",
    [
        ods_row("x", times=9_999_999),
        ods_row("x", times=9_999_999, wide=16_384),
        ods_row("x", wide=16_384) * 5000,
        ods_row("x" * 40_000, times=9_999),
    ],
)
def test_repeated_rows_and_cells_are_no_bomb(tmp_path: Path, lines: str) -> None:
    started = own_time()
    with pytest.raises(DocumentTooLarge):
        table(ods(tmp_path, ods_table("S", ods_row("a", "b"), lines)))
    assert own_time() - started < 10
