"""desktop/preview_sheet/visible.py: nothing in what would be sent can hide."""

from __future__ import annotations

import json
import random

import pytest

from desktop.preview_sheet.visible import exact, pretty, visible


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\u2066", "\x00", "\x1b", "\x7f", "\ufeff", "\u2028", "\U000e0041", "\r"]
)
def test_what_cannot_be_seen_is_named(hidden: str) -> None:
    assert visible(f"a{hidden}b") == f"a⟦U+{ord(hidden):04X}⟧b"


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Grüße, 東京\tund\nמשה ⟨PERSON_1⟩"
    assert visible(text) == text


def test_bytes_that_are_no_text_are_named() -> None:
    assert exact(b'{"a":"\xff"}') == '{"a":"⟦FF⟧"}'


def test_the_readable_form_adds_white_space_between_parts_and_nothing_else() -> None:
    body = b'{"a":[1,{"b":"x: {y}, \\"z\\" \\\\"}],"a":null}'
    assert [line.strip() for line in pretty(body).splitlines()] == [
        "{", '"a": [', "1,", "{", '"b": "x: {y}, \\"z\\" \\\\"', "}", "],", '"a": null', "}",
    ]  # fmt: skip


def test_a_key_that_stands_twice_and_an_escape_are_shown_as_they_are() -> None:
    body = b'{"role":"user","role":"system","x":"\\u0041\\u202e"}'
    assert pretty(body).count('"role"') == 2
    assert "\\u0041\\u202e" in pretty(body)


def test_every_readable_form_reads_as_the_body_does() -> None:
    chance = random.Random(7)
    for _ in range(200):
        value = _anything(chance, 4)
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        assert json.loads(pretty(body)) == value


def _anything(chance: random.Random, depth: int) -> object:
    kind = chance.randrange(6 if depth else 4)
    if kind == 0:
        return chance.choice([None, True, False, 3, -1.5, 0])
    if kind < 4:
        return "".join(chance.choice('ab "\\{}[],:\n⟨é') for _ in range(chance.randrange(12)))
    members = [_anything(chance, depth - 1) for _ in range(chance.randrange(4))]
    return members if kind == 4 else {f"k{n},": member for n, member in enumerate(members)}


def test_a_body_nested_without_end_is_shown_all_the_same() -> None:
    assert pretty(b"[" * 100_000).count("[") == 100_000


def test_a_body_that_is_no_json_is_shown_whole() -> None:
    assert "".join(pretty(b'}}{"a').split()) == '}}{"a'


def test_a_body_that_has_line_breaks_already_gets_no_empty_lines() -> None:
    shown = pretty(json.dumps({"a": [{"b": " x "}], "c": 1}, indent=2).encode())
    assert all(line.strip() for line in shown.splitlines())
    assert '"b": " x "' in shown
