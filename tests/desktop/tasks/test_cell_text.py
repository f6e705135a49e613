"""desktop/tasks/cell_text.py"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QLocale

from desktop.tasks.cell_text import (
    Unreadable,
    confidence_text,
    date_format,
    doubt_words,
    is_same,
    least_confidence,
    parts_of,
    text_of,
    told_confidence,
    value_of,
    whole_text_of,
)
from engine.tasks.values import Cell, Column, ColumnType, StoredCell
from tests.fakes.task_runs import cell, ticket

GERMAN, BRITISH = QLocale("de_DE"), QLocale("en_GB")


@pytest.mark.parametrize(
    ("value", "kind", "german"),
    [
        (None, "text", ""),
        ("a\u202eb\n<img src=x>", "text", "ab <img src=x>"),
        ({"value": 1940.0, "currency": "EUR"}, "amount", "1.940,00 EUR"),
        ({"value": -3, "currency": ""}, "amount", "-3,00"),
        ("2026-11-04", "date", "04.11.2026"),
        ("no date", "date", "no date"),
        (1234567, "integer", "1.234.567"),
        (0.25, "number", "0,25"),
        (True, "boolean", "yes"),
        (["a", "b"], "text", "a, b"),
        ({"a": [1]}, "json", '{"a": [1]}'),
    ],
)
def test_values_are_written_as_the_person_writes_them(value: Any, kind: ColumnType, german: str) -> None:
    assert text_of(value, kind, GERMAN) == german


def test_years_have_four_digits_everywhere() -> None:
    for name in ("en_US", "de_DE", "fr_FR", "ja_JP", "C"):
        assert "yyyy" in date_format(QLocale(name)), name


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("", "date", None),
        ("04.11.2026", "date", "2026-11-04"),
        ("2026-11-04", "date", "2026-11-04"),
        ("4 November 2026", "date", "2026-11-04"),
        ("1.940,00 €", "amount", {"value": 1940.0, "currency": "EUR"}),
        ("CHF 12", "amount", {"value": 12.0, "currency": "CHF"}),
        ("-3,5", "amount", {"value": -3.5, "currency": ""}),
        ("1.234", "integer", 1234),
        ("0,25", "number", 0.25),
        ("Yes", "boolean", True),
        ("LOW", "choice", "low"),
        (" as it is ", "text", "as it is"),
        ('{"a": 1}', "json", {"a": 1}),
    ],
)
def test_what_is_written_is_read_back(written: str, kind: ColumnType, value: Any) -> None:
    column = Column("c", kind, labels=("low", "high"))
    assert value_of(written, column, GERMAN) == value


@pytest.mark.parametrize(
    ("written", "kind", "words"),
    [
        ("soon", "date", "That is no date. Write it like 24/11/2026 or 2026-11-24."),
        ("30/02/2026", "date", "That is no date. Write it like 24/11/2026 or 2026-11-24."),
        ("much", "amount", "That is no amount. Write it like 1,940.00 EUR."),
        ("1.5", "integer", "That is no whole number."),
        ("many", "number", "That is no number. Write it like 1,940.5."),
        ("perhaps", "boolean", "Write yes or no."),
        ("middling", "choice", "That is none of the labels."),
        ("{", "json", "That is no JSON: line 1, character 2."),
        ("NaN", "json", "JSON has no NaN."),
        ("[" * 100_000, "json", "That is no JSON that can be read: it is nested too deeply."),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(written: str, kind: ColumnType, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        value_of(written, Column("c", kind, labels=("low", "high")), BRITISH)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ({"value": 1940.5, "currency": "EUR"}, Column("c", "amount")),
        ("2026-11-04", Column("c", "date")),
        (1234567.25, Column("c", "number")),
        (["one", "two"], Column("c", many=True)),
        ({"a": [1, "ü"]}, Column("c", "json")),
    ],
)
@pytest.mark.parametrize("locale", [GERMAN, BRITISH, QLocale("fr_FR"), QLocale.c()])
def test_what_is_shown_for_correcting_reads_back_as_it_was(
    value: Any, column: Column, locale: QLocale
) -> None:
    assert value_of(whole_text_of(value, column.type, locale), column, locale) == value


def test_a_list_is_several_pills_and_json_is_none() -> None:
    assert parts_of(["a", "b"], "choice") == ["a", "b"]
    assert parts_of([1, 2], "json") == ["[1, 2]"]
    assert parts_of(None, "choice") == parts_of([], "choice") == []


def test_only_what_is_certain_is_shown_as_certain() -> None:
    assert [confidence_text(each) for each in (None, 0.5, 0.9999, 1.0)] == ["", "0.50", "0.99", "1.00"]


def test_doubts_are_said_in_words() -> None:
    doubtful = cell("total", None, 0.4, doubts=("unsure", "missing"))
    assert doubt_words(doubtful) == (
        "Less sure than the recipe asks for (0.40) · Required, but the text does not say it"
    )


def test_true_is_no_one_and_five_is_five() -> None:
    assert not is_same(True, 1)
    assert is_same(5, 5.0)
    assert is_same(None, None)


def test_no_number_is_told_for_what_a_provider_said() -> None:
    here = StoredCell(Cell("category", "billing", 0.58, doubts=("unsure",)))
    there = StoredCell(Cell("category", "network", 0.9, doubts=("unsure",), tier="frontier"), local=here.cell)
    assert told_confidence(here) == 0.58
    assert told_confidence(there) is None
    assert "(" in doubt_words(here) and "(" not in doubt_words(there)
    line = replace(ticket(2), cells={"category": there, "urgency": StoredCell(Cell("urgency", "low", 0.7))})
    assert least_confidence(line) == 0.7
