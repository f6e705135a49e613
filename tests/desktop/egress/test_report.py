import csv
import io
from pathlib import Path

import pytest

from desktop.egress.report import COLUMNS, as_csv, as_text, line, write_report
from desktop.errors import UsageError
from desktop.network import Attempt
from engine.errors import ExportFailed

SENT = Attempt(
    1_700_000_000.0,
    "send",
    "api.example",
    443,
    "desktop.egress.sending",
    "Asking",
    True,
    "courier",
    120,
    3_400,
)
REFUSED = Attempt(1_700_000_001.0, "open", "", None, "process 7: a socket for IPv4 TCP", "", False, "curl")
EVIL = Attempt(1_700_000_002.0, "look up", "=cmd()", 80, "a\x1b[31m\nb", "", False)


def test_a_table_has_a_row_for_each_attempt() -> None:
    rows = list(csv.reader(io.StringIO(as_csv([SENT, REFUSED]))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[1][1:] == [
        "allowed", "courier", "send", "api.example", "443", "Asking", "desktop.egress.sending", "120", "3400",
    ]  # fmt: skip
    assert rows[2][1:6] == ["blocked", "curl", "open", "", ""]


def test_a_table_holds_nothing_that_a_spreadsheet_would_compute() -> None:
    rows = list(csv.reader(io.StringIO(as_csv([EVIL]))))
    assert rows[1][4] == "'=cmd()"


def test_a_text_says_whom_carrel_spoke_to() -> None:
    text = as_text([SENT, SENT, REFUSED])
    assert "2 allowed, 1 blocked." in text
    assert "api.example: 2 times, 240 bytes out, 6,800 bytes in" in text
    assert text.count("\n") == len(text.splitlines())


def test_what_others_chose_cannot_write_lines_of_its_own() -> None:
    assert line(EVIL).isprintable()
    assert len(as_text([EVIL]).splitlines()) == 6


def test_the_ending_decides(tmp_path: Path) -> None:
    write_report([SENT], tmp_path / "report.csv")
    write_report([SENT], tmp_path / "report.txt")
    assert (tmp_path / "report.csv").read_text(encoding="utf-8").startswith("time,outcome")
    assert (tmp_path / "report.txt").read_text(encoding="utf-8").startswith("Carrel")
    with pytest.raises(UsageError, match=r"\.csv or \.txt"):
        write_report([SENT], tmp_path / "report.pdf")
    with pytest.raises(ExportFailed):
        write_report([SENT], tmp_path / "absent" / "report.csv")
