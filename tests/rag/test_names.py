from __future__ import annotations

import pytest

from rag.facts import facts
from rag.names import names


def _names(text: str) -> list[str]:
    return list(names(text, facts(text)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The rent goes to Barclays.", ["barclays"]),
        ("Harald was the leader.", ["harald"]),
        ("Helen Clark joined Norwind Ltd.", ["helen", "clark", "norwind", "ltd"]),
        ("Frau Keller leitet den Vertrieb der Nordwind GmbH.", ["keller", "nordwind", "gmbh"]),
        ("Der Vertrieb ist seit 2020 in Hamburg.", ["hamburg"]),
    ],
)
def test_names_are_told_by_their_capitals(text: str, found: list[str]) -> None:
    assert _names(text) == found


@pytest.mark.parametrize(
    "text",
    ["Payment is due.", "Visitors may park.", "Smoking is allowed.", "It was late in the day.",
     "Die Kündigung ist mit Zustimmung möglich.", "The lease ends on 30 June 2027."],
)  # fmt: skip
def test_other_words_with_a_capital_are_no_names(text: str) -> None:
    assert _names(text) == []
