"""Recipes as files: one TOML text each, made to be read, changed and sent to somebody else.

The rule of identity: `loads(dumps(recipe)) == recipe`. What differs from the defaults is written, nothing
else. A file comes from anywhere, so everything in it is checked, and what is wrong is said with its place.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import ExportFailed, InputUnreadable, RecipeInvalid
from engine.tasks.recipe import Choice, Example, Field, Label, Recipe, Rule, Style, TaskSettings
from engine.tasks.recipe_reading import Table
from engine.tasks.toml_writing import line

FORMAT = 1
SIZE_LIMIT_BYTES = 2_000_000  # some thousand examples

# A key of many parts takes tomllib time with their square: 5,000 in one line a third of a second.
_KEY_PARTS = 50
_LONG_KEY = re.compile(
    r"(?<![\w-])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+)" + f"{{{_KEY_PARTS}}}"
)
_HEAD = "# A recipe of Carrel: what a task does with each of its inputs."
# Of an example or a rule: columns for which the text says nothing. TOML has no null.
_EMPTY = "empty"

Part = TypeVar("Part")


# Writing


def dumps(recipe: Recipe) -> str:
    """The recipe as TOML. It names no place on this computer."""
    blocks = [
        "\n".join([_HEAD, line("format", FORMAT), *_lines(_top(recipe))]),
        *_headed("[style]", _changed(recipe.style)),
        *(block for choice in recipe.choices for block in _headed("[[choices]]", _choice(choice))),
        *(block for field in recipe.fields for block in _headed("[[fields]]", _changed(field))),
        *(block for rule in recipe.rules for block in _headed("[[rules]]", _rule(rule))),
        *(block for example in recipe.examples for block in _headed("[[examples]]", _example(example))),
        *_headed("[settings]", _changed(recipe.settings)),
    ]
    return "\n\n".join(blocks) + "\n"


def _headed(head: str, values: Mapping[str, Any]) -> Iterator[str]:
    if values:
        yield "\n".join([head, *_lines(values)])


def _lines(values: Mapping[str, Any]) -> list[str]:
    return [line(key, value) for key, value in values.items()]


def _top(recipe: Recipe) -> dict[str, Any]:
    """What is said of the recipe as a whole, in the order in which one reads it."""
    changed = _changed(recipe)
    order = ("name", "kind", "description", "several_lines", "instructions", "schema")
    return {key: changed[key] for key in order if key in changed}


def _changed(part: Any) -> dict[str, Any]:
    """The fields that differ from their defaults, and those that have none."""
    return {
        field.name: value
        for field in fields_of(part)
        if (value := getattr(part, field.name)) != field.default
    }


def _choice(choice: Choice) -> dict[str, Any]:
    described = any(label.description for label in choice.labels)
    labels = [_changed(label) if described else label.name for label in choice.labels]
    return {"name": choice.name, **_changed(choice), "labels": labels}


def _rule(rule: Rule) -> dict[str, Any]:
    asked = {key: value for key, value in _changed(rule).items() if key != "then"}
    return asked | _values("then", rule.then)


def _example(example: Example) -> dict[str, Any]:
    return {"input": example.input} | _values("output", example.output)


def _values(key: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns with their values. What TOML cannot say, a null inside of something, is written as JSON."""
    named = {column: value for column, value in values.items() if value is not None}
    if any(map(_holds_none, named.values())):
        return {f"{key}_json": json.dumps(dict(values), ensure_ascii=False)}
    empty = [column for column, value in values.items() if value is None]
    return {key: named} | ({_EMPTY: empty} if empty else {})


def _holds_none(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_none, value.values()))
    return any(map(_holds_none, value)) if isinstance(value, list | tuple) else value is None


def write(recipe: Recipe, path: Path) -> None:
    """Raises: ExportFailed: the folder, permission, a full disk."""
    try:
        path.write_text(dumps(recipe), encoding="utf-8")
    except OSError as error:
        raise ExportFailed(str(path), f"{error.strerror or error}.") from error


# Reading


