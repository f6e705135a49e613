from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from rag.errors import DocumentTooLarge, DocumentUnreadable
from rag.values import ReadDocument
from tests.fakes.documents import blocks_of, read_file


def read_json(tmp_path: Path, content: Any, name: str = "a.json", **limits: int) -> ReadDocument:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
    return read_file(path, **limits)


def blocks(tmp_path: Path, content: Any, name: str = "a.json") -> list[tuple[str, int, str]]:
    return blocks_of(read_json(tmp_path, content, name).pages[0])


def test_list_of_flat_records_is_a_table(tmp_path: Path) -> None:
    records = [{"name": "Ann", "age": 31, "ok": True}, {"name": "Bob", "city": "Graz", "ok": None}]
    assert blocks(tmp_path, records) == [
        (
            "table",
            0,
            "| name | age | ok | city |\n| --- | --- | --- | --- |\n"
            "| Ann | 31 | true |  |\n| Bob |  |  | Graz |",
        )
    ]


def test_fields_one_level_below_are_columns_too(tmp_path: Path) -> None:
    records = [{"id": n, "address": {"city": "Graz", "zip": 8010 + n}, "tags": ["a", "b"]} for n in range(2)]
    ((kind, _, text),) = blocks(tmp_path, records)
    assert kind == "table"
    assert text.splitlines()[0] == "| id | address.city | address.zip | tags |"
    assert text.splitlines()[2] == "| 0 | Graz | 8010 | a, b |"


def test_object_is_named_lines_headings_and_tables(tmp_path: Path) -> None:
    value = {
        "title": "Offer",
        "valid": "2025-03-07",
        "terms": "A long text. " * 40,
        "customer": {"name": "Ann", "address": {"city": "Graz"}},
        "items": [{"what": "beans", "price": 7.5}, {"what": "milk", "price": 1.0}],
        "notes": [],
    }
    assert blocks(tmp_path, value) == [
        ("code", 0, "title: Offer\nvalid: 2025-03-07"),
        ("paragraph", 0, "terms: " + ("A long text. " * 40).strip()),
        ("heading", 1, "customer"),
        ("code", 0, "name: Ann"),
        ("heading", 2, "address"),
        ("code", 0, "city: Graz"),
        ("heading", 1, "items"),
        ("table", 0, "| what | price |\n| --- | --- |\n| beans | 7.5 |\n| milk | 1.0 |"),
    ]


def test_records_that_are_no_table_stand_under_what_they_call_themselves(tmp_path: Path) -> None:
    records = [{"name": "Ann", "visits": [{"on": "Monday", "why": {"x": 1}}]}, {"other": {"y": {"z": 2}}}]
    found = blocks(tmp_path, records)
    assert ("heading", 1, "Ann") in found
    assert ("heading", 1, "2") in found


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    digits = "9" * 6000
    text = read_json(tmp_path, f'{{"price": 1.50, "big": 1e400, "id": {digits}, "no": NaN}}').pages[0].text
    assert "price: 1.50" in text
    assert "big: 1e400" in text
    assert digits in text


def test_short_values_stand_on_a_line(tmp_path: Path) -> None:
    assert blocks(tmp_path, [1.5, "two", True]) == [("paragraph", 0, "1.5, two, true")]


def test_lists_of_texts_are_items(tmp_path: Path) -> None:
    assert blocks(tmp_path, ["the first of them", 2]) == [
        ("list_item", 0, "• the first of them"),
        ("list_item", 0, "• 2"),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson"])
def test_a_record_on_each_line_is_a_table(tmp_path: Path, name: str) -> None:
    content = "".join(f'{{"id": {number}, "text": "word {number}"}}\n' for number in range(3))
    ((kind, _, text),) = blocks(tmp_path, content, name)
    assert kind == "table"
    assert text.splitlines()[-1] == "| 2 | word 2 |"


def test_lines_that_are_no_json_are_kept_with_a_warning(tmp_path: Path) -> None:
    document = read_json(tmp_path, '{"a": 1}\noops, the disk is full\n{"a": 2}\n', "a.jsonl")
    assert document.warnings == ("1 of its lines are not valid JSON and were left as they are.",)
    assert "the disk is full" in document.pages[0].text
    assert "| 2 |" in document.pages[0].text


def test_values_one_after_the_other_are_read(tmp_path: Path) -> None:
    assert "second" in read_json(tmp_path, '{"a": "first"}\n{"a": "second"}').pages[0].text


@pytest.mark.parametrize(
    "content",
    [
        '// settings\n{"compilerOptions": {"strict": true}}',
        '[{"a": "strict"}, {"a": ',
        '{"strict": 1,}',
        '["strict"] ["more"]',
        "strict words",
    ],
)
def test_what_is_no_json_is_read_as_text(tmp_path: Path, content: str) -> None:
    document = read_json(tmp_path, content)
    assert document.warnings == ("It is not valid JSON, so it was read as plain text.",)
    assert document.pages[0].text == content


def test_other_encodings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes('{"Straße": "Köln"}'.encode("utf-16"))
    assert read_file(path).pages[0].text == "Straße: Köln"


# --- hostile -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_values_nested_a_hundred_thousand_deep_are_refused(tmp_path: Path, name: str, opening: str) -> None:
    closing = {"[": "]", '{"a":': "}", '[{"a":': "}]"}[opening]
    with pytest.raises(DocumentUnreadable, match="nested too deeply"):
        read_json(tmp_path, opening * 100_000 + "1" + closing * 100_000, name)


def test_values_nested_a_few_hundred_deep_are_named_by_the_end_of_their_path(tmp_path: Path) -> None:
    content = '{"a":' * 300 + '"found"' + "}" * 300
    text = read_json(tmp_path, content).pages[0].text
    assert text.endswith("a.a.a.a: found")
    assert len(text) < 2000


def test_records_without_end_keep_the_first(tmp_path: Path) -> None:
    records = [{"id": number, "text": "word " * 20} for number in range(5000)]
    document = read_json(tmp_path, records, text_characters=200_000)
    assert document.warnings == (
        "It holds more than 200,000 characters of text. Only its first 1,000 rows were read.",
    )


def test_many_records_are_read_quickly(tmp_path: Path) -> None:
    content = "".join(f'{{"id": {n}, "name": "Person {n}", "city": "Graz"}}\n' for n in range(100_000))
    started = time.monotonic()
    assert "| 99999 | Person 99999 |" in read_json(tmp_path, content, "a.jsonl").pages[0].text
    assert time.monotonic() - started < 15


def test_line_of_five_million_characters_is_read(tmp_path: Path) -> None:
    assert len(read_json(tmp_path, {"a": "word " * 1_000_000}).pages[0].text) > 4_900_000


def test_record_of_very_many_fields_is_bounded(tmp_path: Path) -> None:
    records = [{f"field {place}": place for place in range(20_000)}, {"other": 1}]
    assert "field 19999: 19999" in read_json(tmp_path, records).pages[0].text


def test_more_records_than_memory_holds_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    with pytest.raises(DocumentTooLarge, match="more than 5,000,000 lists and records"):
        read_json(tmp_path, '{"a": [' + "{}," * 5_000_001 + "1]}")


def test_keys_that_are_no_words_do_no_harm(tmp_path: Path) -> None:
    assert "x: 1" in read_json(tmp_path, '{"\\ud800\\nx": 1, "": {"": {"": {"": {"": 2}}}}}').pages[0].text
