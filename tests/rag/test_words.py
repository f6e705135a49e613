from __future__ import annotations

import pytest

from rag.words import MAX_QUERY_TERMS, bigrams, content_words, match_expression, stem


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


def test_match_expression_quotes_every_term_once_and_not_too_many() -> None:
    assert match_expression('rent OR "rent" NOT(notice)') == '"rent" OR "notice"'
    assert match_expression("合同书") == '"合同" OR "同书"'
    assert match_expression("!?") == ""
    assert match_expression(" ".join(f"w{n}" for n in range(999))).count("OR") == MAX_QUERY_TERMS - 1
