from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import PromptTooLong
from engine.models.installed import InstalledModel
from engine.process.client import LocalModel
from engine.process.service import build
from engine.settings import ModelSettings
from engine.tasks.kinds.classify import KIND
from engine.tasks.kinds.registry import kind_of
from engine.tasks.pieces import PIECE_CHARACTERS
from engine.tasks.ports import Tools
from engine.tasks.recipe import Choice, Example, Label, Recipe, TaskSettings
from engine.tasks.values import Cell, Conclusion, Outcome, TaskText
from engine.values import Message
from tests.conftest import SMALL_MODEL
from tests.fakes.model import InProcessWorker
from tests.fakes.tasks import ScriptedTaskModel, never, tools

QUEUE = Choice("queue", (Label("network", "line and router"), Label("billing", "invoices and payments")))
MOOD = Choice("mood", (Label("calm"), Label("angry")), question="How does the writer feel?")
TOPICS = Choice("topics", (Label("price"), Label("taste"), Label("service")), several=True)
RECIPE = Recipe("Tickets", "classify", instructions="Sort messages to a shop.", choices=(QUEUE,))
EXAMPLES = (
    Example("the line is dead", {"queue": "network"}),
    Example("the invoice is wrong", {"queue": "billing"}),
)


def done(recipe: Recipe, text: str, with_tools: Tools) -> Outcome:
    outcome = KIND.work(recipe, TaskText(text), with_tools, cancelled=never)
    assert outcome is not None
    return outcome


def cells(recipe: Recipe, text: str, model: ScriptedTaskModel) -> list[Cell]:
    (line,) = done(recipe, text, tools(model)).lines
    return list(line)


def choosing(*labels: str) -> ScriptedTaskModel:
    """A model that finds these likely wherever they may be replied."""

    def weights(messages: Sequence[Message], among: Sequence[str]) -> str:
        return next(label for label in labels if label in among)

    return ScriptedTaskModel(weights=weights)


def test_the_registry_knows_it() -> None:
    assert kind_of("classify") is KIND


def test_the_likeliest_label_is_chosen_with_its_share_as_confidence() -> None:
    model = choosing("network")
    (cell,) = cells(RECIPE, "Our router is dead.", model)
    assert (cell.column, cell.value, cell.tier, cell.doubts) == ("queue", "network", "local", ())
    assert cell.confidence == pytest.approx(0.9)
    assert [quote.text for quote in cell.evidence] == ["Our router is dead."]
    assert model.labels == [["network", "billing"]]


def test_labels_and_what_they_mean_come_before_the_text() -> None:
    model = choosing("network")
    outcome = done(RECIPE, "Nothing works.", tools(model))
    system, asked = model.prompts[0]
    assert (system.role, asked.role) == ("system", "user")
    for words in ("Sort messages to a shop.", "network: line and router", "billing: invoices and payments"):
        assert words in system.text
        assert words not in asked.text
    assert (outcome.model, outcome.tokens.prompt > 0) == ("Scripted", True)


def test_an_unsure_choice_is_to_be_reviewed() -> None:
    model = ScriptedTaskModel(weights=lambda messages, labels: {"network": 0.6})
    (cell,) = cells(RECIPE, "Hm.", model)
    assert (cell.value, cell.doubts) == ("network", ("unsure",))
    relaxed = replace(RECIPE, settings=TaskSettings(review_below=0.5))
    assert cells(relaxed, "Hm.", model)[0].doubts == ()


def test_a_model_that_had_something_else_to_say_is_not_sure() -> None:
    model = ScriptedTaskModel(weights=lambda messages, labels: "network", covered=0.05)
    (cell,) = cells(RECIPE, "Our router is dead.", model)
    assert cell.confidence == pytest.approx(0.09)
    assert cell.doubts == ("unsure",)


def test_examples_are_shown_and_have_a_vote() -> None:
    recipe = replace(RECIPE, examples=EXAMPLES)
    torn = ScriptedTaskModel(weights=lambda messages, labels: {"network": 0.55})
    assert cells(recipe, "the invoice is wrong again", torn)[0].value == "billing"
    assert [message.text for message in torn.prompts[0] if message.role == "assistant"] == [
        "network",
        "billing",
    ]


def test_the_text_of_an_example_is_decided_by_it_without_the_model() -> None:
    model = choosing("network")
    outcome = done(replace(RECIPE, examples=EXAMPLES), "The invoice is WRONG", tools(model))
    assert outcome.lines == ((Cell("queue", "billing", 1.0, tier="rules"),),)
    assert (model.prompts, outcome.model) == ([], "")


