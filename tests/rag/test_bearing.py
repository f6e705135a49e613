from __future__ import annotations

import pytest

from rag.bearing import bearing

PASSAGE = "The landlord invited Anna and Tom. The rent rose by 18 percent in 2024. Pets are not allowed."


@pytest.mark.parametrize(
    ("question", "answer", "denies", "opposes"),
    [
        ("Who did the landlord invite?", "Anna and Tom.", False, False),
        ("Who was not invited?", "Anna and Tom.", True, False),
        ("Who wasn't invited by the landlord?", "Anna and Tom.", True, False),
        ("What is not allowed?", "Pets.", False, False),
        ("By how much did the rent rise?", "By 18 percent.", False, False),
        ("Who was invited by the tenant?", "Anna and Tom.", False, True),
    ],
)
def test_what_the_evidence_does_not_speak_of_is_seen(
    question: str, answer: str, denies: bool, opposes: bool
) -> None:
    found = bearing(question, answer, [PASSAGE])
    assert (found.denies, found.opposes) == (denies, opposes)


def test_a_name_or_a_number_that_stands_nowhere_leaves_a_question_uncovered() -> None:
    assert bearing("What was the rent in 2024?", "", [PASSAGE]).covered == 1.0
    assert bearing("Are pets allowed?", "", ["Tea.", PASSAGE]).closest == (1, 72, 93)
    assert bearing("Did the rent rise in 2023?", "", [PASSAGE]).covered == 0.0
    assert bearing("Did the landlord invite Farah Nasser?", "", [PASSAGE]).covered == 0.0


def test_the_sentence_that_forbids_comes_closest_to_a_question_for_leave() -> None:
    passages = ["Rinse the wand after cleaning.", "Never use vinegar: it damages the seals."]
    found = bearing("May I clean the machine with vinegar?", "", passages, ["Coffee machine.md"] * 2)
    assert found.closest == (1, 0, 40)
    assert found.denied
    assert found.covered == pytest.approx(2 / 3)  # “may” is no month here
    assert not bearing("Did the rent rise in 2024?", "", [PASSAGE]).denied


def test_a_name_that_stands_nowhere_is_unknown_and_a_month_is_known_from_a_date() -> None:
    def unknown(question: str) -> bool:
        return bearing(question, "", ["The board met on 14 October 2026.", "Anna was there."]).unknown

    assert unknown("Was Farah there?")
    assert not unknown("Was Anna there?")
    assert not unknown("Who was at the October meeting?")
    assert unknown("Who was at the November meeting?")


def test_without_evidence_nothing_bears_on_anything() -> None:
    found = bearing("Who?", "Anna.", [])
    assert (found.denies, found.opposes, found.covered) == (False, False, 0.0)
