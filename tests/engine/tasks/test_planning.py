from __future__ import annotations

from typing import Any

import pytest

from engine.tasks.planning import planned, sentence


def _said(**changed: Any) -> dict[str, Any]:
    said = {
        "column": "end_date",
        "find": "the date on which the contract ends",
        "type": "date",
        "condition": "between",
        "value": "2025-01-01",
        "until": "2025-12-31",
        "result": "count",
    }
    return {**said, **changed}


@pytest.mark.parametrize(
    ("question", "said", "operator", "value", "until"),
    [
        ("How many end in 2025?", {}, "between", "2025-01-01", "2025-12-31"),
        ("How many end in March 2025?", {}, "between", "2025-03-01", "2025-03-31"),
        ("Wie viele enden 2026?", {"until": "2026-01-01"}, "between", "2026-01-01", "2026-12-31"),
        ("How many end before July 2025?", {"condition": "before"}, "before", "2025-07-01", ""),
        (
            "How many end before the end of 2024?",
            {"condition": "before", "value": "2024-01-01"},
            "before",
            "2025-01-01",
            "",
        ),
        ("How many end after 2025?", {"condition": "after"}, "after", "2025-12-31", ""),
        (
            "How many were signed after 1 June 2024?",
            {"condition": "after", "value": "2024-06-01"},
            "after",
            "2024-06-01",
            "",
        ),
        (
            "How many end in 2025?",
            {"condition": "is", "value": "2025"},
            "between",
            "2025-01-01",
            "2025-12-31",
        ),
        (
            "How many end between 2023 and 2025?",
            {"value": "2023-01-01"},
            "between",
            "2023-01-01",
            "2025-12-31",
        ),
    ],
)
def test_dates_stand_for_what_the_question_says(
    question: str, said: dict[str, Any], operator: str, value: str, until: str
) -> None:
    counted, recipe = planned(question, _said(**said))
    assert (counted.operator, counted.value, counted.until) == (operator, value, until)
    assert (recipe.kind, recipe.fields[0].type) == ("extract", "date")


def test_a_date_that_cannot_be_read_counts_whatever_is_named() -> None:
    counted, _ = planned("How many have an end date?", _said(condition="is", value="someday", until=""))
    assert (counted.operator, counted.value) == ("named", "")


def test_what_is_true_or_not_is_a_choice_of_the_text() -> None:
    said = _said(
        column="subletting", find="Is subletting allowed?", type="yes_no", condition="is", value="yes"
    )
    counted, recipe = planned("Which leases allow subletting?", said)
    assert recipe.kind == "classify"
    assert [label.name for label in recipe.choices[0].labels] == ["yes", "no", "not stated"]
    assert (counted.operator, counted.value) == ("is", "yes")


def test_the_plan_is_said_as_a_person_would() -> None:
    counted, recipe = planned("How many contracts end in 2025?", _said())
    assert sentence(counted, recipe, 300) == (
        "Read in each of 300 documents: the date on which the contract ends. "
        "Then count those whose end date is from 2025-01-01 to 2025-12-31."
    )
