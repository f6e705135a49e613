"""Whether a value fits a schema, by jsonschema: without files, without network, in bounded time.

Changed against plain jsonschema: patterns and formats are matched by the grammar's own rules
(`engine.structured.patterns`), a multiple is one in decimal (19.99 is a multiple of 0.01), and the work is
counted, because a few references that double each other ask for more steps than there are atoms.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from engine.errors import SchemaUnsupported
from engine.structured.keywords import HELD_FORMATS, escape
from engine.structured.patterns import matches

DraftName = Literal["Draft202012", "Draft201909", "Draft7", "Draft6", "Draft4"]
LEGACY = frozenset(("Draft7", "Draft6", "Draft4"))  # what stands beside a `$ref` does not count
MAX_STEPS = 100_000  # keywords looked at for one value: 2–3 s; real ones took a few thousand
_DRAFTS: dict[str, DraftName] = {
    "json-schema.org/draft/2020-12/schema": "Draft202012",
    "json-schema.org/draft/2019-09/schema": "Draft201909",
    "json-schema.org/draft-07/schema": "Draft7",
    "json-schema.org/draft-06/schema": "Draft6",
    "json-schema.org/draft-04/schema": "Draft4",
    "json-schema.org/schema": "Draft202012",
}
# A schema that does not say: the newest draft by whose rules it is one.
_UNSAID: tuple[DraftName, ...] = ("Draft202012", "Draft7", "Draft4")
_Keyword = Callable[[Any, Any, Any, Any], Any]
_steps: ContextVar[list[int]] = ContextVar("steps")


class TooMuchWork(Exception):
    """More than MAX_STEPS; does not leave this module."""


def draft_of(rules: dict[str, Any]) -> DraftName:
    """The draft of JSON Schema that a schema follows.

    Raises:
        SchemaUnsupported: it follows none that is known here, or breaks the rules of the one it names.
    """
    named = rules.get("$schema")
    if named is None:
        faults = {draft: _fault_of_schema(rules, draft) for draft in _UNSAID}
        for draft, fault in faults.items():
            if fault is None:
                return draft
        raise faults[_UNSAID[0]] or AssertionError
    key = str(named).rstrip("#").partition("://")[2]
    if key not in _DRAFTS:
        raise SchemaUnsupported("$schema", "/$schema", f"“{str(named)[:80]}” is not known")
    if fault := _fault_of_schema(rules, _DRAFTS[key]):
        raise fault
    return _DRAFTS[key]


def _fault_of_schema(rules: dict[str, Any], draft: DraftName) -> SchemaUnsupported | None:
    import jsonschema

    kind = _plain(draft)
    validator = kind(kind.META_SCHEMA, registry=_registry())
    try:
        error: jsonschema.ValidationError | None = next(validator.iter_errors(rules), None)
    except RecursionError:
        return SchemaUnsupported("", "", "it is nested too deeply")
    if error is None:
        return None
    path = [str(step) for step in error.absolute_path]
    return SchemaUnsupported(
        path[-1] if path else "", _pointer(path), f"no JSON Schema: {error.message[:150]}"
    )


def first_fault(rules: dict[str, Any], draft: DraftName, value: Any) -> str:
    """What is wrong with a value, in a sentence with the place; empty when it fits."""
    validator = _strict(draft)(rules, registry=_registry(), format_checker=_formats())
    token = _steps.set([MAX_STEPS])
    try:
        error = next(validator.iter_errors(value), None)
    except RecursionError:
        return "it is nested too deeply to be checked."
    except TooMuchWork:
        return "checking it would take too long."
    finally:
        _steps.reset(token)
    if error is None:
        return ""
    place = _pointer([str(step) for step in error.absolute_path])
    return f"at “{place}”: {_shortened(error.message)}." if place else f"{_shortened(error.message)}."


def _pointer(path: list[str]) -> str:
    return "".join(f"/{escape(step)}" for step in path)


def _shortened(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:150]} … {message[-150:]}"


def _registry() -> Any:
    """The drafts' own schemas, packaged; fetches nothing, while jsonschema's default would from the web."""
    import jsonschema

    return jsonschema.validators.SPECIFICATIONS


def _plain(draft: DraftName) -> Any:
    import jsonschema

    return getattr(jsonschema, f"{draft}Validator")


@cache
def _strict(draft: DraftName) -> Any:
    import jsonschema

    plain = _plain(draft)
    functions = dict(plain.VALIDATORS) | {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
    }
    return jsonschema.validators.extend(plain, {name: _counted(each) for name, each in functions.items()})


def _counted(function: _Keyword) -> _Keyword:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        left = _steps.get()
        left[0] -= 1
        if left[0] < 0:
            raise TooMuchWork
        return function(validator, value, instance, schema)

    return counted


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "string") and not matches(instance, pattern=pattern):
        yield _error(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in patterns.items():
        for name, value in instance.items():
            if matches(name, pattern=pattern):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, value in instance.items():
        if name in named or any(matches(name, pattern=pattern) for pattern in patterns):
            continue
        if validator.is_type(allowed, "object"):
            yield from validator.descend(value, allowed, path=name)
        elif not allowed:
            yield _error(f"the property {name!r} is not allowed")


def _multiple_of(validator: Any, factor: float, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "number") and not _is_multiple(instance, factor):
        yield _error(f"{instance!r} is not a multiple of {factor}")


def _is_multiple(number: float, factor: float) -> bool:
    quotient = Decimal(str(number)) / Decimal(str(factor))
    return quotient == quotient.to_integral_value()


def _error(message: str) -> Any:
    import jsonschema

    return jsonschema.ValidationError(message)


@cache
def _formats() -> Any:
    import jsonschema

    checker = jsonschema.FormatChecker(formats=("idn-email", "regex"))
    for name in HELD_FORMATS:
        checker.checks(name)(_format_check(name))
    return checker


def _format_check(name: str) -> Callable[[object], bool]:
    readable = _READERS.get(name)

    def fits(value: object) -> bool:
        if not isinstance(value, str):
            return True
        return matches(value, format=name) and (readable is None or _reads(readable, value))

    return fits


_READERS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": lambda text: date.fromisoformat(text[:10]),
    "ipv6": ipaddress.IPv6Address,
}


def _reads(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True
