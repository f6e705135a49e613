from __future__ import annotations

import itertools
import time

import pytest

from rag.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Meyer came. He left.", ["Dr. Meyer came.", "He left."]),
        ("See No. 7 and Art. 12. It ends.", ["See No. 7 and Art. 12.", "It ends."]),
        ("Is it due? No. It is not.", ["Is it due?", "No.", "It is not."]),
        ("Fruit, e.g. Apples, is fine. Good.", ["Fruit, e.g. Apples, is fine.", "Good."]),
        ("Getränke, z. B. Kaffee, d. h. alles. Ende.", ["Getränke, z. B. Kaffee, d. h. alles.", "Ende."]),
        ("Er endet am 30. Juni 2027. Danach nicht.", ["Er endet am 30. Juni 2027.", "Danach nicht."]),
        ("It costs 3.50 euros. Or 4.", ["It costs 3.50 euros.", "Or 4."]),
        ("It ran until 2027. Then it ended.", ["It ran until 2027.", "Then it ended."]),
        ("12.2 After the first term, notice is due. 12.3 In writing.", None),
        ("12. After the first term. It ends.", ["12. After the first term.", "It ends."]),
        ("Acme Inc. Sells things. Really.", ["Acme Inc. Sells things.", "Really."]),
        ("We bought Acme Inc. The price was low.", ["We bought Acme Inc.", "The price was low."]),
        ("The U.S. Government agreed. J. Smith signed.", ["The U.S. Government agreed.", "J. Smith signed."]),
        ("At 5 p.m. The shop closes.", ["At 5 p.m.", "The shop closes."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ('"Really?" he asked. Yes.', ['"Really?" he asked.', "Yes."]),
        ("Well ... maybe. Fine… Good.", ["Well ... maybe.", "Fine…", "Good."]),
        ("Wrapped over\ntwo lines. Next.", ["Wrapped over\ntwo lines.", "Next."]),
        ("No full stop\n\nNew paragraph", ["No full stop", "New paragraph"]),
        (
            "Do this:\n- first\n- second. Good\n2) third",
            ["Do this:", "- first", "- second.", "Good", "2) third"],
        ),
        ("# Title\nText here.", ["# Title", "Text here."]),
        ("| a. B | c |\n| --- | --- |\n| d | e. F |", ["| a. B | c |", "| --- | --- |", "| d | e. F |"]),
        ("今天很好。你呢？很好！", ["今天很好。", "你呢？", "很好！"]),
        ("「行きます。」と言った。", ["「行きます。」", "と言った。"]),
        ("It ends in June. [1] It starts in May [2]. Fine.[3][4] Ok.", None),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_text_is_cut_where_a_reader_would_cut_it(text: str, expected: list[str] | None) -> None:
    special = {
        "12.2": ["12.2 After the first term, notice is due.", "12.3 In writing."],
        "It e": ["It ends in June. [1]", "It starts in May [2].", "Fine.[3][4]", "Ok."],
    }
    assert split(text) == (expected if expected is not None else special[text[:4]])


def test_numbered_clauses_on_lines_of_their_own_are_apart() -> None:
    text = "12.1 The term begins now\n12.2 After that it renews\n§ 13 Prices"
    assert split(text) == ["12.1 The term begins now", "12.2 After that it renews", "§ 13 Prices"]


def test_every_character_that_is_not_whitespace_is_in_one_sentence() -> None:
    text = "A b. C!? (D e.)  F\n\n• g\n| h |\n。。い。x" * 50
    spans = sentences(text)
    assert all(a < b <= c for (a, b), (c, _) in itertools.pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


@pytest.mark.parametrize(
    "piece", ["The term ends on 30 June 2027. ", ". ", ".", "a", "[1]", '"', "\n- x", "…)", ".x."]
)
def test_a_megabyte_takes_well_under_a_second(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + "x"
    begun = time.process_time()
    sentences(text)
    assert time.process_time() - begun < 2.0  # measured 0.1–0.5 s; quadratic behaviour would take minutes
