from __future__ import annotations

import time

import pytest

from rag.grounding import check

NOTICE = (
    "Either party may terminate this Agreement upon ninety (90) days prior written notice to the other party."
)
LEASE = f"""OFFICE LEASE

{NOTICE} The monthly rent is EUR 1,200.00, payable on the first business day of each month. \
The security deposit is not refundable if the Tenant breaches Section 4.2. \
The Tenant must not sublet the office.

Term: 1 July 2024 to 30 June 2027.

Landlord
Meridian Property Holdings Ltd."""
ANNEX = "Late payments bear interest at 5% per year. Parking is free for visitors of the Tenant."
EVIDENCE = [LEASE, ANNEX]


def _state(answer: str) -> str:
    (sentence,) = check(answer, EVIDENCE)
    return sentence.state


def _quotes(answer: str) -> list[str]:
    return [
        EVIDENCE[source][start:end]
        for sentence in check(answer, EVIDENCE)
        for source, (start, end) in zip(sentence.sources, sentence.quotes, strict=True)
    ]


@pytest.mark.parametrize(
    "answer",
    [
        NOTICE,
        "either party may terminate the agreement upon 90 days’ prior written notice",
        "The monthly rent is €1.200.",
        "- **Monthly rent:** EUR 1200",
        "The landlord is Meridian Property Holdings Ltd. [1]",
        "According to the annex, late payments bear interest at 5 percent per year (page 3).",
        "The Tenant must not sublet the office.",
        "90 days",
    ],
)
def test_what_stands_in_one_passage_is_found(answer: str) -> None:
    assert _state(answer) == "found"


@pytest.mark.parametrize(
    "answer",
    [
        "The notice period is ninety days.",
        "The lease ends on 2027-06-30.",
        "The lease runs from 01.07.2024 until June 30, 2027.",
        "Visitors can use the parking free of charge.",
    ],
)
def test_what_follows_from_the_words_of_a_passage_is_supported(answer: str) -> None:
    assert _state(answer) == "supported"


@pytest.mark.parametrize(
    "answer",
    [
        "The notice period is sixty days.",
        "The notice period is 90 months.",
        "The rent is 1,200 dollars per month.",
        "The monthly rent is EUR 12,000.",
        "The lease ends on 30 June 2026.",
        "The lease ends on 29 June 2027.",
        "Late payments bear interest at 90% per year.",
        "The landlord is Acme Property Holdings Ltd.",
        "The rent is payable to Barclays on the first business day of each month.",
        "Bananas grow in warm countries.",
    ],
)
def test_other_numbers_units_dates_names_and_subjects_are_not_found(answer: str) -> None:
    (sentence,) = check(answer, EVIDENCE)
    assert (sentence.state, sentence.sources, sentence.quotes) == ("not_found", (), ())


@pytest.mark.parametrize(
    "answer",
    [
        "The security deposit is refundable if the Tenant breaches Section 4.2.",
        "The monthly rent is not payable on the first business day of each month.",
        "Parking isn't free for visitors of the Tenant.",
        "The Tenant must sublet the office.",
    ],
)
def test_contrary_of_what_is_written_is_not_found(answer: str) -> None:
    assert _state(answer) == "not_found"


def test_negation_reaches_only_to_the_end_of_its_clause() -> None:
    passage = (
        "The supplier is not liable for delay, but repairs defects. Notice is given not later than 30 days."
    )
    for answer in ("The supplier repairs defects.", "Notice is given no later than 30 days."):
        (sentence,) = check(answer, [passage])
        assert sentence.state == "found", answer


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Yes.",
        "Here is what I found in the documents:",
        "According to the documents:",
        "The documents do not mention a garage.",
        "The provided context does not contain the fee.",
        "A garage is not mentioned.",
        "I don't know.",
        "Das ist in den Dokumenten nicht erwähnt.",
    ],
)
def test_sentences_that_claim_nothing_are_left_out(answer: str) -> None:
    assert check(answer, EVIDENCE) == []


def test_claim_that_something_is_not_included_is_a_claim() -> None:
    assert [
        item.state for item in check("The price does not include tax.", ["The price does not include tax."])
    ] == ["found"]


def test_each_sentence_is_judged_for_itself_at_its_place_in_the_answer() -> None:
    answer = "Here is the list:\n- The monthly rent is EUR 1,200.\n- The fee is 99 EUR.\n"
    checked = check(answer, EVIDENCE)
    assert [(item.state, item.text) for item in checked] == [
        ("found", "- The monthly rent is EUR 1,200."),
        ("not_found", "- The fee is 99 EUR."),
    ]
    assert all(answer[item.start : item.end] == item.text for item in checked)


def test_quote_is_the_sentence_that_says_it() -> None:
    assert _quotes("The notice period is 90 days.") == [NOTICE]
    assert _quotes("The lease ends on 2027-06-30.") == ["Term: 1 July 2024 to 30 June 2027."]


def test_two_passages_can_support_one_sentence() -> None:
    answer = "The monthly rent is EUR 1,200, and late payments bear interest at 5% per year."
    (sentence,) = check(answer, EVIDENCE)
    assert (sentence.state, set(sentence.sources)) == ("supported", {0, 1})


def test_first_of_equal_passages_is_named() -> None:
    (sentence,) = check("Parking is free for visitors.", [ANNEX, ANNEX])
    assert sentence.sources == (0,)


def test_without_evidence_nothing_is_found() -> None:
    assert [item.state for item in check("The rent is EUR 1,200.", [])] == ["not_found"]
    assert [item.state for item in check("The rent is EUR 1,200.", ["", " "])] == ["not_found"]


def test_german_and_chinese_answers_are_judged_too() -> None:
    german = "Die monatliche Miete beträgt 900 Euro und ist zum Ersten fällig."
    assert [item.state for item in check("Die Miete beträgt 900 Euro.", [german])] == ["found"]
    assert [item.state for item in check("Die Miete beträgt 800 Euro.", [german])] == ["not_found"]
    chinese = "本合同终止须提前90天通知。"
    assert [item.state for item in check("终止须提前90天通知。", [chinese])] == ["found"]
    assert [item.state for item in check("终止须提前60天通知。", [chinese])] == ["not_found"]


def test_an_answer_of_ten_sentences_is_checked_while_nobody_notices() -> None:
    passages = [LEASE, ANNEX * 5, LEASE, ANNEX * 5, LEASE]
    answer = (
        "The monthly rent is EUR 1,200. The landlord is Acme Ltd, and the term ends on 30 June 2027. " * 5
    )
    began = time.process_time()
    assert len(check(answer, passages)) == 10
    assert time.process_time() - began < 0.25


CLAUSE = (
    "12.2 After the first term either party may terminate this Agreement by giving ninety (90) days’ notice."
)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("After the first term, Brightwave must be given ninety days' notice.", "supported"),
        ("After the first term, Acme must be given ninety days' notice.", "not_found"),
        ("After the first term, Brightwave must be given 60 days' notice.", "not_found"),
    ],
    ids=["the name stands in the title", "the name stands nowhere", "a number is never taken from a title"],
)
def test_a_title_says_whom_a_passage_is_about(answer: str, state: str) -> None:
    (sentence,) = check(answer, [CLAUSE], ["brightwave_agreement-60.pdf"])
    assert sentence.state == state
