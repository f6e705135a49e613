from __future__ import annotations

import pytest

from rag.grounding import check


def _state(claim: str, passage: str) -> str:
    (sentence,) = check(claim, [passage])
    return sentence.state


PENALTY = "The Supplier shall pay the Customer a penalty of EUR 1,500 for each week of delay."
GROWTH = "Her team has grown from four to eleven people."
SALES = "Harvest sold 1,240 tons of rice to Lindqvist in 2022, while Lindqvist sold 310 tons of beans."
LEAVE = "Unused leave expires on 31 March and is never paid out."


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("The Customer shall pay the Supplier a penalty of EUR 1,500 for each week of delay.", PENALTY),
        ("Her team has grown from eleven to four people.", GROWTH),
        ("Harvest sold 310 tons of rice to Lindqvist in 2022.", SALES),
        ("Tomasz Zielinski voted against it.", "Farah Nasser voted against it. Tomasz Zielinski was there."),
        ("Der Kunde haftet dem Lieferanten für Schäden.", "Der Lieferant haftet dem Kunden für Schäden."),
        ("Der Mieter repariert die Heizung.", "Der Vermieter repariert die Heizung. Der Mieter zahlt."),
    ],
    ids=["parties", "numbers", "another's number", "another's name", "German parties", "the other party"],
)
def test_what_has_changed_places_is_not_found(claim: str, passage: str) -> None:
    assert _state(claim, passage) == "not_found"


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("The penalty is paid by the Supplier to the Customer for each week of delay.", PENALTY),
        (
            "Present were Tomasz Zielinski and Farah Nasser.",
            "Present were Farah Nasser and Tomasz Zielinski.",
        ),
        ("Harvest sold 1,240 tons of rice in 2022.", SALES),
        ("In 2022, Harvest sold 1,240 tons of rice to Lindqvist.", SALES),
        (
            "Die Heizung wird vom Vermieter repariert.",
            "Der Vermieter repariert die Heizung. Der Mieter zahlt.",
        ),
    ],
    ids=["passive", "a list in another order", "shortened", "the year first", "German passive"],
)
def test_the_same_in_another_order_is_found(claim: str, passage: str) -> None:
    assert _state(claim, passage) != "not_found"


@pytest.mark.parametrize(
    "claim", ["Unused leave is paid out.", "Unused leave does not expire on 31 March.", "Leave is paid out."]
)
def test_a_denial_is_about_what_follows_it(claim: str) -> None:
    assert _state(claim, LEAVE) == "not_found"


@pytest.mark.parametrize("claim", ["Unused leave is never paid out.", "Unused leave expires on 31 March."])
def test_what_one_half_of_a_sentence_denies_the_other_may_affirm(claim: str) -> None:
    assert _state(claim, LEAVE) == "found"


@pytest.mark.parametrize(
    ("claim", "passage", "state"),
    [
        ("Pets are not allowed without consent.", "Without consent, pets are not allowed.", "found"),
        ("Pets are allowed without consent.", "Without consent, pets are not allowed.", "not_found"),
        ("Verschleißteile sind nicht umfasst.", "Die Garantie umfasst keine Verschleißteile.", "found"),
        ("Les animaux sont autorisés.", "Les animaux ne sont pas autorisés.", "not_found"),
        ("Les animaux ne sont pas autorisés.", "Les animaux ne sont pas autorisés.", "found"),
        ("El cliente puede ceder el contrato.", "El cliente no puede ceder el contrato.", "not_found"),
    ],
)
def test_denials_are_read_in_several_languages(claim: str, passage: str, state: str) -> None:
    assert _state(claim, passage) in {state, "supported" if state == "found" else state}


def test_another_rate_is_another_price() -> None:
    passage = "The fee of £320 per year includes support."
    assert _state("The fee is £320 per month.", passage) == "not_found"
    assert _state("The yearly fee is 320 pounds.", passage) == "supported"


def test_an_opposite_is_not_what_was_said() -> None:
    passage = "Employees ask at least four weeks before the journey."
    assert _state("Employees ask at least four weeks after the journey.", passage) == "not_found"
    assert _state("Employees ask at least four weeks before the journey.", passage) == "found"


def test_a_limit_denies_nothing_and_a_comparison_may() -> None:
    assert (
        _state("Notice is given no later than 30 days before.", "Notice is given 30 days before.")
        != "not_found"
    )
    passage = "Comb jellies are more complex than sponges."
    assert _state("Comb jellies are not more complex than sponges.", passage) == "not_found"


def test_what_stands_there_word_by_word_is_found_whatever_else_does() -> None:
    said = "Robert fled to Italy, where he met Robert Guiscard and founded Sant'Eufemia."
    assert _state(said, f"{said} He was not a Norman, but Robert Guiscard met Robert in Italy.") == "found"
