from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from engine.routing.confidence import (
    OTHERS,
    entropy,
    from_documents,
    heard,
    of_declining,
    of_plain,
    own_word,
)
from engine.values import (
    Confidence,
    FinishReason,
    Generated,
    Sampling,
    Sentence,
    SentenceState,
    TokenLogprob,
)

SURE, UNSURE = math.log(0.98), math.log(0.4)


def written(*pieces: str, logprob: float = SURE, reason: FinishReason = "stop") -> Generated:
    """A reply of these tokens; of an unsure one two others were nearly as likely."""
    others = ((" a", math.log(0.3)), (" b", math.log(0.29))) if logprob < math.log(0.5) else ()
    tokens = tuple(TokenLogprob(piece, logprob, others) for piece in pieces)
    doubts = Confidence(alternative=-9.0, lowest=logprob, mean=logprob, question=-1.5)
    return Generated(reason, 100, 0, len(tokens), 0.0, 0.0, doubts, tokens)


def spaced(text: str) -> list[str]:
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)]


def sentences(*states: SentenceState) -> list[Sentence]:
    return [Sentence("Some words.", 0, 11, state) for state in states]


def tokens(*pieces: tuple[str, float]) -> list[TokenLogprob]:
    return [TokenLogprob(*piece) for piece in pieces]


def likely(value: float | None) -> float:
    assert value is not None and 0 < value < 1
    return value


def test_entropy_counts_what_else_might_have_stood_there_and_the_rest_as_one() -> None:
    half, quarter = math.log(0.5), math.log(0.25)
    assert entropy(TokenLogprob("a", 0.0)) == 0
    assert entropy(TokenLogprob("a", half, (("a", half), ("b", half)))) == pytest.approx(math.log(2))
    assert entropy(TokenLogprob("a", quarter, (("b", half),))) == pytest.approx(1.5 * math.log(2))


@pytest.mark.parametrize(
    ("pieces", "logprob"),
    [
        ([("The", -0.3), (" rent", -0.1), (" is", -0.2), (" due", -3.0), (" monthly", -0.1)], -3.0),
        ([("Rent", -0.3), (" is", -0.2), (".", -4.0)], 0.0),
        ([("**", -5.0), ("Mon", -1.0), ("thly", -2.0)], -1.0),
        ([], 0.0),
    ],
)
def test_the_first_word_of_its_own_is_one_that_the_question_lacks(
    pieces: Sequence[tuple[str, float]], logprob: float
) -> None:
    assert own_word("When is the rent to be paid?", tokens(*pieces)) == logprob


def test_sure_words_make_a_sure_answer() -> None:
    for text in ("It takes 3 + 4 = 7 bolts, so 7.", "Paris is the capital."):
        sure, unsure = (written(*spaced(text), logprob=logprob) for logprob in (SURE, UNSURE))
        assert likely(of_plain("How many?", sure)) > likely(of_plain("How many?", unsure))
        asked = "What is the capital of France, and how many bolts?"
        found = sentences("found")
        assert likely(from_documents(asked, sure, found)) > likely(from_documents(asked, unsure, found))


def test_a_wrong_sum_and_a_cut_answer_are_less_sure() -> None:
    right = likely(of_plain("How many?", written(*spaced("It takes 3 + 4 = 7 bolts, so 7."))))
    assert likely(of_plain("How many?", written(*spaced("It takes 3 + 4 = 8 bolts, so 8.")))) < right
    assert (
        likely(of_plain("How many?", written(*spaced("It takes 3 + 4 = 7 bolts, so 7."), reason="length")))
        < right
    )


def test_what_stands_in_the_documents_word_for_word_is_surer() -> None:
    done = written(*spaced("The rent is due monthly."))
    asked = "When is the rent due?"
    verbatim, not_there = (from_documents(asked, done, sentences(state)) for state in ("found", "not_found"))
    assert likely(verbatim) > likely(not_there)


def test_a_model_that_would_rather_have_declined_is_less_sure() -> None:
    done = written(*spaced("The rent is due monthly."))
    assert done.confidence is not None
    tempted = Generated(
        "stop", 100, 0, 5, 0.0, 0.0, Confidence(-0.5, SURE, SURE, -1.5), logprobs=done.logprobs
    )
    asked, found = "When is the rent due?", sentences("found")
    assert likely(from_documents(asked, tempted, found)) < likely(from_documents(asked, done, found))


def test_declining_is_surer_where_the_model_said_so_itself() -> None:
    done = written("NOT", "_FOUND")
    assert likely(of_declining(done, said=True)) > likely(of_declining(done, said=False))


def test_a_model_that_does_not_tell_has_no_confidence() -> None:
    silent = Generated("stop", 100, 0, 5, 0.0, 0.0)
    for done in (silent, None):
        assert of_plain("Why?", done) is None
        assert from_documents("When?", done, sentences("found")) is None
        assert of_declining(done, said=False) is None


def test_the_others_are_asked_for_unless_somebody_has_asked_for_more() -> None:
    assert heard(Sampling()).logprobs == OTHERS
    assert heard(Sampling(logprobs=9)).logprobs == 9
