from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.tasks.field_weighing import MOST_OTHERS, around_words, weighing_messages
from engine.tasks.kinds.extract import KIND
from engine.tasks.recipe import Example, Field, Recipe
from engine.tasks.values import Cell, Part, TaskText
from tests.fakes.filling import FillingModel, filling_tools
from tests.fakes.model import never

LEASE = "LEASE of 3 March 2021.\nThe tenancy begins on 1 April 2021. It ends with the close of 30 June 2024."
ENDS = Field("end_date", "date", "the date on which the lease ends")


def model(said: Any, agrees: Callable[[str], float] | None, of: str = ENDS.name) -> FillingModel:
    return FillingModel(lambda _text: json.dumps({of: said}), agrees=agrees)


def cell(asked: FillingModel, text: str | TaskText = LEASE, field: Field = ENDS, **more: Any) -> Cell:
    given = TaskText(text) if isinstance(text, str) else text
    recipe = Recipe("r", "extract", fields=(field,), **more)
    outcome = KIND.work(recipe, given, filling_tools(asked), cancelled=never)
    assert outcome is not None
    ((only,),) = outcome.lines
    return only


def yes_of(*words: str) -> Callable[[str], float]:
    """Agrees to questions about one of these values."""
    return lambda question: 0.9 if any(f"that {each} is" in question for each in words) else 0.1


def test_a_value_whose_words_say_it_stays_and_is_asked_about_once() -> None:
    asked = model("30 June 2024", yes_of("30 June 2024"))
    assert (cell(asked).value, len(asked.questions)) == ("2024-06-30", 1)


def test_a_value_whose_words_do_not_say_it_gives_way_to_one_whose_words_do() -> None:
    found = cell(model("1 April 2021", yes_of("30 June 2024")))
    assert (found.value, found.evidence[0].text, found.doubts) == ("2024-06-30", "30 June 2024", ())
    assert found.confidence == pytest.approx(0.9)


def test_where_no_words_say_it_there_is_no_value() -> None:
    found = cell(model("1 April 2021", yes_of()))
    assert (found.value, found.evidence, found.doubts) == (None, (), ())
    assert found.confidence == pytest.approx(0.9)


def test_a_value_that_the_words_may_say_is_unsure_and_rests_on_none() -> None:
    found = cell(model("1 April 2021", lambda _question: 0.35))
    assert (found.value, found.evidence, found.doubts) == ("2021-04-01", (), ("unsure",))


def test_of_dates_in_one_sentence_the_one_that_it_says_most_counts() -> None:
    begins, ends = "1 April 2021", "31 March 2025"
    text = f"The lease begins on {begins} and ends on {ends}."
    asked = model(begins, lambda question: 0.8 if f"that {ends} is" in question else 0.45)
    assert (cell(asked, text).value, len(asked.questions)) == ("2025-03-31", 2)
    kept = model(begins, lambda question: 0.42 if f"that {ends} is" in question else 0.45)
    assert (cell(kept, text).value, cell(kept, text).doubts) == ("2021-04-01", ())


def test_a_date_with_a_wrong_digit_is_found_among_those_that_stand_there() -> None:
    found = cell(model("30 June 2025", yes_of("30 June 2024")))
    assert (found.value, found.doubts) == ("2024-06-30", ())
    kept = cell(model("30 June 2025", yes_of()))
    assert (kept.value, kept.doubts) == ("2025-06-30", ("not_in_text",))


def test_a_required_value_that_stands_there_is_not_asked_about() -> None:
    required = Field("end_date", "date", "the date on which the lease ends", required=True)
    asked = model("1 April 2021", yes_of("30 June 2024"))
    assert (cell(asked, field=required).value, asked.questions) == ("2021-04-01", [])
    wrong_digit = model("30 June 2025", yes_of("30 June 2024"))
    assert cell(wrong_digit, field=required).value == "2024-06-30"


def test_what_stands_beside_a_label_or_alone_is_not_asked_about() -> None:
    receipt = (
        "KESTREL STORES\nDate: 3 May 2021\n4 June 2021\nTotal 31.00\nThank you and come again until 2022."
    )
    for said in ("3 May 2021", "4 June 2021"):
        asked = model(said, yes_of())
        assert (cell(asked, receipt).evidence[0].text, asked.questions) == (said, [])


