"""Questions about every document, turned into a recipe and a way to count.

The top few passages cannot say how many contracts end in 2025. What can: the end date of each, read by the
model, and counted by code.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from engine.structured import schemas
from engine.structured.replies import SchemaModel, reply
from engine.tasks.recipe import Choice, Field, FieldType, Label, Recipe
from engine.tasks.tally import condition
from engine.tasks.values import Aggregate, CountQuestion, Operator
from engine.values import Message, Sampling

_TYPES: dict[str, FieldType] = {"date": "date", "amount": "amount", "number": "number", "text": "text"}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "column": {"type": "string", "pattern": "^[a-z][a-z_]{1,30}$"},
        "find": {"type": "string", "minLength": 3, "maxLength": 160},
        "type": {"enum": ["date", "amount", "number", "text", "yes_no"]},
        "condition": {
            "enum": ["any", "is", "is_not", "contains", "before", "after", "between", "less", "more"]
        },
        "value": {"type": "string", "maxLength": 80},
        "until": {"type": "string", "maxLength": 80},
        "result": {"enum": ["count", "list", "sum", "average", "least", "most"]},
    },
    "required": ["column", "find", "type", "condition", "value", "until", "result"],
    "additionalProperties": False,
}
_INSTRUCTIONS = (
    "A person asks something about a set of documents. Each document will be read alone. Say what to find in "
    "each document, and which documents count. Dates are written as 2025-01-31; a year is from its first day "
    "until its last. What is true or not of a document is of the type yes_no, with the value yes or no."
)


def _shown(
    question: str,
    column: str,
    find: str,
    kind: str,
    test: str,
    value: str = "",
    until: str = "",
    result: str = "count",
) -> list[Message]:
    reply_text = (
        f'{{"column": "{column}", "find": "{find}", "type": "{kind}", "condition": "{test}", '
        f'"value": "{value}", "until": "{until}", "result": "{result}"}}'
    )
    return [Message("user", question), Message("assistant", reply_text)]


_EXAMPLES = [
    *_shown(
        "How many leases began in 2019?",
        "start_date",
        "the date on which the lease begins",
        "date",
        "between",
        "2019-01-01",
        "2019-12-31",
    ),
    *_shown(
        "Which invoices are over 5,000 euros?",
        "total",
        "the total amount of the invoice",
        "amount",
        "more",
        "5000",
        result="list",
    ),
    *_shown(
        "Wie viele Verträge sind mit der Stadt Wien geschlossen?",
        "party",
        "the parties of the contract",
        "text",
        "contains",
        "Stadt Wien",
    ),
    *_shown(
        "What is the sum of all receipts from March 2024?",
        "total",
        "the total amount of the receipt",
        "amount",
        "any",
        result="sum",
    ),
    *_shown(
        "Which agreements allow subletting?",
        "subletting",
        "Does the agreement allow subletting?",
        "yes_no",
        "is",
        "yes",
        result="list",
    ),
    *_shown(
        "Which reports were written in May 2023?",
        "report_date",
        "the date on which the report was written",
        "date",
        "between",
        "2023-05-01",
        "2023-05-31",
        result="list",
    ),
    *_shown(
        "How many offers are valid for more than 60 days?",
        "validity_days",
        "for how many days the offer is valid",
        "number",
        "more",
        "60",
    ),
    *_shown(
        "How many documents mention a pension?",
        "pension",
        "Does the document mention a pension?",
        "yes_no",
        "is",
        "yes",
    ),
    *_shown(
        "In how many letters can the reader object?",
        "objection",
        "Can the reader of the letter object?",
        "yes_no",
        "is",
        "yes",
    ),
    *_shown(
        "How many policies expire before June 2026?",
        "expiry_date",
        "the date on which the policy expires",
        "date",
        "before",
        "2026-06-01",
    ),
    *_shown(
        "List all letters that name a deadline.",
        "deadline",
        "the deadline that the letter sets",
        "date",
        "any",
        result="list",
    ),
]


def plan(
    question: str, model: SchemaModel, *, cancelled: Callable[[], bool]
) -> tuple[CountQuestion, Recipe] | None:
    """What to take out of each document, and what of it counts; None when cancelled.

    Raises:
        OutputInvalid, ModelError: as the model's own.
    """
    messages = [Message("system", _INSTRUCTIONS), *_EXAMPLES, Message("user", question)]
    answered = reply(model, messages, schemas.check(_SCHEMA), Sampling(max_tokens=200), cancelled=cancelled)
    return None if answered.value is None else planned(question, answered.value)


def planned(question: str, said: dict[str, Any]) -> tuple[CountQuestion, Recipe]:
    """The plan that a model's reply says, with its dates held against the question."""
    operator: Operator = "named" if said["condition"] == "any" else said["condition"]
    aggregate: Aggregate = said["result"]
    counted = CountQuestion(
        question, said["column"], operator, said["value"].strip(), said["until"].strip(), aggregate
    )
    if said["type"] == "date":
        counted = _dated(counted)
    if counted.operator not in ("named", "between") and not counted.value:
        counted = replace(counted, operator="named")
    return counted, _recipe(question, said, counted)


