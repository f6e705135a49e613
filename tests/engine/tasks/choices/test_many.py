from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.tasks.choices.deciding import decide
from engine.tasks.choices.many import BLANK, SURE
from engine.tasks.choices.similar import CANDIDATES
from engine.tasks.choices.weighing import Asking
from engine.tasks.recipe import Choice, Example, Label, Recipe
from engine.tasks.values import Cell, TaskText
from engine.values import Message
from tests.fakes.tasks import ScriptedTaskModel, Weights, nearest, never

NUMBERS = tuple(f"topic_{number}" for number in range(40))
INTENT = Choice("intent", (*map(Label, NUMBERS), Label("lost_card"), Label("new_card"), Label("old_card")))
EXAMPLES = tuple(
    Example(f"{words} please", {"intent": label})
    for label, words in {
        "lost_card": "somebody stole my card",
        "new_card": "send me one more card",
        "topic_1": "nothing like it",
    }.items()
)

OF_EACH = (*EXAMPLES, *(Example(f"about {label.name}", {"intent": label.name}) for label in INTENT.labels))


def recipe(*examples: Example, choice: Choice = INTENT) -> Recipe:
    return Recipe("Intents", "classify", "", "Sort.", choices=(choice,), examples=examples)


def decided(recipe: Recipe, text: str, weights: Weights) -> tuple[Cell, ScriptedTaskModel]:
    model = ScriptedTaskModel(weights=weights)
    cell = decide(recipe, recipe.choices[0], TaskText(text), nearest, Asking(model, never))
    assert cell is not None
    return cell, model


def even(messages: Sequence[Message], labels: Sequence[str]) -> Mapping[str, float]:
    return dict.fromkeys(labels, 1 / len(labels))


def test_labels_that_come_near_are_weighed_all_are_listed() -> None:
    cell, model = decided(recipe(), "a card", lambda messages, labels: "new_card")
    assert {len(labels) for labels in model.labels} == {CANDIDATES}
    assert {"lost_card", "new_card", "old_card"} <= set(model.labels[0])
    assert all(f"- {name}" in model.prompts[0][0].text for name in (*NUMBERS, "old_card"))
    assert cell.value in ("lost_card", "new_card", "old_card")


def test_what_the_model_prefers_whatever_the_text_is_taken_off() -> None:
    def prefers(messages: Sequence[Message], labels: Sequence[str]) -> Mapping[str, float]:
        blank = BLANK in messages[-1].text
        return {"old_card": 0.7} | ({} if blank else {"new_card": 0.25})

    assert decided(recipe(), "a card", prefers)[0].value == "new_card"


def test_where_the_examples_are_clear_no_model_is_asked() -> None:
    cell, model = decided(recipe(*OF_EACH), "somebody stole my card again please", even)
    assert cell.value == "lost_card"
    assert cell.confidence is not None
    assert cell.confidence >= SURE
    assert cell.tier == "specialist"
    assert model.prompts == []


def test_where_they_are_not_the_nearest_are_read_and_no_names() -> None:
    cell, model = decided(recipe(*OF_EACH), "card please", lambda messages, labels: "new_card")
    assert (cell.value, cell.tier) == ("new_card", "local")
    (prompt,) = model.prompts
    assert "topic_3" not in prompt[0].text
    nearest_last = [message.text for message in prompt if message.role == "assistant"][-1]
    assert "card" in nearest_last


def test_a_provider_is_asked_once_and_no_example_overrules_it() -> None:
    model = ScriptedTaskModel(weights=lambda messages, labels: "new_card", weighs=False)
    text = TaskText("somebody stole my card again please")
    cell = decide(recipe(*OF_EACH), INTENT, text, nearest, Asking(model, never))
    assert cell is not None
    assert (cell.value, cell.tier) == ("new_card", "local")
    assert len(model.prompts) == 1


def test_of_labels_without_examples_the_names_are_told_too_however_clear_it_seems() -> None:
    cell, model = decided(
        recipe(*EXAMPLES), "somebody stole my card again please", lambda messages, labels: "lost_card"
    )
    assert cell.value == "lost_card"
    read, told, blank = model.prompts
    assert [message.role for message in read].count("assistant") == len(EXAMPLES)
    assert "- topic_3" in told[0].text
    assert BLANK in blank[-1].text


def test_more_labels_than_instructions_hold_are_listed_as_far_as_they_come_near() -> None:
    described = tuple(Label(f"topic {number}", "word " * 30) for number in range(100))
    many = Choice("intent", (*described, Label("lost card", "stolen")))
    cell, model = decided(recipe(choice=many), "stolen card", lambda messages, labels: "lost card")
    assert cell.value == "lost card"
    assert model.prompts[0][0].text.count("- topic") == CANDIDATES - 1


def test_cancelled_is_none_at_every_question() -> None:
    for after in range(3):
        calls = iter(range(100))
        asking = Asking(
            ScriptedTaskModel(weights=even), lambda calls=calls, after=after: next(calls) >= after
        )
        assert decide(recipe(*EXAMPLES), INTENT, TaskText("card"), nearest, asking) is None