def read(path: Path) -> Recipe:
    """The recipe in a file.

    Raises:
        InputUnreadable: there is no such file, or it is no text of that size.
        RecipeInvalid: as `loads`.
    """
    try:
        if path.stat().st_size > SIZE_LIMIT_BYTES:
            raise InputUnreadable(str(path), "It is too large for a recipe.")
        return loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputUnreadable(str(path), f"{error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputUnreadable(str(path), "It is no recipe: it is not text.") from error


def loads(text: str) -> Recipe:
    """The recipe that a file holds. Whether its kind can use it, the kind says (`TaskKind.check`).

    Raises:
        RecipeInvalid: it is none, or something in it is not understood; with the place.
    """
    table = Table(_parsed(text), "")
    _check_format(table)
    recipe = Recipe(
        name=table.needed_text("name"),
        kind=table.kind("kind"),
        description=table.text("description"),
        instructions=table.text("instructions"),
        choices=_parts(table, "choices", _read_choice),
        fields=_parts(table, "fields", _read_field),
        several_lines=table.flag("several_lines"),
        rules=_parts(table, "rules", _read_rule),
        schema=table.text("schema"),
        style=_read_style(table.table("style")),
        examples=_parts(table, "examples", _read_example),
        settings=_read_settings(table.table("settings")),
    )
    table.refuse_others()
    return recipe


def _parsed(text: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "surrogatepass")) > SIZE_LIMIT_BYTES:
        raise RecipeInvalid(f"It is larger than {SIZE_LIMIT_BYTES // 1_000_000} MB.")
    if _LONG_KEY.search(text):
        raise RecipeInvalid(f"A key in it has more than {_KEY_PARTS} parts.")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise RecipeInvalid("Its values are nested too deeply.") from None
    except ValueError as error:  # also a number of 5,000 digits
        raise RecipeInvalid(f"It is not written in TOML: {str(error).partition(':')[0]}.") from error


def _check_format(table: Table) -> None:
    found = table.number("format", 0)
    if found > FORMAT:
        raise RecipeInvalid(
            f"It is written in format {found:g}, by a newer Carrel; this one knows format {FORMAT}.", "format"
        )
    if found != FORMAT:
        raise RecipeInvalid(f"It has no line “format = {FORMAT}”, so it is no recipe of Carrel.", "format")


def _parts(table: Table, key: str, read: Callable[[Table], Part]) -> tuple[Part, ...]:
    found = []
    for part in table.tables(key):
        found.append(read(part))
        part.refuse_others()
    return tuple(found)


def _read_choice(table: Table) -> Choice:
    return Choice(
        name=table.needed_text("name"),
        labels=tuple(_read_labels(table)),
        question=table.text("question"),
        several=table.flag("several"),
    )


def _read_labels(table: Table) -> Iterator[Label]:
    for label in table.texts_or_tables("labels"):
        if isinstance(label, str):
            yield Label(label)
        else:
            yield Label(label.needed_text("name"), label.text("description"))
            label.refuse_others()


def _read_field(table: Table) -> Field:
    return Field(
        name=table.needed_text("name"),
        type=table.field_type("type"),
        description=table.text("description"),
        required=table.flag("required"),
        many=table.flag("many"),
        choices=table.texts("choices"),
    )


def _read_rule(table: Table) -> Rule:
    return Rule(
        then=_read_values(table, "then"),
        words=table.texts("words"),
        pattern=table.text("pattern"),
        column=table.text("column"),
    )


def _read_example(table: Table) -> Example:
    return Example(input=table.given_text("input"), output=_read_values(table, "output"))


def _read_values(table: Table, key: str) -> dict[str, Any]:
    written = table.text(f"{key}_json")
    if written:
        return table.object_of(f"{key}_json", written)
    return dict(table.values(key)) | dict.fromkeys(table.texts(_EMPTY))


def _read_style(table: Table) -> Style:
    default = Style()
    style = Style(
        length_words=table.whole_number("length_words", default.length_words),
        form=table.form("form"),
        language=table.text("language"),
        across=table.flag("across"),
    )
    table.refuse_others()
    return style


def _read_settings(table: Table) -> TaskSettings:
    default = TaskSettings()
    settings = TaskSettings(
        review_below=table.number("review_below", default.review_below),
        examples_shown=table.whole_number("examples_shown", default.examples_shown),
        collection=table.text("collection"),
        model=table.text("model"),
    )
    table.refuse_others()
    return settings
