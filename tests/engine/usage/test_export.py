from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.errors import ExportFailed
from engine.usage.export import write
from engine.usage.values import CallRow, Currency, Origin

EURO = Currency("EUR", 0.5)
CALLS = [
    CallRow(
        1,
        0.0,
        Origin("task", 7, 3, "Größe"),
        "openai",
        "gpt-x",
        "done",
        10,
        2,
        5,
        amount=1_500_000,
        seconds=1.2,
    ),
    CallRow(2, 0.0, Origin("chat", 1, name="=HYPERLINK(1)"), "azure", "mine", "failed", reason="-1"),
]


def test_every_call_is_a_line_in_dollars_and_in_the_persons_currency(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    write(path, CALLS, EURO)
    with path.open(encoding="utf-8-sig", newline="") as file:
        known, unknown = csv.DictReader(file)
    assert (known["name"], known["usd"], known["amount"], known["currency"], known["exact"]) == (
        "Größe", "1.500000", "0.750000", "EUR", "yes",
    )  # fmt: skip
    assert (unknown["usd"], unknown["amount"], unknown["currency"]) == ("", "", "")


def test_no_name_becomes_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    write(path, CALLS, EURO)
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, line = csv.DictReader(file)
    assert (line["name"], line["reason"]) == ("'=HYPERLINK(1)", "'-1")


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed):
        write(tmp_path / "no" / "usage.csv", CALLS, EURO)