def _recipe(question: str, said: dict[str, Any], counted: CountQuestion) -> Recipe:
    name = question.strip()[:80]
    if said["type"] == "yes_no":
        labels = (Label("yes"), Label("no"), Label("not stated", "the text says nothing about it"))
        return Recipe(name, "classify", choices=(Choice(counted.column, labels, said["find"]),))
    field = Field(
        counted.column,
        _TYPES[said["type"]],
        said["find"],
        many=said["type"] == "text" and counted.operator == "contains",
    )
    return Recipe(name, "extract", fields=(field,))


# The months by their names in English, German, French and Spanish.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner janvier enero",
            "february februar février febrero",
            "march märz mars marzo",
            "april avril abril",
            "may mai mayo",
            "june juni juin junio",
            "july juli juillet julio",
            "august août agosto",
            "september septembre septiembre",
            "october oktober octobre octubre",
            "november novembre noviembre",
            "december dezember décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_NAMED_PERIOD = re.compile(
    rf"(?P<day>\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?)?"
    rf"(?:\b(?P<month>{'|'.join(_MONTHS)})\b\s*(?P<after>\d{{1,2}},\s*)?(?:of\s+|de\s+|del\s+)?)?"
    r"(?<![\d.,/-])(?P<year>(?:19|20)\d\d)(?![\d/-]|[.,]\d)",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def _dated(counted: CountQuestion) -> CountQuestion:
    """With dates that stand for what the question says: its year or month rather than the model's reading."""
    if counted.operator == "named":
        return counted
    first, last = _named_period(counted.text) or (_period(counted.value), _period(counted.until))
    if first is None:
        return replace(counted, operator="named", value="", until="")
    if counted.operator in ("before", "less"):
        before = _day_after(first[1]) if _TO_ITS_END.search(counted.text) else first[0]
        return replace(counted, operator="before", value=before, until="")
    if counted.operator in ("after", "more"):
        return replace(counted, operator="after", value=first[1], until="")
    return replace(counted, operator="between", value=first[0], until=(last or first)[1])


# “before the end of 2024” leaves out nothing of that year
_TO_ITS_END = re.compile(r"\b(?:end of|ende|fin de|finales de)\b", re.IGNORECASE)
_Days = tuple[str, str]


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _named_period(question: str) -> tuple[_Days | None, _Days | None] | None:
    """The one year or month that a question names; None where it names a day, several, or none."""
    found = list(_NAMED_PERIOD.finditer(question))
    if len(found) != 1 or (found[0]["month"] and (found[0]["day"] or found[0]["after"])):
        return None
    month = _MONTHS.get((found[0]["month"] or "").lower())
    period = _period(f"{found[0]['year']}-{month:02}" if month else found[0]["year"])
    return period, period


def _period(said: str) -> _Days | None:
    """First and last day of a year, a month or a day; None for what is none of them."""
    match = _DAY.match(said)
    if match is None:
        return None
    year, month, day = match.groups()
    if day:
        return said, said
    if month:
        if not 1 <= int(month) <= 12:
            return None
        return f"{said}-01", f"{said}-{calendar.monthrange(int(year), int(month))[1]:02}"
    return f"{said}-01-01", f"{said}-12-31"


def sentence(counted: CountQuestion, recipe: Recipe, total: int | None) -> str:
    """The plan as a person would say it."""
    what = recipe.fields[0].description if recipe.fields else recipe.choices[0].question
    each = f"each of {total:,} documents" if total is not None else "each document"
    read = f"Read in {each}: {what.rstrip('.?')}"
    if counted.aggregate in ("count", "list"):
        verb = "count" if counted.aggregate == "count" else "list"
        if counted.operator == "named":
            return f"{read}. Then {verb} those that name it."
        return f"{read}. Then {verb} those whose {condition(counted)}."
    of = "" if counted.operator == "named" else f" of those whose {condition(counted)}"
    return f"{read}. Then take the {counted.aggregate}{of}."
