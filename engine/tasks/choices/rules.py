"""Rules: what decides a column by words alone, without a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import regex

from engine.errors import RecipeInvalid
from engine.tasks.choices.checking import check_values
from engine.tasks.quotes import quote
from engine.tasks.recipe import Recipe, Rule
from engine.tasks.values import Cell, TaskText

# A pattern can be written, or come with somebody's recipe, that takes years on a line of text.
PATTERN_TIMEOUT_S = 0.5
PATTERN_CHARACTERS = 1_000
# Counted repeats are multiplied out when a pattern is compiled: ((a{1000}){1000}){1000} takes all memory.
PATTERN_REPEATS = 10_000
_REPEATS = re.compile(r"\d+(?=\s*,?\s*\})")


@dataclass(frozen=True, slots=True)
class Ruled:
    """The cells that rules decided, by column; `notes`: rules that could not be asked."""

    cells: Mapping[str, Cell]
    notes: tuple[str, ...] = ()


def check_rules(recipe: Recipe) -> None:
    """Raises RecipeInvalid, with the place."""
    for number, rule in enumerate(recipe.rules, start=1):
        place = f"rules › {number}"
        if not rule.then:
            raise RecipeInvalid("It decides no column.", place)
        check_values(recipe, rule.then.items(), place)
        if bool(rule.pattern) == bool(rule.words):
            raise RecipeInvalid("It needs words to look for, or a pattern, and not both.", place)
        if any(not word.strip() for word in rule.words):
            raise RecipeInvalid("One of its words is empty.", place)
        _check_pattern(rule.pattern, place)


def _check_pattern(pattern: str, place: str) -> None:
    if len(pattern) > PATTERN_CHARACTERS:
        raise RecipeInvalid(f"The pattern is longer than {PATTERN_CHARACTERS:,} characters.", place)
    if prod(int(most) for most in _REPEATS.findall(pattern) if int(most)) > PATTERN_REPEATS:
        raise RecipeInvalid(f"The pattern repeats something more than {PATTERN_REPEATS:,} times.", place)
    try:
        matches_nothing = pattern and _pattern(pattern).search("", timeout=PATTERN_TIMEOUT_S)
    except regex.error as error:
        raise RecipeInvalid(f"“{pattern}” is no regular expression: {error}.", place) from None
    if matches_nothing:
        raise RecipeInvalid(f"“{pattern}” fits every text, even an empty one.", place)


def ruled(recipe: Recipe, text: TaskText) -> Ruled:
    """What the rules decide, in their order: for each column the first that fits.

    A rule that takes too long on this text is left out, and said in `notes`.
    """
    cells: dict[str, Cell] = {}
    notes = []
    for number, rule in enumerate(recipe.rules, start=1):
        if rule.then.keys() <= cells.keys():
            continue
        try:
            found = _found(rule, text)
        except TimeoutError:
            notes.append(f"Rule {number} took too long on this text and was left out.")
            continue
        if found:
            evidence = (quote(text, *found),)
            for column, value in rule.then.items():
                cells.setdefault(column, Cell(column, value, 1.0, evidence, tier="rules"))
    return Ruled(cells, tuple(notes))


def _found(rule: Rule, text: TaskText) -> tuple[int, int] | None:
    """The first characters that the rule looks for."""
    for start, end in _places(rule, text):
        within = text.text[start:end]  # so that ^ and $ mean the column's ends
        found = _pattern_found(rule.pattern, within) if rule.pattern else _any_of(rule.words).search(within)
        if found:
            return start + found.start(), start + found.end()
    return None


def _pattern_found(pattern: str, text: str) -> re.Match[str] | None:
    """Raises TimeoutError. Meanwhile other threads go on."""
    found: re.Match[str] | None = _pattern(pattern).search(text, timeout=PATTERN_TIMEOUT_S, concurrent=True)
    return found


def _places(rule: Rule, text: TaskText) -> Iterator[tuple[int, int]]:
    if not rule.column:
        yield 0, len(text.text)
    for part in text.parts:
        if rule.column and part.column.casefold() == rule.column.casefold():
            yield part.start, part.end


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    return regex.compile(pattern, regex.IGNORECASE | regex.VERSION0)


@lru_cache(maxsize=256)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words, with any white space between the parts of one that has several."""
    either = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
