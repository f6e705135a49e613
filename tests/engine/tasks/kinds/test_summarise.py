"""Summaries by a model that says what it is told; what they rest on is checked for real."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.errors import PromptTooLong, RecipeInvalid
from engine.tasks.kinds.registry import kind_of
from engine.tasks.kinds.summarise import KIND
from engine.tasks.pieces import PIECE_CHARACTERS
from engine.tasks.ports import Tools
from engine.tasks.recipe import Choice, Field, Label, Recipe, Style
from engine.tasks.values import Cell, Conclusion, LineId, Outcome, Part, TaskText
from engine.values import Message
from rag.locating import Locator
from tests.fakes.tasks import ScriptedTaskModel, never, tools

RECIPE = Recipe("Notes", "summarise", instructions="Care for dates.")
LEASE = (
    "The lease of the flat at Harbour Street begins on 1 May 2026. "
    "The monthly rent is 1,240 euros. Dogs need the landlord's consent in writing."
)
GERMAN = (
    "Der Mietvertrag beginnt am 1. Mai 2026. "
    "Die monatliche Miete beträgt 1.240 Euro, und die Kaution drei Mieten."
)


def tools_with(model: ScriptedTaskModel) -> Tools:
    return replace(tools(model), locate=Locator())


def done(text: TaskText | str, model: ScriptedTaskModel, recipe: Recipe = RECIPE) -> Outcome:
    whole = text if isinstance(text, TaskText) else TaskText(text)
    outcome = KIND.work(recipe, whole, tools_with(model), cancelled=never)
    assert outcome is not None
    return outcome


def cell(text: TaskText | str, model: ScriptedTaskModel, recipe: Recipe = RECIPE) -> Cell:
    ((found,),) = done(text, model, recipe).lines
    return found


def test_the_registry_knows_it() -> None:
    assert kind_of("summarise") is KIND


def test_a_summary_stands_beside_the_sentences_that_it_rests_on() -> None:
    found = cell(LEASE, ScriptedTaskModel(["The monthly rent is 1,240 euros."]))
    assert (found.column, found.value, found.doubts) == ("summary", "The monthly rent is 1,240 euros.", ())
    assert found.confidence is None
    (quote,) = found.evidence
    assert quote.text == "The monthly rent is 1,240 euros." == LEASE[quote.start : quote.end]


@pytest.mark.parametrize(
    "invented",
    [
        "The monthly rent is 1,420 euros.",
        "The lease begins on 1 June 2026.",
        "The rent is paid to Mrs Oyelaran.",
    ],
)
def test_a_number_a_date_or_a_name_that_stands_nowhere_is_marked(invented: str) -> None:
    assert cell(LEASE, ScriptedTaskModel([invented])).doubts == ("not_in_text",)


def translating(
    translation: str, summary: str = "Die monatliche Miete beträgt 1.240 Euro."
) -> ScriptedTaskModel:
    return ScriptedTaskModel(lambda messages: translation if "Translate" in messages[0].text else summary)


IN_ENGLISH = replace(RECIPE, style=Style(language="English"))


def test_in_another_language_it_is_checked_before_it_is_translated() -> None:
    model = translating("The monthly rent is 1,240 euros.")
    found = cell(GERMAN, model, IN_ENGLISH)
    assert (found.value, found.doubts) == ("The monthly rent is 1,240 euros.", ())
    assert [quote.text for quote in found.evidence] == [
        "Die monatliche Miete beträgt 1.240 Euro, und die Kaution drei Mieten."
    ]
    assert "in German" in model.prompts[0][-1].text and "into English" in model.prompts[1][0].text


def test_a_translation_of_what_stands_nowhere_or_with_other_figures_is_marked() -> None:
    other = translating("The monthly rent is 1,420 euros.")
    assert cell(GERMAN, other, IN_ENGLISH).doubts == ("not_in_text",)
    invented = translating("The flat has a balcony.", "Die Wohnung hat einen großen Balkon nach Süden.")
    assert cell(GERMAN, invented, IN_ENGLISH).doubts == ("not_in_text",)


def test_a_text_that_is_in_the_language_wanted_is_not_translated() -> None:
    model = translating("Never.", "The monthly rent is 1,240 euros.")
    assert cell(LEASE, model, IN_ENGLISH).value == "The monthly rent is 1,240 euros."


def test_of_a_summary_in_the_wrong_language_the_numbers_and_dates_must_stand_in_the_text() -> None:
    right = "The lease begins on 1 May 2026 and the rent is 1,240 euros for the month."
    found = cell(GERMAN, ScriptedTaskModel([right]))
    assert found.doubts == ()
    assert {quote.text for quote in found.evidence} == {"1. Mai 2026", "1.240"}
    wrong = "The lease begins on 1 May 2027 and the rent is 1,240 euros for the month."
    assert cell(GERMAN, ScriptedTaskModel([wrong])).doubts == ("not_in_text",)


def test_a_quote_knows_its_page() -> None:
    second = "The heating is serviced every autumn."
    text = TaskText(f"{LEASE}\n\n{second}", (Part(0, len(LEASE), 1), Part(len(LEASE) + 2, 999, 2)))
    (quote,) = cell(text, ScriptedTaskModel([second])).evidence
    assert (quote.page, quote.start, quote.text) == (2, 0, second)


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (Style(40), "in at most 40 words, in whole sentences, without a heading, in English"),
        (Style(40, "bullets", "English"), "each line begins with “- ” and says one thing, in English"),
        (Style(9, "headline"), "as one headline of at most 9 words, in English"),
    ],
)
def test_the_model_is_told_length_form_and_language(style: Style, said: str) -> None:
    model = ScriptedTaskModel(["The rent."])
    done(LEASE, model, replace(RECIPE, style=style))
    system, asked = model.prompts[0]
    assert "Care for dates." in system.text
    assert said in asked.text


def test_the_language_of_the_text_is_named_where_it_is_certain() -> None:
    model = ScriptedTaskModel(["Miete."])
    done(GERMAN, model)
    assert "in German" in model.prompts[0][1].text


def noting(messages: Sequence[Message]) -> str:
    """Of a part the numbers of its paragraphs; of the whole, how many it was told of."""
    asked = messages[-1].text
    numbers = re.findall(r"#\d+", asked)
    return " ".join(numbers) + "." if "part of a longer text" in asked else f"{len(numbers)} paragraphs."


def test_nothing_of_a_long_text_is_left_out() -> None:
    text = "\n\n".join(f"Paragraph #{number} says this and that. " + "More. " * 80 for number in range(100))
    assert len(text) > 8 * PIECE_CHARACTERS
    model = ScriptedTaskModel(noting)
    assert cell(text, model).value == "100 paragraphs."
    read = {number for messages in model.prompts[:-1] for number in re.findall(r"#\d+", messages[-1].text)}
    assert len(read) == 100
    assert "part of a longer text" not in model.prompts[-1][-1].text


def test_notes_that_are_long_themselves_are_noted_again() -> None:
    text = "\n\n".join(f"#{number} {'x' * 900}." for number in range(400))
    long_notes = ScriptedTaskModel(lambda messages: noting(messages)[:-1] + " " + "y" * 500 + ".")
    found = cell(text, long_notes)
    levels = sum("yyy" in messages[-1].text for messages in long_notes.prompts)
    assert levels > 1  # notes of notes, and the end
    assert found.value is not None and "paragraphs" in found.value


def test_what_does_not_fit_the_model_is_taken_in_smaller_pieces() -> None:
    text = "\n\n".join(f"Paragraph #{number}. " + "word " * 60 for number in range(20))
    model = ScriptedTaskModel(noting, context_tokens=400)
    assert cell(text, model).value == "20 paragraphs."


def test_instructions_that_leave_no_room_are_an_error_of_the_input() -> None:
    with pytest.raises(PromptTooLong):
        done(LEASE, ScriptedTaskModel(["x"], context_tokens=30))


def test_a_summary_that_broke_off_ends_with_a_whole_sentence_and_is_marked() -> None:
    style = Style(5)  # so that it may have 75 words of the scripted model
    rambling = "The monthly rent is 1,240 euros. " + "The lease of the flat goes on " * 40
    found = cell(LEASE, ScriptedTaskModel([rambling]), replace(RECIPE, style=style))
    assert found.value == "The monthly rent is 1,240 euros."
    assert found.doubts == ("incomplete",)


def test_an_empty_text_has_no_summary_and_asks_nobody() -> None:
    model = ScriptedTaskModel()
    assert cell("  \n", model).value is None
    assert model.prompts == []


def test_a_cancelled_one_has_no_outcome() -> None:
    model = ScriptedTaskModel(["The rent."])
    assert KIND.work(RECIPE, TaskText(LEASE), tools_with(model), cancelled=lambda: True) is None
    long = TaskText(LEASE * 100)
    assert KIND.work(RECIPE, long, tools_with(model), cancelled=lambda: True) is None


def lines(*summaries: str | None) -> list[tuple[LineId, tuple[Cell, ...]]]:
    return [(LineId(row), (Cell("summary", text),)) for row, text in enumerate(summaries)]


def concluded(recipe: Recipe, model: ScriptedTaskModel, *summaries: str | None) -> Conclusion:
    conclusion = KIND.conclude(recipe, lines(*summaries), tools_with(model), cancelled=never)
    assert conclusion is not None
    return conclusion


ACROSS = replace(RECIPE, style=Style(across=True))


def test_across_all_inputs_there_is_one_summary_more() -> None:
    model = ScriptedTaskModel(["Both rents are 900 euros."])
    found = concluded(
        ACROSS, model, "The first rent is 900 euros.", None, "Both other rents are 900 euros too."
    )
    ((cell,),) = found.lines
    assert (cell.value, cell.doubts) == ("Both rents are 900 euros.", ())
    assert "first rent" in model.prompts[0][-1].text and "other rents" in model.prompts[0][-1].text


def test_what_none_of_the_summaries_says_is_marked_across_them_too() -> None:
    model = ScriptedTaskModel(["The rents are 700 euros."])
    ((cell,),) = concluded(ACROSS, model, "The rent is 900 euros.", "That rent is 800 euros.").lines
    assert cell.doubts == ("not_in_text",)


@pytest.mark.parametrize("summaries", [(), ("Only one.",), (None, "Only one.")])
def test_of_less_than_two_there_is_no_summary_across(summaries: tuple[str | None, ...]) -> None:
    model = ScriptedTaskModel()
    assert concluded(ACROSS, model, *summaries) == Conclusion()
    assert concluded(RECIPE, model, "One.", "Two.") == Conclusion()
    assert model.prompts == []


@pytest.mark.parametrize(
    ("recipe", "place"),
    [
        (replace(RECIPE, fields=(Field("date"),)), "fields"),
        (replace(RECIPE, choices=(Choice("mood", (Label("calm"),)),)), "choices"),
        (replace(RECIPE, several_lines=True), "several_lines"),
        (replace(RECIPE, style=Style(2)), "style › length_words"),
        (replace(RECIPE, style=Style(5_000)), "style › length_words"),
    ],
)
def test_what_a_summary_cannot_use_is_refused(recipe: Recipe, place: str) -> None:
    with pytest.raises(RecipeInvalid) as refused:
        KIND.check(recipe)
    assert refused.value.place == place


def test_a_recipe_of_instructions_alone_is_enough() -> None:
    KIND.check(RECIPE)
    assert [column.name for column in KIND.columns(RECIPE)] == ["summary"]
