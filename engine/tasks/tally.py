"""The answer to a question about every document, counted over the cells of its run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from engine.tasks.values import CountQuestion, LineId, StoredCell, StoredLine, Tally

_WORDS = {
    "is": "is {value}",
    "is_not": "is not {value}",
    "contains": "contains “{value}”",
    "before": "is before {value}",
    "after": "is after {value}",
    "between": "is from {value} to {until}",
    "less": "is less than {value}",
    "more": "is more than {value}",
    "named": "is named",
}
_OPERATORS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "is": lambda found, value, _: bool(found == value),
    "is_not": lambda found, value, _: bool(found != value),
    "contains": lambda found, value, _: str(value) in str(found),
    "before": lambda found, value, _: bool(found < value),
    "after": lambda found, value, _: bool(found > value),
    "between": lambda found, value, until: bool(value <= found <= until),
    "less": lambda found, value, _: bool(found < value),
    "more": lambda found, value, _: bool(found > value),
    "named": lambda found, value, until: True,
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d$")
# What makes a value too doubtful to count. One that the model was merely unsure of counts when the text says
# it: a person sees it among the matches, with the words.
_UNCLEAR = {"not_in_text", "invalid", "missing", "incomplete"}


def condition(question: CountQuestion) -> str:
    """What counts, in words: “end date is from 2025-01-01 to 2025-12-31”."""
    said = _WORDS[question.operator].format(value=question.value, until=question.until)
    return f"{question.column.replace('_', ' ')} {said}"


def tally(question: CountQuestion, lines: Iterable[StoredLine]) -> Tally:
    """Sort the lines of a run into those that match, those that do not, unclear and unreadable ones; count.

    A value of another type than the question asks for (a word where dates are compared) is unclear.
    """
    sorted_ = _Sorted(question)
    for line in lines:
        sorted_.add(line)
    number = _aggregate(question, sorted_)
    return Tally(
        question=question,
        number=number,
        sentence=_sentence(question, number, sorted_),
        matches=tuple(sorted_.matches),
        others=tuple(sorted_.others),
        unclear=tuple(sorted_.unclear),
        unreadable=tuple(sorted_.unreadable),
        waiting=sorted_.waiting,
        silent=sorted_.silent,
    )


class _Sorted:
    def __init__(self, question: CountQuestion) -> None:
        self._question = question
        self.matches: list[LineId] = []
        self.others: list[LineId] = []
        self.unclear: list[LineId] = []
        self.silent = 0  # of the unclear: the document was read, and says no value
        self.unreadable: list[LineId] = []
        self.waiting = 0
        self.numbers: list[tuple[float, str, LineId]] = []  # of the matches: value, currency, line

    def add(self, line: StoredLine) -> None:
        if line.state == "waiting":
            self.waiting += 1
        elif line.state == "failed":
            self.unreadable.append(line.id)
        else:
            self._judge(line)

    def _judge(self, line: StoredLine) -> None:
        verdict = self._verdict(line)
        if verdict is None:
            self.unclear.append(line.id)
            self.silent += self._says_nothing(line)
        elif not verdict:
            self.others.append(line.id)
        else:
            self.matches.append(line.id)
            self._note_number(line)

    def _verdict(self, line: StoredLine) -> bool | None:
        cell = line.cells.get(self._question.column)
        if cell is None or _is_unclear(cell, line.accepted):
            return None
        if cell.cell.value is None:
            return False if self._question.operator == "named" else None
        return _holds(self._question, cell.cell.value)

    def _says_nothing(self, line: StoredLine) -> bool:
        cell = line.cells.get(self._question.column)
        return cell is not None and cell.cell.value is None and not _is_unclear(cell, line.accepted)

    def _note_number(self, line: StoredLine) -> None:
        cell = line.cells.get(self._question.of or self._question.column)
        if cell is None or _is_unclear(cell, line.accepted):
            return
        value = cell.cell.value
        amount = value.get("value") if isinstance(value, dict) else value
        currency = str(value.get("currency", "")) if isinstance(value, dict) else ""
        if isinstance(amount, int | float) and not isinstance(amount, bool):
            self.numbers.append((float(amount), currency, line.id))


def _is_unclear(cell: StoredCell, accepted: bool) -> bool:
    if cell.corrected or accepted:
        return False
    doubts = set(cell.cell.doubts)
    return bool(doubts & _UNCLEAR) or ("unsure" in doubts and not cell.cell.evidence)


def _holds(question: CountQuestion, found: Any) -> bool | None:
    values = found if isinstance(found, list) else [found]
    verdicts = [_holds_for(question, value) for value in values]
    if any(verdicts):
        return True
    return None if None in verdicts else False


def _holds_for(question: CountQuestion, found: Any) -> bool | None:
    comparable = _comparable(found)
    is_number = isinstance(comparable, float)
    if question.operator in ("less", "more") and not is_number:
        return None
    if question.operator in ("before", "after", "between") and not (is_number or _DAY.match(comparable)):
        return None
    value, until = _as(type(comparable), question.value), _as(type(comparable), question.until)
    if value is None or until is None:
        return None
    return _OPERATORS[question.operator](comparable, value, until)


def _comparable(found: Any) -> Any:
    if isinstance(found, dict) and "value" in found:
        found = found["value"]
    if isinstance(found, bool):
        return "yes" if found else "no"
    return float(found) if isinstance(found, int | float) else " ".join(str(found).casefold().split())


def _as(kind: type, value: str) -> Any:
    """The question's value in the form of those it is compared with; None where it has none."""
    if kind is not float:
        return " ".join(value.casefold().split())
    if not value:
        return 0.0
    try:
        return float(value.replace(",", "").replace(" ", ""))
    except ValueError:
        return None


