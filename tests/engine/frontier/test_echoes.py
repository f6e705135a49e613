from __future__ import annotations

import pytest

from engine.errors import FrontierError, KeyRefused, Offline, QuestionTooLong, RequestRefused
from engine.frontier.echoes import without_echoes

SENT = [
    "Be brief.",
    "Please summarise: Mrs Dupont (marie.dupont@example.org) owes 4711.50 for the red Rechtsanwaltskanzlei.",
]


@pytest.mark.parametrize(
    ("detail", "left"),
    [
        ("Invalid content: Please summarise: Mrs Dupont owes", "Invalid content: … owes"),
        ("The value 'marie.dupont@example.org' is no URL", "The value … is no URL"),
        ("4711.50 is not a string", "… is not a string"),
        ("Unknown word Rechtsanwaltskanzlei", "Unknown word …"),
        ("The model does not exist", "The model does not exist"),
        ("max_tokens must be at most 4096", "max_tokens must be at most 4096"),
        ("", ""),
    ],
)
def test_what_stands_in_the_question_is_taken_out_of_the_error(detail: str, left: str) -> None:
    error = without_echoes(RequestRefused("Testing", detail, 400), SENT)
    assert isinstance(error, RequestRefused)
    assert (error.provider, error.detail, error.status) == ("Testing", left, 400)


@pytest.mark.parametrize(
    "error", [KeyRefused("T", "owes 4711.50 for"), QuestionTooLong("T", "owes 4711.50 for", 400, 3, 2)]
)
def test_the_error_stays_what_it_is(error: FrontierError) -> None:
    found = without_echoes(error, SENT)
    assert type(found) is type(error)
    assert getattr(found, "detail", "") == "…"
    assert getattr(found, "tokens", None) == getattr(error, "tokens", None)


def test_errors_without_a_provider_s_words_are_left_alone() -> None:
    error = Offline("api.example.org")
    assert without_echoes(error, SENT) is error
