"""The constraint with the small model's vocabulary: what it lets through always parses and fits."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from engine.errors import SchemaUnsupported
from engine.process.constraint import COMPILED_KEPT, Constraints
from engine.process.llama import LoadedModel
from engine.structured.keywords import HELD_FORMATS
from engine.structured.replies import parse
from engine.structured.schemas import check
from tests.conftest import SMALL_MODEL
from tests.fakes.constrained import Drunk, Evaluator, Written, greedy, write

pytestmark = pytest.mark.model

LETTER = {
    "type": "object",
    "properties": {
        "sender": {"type": "string"},
        "date": {"type": "string", "format": "date"},
        "amount": {"type": "number"},
        "urgent": {"type": "boolean"},
        "kind": {"enum": ["invoice", "reminder", "contract"]},
    },
    "required": ["sender", "date", "amount", "urgent", "kind"],
}

VARIED: dict[str, Any] = {
    "letter": LETTER,
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "bounded integer": {"type": "integer", "minimum": -3, "maximum": 12},
    "exclusive bounds": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "small numbers": {"type": "number", "minimum": 0.25, "maximum": 0.5},
    "draft 4 bounds": {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "integer",
        "minimum": 3,
        "exclusiveMinimum": True,
        "maximum": 9,
    },
    "multiple": {"type": "integer", "multipleOf": 7, "minimum": 0, "maximum": 1000},
    "short text": {"type": "string", "minLength": 2, "maxLength": 5},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3,5}$"},
    "pattern in the middle": {"type": "string", "pattern": "ab+c", "maxLength": 30},
    "enum of all kinds": {"enum": ["a", 1, 2.5, None, True, [1, {"b": 2}], {"c": "d"}]},
    "const": {"const": {"kind": "x", "list": [1, "zwei", None]}},
    "escapes": {"enum": ['a "quoted" word', "back\\slash", "line\nbreak", "tab\t", "\u0001", "\x7f"]},
    "unicode": {"enum": ["Grüße", "日本語", "🙂👩‍👩‍👧", "naïve café"]},
    "unicode keys": {
        "type": "object",
        "properties": {"Straße": {"type": "integer"}, 'a"b/c~d': {"type": "boolean"}},
        "required": ["Straße", 'a"b/c~d'],
    },
    "optional properties": {"type": "object", "properties": {name: {"type": "integer"} for name in "abcd"}},
    "one of several needed": {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in "abcd"},
        "minProperties": 1,
        "additionalProperties": False,
    },
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 4},
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^n_[a-z]{1,4}$": {"type": "integer"}},
        "additionalProperties": False,
        "maxProperties": 3,
    },
    "array": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 4},
    "empty array": {"type": "array", "maxItems": 0},
    "tuple": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "items": False},
    "old tuple": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "array",
        "items": [{"type": "integer"}, {"type": "null"}],
        "additionalItems": False,
        "minItems": 2,
    },
    "array of objects": {
        "type": "array",
        "items": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
        "maxItems": 3,
    },
    "anyOf": {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 4}, {"type": "null"}]},
    "anyOf beside properties": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "additionalProperties": False,
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "oneOf by kind": {
        "oneOf": [
            {
                "type": "object",
                "properties": {"k": {"const": "a"}, "n": {"type": "integer"}},
                "required": ["k"],
            },
            {"type": "object", "properties": {"k": {"const": "b"}}, "required": ["k"]},
        ]
    },
    "allOf": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"type": "object", "properties": {"b": {"type": "null"}}, "required": ["b"]},
        ],
        "maxProperties": 2,
    },
    "several types": {"type": ["integer", "null", "string"], "maxLength": 3, "minimum": 5},
    "definitions": {
        "$defs": {"point": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}},
        "type": "object",
        "properties": {"from": {"$ref": "#/$defs/point"}, "to": {"$ref": "#/$defs/point"}},
        "required": ["from", "to"],
    },
    "tree": {
        "type": "object",
        "properties": {
            "value": {"type": "integer", "maximum": 99},
            "children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 1},
        },
        "required": ["value"],
    },
    "reference with siblings": {
        "$defs": {"n": {"type": "integer"}},
        "$ref": "#/$defs/n",
        "minimum": 5,
        "maximum": 7,
    },
    **{
        f"format {name}": {"type": "string", "format": name, "maxLength": 60} for name in sorted(HELD_FORMATS)
    },
    "date with a pattern": {"type": "string", "format": "date", "pattern": "^20"},
    "required beyond properties": {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a", "z"],
        "maxProperties": 2,
    },
    "open object": {"type": "object", "maxProperties": 2, "additionalProperties": {"type": "boolean"}},
}


@pytest.fixture(scope="module")
def model(weights: Path) -> Iterator[LoadedModel]:
    loaded = LoadedModel(str(weights / SMALL_MODEL), lambda _done: True)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def constraints(model: LoadedModel) -> Constraints:
    return Constraints(model)


@pytest.fixture(scope="module")
def drunk(model: LoadedModel) -> Drunk:
    return Drunk(model, seed=7)


@pytest.fixture(scope="module")
def evaluator(model: LoadedModel) -> Iterator[Evaluator]:
    own = Evaluator(model)
    yield own
    own.close()


def stagger(model: LoadedModel, constraints: Constraints, drunk: Drunk, schema: Any) -> Written:
    constraint = constraints.constraint(json.dumps(schema))
    return write(model, constraint, drunk.evaluate, greedy, max_tokens=400)


@pytest.mark.parametrize("name", VARIED)
def test_whatever_is_drawn_parses_and_fits(
    name: str, model: LoadedModel, constraints: Constraints, drunk: Drunk
) -> None:
    schema = VARIED[name]
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    judge = kind(schema, format_checker=kind.FORMAT_CHECKER)  # jsonschema as it comes
    for _ in range(5):
        written = stagger(model, constraints, drunk, schema)
        assert not written.cut, written.text
        judge.validate(parse(written.text, check(schema)))


def test_the_small_model_itself_writes_what_was_asked_for(
    model: LoadedModel, constraints: Constraints, evaluator: Evaluator
) -> None:
    evaluator.clear()
    prompt = model.tokenize("A letter from the bank, as JSON:\n", control=False)
    constraint = constraints.constraint(json.dumps(LETTER))
    written = write(model, constraint, evaluator.evaluate, greedy, prompt, max_tokens=150)
    assert not written.cut
    value = parse(written.text, check(LETTER))
    assert list(value) == LETTER["required"]  # the order of the schema
    assert written.text.startswith('{"sender": "')
    assert written.forced >= len(written.tokens) // 4


def test_forced_tokens_are_those_the_model_would_be_trained_on(
    model: LoadedModel, constraints: Constraints, drunk: Drunk
) -> None:
    schema = {"const": {"invoice number": "A-17", "Straße": "Größe 🙂"}}
    written = stagger(model, constraints, drunk, schema)
    assert list(written.tokens) == model.tokenize(written.text, control=False)


def test_what_is_forced_is_all_that_was_allowed(model: LoadedModel, constraints: Constraints) -> None:
    text = json.dumps(LETTER)
    forced = constraints.constraint(text).forced()
    by_step = constraints.constraint(text)
    for token in forced:
        logits = np.zeros(model.token_count, np.float32)
        by_step.mask(logits)
        assert np.isfinite(logits[token])
        by_step.accept(token)
    assert by_step.forced() == []  # now there is a choice


def test_a_closing_bracket_ends_the_reply_without_an_end_token(
    model: LoadedModel, constraints: Constraints
) -> None:
    constraint = constraints.constraint('{"const": [1]}')
    for token in model.tokenize("[1]", control=False):
        assert not constraint.finished
        constraint.accept(token)
    assert constraint.finished
    assert constraint.forced() == []


def test_a_number_ends_with_any_end_token(model: LoadedModel, constraints: Constraints) -> None:
    ends = [token for token in range(model.token_count) if model.ends_generation(token)]
    constraint = constraints.constraint('{"type": "integer"}')
    constraint.accept(model.tokenize("7", control=False)[0])
    assert not constraint.finished
    logits = np.zeros(model.token_count, np.float32)
    constraint.mask(logits)
    assert np.isfinite(logits[ends]).all()
    constraint.accept(model.eos)
    assert constraint.finished


def test_neither_end_nor_control_token_inside_a_text(model: LoadedModel, constraints: Constraints) -> None:
    constraint = constraints.constraint('{"type": "string"}')
    constraint.accept(model.tokenize('"', control=False)[0])
    logits = np.zeros(model.token_count, np.float32)
    constraint.mask(logits)
    control = [token for token in range(model.token_count) if model.is_control(token)]
    assert control
    assert np.isneginf(logits[control]).all()


def test_no_blank_but_the_one_after_comma_and_colon(model: LoadedModel, constraints: Constraints) -> None:
    constraint = constraints.constraint('{"type": "array", "items": {"type": "integer"}}')
    constraint.accept(model.tokenize("[", control=False)[0])
    logits = np.zeros(model.token_count, np.float32)
    constraint.mask(logits)
    allowed = [model.piece(int(token)) for token in np.flatnonzero(np.isfinite(logits))]
    assert allowed
    assert not [piece for piece in allowed if piece[:1].isspace()]


def test_a_number_has_bounded_digits(model: LoadedModel, constraints: Constraints) -> None:
    seven = model.tokenize("7", control=False)[0]
    constraint = constraints.constraint('{"type": "integer"}')
    for _ in range(15):
        constraint.accept(seven)
    with pytest.raises(SchemaUnsupported):
        constraint.accept(seven)


def test_a_token_that_was_not_allowed_is_an_error(model: LoadedModel, constraints: Constraints) -> None:
    constraint = constraints.constraint('{"type": "integer"}')
    with pytest.raises(SchemaUnsupported):
        constraint.accept(model.tokenize("x", control=False)[0])


def test_sequences_of_one_schema_do_not_disturb_each_other(
    model: LoadedModel, constraints: Constraints
) -> None:
    first, second = (constraints.constraint('{"enum": ["ab", "cd"]}') for _ in range(2))
    first.forced()
    second.forced()
    first.accept(model.tokenize("a", control=False)[0])
    logits = np.zeros(model.token_count, np.float32)
    second.mask(logits)
    assert np.isfinite(logits[model.tokenize("c", control=False)[0]])


def test_logits_of_allowed_tokens_keep_their_values(model: LoadedModel, constraints: Constraints) -> None:
    logits = np.random.default_rng(0).normal(size=model.token_count).astype(np.float32)
    before = logits.copy()
    constraints.constraint('{"type": "boolean"}').mask(logits)
    allowed = np.isfinite(logits)
    assert 2 <= allowed.sum() <= 20
    assert (logits[allowed] == before[allowed]).all()


def test_the_cache_of_grammars_is_bounded(model: LoadedModel) -> None:
    own = Constraints(model)
    for number in range(COMPILED_KEPT + 5):
        own.constraint(json.dumps({"const": number}))
    assert len(own._compiled) == COMPILED_KEPT


def test_an_unsupported_schema_is_refused_before_anything_runs(constraints: Constraints) -> None:
    with pytest.raises(SchemaUnsupported) as refused:
        constraints.constraint('{"type": "string", "pattern": "(?=a)b"}')
    assert refused.value.keyword == "pattern"


HOSTILE: dict[str, Any] = {
    "wide enum": {"enum": [f"value number {number}" for number in range(10_000)]},
    "exponential automaton": {"type": "string", "pattern": "^(a|b)*a(a|b){30}$"},
    "nested repeats": {"type": "string", "pattern": "^((a{1,100}){1,100}){1,100}$"},
    "many stars": {"type": "string", "pattern": "^(.*a.*b.*c.*){30}$"},
    "huge length": {"type": "string", "minLength": 10**6, "maxLength": 10**9},
    "huge array": {"type": "array", "minItems": 10**9},
    "doubling references": {
        "$defs": {
            **{f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(30)},
            "a30": {"type": "array", "items": {"$ref": "#/$defs/a0"}},
        },
        "$ref": "#/$defs/a0",
    },
    "endless nesting": {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
    "thousands of keys": {
        "type": "object",
        "properties": {f"key{n}": {"type": "string"} for n in range(2000)},
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_schema_is_refused_or_written_in_bounded_time(
    name: str, model: LoadedModel, constraints: Constraints, drunk: Drunk
) -> None:
    started = time.process_time()
    try:
        constraint = constraints.constraint(json.dumps(HOSTILE[name]))
        write(model, constraint, drunk.evaluate, greedy, max_tokens=60)
    except SchemaUnsupported as refused:
        assert str(refused)
    assert time.process_time() - started < 20
