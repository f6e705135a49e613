from __future__ import annotations

import csv
import errno
import json
import os
import re
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ExportFailed
from engine.tasks.exports import xlsx
from engine.tasks.exports.writing import check_output, write
from engine.tasks.values import Column, Exporting, Item, LineId, Quote, RunSource, StoredLine
from rag.process.messages import TableHeader, TableRows
from rag.settings import ReadLimits
from rag.tables import read_table
from tests.fakes.run_lines import cells, line, lines, run_row, stored

HEAD = [
    "id",
    "text",
    "category",
    "total",
    "total currency",
    "due",
    "urgent",
    "status",
    "reason",
    "confidence",
    "needs review",
    "by",
    "input",
]


def written(path: Path, *given: StoredLine, **run: Any) -> Path:
    list(write(run_row(**run), given, len(given), path))
    return path


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def excel_rows(path: Path) -> tuple[TableHeader, list[tuple[str, ...]]]:
    """What Carrel's own reader makes of it."""
    header, *others = read_table(path, "", ReadLimits(), lambda: False)
    assert isinstance(header, TableHeader)
    return header, [row for event in others if isinstance(event, TableRows) for row in event.rows]


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


FAILED = StoredLine(LineId(1), Item("2", "Row 2", {"id": "2"}), "failed", "Row 2 could not be read.")


# --- CSV ---------------------------------------------------------------------------------------------


def test_csv_has_inputs_then_results_then_how_they_came_about(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", line(), FAILED)
    head, first, failed = csv_rows(path)
    assert head == HEAD
    assert first == [
        *("1", "The bill of EUR 1,940.00 is wrong", "billing", "1940", "EUR", "2026-11-24", "false"),
        *("done", "", "0.8", "false", "qwen, rules", "Row 1"),
    ]
    assert failed == ["2", *[""] * 6, "failed", "Row 2 could not be read.", "", "false", "", "Row 2"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_documents_stand_with_their_path(tmp_path: Path) -> None:
    document = line(item=Item("/in/a.pdf", "a.pdf", path="/in/a.pdf"))
    head, first = csv_rows(written(tmp_path / "a.csv", document, input_columns=()))
    assert (head[:2], first[:2], head[-1]) == (["document", "path"], ["a.pdf", "/in/a.pdf"], "by")


def test_a_result_named_as_an_input_is_told_from_it(tmp_path: Path) -> None:
    head = csv_rows(written(tmp_path / "a.csv", line(), input_columns=("category", "text", "status")))[0]
    assert head[:4] == ["category", "text", "status", "category (result)"]
    assert "status 2" in head and len(set(head)) == len(head)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
        ("+1+2", "'+1+2"),
        ("-2+3+cmd", "'-2+3+cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'\t=1+1"),
        ("＝1+1", "'＝1+1"),
        ("-5.20", "-5.20"),
        ("+43 660 123", "+43 660 123"),
        ("-1,234.50 %", "-1,234.50 %"),
        ("a=b", "a=b"),
    ],
)
def test_text_that_a_spreadsheet_would_compute_is_made_text(tmp_path: Path, text: str, shown: str) -> None:
    given = line(
        item=Item("1", "Row 1", {"id": text, "text": ""}), cells=cells(category=stored("category", text))
    )
    first = csv_rows(written(tmp_path / "a.csv", given))[1]
    assert (first[0], first[2]) == (shown, shown)


def test_names_of_columns_are_made_text_too(tmp_path: Path) -> None:
    head = csv_rows(written(tmp_path / "a.csv", line(), input_columns=("=1+1", "text")))[0]
    assert head[0] == "'=1+1"


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    refund = line(cells=cells(total=stored("total", {"value": -12.5, "currency": ""})))
    assert csv_rows(written(tmp_path / "a.csv", refund))[1][3:5] == ["-12.5", ""]


def test_lists_and_nested_values_are_readable(tmp_path: Path) -> None:
    columns = (Column("tags", many=True), Column("sums", "amount", many=True), Column("all", "json"))
    given = line(
        cells={
            "tags": stored("tags", ["a", "b"]),
            "sums": stored("sums", [{"value": 3, "currency": "EUR"}, {"value": 4.5, "currency": ""}]),
            "all": stored("all", {"a": [1, {"b": "ü"}]}),
        }
    )
    first = csv_rows(written(tmp_path / "a.csv", given, columns=columns))[1]
    assert first[2:5] == ["a; b", "3 EUR; 4.5", '{"a": [1, {"b": "ü"}]}']