def test_a_model_that_replies_neither_yes_nor_no_decides_nothing() -> None:
    asked = model("1 April 2021", None)
    assert (cell(asked).value, len(asked.questions)) == ("2021-04-01", 1)


def test_a_provider_is_asked_nothing_more() -> None:
    asked = model("1 April 2021", yes_of())
    asked.weighs = False
    assert (cell(asked).value, asked.questions) == ("2021-04-01", [])


def test_amounts_are_weighed_too() -> None:
    text = "The deposit is 500 €.\nThe rent of 1.940,00 € is due on the first of each month, in advance."
    field = Field("rent", "amount", "the rent")
    found = cell(model("500 €", yes_of("1.940,00"), "rent"), text, field)
    assert found.value == {"value": 1940.0, "currency": "EUR"}
    assert cell(model("500 €", yes_of(), "rent"), text, field).value is None


@pytest.mark.parametrize(
    "field", [Field("end_date"), Field("end_date", "date", many=True), Field("end_date", "integer")]
)
def test_words_lists_and_counts_are_not(field: Field) -> None:
    asked = model([] if field.many else 7 if field.type == "integer" else "Leeds", yes_of())
    cell(asked, field=field)
    assert asked.questions == []


def test_what_examples_show_is_not_asked_about() -> None:
    shown = Example("Until 1 May 2020", {"end_date": "2020-05-01"})
    asked = model("1 April 2021", yes_of())
    assert (cell(asked, examples=(shown,)).value, asked.questions) == ("2021-04-01", [])


def test_what_the_model_left_empty_is_not_asked_about() -> None:
    asked = model(None, yes_of("30 June 2024"))
    assert (cell(asked).value, asked.questions) == (None, [])


def test_of_many_others_the_nearest_are_asked_about() -> None:
    text = "\n".join(f"The visit was on {day} May 2021." for day in range(1, 29))
    asked = model("14 May 2021", yes_of())
    assert cell(asked, text).value is None
    days = sorted(int(question.split(" May 2021 is")[0].rsplit(" ", 1)[1]) for question in asked.questions)
    assert (days, len(days)) == ([11, 12, 13, 14, 15, 16, 17], MOST_OTHERS + 1)


def test_a_replaced_value_is_found_in_its_page() -> None:
    text = TaskText(
        "It was made on 3 March 2021.\nIt will end on 30 June 2024.", (Part(0, 29, 1), Part(29, 57, 2))
    )
    (quote,) = cell(model("3 March 2021", yes_of("30 June 2024")), text).evidence
    assert (quote.page, quote.start, quote.text) == (2, 15, "30 June 2024")


def test_a_cancelled_row_is_none() -> None:
    asked = model("1 April 2021", yes_of())
    recipe = Recipe("r", "extract", fields=(ENDS,))
    tools = filling_tools(asked)
    assert KIND.work(recipe, TaskText(LEASE), tools, cancelled=lambda: bool(asked.questions)) is None


@pytest.mark.parametrize(
    ("text", "words", "around"),
    [
        (LEASE, "30 June 2024", "It ends with the close of 30 June 2024."),
        ("Er läuft vom 1. Mai 2021 an. Er gilt bis zum 3. Mai 2025, wenn ihn keiner kündigt. Ende.",
         "3. Mai 2025", "Er gilt bis zum 3. Mai 2025, wenn ihn keiner kündigt."),
        ("The tenant pays\nTOTAL 31.00\nin cash", "31.00", "TOTAL 31.00"),
    ],
)  # fmt: skip
def test_words_are_read_with_their_sentence_or_line(text: str, words: str, around: str) -> None:
    start = text.rindex(words)
    assert text[slice(*around_words(text, (start, start + len(words))))].strip() == around.strip()


def test_a_text_without_sentences_is_cut() -> None:
    text = "x " * 5_000 + "3 May 2021 " + "y " * 5_000
    start = text.index("3 May")
    first, last = around_words(text, (start, start + 10))
    assert last - first < 500


def test_a_field_without_description_is_asked_for_by_its_name() -> None:
    (_, question) = weighing_messages(Field("end_date", "date"), "Ends 3 May 2021", (5, 15))
    assert "that 3 May 2021 is the end date?" in question.text
