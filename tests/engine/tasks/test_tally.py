from __future__ import annotations

from typing import Any

import pytest

from engine.tasks.tally import tally
from engine.tasks.values import Cell, CountQuestion, Doubt, Item, LineId, Quote, StoredCell, StoredLine

ENDS_IN_2025 = CountQuestion(
    "How many contracts end in 2025?", "end_date", "between", "2025-01-01", "2025-12-31"
)
SAID = (Quote("as it stands there", 0, 18),)


def _line(row: int, value: Any, *doubts: Doubt, column: str = "end_date", **more: Any) -> StoredLine:
    cell = StoredCell(Cell(column, value, 0.9, SAID, doubts), corrected=more.pop("corrected", False))
    return StoredLine(LineId(row), Item(str(row), f"contract {row}"), "done", cells={column: cell}, **more)


def _rows(ids: tuple[LineId, ...]) -> list[int]:
    return [found.row for found in ids]


def test_every_document_stands_in_exactly_one_list() -> None:
    lines = [
        _line(0, "2025-03-01"),
        _line(1, "2024-12-31"),
        _line(2, None),
        _line(3, "2025-06-30", "not_in_text"),
        StoredLine(LineId(4), Item("4", "scan"), "failed", "The file is encrypted."),
        _line(5, "2025-12-31", "unsure"),
    ]
    found = tally(ENDS_IN_2025, lines)
    assert _rows(found.matches) == [0, 5]
    assert _rows(found.others) == [1]
    assert _rows(found.unclear) == [2, 3]
    assert _rows(found.unreadable) == [4]
    assert (found.number, found.silent) == (2, 1)
    assert found.sentence == (
        "2 of 6: end date is from 2025-01-01 to 2025-12-31. 2 are unclear; 1 of them names no end date. "
        "1 could not be read."
    )


def test_what_waits_is_said_and_not_counted() -> None:
    waiting = StoredLine(LineId(1), Item("1", "later"), "waiting")
    found = tally(ENDS_IN_2025, [_line(0, "2025-03-01"), waiting])
    assert (found.number, found.waiting) == (1, 1)
    assert found.sentence.endswith("1 still to be read.")


def test_a_value_that_the_person_set_or_accepted_is_clear() -> None:
    doubtful = [
        _line(0, "2025-01-01", "not_in_text", corrected=True),
        _line(1, "2025-01-01", "not_in_text", accepted=True),
    ]
    assert _rows(tally(ENDS_IN_2025, doubtful).matches) == [0, 1]


def test_a_word_where_a_number_is_compared_is_unclear() -> None:
    question = CountQuestion("Which are over 1,000?", "total", "more", "1,000")
    lines = [_line(0, 1500, column="total"), _line(1, "a lot", column="total")]
    found = tally(question, lines)
    assert _rows(found.matches) == [0]
    assert _rows(found.others) + _rows(found.unclear) == [1]


@pytest.mark.parametrize(
    ("operator", "value", "matches"),
    [
        ("is", "acme gmbh", [0]),
        ("is_not", "Acme GmbH", [1, 2]),
        ("contains", "acme", [0, 1]),
        ("named", "", [0, 1, 2]),
    ],
)
def test_texts_are_compared_without_regard_to_case(operator: Any, value: str, matches: list[int]) -> None:
    question = CountQuestion("Whose is it?", "party", operator, value)
    parties = ["Acme  GmbH", "Acme Ltd", "Brightwave"]
    lines = [_line(row, party, column="party") for row, party in enumerate(parties)]
    assert _rows(tally(question, lines).matches) == matches


def test_a_list_counts_when_one_of_its_values_does() -> None:
    question = CountQuestion("Who speaks French?", "languages", "contains", "french")
    lines = [_line(0, ["German", "French"], column="languages"), _line(1, ["German"], column="languages")]
    assert _rows(tally(question, lines).matches) == [0]


def _amount(row: int, value: float, currency: str) -> StoredLine:
    return _line(row, {"value": value, "currency": currency}, column="total")


@pytest.mark.parametrize(
    ("aggregate", "number"), [("sum", 60.0), ("average", 20.0), ("least", 10.0), ("most", 30.0)]
)
def test_amounts_are_added_up_by_code(aggregate: Any, number: float) -> None:
    question = CountQuestion("What is the total?", "total", aggregate=aggregate)
    lines = [_amount(row, value, "EUR") for row, value in enumerate((10.0, 20.0, 30.0))]
    found = tally(question, lines)
    assert found.number == number
    assert f"{number:.0f} EUR" in found.sentence


def test_different_currencies_are_not_added_up() -> None:
    question = CountQuestion("What is the sum?", "total", aggregate="sum")
    found = tally(question, [_amount(0, 10.0, "EUR"), _amount(1, 10.0, "USD")])
    assert found.number is None
    assert "EUR, USD" in found.sentence


def test_nothing_to_add_up_is_said() -> None:
    found = tally(CountQuestion("What is the sum?", "total", aggregate="sum"), [_line(0, None)])
    assert found.number is None
    assert "no value was found" in found.sentence
