"""A recipe: what a task does with each of its inputs. As a file: `engine/tasks/recipe_files.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["classify", "extract", "summarise", "moderate", "route", "faq", "structured", "reply"]

FieldType = Literal[
    "text",
    "integer",
    "number",
    "amount",  # of money: a number, with the currency where the text names one
    "date",  # 2026-11-24
    "boolean",
    "choice",  # one of the field's `choices`
    "email",
    "phone",
    "url",
    "iban",
]


@dataclass(frozen=True, slots=True)
class Label:
    """One of several answers that can be chosen; the description is for the model, and for the person."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A column whose value is one of its labels; with `several`, a list of those that apply (maybe none).

    For “moderate”, each choice is a category of the policy and its labels are the severities, mildest first.
    """

    name: str
    labels: tuple[Label, ...]
    question: str = ""
    several: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A column whose value is taken out of the text. `many`: the value is a list of such values."""

    name: str
    type: FieldType = "text"
    description: str = ""
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Decides columns without a model: `then` is what they become where the text holds one of `words`.

    `column` is the input column that is looked into (“”: the whole text), `pattern` a regular expression in
    place of words. Case does not count. Rules are asked in order; the first that decides a column counts.
    """

    then: Mapping[str, Any]
    words: tuple[str, ...] = ()
    pattern: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How what is written should be. `across`: also one text about all inputs together."""

    length_words: int = 80
    form: Literal["sentences", "bullets", "headline"] = "sentences"
    language: str = ""
    across: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """An input with what should come out: values by column. Columns that it does not name say nothing."""

    input: str
    output: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """`review_below`: cells with less confidence are to be looked at. `examples_shown`: at most so many of
    the examples stand before an input, the nearest, or the same ones for all where that is quicker.
    `collection`: where replies and answers look things up (“”: all documents). `model`: the id of the one to
    use (“”: the one in use)."""

    review_below: float = 0.7
    examples_shown: int = 6
    collection: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`several_lines`: an input holds several things, each of which becomes a line of its own (items of
    minutes, positions of an order). `schema` is a JSON Schema as text, for “structured” alone.

    What a kind does not use is empty; `engine.tasks.kinds.registry.check` says what a kind needs.
    """

    name: str
    kind: Kind
    description: str = ""
    instructions: str = ""
    choices: tuple[Choice, ...] = ()
    fields: tuple[Field, ...] = ()
    several_lines: bool = False
    rules: tuple[Rule, ...] = ()
    schema: str = ""
    style: Style = field(default_factory=Style)
    examples: tuple[Example, ...] = ()
    settings: TaskSettings = field(default_factory=TaskSettings)
