from __future__ import annotations

import time

import pytest

from engine.errors import RecipeInvalid
from engine.tasks.choices import rules
from engine.tasks.choices.rules import check_rules, ruled
from engine.tasks.recipe import Choice, Label, Recipe, Rule
from engine.tasks.values import Item, TaskText
from tests.fakes.tasks import row_text

CHOICES = (
    Choice("queue", (Label("network"), Label("billing"))),
    Choice("priority", (Label("low"), Label("high"))),
)


def recipe(*made: Rule) -> Recipe:
    return Recipe("Tickets", "route", choices=CHOICES, rules=made)


def decided(text: TaskText | str, *made: Rule) -> dict[str, str]:
    found = ruled(recipe(*made), TaskText(text) if isinstance(text, str) else text)
    assert found.notes == ()
    return {column: cell.value for column, cell in found.cells.items()}


def place_of(rule: Rule) -> str:
    with pytest.raises(RecipeInvalid) as caught:
        check_rules(recipe(Rule({"queue": "network"}, ("line",)), rule))
    return caught.value.place


BILLING = Rule({"queue": "billing"}, ("invoice", "direct debit", "C++", "Rückbuchung"))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Your INVOICE is wrong.", True),
        ("The invoices are wrong.", False),
        ("a direct\n debit was taken", True),
        ("We teach C++ and more.", True),
        ("Eine Rückbuchung, bitte", True),
        ("Eine Überrückbuchung", False),
        ("", False),
    ],
)
def test_words_are_found_whole_in_any_case_and_spacing(text: str, fits: bool) -> None:
    assert decided(text, BILLING) == ({"queue": "billing"} if fits else {})


def test_the_evidence_is_the_words_that_decided_in_their_column() -> None:
    text = row_text(Item("1", "1", {"subject": "Hello", "message": "My invoice is wrong."}))
    (cell,) = ruled(recipe(BILLING), text).cells.values()
    assert (cell.confidence, cell.tier, cell.doubts) == (1.0, "rules", ())
    (quote,) = cell.evidence
    assert (quote.text, quote.start, quote.end, quote.column) == ("invoice", 3, 10, "message")


def test_a_rule_for_a_column_looks_nowhere_else() -> None:
    subject = Rule({"queue": "billing"}, ("invoice",), column="Subject")
    ends = Rule({"queue": "network"}, pattern="^line$", column="message")
    text = row_text(Item("1", "1", {"subject": "Hello", "message": "line"}))
    assert decided(text, subject, ends) == {"queue": "network"}
    assert decided(row_text(Item("1", "1", {"subject": "An invoice"})), subject) == {"queue": "billing"}
    assert decided("invoice", subject) == {}


def test_the_first_rule_that_fits_decides_each_column() -> None:
    both = Rule({"queue": "network", "priority": "high"}, ("line",))
    assert decided("The line and the invoice", BILLING, both) == {"queue": "billing", "priority": "high"}
    assert decided("The line and the invoice", both, BILLING) == {"queue": "network", "priority": "high"}


def test_patterns_know_letters_of_all_languages() -> None:
    rule = Rule({"queue": "network"}, pattern=r"\bÜber\w+ \d{3}\b")
    check_rules(recipe(rule))
    assert decided("die übertragung 404 fehlt", rule) == {"queue": "network"}


def test_a_hostile_pattern_is_stopped_and_said() -> None:
    hostile = Rule({"queue": "network"}, pattern="(a|b|ab)*(?=c)")
    check_rules(recipe(hostile, BILLING))
    began = time.monotonic()
    found = ruled(recipe(hostile, BILLING), TaskText("ab" * 50_000 + "b invoice"))
    assert time.monotonic() - began < 10 * rules.PATTERN_TIMEOUT_S
    assert found.cells["queue"].value == "billing"
    assert found.notes == ("Rule 1 took too long on this text and was left out.",)


@pytest.mark.parametrize(
    "rule",
    [
        Rule({}, ("line",)),
        Rule({"person": "Ann"}, ("line",)),
        Rule({"queue": "sales"}, ("line",)),
        Rule({"queue": "network"}),
        Rule({"queue": "network"}, ("line", " ")),
        Rule({"queue": "network"}, ("line",), pattern="line"),
        Rule({"queue": "network"}, pattern="(line"),
        Rule({"queue": "network"}, pattern="(line)*"),
        Rule({"queue": "network"}, pattern="((a{1000}){1000}){1000}"),
        Rule({"queue": "network"}, pattern="(a{1000,}){1000,}"),
        Rule({"queue": "network"}, pattern="a" * 1001),
    ],
)
def test_rules_that_cannot_be_are_refused_with_their_place(rule: Rule) -> None:
    assert place_of(rule) == "rules › 2"