def test_values_that_are_not_what_their_column_says_stay_as_they_are(tmp_path: Path) -> None:
    given = line(
        cells=cells(due=stored("due", "soon"), total=stored("total", "a lot"), urgent=stored("urgent", "?"))
    )
    for name in ("a.csv", "a.xlsx"):
        path = written(tmp_path / name, given)
        row = csv_rows(path)[1] if name.endswith("csv") else excel_rows(path)[1][0]
        assert "soon" in row and "a lot" in row and "?" in row


def test_who_filled_the_cells_is_told(tmp_path: Path) -> None:
    given = line(
        cells={"category": stored("category", "network", corrected=True), "due": stored("due", None)}
    )
    assert csv_rows(written(tmp_path / "a.csv", given))[1][-2] == "person, qwen"


# --- JSON lines --------------------------------------------------------------------------------------


def test_json_lines_have_all_that_is_known(tmp_path: Path) -> None:
    corrected = cells(category=stored("category", "network", corrected=True))
    path = written(tmp_path / "a.jsonl", line(cells=corrected), FAILED)
    first, failed = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    assert first["input"]["values"]["id"] == "1"
    assert first["output"] == {
        "category": "network",
        "total": {"value": 1940.0, "currency": "EUR"},
        "due": "2026-11-24",
        "urgent": False,
    }
    (quote,) = first["cells"]["total"]["evidence"]
    assert (quote["text"], quote["start"], quote["column"]) == ("EUR 1,940.00", 12, "text")
    assert first["cells"]["category"] | {"evidence": 0} == {
        "value": "network",
        "confidence": None,
        "doubts": [],
        "by": "person",
        "evidence": 0,
        "first": None,
    }
    assert (failed["status"], failed["reason"], failed["output"]) == (
        "failed",
        "Row 2 could not be read.",
        {},
    )


def test_json_lines_hold_what_is_hard_to_write(tmp_path: Path) -> None:
    given = line(cells={"total": stored("total", 10**30), "category": stored("category", "half \ud83d")})
    (text,) = written(tmp_path / "a.jsonl", given).read_text("utf-8").splitlines()
    assert json.loads(text)["output"] == {"category": "half \ud83d", "total": 10**30}


# --- Excel -------------------------------------------------------------------------------------------


def test_excel_has_typed_columns(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", line(), FAILED)
    header, (first, failed) = excel_rows(path)
    assert list(header.columns) == HEAD[: len(header.columns)]
    assert first[2:7] == ("billing", "1940", "EUR", "2026-11-24", "FALSE")
    assert failed[7:9] == ("failed", "Row 2 could not be read.")
    sheet = part(path, "xl/worksheets/sheet1.xml")
    assert re.search(r'<c r="D2" s="\d"><v>1940</v></c>', sheet)  # a number with a format
    assert re.search(r'<c r="F2" s="\d"><v>46350</v></c>', sheet)  # a day
    assert '<c r="G2" t="b"><v>0</v></c>' in sheet
    assert "<autoFilter" in sheet and 'state="frozen"' in sheet


def test_evidence_stands_in_notes(tmp_path: Path) -> None:
    page = Quote("due on 24 November", 3, 21, page=7)
    other = Quote("net 30 days", 0, 11, page=2, path="/docs/Terms.pdf")
    given = line(cells=cells(due=stored("due", "2026-11-24", evidence=(page, other), doubts=("unsure",))))
    notes = part(written(tmp_path / "a.xlsx", given), "xl/comments1.xml")
    assert "“EUR 1,940.00” (text)" in notes
    assert "“due on 24 November” (page 7)\n“net 30 days” (Terms.pdf, page 2)\nunsure" in notes


def test_excel_computes_nothing_and_follows_no_link(tmp_path: Path) -> None:
    texts = {"id": "=1+1", "text": "http://example.com"}
    path = written(tmp_path / "a.xlsx", line(item=Item("1", "Row 1", texts)))
    assert excel_rows(path)[1][0][:2] == ("=1+1", "http://example.com")
    with zipfile.ZipFile(path) as archive:
        assert not any(
            b"<f>" in archive.read(name) or b"hyperlink" in archive.read(name) for name in archive.namelist()
        )


def test_a_text_longer_than_a_cell_of_excel_says_what_is_missing(tmp_path: Path) -> None:
    given = line(item=Item("1", "Row 1", {"id": "x" * 40_000, "text": "😀" * 20_000 + "\ud800"}))
    first = excel_rows(written(tmp_path / "a.xlsx", given))[1][0]
    assert "more characters; Excel holds no more in a cell" in first[0]
    assert int(first[0].split("… (")[1].split(" ")[0]) + first[0].index("…") == 40_000
    assert "more characters" in first[1]


def test_more_notes_than_excel_can_cope_with_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_NOTES", 5)
    path = written(tmp_path / "a.xlsx", *lines(10))
    assert part(path, "xl/comments1.xml").count("<comment ") == 5
    assert "The evidence stands in the notes" in part(path, "xl/worksheets/sheet2.xml")


def test_more_lines_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match=r"Choose .csv or .jsonl"):
        list(write(run_row(), (), 1 << 20, tmp_path / "a.xlsx"))


