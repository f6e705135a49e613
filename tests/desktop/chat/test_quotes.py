"""desktop/chat/quotes.py: what is lit, and what of a passage is shown."""

from __future__ import annotations

import pytest

from desktop.chat.quotes import excerpt, merged, on_page, place, printable, quotes_of
from engine.values import Answer, Sentence, Source
from rag.values import Page


def test_touching_ranges_become_one_and_stay_inside_the_text() -> None:
    assert merged([(8, 99), (0, 3), (3, 5), (4, 4), (-5, 1)], 10) == [(0, 5), (8, 10)]


def test_short_passage_is_shown_whole() -> None:
    assert excerpt("short text", [(0, 5)]) == ("short text", [(0, 5)])


def test_excerpt_shows_what_is_lit() -> None:
    text = "word " * 200 + "THE QUOTE " + "more " * 200
    start = text.index("THE QUOTE")
    shown, lit = excerpt(text, [(start, start + 9)])
    assert [shown[a:b] for a, b in lit] == ["THE QUOTE"]
    assert len(shown) < 300
    assert shown.startswith("… ")
    assert shown.endswith(" …")


def test_excerpt_at_the_end_of_a_passage_has_no_trailing_dots() -> None:
    text = "word " * 200 + "the end"
    shown, lit = excerpt(text, [(len(text) - 7, len(text))])
    assert shown[slice(*lit[0])] == "the end"
    assert shown.endswith("the end")


def test_text_without_spaces_is_cut_all_the_same() -> None:
    shown, lit = excerpt("x" * 2000, [(1000, 1010)])
    assert len(shown) < 400
    assert shown[slice(*lit[0])] == "x" * 10


def source(text: str, start: int) -> Source:
    return Source("a.pdf", "/a.pdf", 7, start, start + len(text), text, "§ 12", 1.0)


def test_quotes_are_found_again_on_the_page() -> None:
    page = Page(7, "before. The passage. after")
    found = source("The passage.", 8)
    assert [page.text[a:b] for a, b in on_page(found, page, [(4, 11)])] == ["passage"]
    assert [page.text[a:b] for a, b in on_page(found, page, [])] == ["The passage."]


def test_page_that_was_read_anew_lights_nothing_wrong() -> None:
    assert on_page(source("The passage.", 8), Page(7, "quite another page by now"), [(4, 11)]) == []


def test_quotes_of_one_sentence_or_all() -> None:
    sentences = (
        Sentence("a", 0, 1, "found", (0, 1), ((1, 2), (3, 4))),
        Sentence("b", 1, 2, "found", (0,), ((5, 6),)),
    )
    answer = Answer("ab", False, True, sentences, (), "m", "local")
    assert quotes_of(answer, 0) == [(1, 2), (5, 6)]
    assert quotes_of(answer, 0, sentence=1) == [(5, 6)]


def test_place_says_what_is_known() -> None:
    assert place(source("x", 0)) == "page 7 · § 12"
    deep = Source("a", "/a", 2, 0, 1, "x", "Agreement › 12. Term", 1.0)
    assert place(deep) == "page 2 · 12. Term"
    assert place(Source("a", "/a", None, 0, 1, "x", "", 1.0)) == "document"


def test_text_keeps_its_length_when_it_is_made_printable() -> None:
    text = "a\nb\r\nc\td\x00e\u2029\u202e"
    assert len(printable(text)) == len(text)
    assert "\x00" not in printable(text)
    assert "\u202e" not in printable(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two deliveries\ncame late", "two deliveries came late"),
        ("section 3.3\nof the agreement", "section 3.3 of the agreement"),
        ("Decision: none.\nTomás asks", "Decision: none.\nTomás asks"),
        ("one paragraph\n\nand the next", "one paragraph\n\nand the next"),
        ("- milk\n- sugar", "- milk\n- sugar"),
        ("| a | b |\n| c | d |", "| a | b |\n| c | d |"),
    ],
)
def test_a_line_that_was_wrapped_in_the_file_is_not_broken_again(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert len(printable(text)) == len(text)
