"""Recipes to TOML and back; and files that somebody else wrote."""

from __future__ import annotations

import random
import time
import tomllib
from typing import Any, get_args

import pytest

from engine.errors import RecipeInvalid
from engine.tasks.recipe import (
    Choice,
    Example,
    Field,
    FieldType,
    Kind,
    Label,
    Recipe,
    Rule,
    Style,
    TaskSettings,
)
from engine.tasks.recipe_files import SIZE_LIMIT_BYTES, dumps, loads

TRIAGE = Recipe(
    name="Support triage",
    kind="classify",
    description="Sorts tickets.",
    instructions="Sort each ticket by what the person needs.\nA broken line comes before everything else.",
    choices=(
        Choice("category", (Label("network", "no internet"), Label("billing", "invoices")), "What is it?"),
        Choice("topics", (Label("speed"), Label("price")), several=True),
    ),
    rules=(Rule({"category": "billing"}, words=("invoice", "refund"), column="subject"),),
    examples=(Example("The router blinks red.", {"category": "network", "topics": ["speed"]}),),
)

# The characters that a writer of TOML gets wrong.
AWKWARD = [
    '"',
    '"""',
    "'",
    "'''",
    "\\",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\x00",
    "\x07",
    "\x7f",
    "\u2028",
    "ß",
    "𝒳",
    "#",
]

KINDS: tuple[Kind, ...] = get_args(Kind)
FORMS: list[Any] = ["sentences", "bullets", "headline"]
TYPES: tuple[FieldType, ...] = get_args(FieldType)


def text(choice: random.Random) -> str:
    return "".join(choice.choice([*AWKWARD, "a", " ", "word", "="]) for _ in range(choice.randrange(1, 12)))


def name(choice: random.Random) -> str:
    return f"n{text(choice)}"


def value(choice: random.Random, depth: int = 0) -> Any:
    some: list[Any] = [None, True, False, 0, -7, 1.5, 1e21, 12345678901234567890, text(choice), ""]
    if depth < 3:
        some += [[value(choice, depth + 1) for _ in range(3)], {text(choice): value(choice, depth + 1)}]
    return choice.choice(some)


def values(choice: random.Random) -> dict[str, Any]:
    return {text(choice): value(choice) for _ in range(choice.randrange(4))}


def recipe(choice: random.Random) -> Recipe:
    def some(make: Any) -> tuple[Any, ...]:
        return tuple(make() for _ in range(choice.randrange(3)))

    def label() -> Label:
        return Label(name(choice), choice.choice(["", text(choice)]))

    def texts() -> tuple[str, ...]:
        return some(lambda: text(choice))

    def yes() -> bool:
        return choice.random() < 0.5

    return Recipe(
        name=name(choice),
        kind=choice.choice(KINDS),
        description=text(choice),
        instructions=text(choice),
        choices=some(lambda: Choice(name(choice), some(label), text(choice), yes())),
        fields=some(
            lambda: Field(name(choice), choice.choice(TYPES), text(choice), yes(), yes(), choices=texts())
        ),
        several_lines=yes(),
        rules=some(lambda: Rule(values(choice), texts(), text(choice), text(choice))),
        schema=text(choice),
        style=Style(choice.randrange(500), choice.choice(FORMS), text(choice), yes()),
        examples=some(lambda: Example(text(choice), values(choice))),
        settings=TaskSettings(choice.random(), choice.randrange(20), text(choice), text(choice)),
    )


@pytest.mark.parametrize("seed", range(300))
def test_any_recipe_comes_back_as_it_was(seed: int) -> None:
    made = recipe(random.Random(seed))
    assert loads(dumps(made)) == made


def test_only_what_differs_from_the_defaults_is_written() -> None:
    assert tomllib.loads(dumps(Recipe("Notes", "summarise"))) == {
        "format": 1,
        "name": "Notes",
        "kind": "summarise",
    }


def test_a_file_reads_like_a_recipe() -> None:
    written = dumps(TRIAGE)
    assert 'instructions = """\nSort each ticket by what the person needs.\nA broken line' in written
    assert '    { name = "network", description = "no internet" },\n' in written
    assert 'labels = ["speed", "price"]' in written
    assert 'then = { category = "billing" }' in written