# --- files -------------------------------------------------------------------------------------------

ALL = pytest.mark.parametrize("ending", [".csv", ".xlsx", ".jsonl"])


@ALL
def test_progress_is_told_and_the_last_is_what_was_written(tmp_path: Path, ending: str) -> None:
    told = list(write(run_row(), lines(1200), 1200, tmp_path / f"a{ending}"))
    assert told == [Exporting(500, 1200), Exporting(1000, 1200), Exporting(1200, 1200)]


@ALL
def test_an_export_without_lines_is_a_file(tmp_path: Path, ending: str) -> None:
    assert written(tmp_path / f"a{ending}").exists()


@ALL
def test_what_is_broken_off_leaves_what_was_there(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("before")
    events = write(run_row(), lines(2000), 2000, path)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@ALL
def test_an_error_on_the_way_leaves_what_was_there(tmp_path: Path, ending: str) -> None:
    def failing() -> Iterator[StoredLine]:
        yield from lines(3)
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / f"a{ending}"
    path.write_text("before")
    with pytest.raises(ExportFailed, match="No space left on device"):
        list(write(run_row(), failing(), 10, path))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    opening = Path.open

    def full(path: Path, *arguments: Any, **options: Any) -> Any:
        return opening(Path("/dev/full") if path.name.startswith("export.") else path, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ExportFailed, match=f"a.{ending} could not be written: No space left on device"):
        list(write(run_row(), lines(2000), 2000, tmp_path / f"a.{ending}"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="whom permissions do not hold")
def test_a_folder_that_may_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ExportFailed, match="may not be written"):
            written(tmp_path / "a.csv", line())
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="There is no such folder"):
        written(tmp_path / "none" / "a.csv", line())


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match=r"must end in .csv, .xlsx or .jsonl"):
        written(tmp_path / "a.pdf", line())


def test_the_inputs_are_never_written_onto(tmp_path: Path) -> None:
    table = tmp_path / "tickets.csv"
    table.write_text("id\n1\n")
    (tmp_path / "link.csv").symlink_to(table)
    named = RunSource((str(table),))
    for path in (table, tmp_path / "link.csv", tmp_path / "x" / ".." / "tickets.csv"):
        with pytest.raises(ExportFailed, match="inputs come from this file"):
            check_output(named, path)
    folder = RunSource((str(tmp_path),))
    with pytest.raises(ExportFailed, match="inputs come from this file"):
        check_output(folder, table)
    check_output(folder, tmp_path / "new.csv")
    check_output(named, tmp_path / "new.csv")


def test_ten_thousand_lines_take_seconds(tmp_path: Path) -> None:
    for ending in ("csv", "jsonl", "xlsx"):
        started = time.monotonic()
        list(write(run_row(), lines(10_000), 10_000, tmp_path / f"a.{ending}"))
        assert time.monotonic() - started < 30
