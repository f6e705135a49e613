from __future__ import annotations

import pytest

from rag.bearing import bearing
from rag.grounding import check
from tests.rag.test_cells import HOURS, MACHINES, STAFF, WERKSTATT


def cell(question: str, *passages: str) -> str:
    return bearing(question, "", passages).cell


@pytest.mark.parametrize(
    ("table", "question", "says"),
    [
        (MACHINES, "What is the monthly rent of the X2-W?", "X2-W with mains water, Rent per month: €95"),
        (HOURS, "When is the café open on Sunday?", "Café, Sunday: 11:00–15:00"),
        (STAFF, "Which room is Carla Mendes in?", ""),  # she stands in for somebody, too
        (STAFF, "In which room are the people for travel bookings?", "Carla Mendes, Room: 1.03"),
        (WERKSTATT, "Was kostet der Reifenwechsel brutto?", "Reifen wechseln, Preis brutto: 45,22 €"),
    ],
)
def test_the_cell_of_the_row_and_column_that_a_question_names_is_told(
    table: str, question: str, says: str
) -> None:
    assert cell(question, "The office is closed in August.", table) == says


@pytest.mark.parametrize(
    "question",
    [
        "What does the X2-W cost?",
        "What is the monthly rent?",
        "What is the monthly rent of the X7?",
        "What is the monthly rent with cold water?",
        "What was the monthly rent of the X2-W in 2019?",
        "What is the monthly rent of the X2-W in Dublin?",
        "What is the monthly rent and the purchase price of the X1?",
        "Why is the monthly rent of the X2-W so high?",
        "Which machine is not the X2-W in monthly rent?",
    ],
)
def test_where_row_or_column_is_not_plain_nothing_is_told(question: str) -> None:
    assert cell(question, MACHINES) == ""


ROOMS = (
    "| Raum | Plätze | Beamer |\n| --- | --- | --- |\n| Lindensaal | 80 | ja |\n| Kaminzimmer | 12 | nein |"
)


@pytest.mark.parametrize(
    ("answer", "is_marked"),
    [
        ("Ja, im Kaminzimmer gibt es einen Beamer.", True),
        ("Nein, im Kaminzimmer gibt es keinen Beamer.", False),
        ("Kaminzimmer, Beamer: nein", False),
    ],
)
def test_a_yes_against_the_no_that_was_asked_for_is_marked(answer: str, is_marked: bool) -> None:
    sentences = check(answer, [ROOMS], [], "Gibt es im Kaminzimmer einen Beamer?")
    assert any(sentence.state == "not_found" for sentence in sentences) is is_marked


def test_two_tables_that_answer_answer_nothing() -> None:
    other = MACHINES.replace("€95", "€105")
    assert cell("What is the monthly rent of the X2-W?", MACHINES, other) == ""
    assert cell("What is the monthly rent of the X2-W?", MACHINES, MACHINES).endswith("€95")