def test_a_value_that_the_text_does_not_say_is_kept() -> None:
    example = Example("No date.", {"due": None, "who": "Ada", "parts": [{"price": None}]})
    kept = Recipe("Notes", "extract", examples=(example, Example("None.", {"due": None, "who": "Ada"})))
    assert loads(dumps(kept)) == kept


def test_half_a_character_is_replaced_so_that_the_file_can_be_written() -> None:
    dumps(Recipe("Half \ud83d", "faq", instructions="of\none \udc00")).encode()


def test_a_date_written_by_hand_is_a_value_as_json_has_it() -> None:
    written = (
        'format = 1\nname = "N"\nkind = "extract"\n[[examples]]\ninput = "x"\noutput = { due = 2026-11-24 }\n'
    )
    assert loads(written).examples[0].output == {"due": "2026-11-24"}


HEAD = 'format = 1\nname = "N"\nkind = "classify"\n'


@pytest.mark.parametrize(
    ("written", "place", "said"),
    [
        ("", "format", "no line “format = 1”"),
        ('format = 2\nname = "N"\nkind = "future"', "format", "format 2, by a newer Carrel; this one knows"),
        ("format = [", "", "not written in TOML: Invalid value (at end of document)"),
        ('format = 1\nkind = "faq"', "", "lacks its name"),
        ('format = 1\nname = "N"\nkind = "classfy"', "kind", "“classfy” is none; it can be classify"),
        (HEAD + "instruction = 'x'", "", "Is “instructions” meant?"),
        (HEAD + "instructions = 3", "instructions", "should be a text, and is a number"),
        (HEAD + "several_lines = 'yes'", "several_lines", "should be true or false, and is a text"),
        (HEAD + "choices = 'a'", "choices", "should be a list, and is a text"),
        (HEAD + "choices = ['a']", "choices", "a list of tables, and holds a text"),
        (HEAD + "[[choices]]\nname = 'c'\nlabels = [1]", "choices › c › labels", "holds a number"),
        (HEAD + "[[choices]]\nname = 'c'\nlabls = []", "choices › c", "Is “labels” meant?"),
        (HEAD + "[[choices]]\nlabels = []", "choices › 1", "lacks its name"),
        (HEAD + "[[fields]]\nname = 'f'\ntype = 'money'", "fields › f › type", "“money” is none"),
        (HEAD + "[[fields]]\nname = 'f'\ntype = 1", "fields › f › type", "is none; it can be text"),
        (HEAD + "[[examples]]\noutput = {}", "examples › 1", "lacks its input"),
        (HEAD + "[[examples]]\ninput = ''\noutput_json = '['", "examples › 1 › output_json", "in JSON"),
        (HEAD + "[[examples]]\ninput = ''\noutput_json = '[]'", "examples › 1 › output_json", "an object"),
        (HEAD + "[style]\nform = 'poem'", "style › form", "it can be sentences, bullets, headline"),
        (HEAD + "[style]\nlength_words = 1.5", "style › length_words", "a whole number"),
        (HEAD + "[settings]\nreview_below = nan", "settings › review_below", "between 0 and"),
        (HEAD + "[settings]\nexamples_shown = -1", "settings › examples_shown", "between 0 and"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(written: str, place: str, said: str) -> None:
    with pytest.raises(RecipeInvalid) as refused:
        loads(written)
    assert refused.value.place == place
    assert said in refused.value.detail


@pytest.mark.parametrize(
    "hostile",
    [
        "a." * 900_000 + "a = 1",
        '"a" . ' * 300_000 + "a = 1",
        "[" + "'a'." * 400_000 + "a]",
        "a = " + "[" * 1_900_000,
        "a = " + "{a=" * 600_000,
        "a = " + "1" * 1_900_000,
        "a" * 1_900_000,
        '"' * 1_900_000,
        "'\" " * 600_000,
        HEAD + "[[examples]]\ninput = ''\noutput_json = '" + "[" * 1_900_000 + "'",
        "#" * SIZE_LIMIT_BYTES + "\n",
    ],
    ids=["keys", "quoted", "header", "lists", "tables", "digits", "word", "quotes", "mixed", "json", "large"],
)
def test_a_hostile_file_is_refused_at_once(hostile: str) -> None:
    began = time.process_time()
    with pytest.raises(RecipeInvalid):
        loads(hostile)
    assert time.process_time() - began < 5