def test_several_columns_are_asked_after_the_same_beginning() -> None:
    model = choosing("billing", "angry")
    found = cells(replace(RECIPE, choices=(QUEUE, MOOD)), "The invoice is wrong!", model)
    assert [(cell.column, cell.value) for cell in found] == [("queue", "billing"), ("mood", "angry")]
    one, other = model.prompts
    assert one[0] == other[0]
    assert "How does the writer feel?" in one[0].text
    common = one[1].text.split("</text>")[0]
    assert other[1].text.startswith(common)


def test_several_labels_may_apply_or_none() -> None:
    def weights(messages: Sequence[Message], labels: Sequence[str]) -> str:
        assert list(labels) == ["yes", "no"]
        text, _, ask = messages[-1].text.partition("</text>")
        return "yes" if ("dear" in text and "price" in ask) or ("salty" in text and "taste" in ask) else "no"

    recipe = replace(RECIPE, choices=(TOPICS,))
    for text, topics in {"Salty and dear.": ["price", "taste"], "Dear.": [], "dear": ["price"]}.items():
        (cell,) = cells(recipe, text.lower() if topics else text, ScriptedTaskModel(weights=weights))
        assert cell.value == topics
        assert cell.confidence == pytest.approx(0.9)


def test_a_label_that_applies_to_one_piece_of_a_long_text_applies() -> None:
    model = ScriptedTaskModel(
        weights=lambda messages, labels: (
            "yes" if "needle" in messages[-1].text and "price" in messages[-1].text else "no"
        )
    )
    text = "hay " * PIECE_CHARACTERS + "needle"
    assert cells(replace(RECIPE, choices=(TOPICS,)), text, model)[0].value == ["price"]


def test_long_texts_are_read_whole() -> None:
    model = ScriptedTaskModel(
        weights=lambda messages, labels: "billing" if "bill" in messages[-1].text else "network"
    )
    (cell,) = cells(RECIPE, "line " * 1500 + "bill " * 4500, model)
    assert len(model.prompts) >= 4
    assert cell.value == "billing"
    assert cell.confidence is not None
    assert 0.5 < cell.confidence < 0.9


def test_an_empty_text_has_no_label() -> None:
    model = choosing("network")
    assert cells(RECIPE, " \n", model) == [Cell("queue", None, doubts=("unsure",))]
    assert model.prompts == []


def test_examples_that_do_not_fit_are_left_out_before_the_row_fails() -> None:
    long = tuple(replace(one, input=one.input + " word" * 100) for one in EXAMPLES)
    small = ScriptedTaskModel(weights=lambda messages, labels: "network", context_tokens=150)
    (cell,) = cells(replace(RECIPE, examples=long), "dead line", small)
    assert cell.value == "network"
    with pytest.raises(PromptTooLong):
        done(RECIPE, "dead line", tools(ScriptedTaskModel(context_tokens=20)))


@pytest.mark.parametrize("choice", [QUEUE, TOPICS])
def test_cancelled_work_has_no_outcome(choice: Choice) -> None:
    recipe = replace(RECIPE, choices=(choice,))
    assert KIND.work(recipe, TaskText("A line."), tools(), cancelled=lambda: True) is None


def test_nothing_is_left_to_conclude() -> None:
    assert KIND.conclude(RECIPE, [], tools(), cancelled=never) == Conclusion()


@pytest.mark.model
def test_the_real_model_weighs_and_reads_the_common_beginning_once(weights: Path) -> None:
    path = weights / SMALL_MODEL
    service = build(ModelSettings())
    installed = InstalledModel("small", "Small", path, path.stat().st_size, context_tokens=2048)
    with_model = replace(tools(), model=LocalModel(InProcessWorker(service), installed, priority="batch"))
    recipe = replace(RECIPE, choices=(QUEUE, TOPICS), examples=EXAMPLES)
    try:
        first = done(recipe, "Our router does not answer any more.", with_model)
        second = done(recipe, "You have charged me twice this month.", with_model)
    finally:
        service.close()
    for outcome in (first, second):
        queue, topics = outcome.lines[0]
        assert queue.value in ("network", "billing")
        assert set(topics.value) <= {"price", "taste", "service"}
        assert all(0 < (cell.confidence or 0) <= 1 for cell in (queue, topics))
    assert second.tokens.cached > first.tokens.cached
