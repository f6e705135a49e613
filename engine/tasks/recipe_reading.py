"""A table of a recipe file, asked for what it should hold; each answer is of the right type, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from engine.errors import RecipeInvalid
from engine.tasks.recipe import FieldType, Kind, Style

# A person's word for what TOML holds.
_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (str, "a text"),
    ((int, float), "a number"),
    (dict, "a table"),
    (list, "a list"),
    ((date, time), "a date"),
)
_FORMS: tuple[str, ...] = ("sentences", "bullets", "headline")
_LARGEST = 1_000_000

Word = TypeVar("Word", bound=str)


class Table:
    """Reads each key once and remembers which it knows: `refuse_others` names any other, as misspelt ones.

    `place` is where it stands in the recipe.
    """

    def __init__(self, content: Mapping[str, Any], place: str) -> None:
        self._content = content
        self._place = place
        self._known: list[str] = []

    def refuse_others(self) -> None:
        for key in self._content:
            if key not in self._known:
                near = get_close_matches(key, self._known, 1)
                meant = f" Is “{near[0]}” meant?" if near else f" Known are: {', '.join(self._known)}."
                raise RecipeInvalid(f"“{key}” says nothing here.{meant}", self._place)

    def text(self, key: str) -> str:
        found: str = self._typed(key, str, "")
        return found

    def needed_text(self, key: str) -> str:
        found = self.text(key)
        if not found.strip():
            raise RecipeInvalid(f"It lacks its {key}.", self._place)
        return found

    def given_text(self, key: str) -> str:
        """It must be there, and may be empty."""
        if key not in self._content:
            raise RecipeInvalid(f"It lacks its {key}.", self._place)
        return self.text(key)

    def flag(self, key: str) -> bool:
        found: bool = self._typed(key, bool, False)
        return found

    def number(self, key: str, default: float) -> float:
        found = self._get(key, default)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self._wrong(key, "a number", found)
        if not 0 <= found <= _LARGEST:  # neither does nan
            raise RecipeInvalid(f"It must be between 0 and {_LARGEST:,}.", self._at(key))
        return found

    def whole_number(self, key: str, default: int) -> int:
        found = self.number(key, default)
        if found != int(found):
            raise RecipeInvalid("It should be a whole number.", self._at(key))
        return int(found)

    def kind(self, key: str) -> Kind:
        kinds: tuple[Kind, ...] = get_args(Kind)
        return self._one_of(key, kinds, None)

    def field_type(self, key: str) -> FieldType:
        types: tuple[FieldType, ...] = get_args(FieldType)
        return self._one_of(key, types, "text")

    def form(self, key: str) -> Any:
        return self._one_of(key, _FORMS, Style().form)

    def table(self, key: str) -> Table:
        return Table(self._typed(key, dict, {}), self._at(key))

    def tables(self, key: str) -> Iterator[Table]:
        for number, item in enumerate(self._typed(key, list, []), start=1):
            if not isinstance(item, dict):
                raise self._holds_wrong(key, "tables", item)
            yield Table(item, self._item_place(key, item, number))

    def texts(self, key: str) -> tuple[str, ...]:
        found = self._typed(key, list, [])
        for item in found:
            if not isinstance(item, str):
                raise self._holds_wrong(key, "texts", item)
        return tuple(found)

    def texts_or_tables(self, key: str) -> Iterator[str | Table]:
        for number, item in enumerate(self._typed(key, list, []), start=1):
            if isinstance(item, dict):
                yield Table(item, self._item_place(key, item, number))
            elif isinstance(item, str):
                yield item
            else:
                raise self._holds_wrong(key, "texts or tables", item)

    def values(self, key: str) -> Mapping[str, Any]:
        """Columns with their values, as JSON has them: a date is its text."""
        found: dict[str, Any] = _as_json(self._typed(key, dict, {}))
        return found

    def object_of(self, key: str, written: str) -> dict[str, Any]:
        """The object that a text holds as JSON."""
        try:
            found = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise RecipeInvalid(f"It is not written in JSON: {error}.", self._at(key)) from None
        if not isinstance(found, dict):
            raise self._wrong(key, "an object", found)
        return found

    def _get(self, key: str, default: Any) -> Any:
        self._known.append(key)
        return self._content.get(key, default)

    def _typed(self, key: str, wanted: type, default: Any) -> Any:
        found = self._get(key, default)
        if not isinstance(found, wanted):
            raise self._wrong(key, _word(default), found)
        return found

    def _one_of(self, key: str, allowed: tuple[Word, ...], default: Word | None) -> Word:
        found = self._get(key, default)
        if found not in allowed:
            said = "It is missing" if found is None else f"“{found}” is none"
            raise RecipeInvalid(f"{said}; it can be {', '.join(allowed)}.", self._at(key))
        return next(word for word in allowed if word == found)

    def _wrong(self, key: str, wanted: str, found: Any) -> RecipeInvalid:
        return RecipeInvalid(f"It should be {wanted}, and is {_word(found)}.", self._at(key))

    def _holds_wrong(self, key: str, wanted: str, found: Any) -> RecipeInvalid:
        return RecipeInvalid(f"It should be a list of {wanted}, and holds {_word(found)}.", self._at(key))

    def _at(self, key: str) -> str:
        return f"{self._place} › {key}" if self._place else key

    def _item_place(self, key: str, item: Mapping[str, Any], number: int) -> str:
        name = item.get("name")
        return f"{self._at(key)} › {name if isinstance(name, str) and name.strip() else number}"


def _word(value: Any) -> str:
    return next((word for kinds, word in _WORDS if isinstance(value, kinds)), "something else")


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value
