"""Questions and answers by a model that says what it is told; where they stand is checked for real."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.errors import RecipeInvalid
from engine.tasks.kinds.faq import KIND, PIECE_CHARACTERS
from engine.tasks.kinds.registry import kind_of
from engine.tasks.ports import Tools
from engine.tasks.recipe import Field, Recipe
from engine.tasks.values import Cell, Conclusion, Line, LineId, Outcome, Part, TaskText
from engine.values import Message
from rag.locating import Locator
from tests.fakes.tasks import ScriptedTaskModel, never, tools

RECIPE = Recipe("FAQ", "faq", instructions="Ask what goes wrong.")
MANUAL = (
    "The tank holds 3.1 litres. When it is full, the lamp turns red.\n\n"
    "Clean the filter every two weeks with lukewarm water."
)


def reply(*pairs: tuple[str, str]) -> str:
    return json.dumps({"faq": [{"question": question, "answer": answer} for question, answer in pairs]})


TANK = ("How much does the tank hold?", "The tank holds 3.1 litres.")
FILTER = ("How often must the filter be cleaned?", "Clean the filter every two weeks.")


def tools_with(model: ScriptedTaskModel | None = None) -> Tools:
    return replace(tools(model), locate=Locator())


def done(text: TaskText | str, model: ScriptedTaskModel) -> Outcome:
    whole = text if isinstance(text, TaskText) else TaskText(text)
    outcome = KIND.work(RECIPE, whole, tools_with(model), cancelled=never)
    assert outcome is not None
    return outcome


def test_the_registry_knows_it() -> None:
    assert kind_of("faq") is KIND
    assert [column.name for column in KIND.columns(RECIPE)] == ["question", "answer"]


def test_each_pair_is_a_line_with_the_sentence_that_answers() -> None:
    model = ScriptedTaskModel([reply(TANK, FILTER)])
    outcome = done(MANUAL, model)
    assert [[cell.value for cell in line] for line in outcome.lines] == [list(TANK), list(FILTER)]
    (tank,) = outcome.lines[0][1].evidence
    assert MANUAL[tank.start : tank.end] == tank.text == "The tank holds 3.1 litres."
    assert all(cell.doubts == () for line in outcome.lines for cell in line)
    assert "Ask what goes wrong." in model.prompts[0][0].text
    assert "in English" in model.prompts[0][-1].text
    assert json.loads(model.schemas[0])["required"] == ["faq"]


@pytest.mark.parametrize(
    "invented", ["The tank holds 4.5 litres.", "Clean the filter with vinegar daily.", "Yes."]
)
def test_an_answer_that_does_not_stand_in_the_text_is_marked(invented: str) -> None:
    ((_, answer),) = done(MANUAL, ScriptedTaskModel([reply(("What?", invented))])).lines
    assert answer.doubts == ("not_in_text",)


def asking_of_what_is_there(messages: Sequence[Message]) -> str:
    numbers = re.findall(r"Part (\d+) holds", messages[-1].text)
    return reply(*((f"What does part {n} hold?", f"Part {n} holds {n} litres of water.") for n in numbers))


def test_a_long_text_is_asked_about_piece_by_piece_and_quotes_know_their_page() -> None:
    pages = [f"Part {n} holds {n} litres of water.\n" + "Then it goes on. " * 110 for n in (1, 2, 3)]
    text = "".join(pages)
    parts = tuple(
        Part(sum(map(len, pages[:n])), sum(map(len, pages[: n + 1])), n + 1) for n in range(len(pages))
    )
    outcome = done(TaskText(text, parts), ScriptedTaskModel(asking_of_what_is_there))
    assert len(text) > 2 * PIECE_CHARACTERS
    assert [line[1].value for line in outcome.lines] == [
        f"Part {n} holds {n} litres of water." for n in (1, 2, 3)
    ]
    quotes = [line[1].evidence[0] for line in outcome.lines]
    assert [(quote.page, quote.start) for quote in quotes] == [(1, 0), (2, 0), (3, 0)]


def test_the_same_pair_out_of_two_pieces_is_one_line() -> None:
    outcome = done(MANUAL + "\n\n" + "More of it. " * 300, ScriptedTaskModel([reply(TANK)]))
    assert len(outcome.lines) == 1


def test_of_a_reply_that_broke_off_the_whole_pairs_count_and_it_is_said() -> None:
    rambling = reply(TANK)[:-2] + ', {"question": "Why' + " and why" * 2_000
    outcome = done(MANUAL, ScriptedTaskModel([rambling]))
    assert [line[0].value for line in outcome.lines] == [TANK[0]]
    assert outcome.notes == ("It holds more questions than were written down.",)


def test_a_text_without_answers_has_no_lines_and_a_title_alone_asks_nobody() -> None:
    assert done(MANUAL, ScriptedTaskModel(['{"faq": []}'])).lines == ()
    model = ScriptedTaskModel()
    assert done("Manual", model).lines == ()
    assert model.prompts == []


def test_a_cancelled_one_has_no_outcome() -> None:
    model = ScriptedTaskModel([reply(TANK)])
    assert KIND.work(RECIPE, TaskText(MANUAL), tools_with(model), cancelled=lambda: True) is None


# Repeats. The tools compare by words in common.


def line(row: int, question: str, answer: str) -> tuple[LineId, Line]:
    return LineId(row), (Cell("question", question), Cell("answer", answer))


def concluded(*lines: tuple[LineId, Line]) -> Conclusion:
    conclusion = KIND.conclude(RECIPE, lines, tools_with(), cancelled=never)
    assert conclusion is not None
    return conclusion


def test_what_says_the_same_as_an_earlier_line_is_a_repeat() -> None:
    again = ("How much does the tank hold", "The tank holds 3.1 litres")
    found = concluded(line(0, *TANK), line(1, *FILTER), line(2, *again), line(3, *again))
    assert found == Conclusion(repeats=(LineId(2), LineId(3)))


def test_the_same_question_with_other_figures_is_no_repeat() -> None:
    other = ("How much does the tank hold?", "The tank holds 2.5 litres.")
    assert concluded(line(0, *TANK), line(1, *other)).repeats == ()


def test_lines_that_the_person_emptied_repeat_nothing() -> None:
    emptied = (LineId(1), (Cell("question", None), Cell("answer", "The tank holds 3.1 litres.")))
    assert concluded(line(0, *TANK), emptied).repeats == ()
    assert concluded().repeats == ()


def test_comparing_can_be_cancelled() -> None:
    assert KIND.conclude(RECIPE, [line(0, *TANK)], tools_with(), cancelled=lambda: True) is None


def test_what_a_faq_cannot_use_is_refused() -> None:
    KIND.check(RECIPE)
    with pytest.raises(RecipeInvalid) as refused:
        KIND.check(replace(RECIPE, fields=(Field("date"),)))
    assert refused.value.place == "fields"
