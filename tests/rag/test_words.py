from __future__ import annotations

import pytest

from rag.words import (
    MAX_QUERY_TERMS,
    beginning,
    bigrams,
    content_words,
    finder,
    index_terms,
    match_expression,
    stem,
    terms,
)


@pytest.mark.parametrize(
    "family",
    [
        "terminate terminates terminated terminating termination",
        "agree agrees agreed agreement agreements",
        "party parties",
        "pay pays payment payments payable",
        "notice notices",
        "use used using user",
        "fee fees",
        "run runs running",
    ],
)
def test_forms_of_a_word_share_a_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


def test_different_words_keep_different_stems() -> None:
    words = (
        "rent",
        "term",
        "notice",
        "party",
        "payment",
        "landlord",
        "tenant",
        "interest",
        "deposit",
        "year",
    )
    assert len({stem(word) for word in words}) == len(words)


def test_content_words_leave_out_what_says_nothing() -> None:
    assert content_words("What is the Rent of this office?") == ["rent", "office"]


def test_bigrams_are_made_of_unspaced_scripts_only() -> None:
    assert bigrams("合同书 and 契 of 2024") == "合同 同书 契"


def test_forms_of_a_word_begin_alike_in_other_languages() -> None:
    assert beginning("kündigung") == beginning("kündigen") == beginning("kundigt") == "kundi"
    assert beginning("résilier") == beginning("résiliation")
    assert beginning("straße") == beginning("strasse")
    assert beginning("año") == "ano"


def test_index_holds_the_beginnings_of_longer_words_and_pairs_of_characters() -> None:
    assert index_terms("Die Kündigung der Miete, 合同书, 2024abc") == "合同 同书 kundi"
    assert match_expression("Kündigung Miete") == '"kündigung" OR "miete" OR "kundi"'


def test_terms_are_short_words_beginnings_and_pairs() -> None:
    assert terms("Was kostet die Miete der 合同?") == ["koste", "miete", "合同"]
    assert terms("The Who") == ["the", "who"]


@pytest.mark.parametrize(
    "text",
    [
        "Die Kündigung der Miete ist kurz.",
        "Kurzfristig kündbar; MIETER zahlen.",
        "合同什么时候到期？",
        "Rentals are renting; a rent-free year.",
        "สัญญาเช่าสำนักงาน",
    ],
)
def test_finder_finds_what_the_terms_of_a_text_hold(text: str) -> None:
    wanted = terms("kündigen kurz miete mieten zahlung rent year 合同到期 สัญญาเช่า")
    assert finder(wanted)(text) == frozenset(wanted) & frozenset(terms(text))


@pytest.mark.parametrize("text", ["what is the", "was ist das", "quelle est la", "cuál es el"])
def test_words_that_ask_say_nothing_in_four_languages(text: str) -> None:
    assert content_words(text) == []


def test_match_expression_quotes_every_term_once_and_not_too_many() -> None:
    assert match_expression('rent OR "rent" NOT(term)') == '"rent" OR "term"'
    assert match_expression("合同书") == '"合同" OR "同书"'
    assert match_expression("!?") == ""
    assert match_expression(" ".join(f"w{n}" for n in range(999))).count("OR") == MAX_QUERY_TERMS - 1
