"""How a cell's value reads in the person's own way of writing, and how what they write is read back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QDate, QLocale

from desktop.preview_sheet.names import model_name
from desktop.theme.foreign import plain
from engine.tasks.values import Column, ColumnType, Doubt, StoredCell, StoredLine
from engine.values import Tier

NUMERIC: frozenset[ColumnType] = frozenset({"integer", "number", "amount", "date"})
"""Types whose values stand at the right of their column."""

SHOWN = 400
"""Characters of a text that a cell may need; a table has no room for more, and measuring more is slow."""

TIERS: dict[Tier, str] = {
    "rules": "Rule",
    "specialist": "Your examples",
    "local": "Local model",
    "frontier": "Cloud model",
}

DOUBTS: dict[Doubt, str] = {
    "unsure": "Less sure than the recipe asks for",
    "not_in_text": "Does not stand in the text",
    "invalid": "Not valid for what it should be",
    "missing": "Required, but the text does not say it",
    "incomplete": "A part of the input could not be read",
}


class Unreadable(ValueError):
    """What was written is not of the column's type; the message is one sentence that says how to write it."""


# Showing


def text_of(value: Any, kind: ColumnType, locale: QLocale | None = None) -> str:
    """One value as one line, empty for none; without line ends and what cannot be seen."""
    if value is None:
        return ""
    if isinstance(value, list) and kind != "json":
        return ", ".join(text_of(each, kind, locale) for each in value[:50])
    return plain(_one(value, kind, locale or QLocale()), SHOWN)


def whole_text_of(value: Any, kind: ColumnType, locale: QLocale | None = None) -> str:
    """The whole value, for reading and for correcting: lists one to a line, JSON indented."""
    if value is None:
        return ""
    if kind == "json" or (isinstance(value, dict) and kind != "amount"):
        return json.dumps(value, ensure_ascii=False, indent=2)
    if isinstance(value, list):
        return "\n".join(whole_text_of(each, kind, locale) for each in value)
    return _one(value, kind, locale or QLocale())


def parts_of(value: Any, kind: ColumnType, locale: QLocale | None = None) -> list[str]:
    """The pills of a cell: each of a list's values, or the one value; none for none."""
    if isinstance(value, list) and kind != "json":
        return [text_of(each, kind, locale) for each in value[:50]]
    shown = text_of(value, kind, locale)
    return [shown] if shown else []


def _one(value: Any, kind: ColumnType, locale: QLocale) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "amount" and isinstance(value, dict):
        return _amount(value, locale)
    if kind == "date" and isinstance(value, str):
        return _date(value, locale)
    if kind in ("integer", "number", "amount") and isinstance(value, int | float):
        return _number(value, locale)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _amount(value: dict[str, Any], locale: QLocale) -> str:
    number = value.get("value")
    if not isinstance(number, int | float):
        return json.dumps(value, ensure_ascii=False)
    return f"{_digits(locale, number, 2)} {value.get('currency') or ''}".strip()


def _number(value: float, locale: QLocale) -> str:
    if float(value).is_integer() and abs(value) < 1e15:
        return _digits(locale, value, 0)
    return _formatted(locale, value, "g", 12)


def _digits(locale: QLocale, value: float, decimals: int) -> str:
    return _formatted(locale, value, "f", decimals)


def _formatted(locale: QLocale, value: float, form: str, precision: int) -> str:
    writes: Any = locale  # PySide wants the form as a text, its stubs as a number
    return str(writes.toString(float(value), form, precision))


def _date(value: str, locale: QLocale) -> str:
    date = QDate.fromString(value, "yyyy-MM-dd")
    return locale.toString(date, date_format(locale)) if date.isValid() else value


def date_format(locale: QLocale) -> str:
    """The locale's short date with the year in four digits: an end of term may lie in another century."""
    short = locale.dateFormat(QLocale.FormatType.ShortFormat)
    return short if "yyyy" in short else short.replace("yy", "yyyy")


def confidence_text(confidence: float | None) -> str:
    """Two digits; “0.99” is the most, unless it is certain."""
    if confidence is None:
        return ""
    return f"{min(confidence, 0.994) if confidence < 1 else 1:.2f}"


def doubt_words(cell: StoredCell) -> str:
    """Why a cell is to be looked at, as a sentence; empty where it is not."""
    words = [DOUBTS[doubt] for doubt in cell.cell.doubts]
    confidence = confidence_text(told_confidence(cell))
    if confidence and "unsure" in cell.cell.doubts:
        words[words.index(DOUBTS["unsure"])] += f" ({confidence})"
    return " · ".join(words)


def told_confidence(cell: StoredCell) -> float | None:
    """How sure a cell is, where it was measured. A provider says which label it chooses and not how sure it
    is: the number that its cells count with (`engine.frontier.model.CHOSEN`) is set, and on no screen."""
    return None if is_from_cloud(cell) else cell.cell.confidence


