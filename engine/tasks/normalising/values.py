"""One of the field types' values out of what a model wrote for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.tasks.normalising.absence import is_absent
from engine.tasks.normalising.amounts import normal_amount
from engine.tasks.normalising.dates import normal_date
from engine.tasks.normalising.emails import normal_email
from engine.tasks.normalising.ibans import normal_iban
from engine.tasks.normalising.normal import Normal, Surroundings
from engine.tasks.normalising.numbers import normal_integer, normal_number
from engine.tasks.normalising.phones import normal_phone
from engine.tasks.normalising.urls import normal_url
from engine.tasks.recipe import Field, FieldType


def _normal_text(words: str, _around: Surroundings) -> Normal | None:
    plain = " ".join(words.split())
    return Normal(plain, plain)


_NORMALISE: Mapping[FieldType, Callable[[str, Surroundings], Normal | None]] = {
    "text": _normal_text,
    "integer": normal_integer,
    "number": normal_number,
    "amount": normal_amount,
    "date": normal_date,
    "email": normal_email,
    "phone": normal_phone,
    "url": normal_url,
    "iban": normal_iban,
}


def is_empty(field: Field, raw: Any) -> bool:
    """Whether a model said that there is no value, in whichever way."""
    if raw is None or raw == "":
        return True
    return field.type != "choice" and isinstance(raw, str) and is_absent(raw)


def normal_value(field: Field, raw: Any, around: Surroundings) -> Normal | None:
    """What `raw`, as the model wrote it, means as a value of the field; None where it is none of its type.

    Whether a choice or a yes stands in the text cannot be looked up: `stated` is empty then.
    """
    if field.type == "choice":
        return Normal(raw, "") if raw in field.choices else None
    if field.type == "boolean":
        return Normal(raw, "") if isinstance(raw, bool) else None
    return _NORMALISE[field.type](str(raw), around)
