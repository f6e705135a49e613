"""Drafts of replies, by a model and a library that say what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine import abstention
from engine.errors import RecipeInvalid
from engine.tasks.kinds.registry import kind_of
from engine.tasks.kinds.reply import KIND, MESSAGE_CHARACTERS
from engine.tasks.ports import Tools
from engine.tasks.recipe import Choice, Example, Label, Recipe, Rule, TaskSettings
from engine.tasks.values import Cell, Outcome, Quote, TaskText
from engine.values import Answer, Message, Sentence, Source
from rag.locating import Locator
from tests.fakes.answers import answer
from tests.fakes.tasks import CannedLookUp, ScriptedTaskModel, never, tools

CATEGORY = Choice("category", (Label("machine", "broken"), Label("price", "what it costs")))
RECIPE = Recipe(
    "Drafts",
    "reply",
    instructions="Sign as Larkspur.",
    choices=(CATEGORY,),
    settings=TaskSettings(collection="Manuals"),
)
MESSAGE = "Hello, how often must we descale the machine? We had it done on 3 May 2026. Aidan"
QUESTION = "How often must the machine be descaled?"
SAYS = "Descale the machine every three months."
MANUAL = Source("X2.pdf", "/d/X2.pdf", 4, 100, 180, f"Care. {SAYS}", "Care", 0.9)
FOUND = answer(
    SAYS, sentences=(Sentence(SAYS, 0, len(SAYS), "found", (0,), ((6, 6 + len(SAYS)),)),), sources=(MANUAL,)
)
NOTHING = answer(abstention.TEXT, abstained=True, sentences=(), sources=(MANUAL,))
DRAFT = "Dear Aidan,\nplease descale the machine every three months.\nKind regards, Larkspur"


def writing(draft: str) -> ScriptedTaskModel:
    def said(messages: Sequence[Message]) -> str:
        return draft if "Notes for the reply" in messages[-1].text else QUESTION

    return ScriptedTaskModel(said, weights=lambda messages, labels: "machine")


def tools_with(model: ScriptedTaskModel, found: Answer = FOUND) -> tuple[Tools, CannedLookUp]:
    look_up = CannedLookUp(otherwise=found)
    return replace(tools(model, look_up), locate=Locator()), look_up


def done(text: str, model: ScriptedTaskModel, found: Answer = FOUND, recipe: Recipe = RECIPE) -> Outcome:
    outcome = KIND.work(recipe, TaskText(text), tools_with(model, found)[0], cancelled=never)
    assert outcome is not None
    return outcome


def draft_of(model: ScriptedTaskModel, found: Answer = FOUND) -> Cell:
    (line,) = done(MESSAGE, model, found).lines
    return line[-1]


def test_the_registry_knows_it() -> None:
    assert kind_of("reply") is KIND
    assert [column.name for column in KIND.columns(RECIPE)] == ["category", "reply"]


def test_a_message_is_sorted_and_answered_from_the_library() -> None:
    model = writing(DRAFT)
    with_tools, look_up = tools_with(model)
    outcome = KIND.work(RECIPE, TaskText(MESSAGE), with_tools, cancelled=never)
    assert outcome is not None
    (line,) = outcome.lines
    assert [(cell.column, cell.value) for cell in line] == [("category", "machine"), ("reply", DRAFT)]
    assert look_up.asked == [(QUESTION, "Manuals")]
    assert line[1].evidence == (Quote(SAYS, 106, 106 + len(SAYS), 4, path="/d/X2.pdf"),)
    assert line[1].doubts == () and line[1].confidence is None
    system, asked = model.prompts[-1]
    assert "Sign as Larkspur." in system.text
    assert SAYS in asked.text and "Aidan" in asked.text and "in English" in asked.text


def test_where_the_library_says_nothing_the_draft_answers_nothing_and_is_marked() -> None:
    model = writing("Dear Aidan, thank you. A colleague will look at it.")
    outcome = done(MESSAGE, model, NOTHING)
    found = outcome.lines[0][-1]
    assert outcome.notes == (f"The documents do not say: {QUESTION}",)
    assert found.doubts == ("not_in_text",)
    assert found.evidence == ()
    assert "We do not have the answer at hand." in model.prompts[-1][-1].text
    assert abstention.TEXT not in model.prompts[-1][-1].text


def test_an_answer_that_rests_on_nothing_makes_the_draft_one_to_look_at() -> None:
    guess = answer("It is done yearly.", sentences=(Sentence("It is done yearly.", 0, 18, "not_found"),))
    assert draft_of(writing(DRAFT), guess).doubts == ("not_in_text",)


@pytest.mark.parametrize("promise", ["We come on 9 June 2026.", "It costs 45 euros."])
def test_a_number_or_date_that_neither_the_documents_nor_the_message_say_is_marked(promise: str) -> None:
    assert draft_of(writing(f"{DRAFT} {promise}")).doubts == ("not_in_text",)


def test_figures_of_the_message_may_be_repeated() -> None:
    assert draft_of(writing(f"{DRAFT} You had it done on 3 May 2026.")).doubts == ()


def test_a_long_message_is_shortened_and_not_cut() -> None:
    text = "Hello. " + "We have many machines here and there in town. " * 100 + "The last one is in Galway."
    assert len(text) > MESSAGE_CHARACTERS

    def said(messages: Sequence[Message]) -> str:
        asked = messages[-1].text
        if "part of a longer text" in asked:
            return "Notes of Galway." if "Galway" in asked else "Notes."
        return DRAFT if "Notes for the reply" in asked else QUESTION

    model = ScriptedTaskModel(said, weights=lambda messages, labels: "machine")
    done(text, model)
    assert "Notes of Galway." in model.prompts[-1][-1].text


def test_a_message_that_does_not_fit_the_model_is_shortened_too() -> None:
    text = "We have many machines here and there in town. " * 30

    def said(messages: Sequence[Message]) -> str:
        asked = messages[-1].text
        if "part of a longer text" in asked:
            return "Many machines."
        return DRAFT if "Notes for the reply" in asked else QUESTION

    model = ScriptedTaskModel(said, context_tokens=260)
    ((cell,),) = done(text, model, recipe=Recipe("Plain", "reply")).lines
    assert cell.value == DRAFT
    assert "Many machines." in model.prompts[-1][-1].text


def test_rules_and_examples_go_to_the_kind_that_fills_their_columns() -> None:
    recipe = replace(
        RECIPE,
        rules=(Rule({"category": "price"}, words=("descale",)),),
        examples=(
            Example("It leaks.", {"category": "machine", "reply": "We come."}),
            Example("Hm.", {"reply": "Hm."}),
        ),
    )
    KIND.check(recipe)
    (line,) = done(MESSAGE, writing(DRAFT), recipe=recipe).lines
    assert (line[0].value, line[0].tier) == ("price", "rules")


def test_a_recipe_may_ask_for_the_reply_alone() -> None:
    recipe = Recipe("Plain", "reply")
    KIND.check(recipe)
    (line,) = done(MESSAGE, writing(DRAFT), recipe=recipe).lines
    assert [cell.column for cell in line] == ["reply"]


def test_an_empty_message_has_no_reply() -> None:
    recipe = Recipe("Plain", "reply")
    ((cell,),) = done(" ", writing(DRAFT), recipe=recipe).lines
    assert cell.value is None


def test_a_cancelled_one_has_no_outcome() -> None:
    recipe = Recipe("Plain", "reply")
    for each in (RECIPE, recipe):
        with_tools, _ = tools_with(writing(DRAFT))
        assert KIND.work(each, TaskText(MESSAGE), with_tools, cancelled=lambda: True) is None
    stopped = answer("Descale", state="stopped")
    assert (
        KIND.work(recipe, TaskText(MESSAGE), tools_with(writing(DRAFT), stopped)[0], cancelled=never) is None
    )


@pytest.mark.parametrize(
    ("recipe", "place"),
    [
        (replace(RECIPE, choices=(replace(CATEGORY, name="reply"),)), "reply"),
        (replace(RECIPE, choices=(), rules=(Rule({"category": "price"}, words=("a",)),)), "rules"),
        (replace(RECIPE, schema="{}"), "schema"),
        (replace(RECIPE, several_lines=True), "several_lines"),
    ],
)
def test_what_a_reply_cannot_use_is_refused(recipe: Recipe, place: str) -> None:
    with pytest.raises(RecipeInvalid) as refused:
        KIND.check(recipe)
    assert refused.value.place == place
