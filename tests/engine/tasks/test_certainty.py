from __future__ import annotations

import json
import math

import pytest

from engine.tasks.certainty import certainties, leaves_of, under
from engine.values import TokenLogprob

ESCAPED = '{"a": "x\\"y", "b": [], "c": [1, {"d": null}, "e: f"], "g:": {}, "": true, "h": -1.5e3}'


def probabilities(*tokens: tuple[str, float]) -> list[TokenLogprob]:
    return [TokenLogprob(text, math.log(probability)) for text, probability in tokens]


def test_leaves_are_found_with_their_paths() -> None:
    assert {leaf.path: ESCAPED[leaf.start : leaf.end] for leaf in leaves_of(ESCAPED)} == {
        ("a",): '"x\\"y"', ("b",): "[]", ("c", 0): "1", ("c", 1, "d"): "null", ("c", 2): '"e: f"',
        ("g:",): "{}", ("",): "true", ("h",): "-1.5e3",
    }  # fmt: skip


@pytest.mark.parametrize("value", [1, "text", None, [], [[1], [2, [3]]], {"a": {"b": [{"c": "d"}]}}])
def test_every_leaf_is_what_its_path_leads_to(value: object) -> None:
    reply = json.dumps(value)
    for leaf in leaves_of(reply):
        found = value
        for step in leaf.path:
            found = found[step]  # type: ignore[index]
        assert json.loads(reply[leaf.start : leaf.end]) == found


def test_a_value_is_as_certain_as_the_least_certain_of_its_first_tokens() -> None:
    reply = '{"name": "Kestrel Foods Ltd of Leeds", "total": 31.5}'
    drawn = probabilities(
        ('"', 0.9), ("Kest", 0.8), ("rel", 0.99), (" Foods", 0.95), (" Ltd", 0.2), (" of", 0.3),
        (" Leeds", 0.9), ('",', 0.1), ("3", 0.7), ("1", 1.0), (".", 1.0), ("5", 0.6), ("}", 0.2),
    )  # fmt: skip
    assert certainties(reply, drawn) == pytest.approx({("name",): 0.8, ("total",): 0.6})


def test_tokens_that_the_schema_forced_do_not_shift_the_others() -> None:
    # The keys hold the very letters that the values begin with.
    reply = '{"company": "c", "my": "m", "any": null}'
    drawn = probabilities(("c", 0.4), ('"', 0.9), ("m", 0.5), ('"', 0.9), ("null", 0.6))
    assert certainties(reply, drawn) == pytest.approx({("company",): 0.4, ("my",): 0.5, ("any",): 0.6})


def test_a_part_of_a_character_counts_where_it_stands() -> None:
    reply = '{"name": "日本"}'
    drawn = probabilities(('"', 0.9), ("\ufffd", 0.5), ("本", 0.8), ('"}', 0.9))
    assert certainties(reply, drawn)[("name",)] == pytest.approx(0.5)


def test_a_list_is_as_certain_as_its_least_certain_value() -> None:
    certainty = {("items", 0): 0.9, ("items", 1): 0.6, ("itemsize",): 0.1}
    assert under(certainty, ("items",)) == 0.6
    assert under(certainty, ("nothing",)) is None
    assert under({(): 0.5}, ()) == 0.5


def test_what_left_no_choice_has_no_certainty() -> None:
    assert certainties('{"a": null}', []) == {}