def _aggregate(question: CountQuestion, found: _Sorted) -> float | None:
    if question.aggregate in ("count", "list"):
        return float(len(found.matches))
    numbers = [number for number, _, _ in found.numbers]
    if not numbers or len({currency for _, currency, _ in found.numbers}) > 1:
        return None  # nothing to add up, or what cannot be added up: euros and dollars
    return {"sum": sum(numbers), "average": sum(numbers) / len(numbers), "least": min(numbers)}.get(
        question.aggregate, max(numbers)
    )


def _sentence(question: CountQuestion, number: float | None, found: _Sorted) -> str:
    total = len(found.matches) + len(found.others) + len(found.unclear) + len(found.unreadable)
    parts = [_answer(question, number, found, total)]
    if found.unclear:
        parts.append(_unclear(question, found))
    if found.unreadable:
        parts.append(f"{len(found.unreadable):,} could not be read.")
    if found.waiting:
        parts.append(f"{found.waiting:,} still to be read.")
    return " ".join(parts)


def _unclear(question: CountQuestion, found: _Sorted) -> str:
    said = f"{_counted(found.unclear, 'is', 'are')} unclear"
    if not found.silent:
        return f"{said}."
    return f"{said}; {found.silent:,} of them {says_nothing(question, found.silent)}."


def says_nothing(question: CountQuestion, documents: int) -> str:
    """“names no end date”."""
    verb = "names" if documents == 1 else "name"
    return f"{verb} no {question.column.replace('_', ' ')}"


def _answer(question: CountQuestion, number: float | None, found: _Sorted, total: int) -> str:
    if question.aggregate in ("count", "list"):
        return f"{len(found.matches):,} of {total:,}: {condition(question)}."
    column = (question.of or question.column).replace("_", " ")
    if number is None:
        currencies = sorted({currency or "no currency" for _, currency, _ in found.numbers})
        why = f"the amounts are in {', '.join(currencies)}" if len(currencies) > 1 else "no value was found"
        return f"There is no {question.aggregate} of {column}: {why}."
    currency = found.numbers[0][1]
    said = f"{number:,.2f}".removesuffix(".00") + (f" {currency}" if currency else "")
    return f"The {question.aggregate} of {column} over {len(found.numbers):,} of {total:,} is {said}."


def _counted(ids: Sequence[LineId], one: str, more: str) -> str:
    return f"{len(ids):,} {one if len(ids) == 1 else more}"
