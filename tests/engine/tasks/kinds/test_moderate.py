from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from engine.errors import RecipeInvalid
from engine.tasks.choices.severity import SINGLY
from engine.tasks.kinds.moderate import KIND
from engine.tasks.kinds.registry import kind_of
from engine.tasks.recipe import Choice, Label, Recipe
from engine.tasks.values import Cell, TaskText
from engine.values import Message
from tests.fakes.tasks import ScriptedTaskModel, never, tools

INSULTS = Choice("insults", (Label("none"), Label("mild"), Label("severe")))
THREATS = Choice("threats", (Label("none"), Label("yes")))
POLICY = Recipe("Policy", "moderate", choices=(INSULTS, THREATS))


def judge(messages: Sequence[Message], labels: Sequence[str]) -> Mapping[str, float] | str:
    text, _, ask = messages[-1].text.partition("</text>")
    if "threats" in ask:
        return "yes" if "burn" in text else "none"
    return "severe" if "idiot" in text else "mild" if "silly" in text else "none"


def scripted(text: str) -> tuple[list[Cell], ScriptedTaskModel]:
    model = ScriptedTaskModel(weights=judge)
    outcome = kind_of("moderate").work(POLICY, TaskText(text), tools(model), cancelled=never)
    assert outcome is not None
    return list(outcome.lines[0]), model


def test_what_the_policy_allows_has_no_evidence_and_costs_one_question_each() -> None:
    found, model = scripted("Good morning. Silence is golden.")
    assert [(cell.column, cell.value, cell.evidence) for cell in found] == [
        ("insults", "none", ()),
        ("threats", "none", ()),
    ]
    assert len(model.prompts) == 2


def test_a_severity_carries_the_sentences_that_it_rests_on() -> None:
    found, _ = scripted("Hello. You idiot! I like tea. What an idiot he is.")
    assert [(cell.value, [quote.text for quote in cell.evidence]) for cell in found] == [
        ("severe", ["You idiot!", "What an idiot he is."]),
        ("none", []),
    ]


def test_a_long_text_is_as_severe_as_its_worst_piece_and_the_sentence_is_found() -> None:
    polite = "This is a perfectly polite sentence about tea. "
    found, model = scripted(polite * 300 + "I will burn it. " + polite * 300 + "How silly of you. " + polite)
    insults, threats = found
    assert (insults.value, threats.value) == ("mild", "yes")
    assert [quote.text for quote in threats.evidence] == ["I will burn it."]
    assert [quote.text for quote in insults.evidence] == ["How silly of you."]
    assert len(model.prompts) < 12 * SINGLY


def test_no_single_sentence_is_blamed_for_what_only_all_say() -> None:
    model = ScriptedTaskModel(
        weights=lambda messages, labels: labels[-1] if messages[-1].text.count("go away") > 1 else "none"
    )
    recipe = replace(POLICY, choices=(INSULTS,))
    outcome = KIND.work(recipe, TaskText("Please go away. Now go away."), tools(model), cancelled=never)
    assert outcome is not None
    assert (outcome.lines[0][0].value, outcome.lines[0][0].evidence) == ("severe", ())


def test_a_category_has_one_severity() -> None:
    KIND.check(POLICY)
    with pytest.raises(RecipeInvalid, match="insults"):
        KIND.check(replace(POLICY, choices=(replace(INSULTS, several=True),)))


def test_cancelled_work_has_no_outcome() -> None:
    assert KIND.work(POLICY, TaskText("Hello."), tools(), cancelled=lambda: True) is None
    calls = iter(range(100))
    model = ScriptedTaskModel(weights=judge)
    late = KIND.work(
        POLICY, TaskText("You idiot. You idiot."), tools(model), cancelled=lambda: next(calls) >= 2
    )
    assert late is None
