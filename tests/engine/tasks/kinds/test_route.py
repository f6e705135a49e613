from __future__ import annotations

import pytest

from engine.errors import RecipeInvalid
from engine.tasks.kinds.registry import kind_of
from engine.tasks.kinds.route import KIND
from engine.tasks.recipe import Choice, Label, Recipe, Rule
from engine.tasks.values import TaskText
from tests.fakes.tasks import ScriptedTaskModel, never, tools

QUEUE = Choice("queue", (Label("network"), Label("billing")))
PERSON = Choice("person", (Label("Ann"), Label("Bo")))
RECIPE = Recipe(
    "Mail",
    "route",
    choices=(QUEUE, PERSON),
    rules=(
        Rule({"queue": "billing", "person": "Bo"}, ("invoice",)),
        Rule({"queue": "network"}, pattern=r"\bDSL-\d+"),
    ),
)


def model() -> ScriptedTaskModel:
    return ScriptedTaskModel(weights=lambda messages, labels: labels[0])


def test_rules_decide_without_the_model() -> None:
    asked = model()
    outcome = kind_of("route").work(RECIPE, TaskText("My invoice?"), tools(asked), cancelled=never)
    assert outcome is not None
    assert [(cell.value, cell.tier, cell.confidence) for cell in outcome.lines[0]] == [
        ("billing", "rules", 1.0),
        ("Bo", "rules", 1.0),
    ]
    assert (asked.prompts, outcome.model) == ([], "")


def test_the_model_decides_what_no_rule_does() -> None:
    asked = model()
    outcome = KIND.work(RECIPE, TaskText("dsl-12 is down"), tools(asked), cancelled=never)
    assert outcome is not None
    assert [(cell.value, cell.tier) for cell in outcome.lines[0]] == [("network", "rules"), ("Ann", "local")]
    assert [quote.text for quote in outcome.lines[0][0].evidence] == ["dsl-12"]
    assert asked.labels == [["Ann", "Bo"]]


def test_rules_and_choices_are_checked() -> None:
    KIND.check(RECIPE)
    for broken in (
        Recipe("Mail", "route", rules=RECIPE.rules),
        Recipe("Mail", "route", choices=(PERSON,), rules=RECIPE.rules),
    ):
        with pytest.raises(RecipeInvalid):
            KIND.check(broken)


def test_a_rule_that_was_left_out_is_said() -> None:
    recipe = Recipe(
        "Mail", "route", choices=(QUEUE,), rules=(Rule({"queue": "network"}, pattern="(a|b|ab)*(?=c)"),)
    )
    outcome = KIND.work(recipe, TaskText("ab" * 50_000), tools(model()), cancelled=never)
    assert outcome is not None
    assert outcome.notes == ("Rule 1 took too long on this text and was left out.",)
    assert outcome.lines[0][0].tier == "local"


def test_cancelled_work_has_no_outcome() -> None:
    assert KIND.work(RECIPE, TaskText("dsl-12"), tools(), cancelled=lambda: True) is None