def least_confidence(line: StoredLine) -> float | None:
    """The confidence of the cell that is least sure."""
    known = (told_confidence(each) for each in line.cells.values())
    return min((each for each in known if each is not None), default=None)


def is_from_cloud(cell: StoredCell) -> bool:
    """Whether what stands in it came from a provider."""
    return cell.local is not None and not cell.corrected


def cloud_words(cell: StoredCell, column: Column) -> str:
    """“From the cloud (GPT 5). It was “billing”.”; empty for what came from nowhere else."""
    if cell.local is None or cell.corrected:
        return ""
    before = plain(text_of(cell.local.value, column.type), 120)
    was = f"It was “{before}”." if before else "It was empty."
    return f"From the cloud ({model_name(cell.model)}). {was}"


def maker_of(line: StoredLine) -> str:
    """Who produced most of a line's cells; the cloud where it produced any."""
    if any(is_from_cloud(each) for each in line.cells.values()):
        return TIERS["frontier"]
    tiers = [each.cell.tier for each in line.cells.values()]
    return TIERS[max(tiers, key=tiers.count)] if tiers else ""


# Reading back


def value_of(written: str, column: Column, locale: QLocale | None = None) -> Any:
    """What a person wrote into a cell, as it is kept; None for nothing.

    Raises:
        Unreadable: it is not of the column's type.
    """
    locale = locale or QLocale()
    if column.type == "json":
        return _json(written)
    if column.many:
        values = [_read(each, column, locale) for each in written.splitlines()]
        return [value for value in values if value is not None]
    return _read(written, column, locale)


def _read(written: str, column: Column, locale: QLocale) -> Any:
    text = written.strip()
    if not text:
        return None
    match column.type:
        case "date":
            return _read_date(text, locale)
        case "integer":
            return _read_integer(text, locale)
        case "number":
            return _read_number(text, locale)
        case "amount":
            return _read_amount(text, locale)
        case "boolean":
            return _read_boolean(text)
        case "choice":
            return _read_choice(text, column.labels)
    return text


def _read_date(text: str, locale: QLocale) -> str:
    formats = (date_format(locale), "yyyy-MM-dd", "d.M.yyyy", "d MMMM yyyy", "d MMM yyyy")
    for wanted in formats:
        for language in (locale, QLocale(QLocale.Language.English)):
            date = language.toDate(text, wanted)
            if date.isValid() and date.year() > 999:
                return date.toString("yyyy-MM-dd")
    example = locale.toString(QDate(2026, 11, 24), date_format(locale))
    raise Unreadable(f"That is no date. Write it like {example} or 2026-11-24.")


def _read_integer(text: str, locale: QLocale) -> int:
    number = _read_number(text, locale)
    if not float(number).is_integer():
        raise Unreadable("That is no whole number.")
    return int(number)


def _read_number(text: str, locale: QLocale) -> float:
    for language in (locale, QLocale.c()):
        number, understood = _double(language, text.replace("\u00a0", " ").strip())
        if understood:
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
    raise Unreadable(f"That is no number. Write it like {_digits(locale, 1940.5, 1)}.")


def _double(locale: QLocale, text: str) -> tuple[float, bool]:
    answer: Any = locale.toDouble(text)  # PySide gives (number, understood), its stubs say float
    return float(answer[0]), bool(answer[1])


_CURRENCIES = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY"}


def _read_amount(text: str, locale: QLocale) -> dict[str, Any]:
    found = re.fullmatch(r"([^\d\s+-]{0,4})\s*([-+]?\d[\d.,'’\s]*)\s*([^\d\s]{0,4})", text)
    if found is None:
        example = _digits(locale, 1940, 2)
        raise Unreadable(f"That is no amount. Write it like {example} EUR.")
    currency = found[1] or found[3]
    number = float(_read_number(found[2], locale))
    return {"value": number, "currency": _CURRENCIES.get(currency, currency.upper())}


def _read_boolean(text: str) -> bool:
    if text.casefold() in ("yes", "true", "1"):
        return True
    if text.casefold() in ("no", "false", "0"):
        return False
    raise Unreadable("Write yes or no.")


def _read_choice(text: str, labels: Sequence[str]) -> str:
    found = next((label for label in labels if label.casefold() == text.casefold()), None)
    if found is None:
        raise Unreadable("That is none of the labels.")
    return found


def _json(written: str) -> Any:
    if not written.strip():
        return None
    try:
        return json.loads(written, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Unreadable(f"That is no JSON: line {error.lineno}, character {error.colno}.") from error
    except RecursionError as error:
        raise Unreadable("That is no JSON that can be read: it is nested too deeply.") from error


def _no_number(word: str) -> Any:
    raise Unreadable(f"JSON has no {word}.")


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a person; True is no 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
