"""How likely an answer is right, as a number from 0 to 1: out of what is there anyway when it is done.

Each kind of answer has signs and weights of its own, fitted on answers of the default model that were held
against the truth: the log-odds are the weighted sum. On new questions it tells calculations that are right
from wrong ones well (area under the curve .86), answers from documents not so well (.65). Cells of tasks
have a confidence of their own (`engine.tasks.values.Cell`).

Source: tests/benchmarks/confidence.py, with the figures on questions that nothing was fitted on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.routing.sums import wrong_sum
from engine.values import Generated, Sampling, Sentence, TokenLogprob

OTHERS = 5
"""So many other tokens must be reported with each (`Sampling.logprobs`)."""

Signs = Mapping[str, float]

# Fitted by tests/benchmarks/confidence_figures.py. For answers from documents 151 answers that were kept of
# abstention.py count as well, in which the first own word is estimated from the other signs.
FROM_DOCUMENTS: Signs = {
    "declines": -0.13,
    "own word": 4.55,
    "least likely": 0.6,
    "not found": -1.7,
    "always": -3.87,
}
DECLINING: Signs = {"withheld": -0.9, "always": 1.9}
CALCULATED: Signs = {
    "unsure": -2.62,
    "numbers": 16.84,
    "cut": -2.21,
    "wrong sum": -1.56,
    "always": -9.33,
}
KNOWN: Signs = {"first word": 3.41, "own word": 2.21, "all words": 10.39, "always": -12.51}

UNSURE_NATS = 1.0  # of a token; as if there were three that might stand there just as well
# Of log-probabilities: what is less likely tells no more.
LEAST, LEAST_OF_A_WORD = -20.0, -8.0

_WORD = re.compile(r"\w")
_CALCULATES = re.compile(r"\d[^=\n]*=[^=\n\d]{0,20}\d")


def heard(sampling: Sampling) -> Sampling:
    """The sampling for an answer of which the confidence is wanted."""
    return sampling if sampling.logprobs is not None else replace(sampling, logprobs=OTHERS)


def of_plain(question: str, done: Generated | None) -> float | None:
    """Of an answer from the model's own knowledge; None where the model does not tell."""
    if done is None or not done.logprobs:
        return None
    if calculates(done):
        return _likely(calculated_signs(done), CALCULATED)
    return _likely(known_signs(question, done), KNOWN)


def from_documents(question: str, done: Generated | None, sentences: Sequence[Sentence]) -> float | None:
    """Of an answer whose `sentences` were held against the passages; None where the model does not tell."""
    if done is None or done.confidence is None or not done.logprobs:
        return None
    return _likely(document_signs(question, done, sentences), FROM_DOCUMENTS)


def of_declining(done: Generated | None, *, said: bool) -> float | None:
    """That the documents do not say it: the model `said` so, or what it wrote was withheld.

    None where no model was asked, or it does not tell how sure it is.
    """
    if done is None or done.confidence is None:
        return None
    return _likely(declining_signs(said=said), DECLINING)


# The signs


def document_signs(question: str, done: Generated, sentences: Sequence[Sentence]) -> Signs:
    """How near it came to declining, how sure it was where the answer itself begins, and what is in doubt."""
    assert done.confidence is not None
    not_found = sum(sentence.state == "not_found" for sentence in sentences)
    return {
        "declines": max(LEAST, done.confidence.alternative),
        "own word": math.exp(own_word(question, done.logprobs)),
        "least likely": max(LEAST_OF_A_WORD, done.confidence.lowest),
        "not found": not_found / max(1, len(sentences)),
    }


def declining_signs(*, said: bool) -> Signs:
    """Nothing else parts those who decline rightly from those who do so wrongly (78 answers)."""
    return {"withheld": float(not said)}


def calculates(done: Generated) -> bool:
    """Whether the answer reckons: then its numbers tell, else its words."""
    return bool(_CALCULATES.search(_text(done)))


def calculated_signs(done: Generated) -> Signs:
    """Numbers are what is wrong in most answers that are wrong.

    Tokens at which much else might have stood are where it decides, and the more of them there are the more
    can go wrong.
    """
    numbers = [token.logprob for token in done.logprobs if any(map(str.isdigit, token.text))]
    return {
        "unsure": math.log1p(sum(entropy(token) > UNSURE_NATS for token in done.logprobs)),
        "numbers": math.exp(sum(numbers) / max(1, len(numbers))),
        "cut": float(done.reason == "length"),
        "wrong sum": float(bool(wrong_sum(_text(done)))),
    }


def known_signs(question: str, done: Generated) -> Signs:
    """How sure it was where it began, where the answer itself begins, and all in all."""
    logprobs = [token.logprob for token in done.logprobs]
    return {
        "first word": math.exp(logprobs[0]),
        "own word": math.exp(own_word(question, done.logprobs)),
        "all words": math.exp(sum(logprobs) / len(logprobs)),
    }


def entropy(token: TokenLogprob) -> float:
    """In nats, of what might have stood there: the token, those reported with it, and the rest as one."""
    logprobs = {**dict(token.others), token.text: token.logprob}.values()
    rest = max(0.0, 1.0 - sum(map(math.exp, logprobs)))
    return -sum(logprob * math.exp(logprob) for logprob in logprobs) - (rest * math.log(rest) if rest else 0)


def own_word(question: str, logprobs: Sequence[TokenLogprob]) -> float:
    """The log-probability of the first token with a letter or a digit that stands nowhere in the question.

    There the answer is decided: what comes before mostly says the question again, and what comes after
    follows from it. Of that token alone the area under the curve is .82 on answers from documents; of the
    whole answer's mean .70, of its least likely token .69 (69 answers). 0 where there is none.
    """
    brought = question.lower()
    own = (
        token.logprob
        for token in logprobs
        if _WORD.search(token.text) and token.text.strip().lower() not in brought
    )
    return next(own, 0.0)


def _text(done: Generated) -> str:
    return "".join(token.text for token in done.logprobs)


def _likely(signs: Signs, weights: Signs) -> float:
    odds = weights["always"] + sum(weights[name] * value for name, value in signs.items())
    return 1 / (1 + math.exp(-odds))
