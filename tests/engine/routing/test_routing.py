from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import (
    BudgetReached,
    CreditExhausted,
    EngineError,
    FrontierError,
    KeyRefused,
    ModelMissing,
    NotEnoughMemory,
    Offline,
    PromptTooLong,
    ProviderBusy,
    ProviderUnreachable,
    RateLimited,
    ReplyRefused,
)
from engine.routing.routing import (
    CHAT,
    DOCUMENTS,
    Asked,
    Means,
    in_words,
    instead,
    lasts,
    may_go,
    passages_that_may_go,
    route,
    route_failed,
    why_no_rule,
)
from engine.routing.values import Mode, Policy, Rule
from engine.usage.values import Estimate, Limits, Spent
from engine.values import Answer, Sentence, SentenceState
from tests.fakes.answers import ANSWER

CHEAP = Means(Estimate(800, 200, 4_000, 12_000))
POLICY = Policy("ask", "anthropic", "claude", threshold=0.5)
AUTOMATIC = replace(POLICY, mode="automatic")
QUESTION = Asked("How high is the rent?", DOCUMENTS)


def answer(confidence: float | None = 0.2, **changes: object) -> Answer:
    return replace(ANSWER, confidence=confidence, **changes)  # type: ignore[arg-type]


def sentences(*states: SentenceState) -> tuple[Sentence, ...]:
    return tuple(Sentence("Some words.", 0, 11, state) for state in states)


def plain(text: str) -> Answer:
    return answer(text=text, grounded=False, sentences=(), sources=())


# Hard or not


def test_an_answer_as_sure_as_the_threshold_stays() -> None:
    assert route(answer(0.5), QUESTION, POLICY, CHEAP).advice == "local"
    assert route(answer(0.49), QUESTION, POLICY, CHEAP).advice == "offer"


def test_an_answer_that_tells_nothing_stays() -> None:
    assert route(answer(None), QUESTION, POLICY, CHEAP).advice == "local"


def test_an_answer_of_the_frontier_is_not_asked_again() -> None:
    rules = replace(AUTOMATIC, rules=(Rule(kind=DOCUMENTS),))
    assert route(answer(tier="frontier"), QUESTION, rules, CHEAP).advice == "local"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            answer(sentences=sentences("found", "not_found", "not_found")),
            "This one looks hard: 2 of 3 sentences do not stand in your documents.",
        ),
        (
            answer(sentences=sentences("supported", "not_found")),
            "This one looks hard: 1 of 2 sentences does not stand in your documents.",
        ),
        (
            answer(sentences=sentences("not_found")),
            "This one looks hard: what it says does not stand in your documents.",
        ),
        (
            answer(sentences=sentences("found")),
            "This one looks hard: the model was not sure of its words.",
        ),
        (
            answer(abstained=True, sentences=()),
            "This one looks hard: your documents did not seem to say it.",
        ),
        (
            answer(state="length", sentences=sentences("not_found")),
            "This one looks hard: the answer was cut off at its greatest length.",
        ),
        (plain("12 × 3 = 35, so 35."), "This one looks hard: “12 * 3 = 35” is not right."),
        (plain("12 × 3 = 36, so 36."), "This one looks hard: the model was not sure of its words."),
    ],
)
def test_the_reason_says_what_speaks_against_the_answer(given: Answer, reason: str) -> None:
    found = route(given, QUESTION, POLICY, CHEAP)
    assert (found.advice, found.reason) == ("offer", reason)


@pytest.mark.parametrize(
    ("rule", "asked", "holds"),
    [
        (Rule(kind=DOCUMENTS), QUESTION, True),
        (Rule(kind=CHAT), QUESTION, False),
        (Rule(kind="extract"), Asked("x", "extract"), True),
        (Rule(longer_than=4), QUESTION, True),
        (Rule(longer_than=5), QUESTION, False),
        (Rule(language="de"), Asked("Wie hoch ist die Miete der Wohnung?", CHAT), True),
        (Rule(language="de"), QUESTION, False),
        (Rule(kind=DOCUMENTS, longer_than=400), QUESTION, False),
        (Rule(), QUESTION, False),
    ],
)
def test_a_rule_holds_where_all_that_it_says_does(rule: Rule, asked: Asked, holds: bool) -> None:
    policy = replace(POLICY, rules=(rule,), tasks="ask")
    assert route(answer(0.99), asked, policy, CHEAP).advice == ("offer" if holds else "local")


def test_a_rule_is_told_in_words() -> None:
    rule = Rule(kind=CHAT, longer_than=3, language="de")
    asked = Asked("Wie hoch ist die Miete der Wohnung?", CHAT)
    found = route(answer(0.99), asked, replace(POLICY, rules=(rule,)), CHEAP)
    assert found.reason == ("Your rule: questions without documents in German of more than 3 words.")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(longer_than=60), "questions of more than 60 words"),
        (Rule(longer_than=1), "questions of more than 1 word"),
        (Rule(language="de"), "questions in German"),
        (Rule(language="HIRAGANA"), "questions in Japanese"),
        (Rule(language="CYRILLIC"), "questions in CYRILLIC"),
        (Rule(DOCUMENTS, 40), "questions about documents of more than 40 words"),
        (Rule("extract"), "rows of “extract”"),
    ],
)
def test_a_rule_is_worded_without_a_question(rule: Rule, said: str) -> None:
    assert in_words(rule) == said


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule(), "every question"),
        (Rule(longer_than=0), "from 1 to 5,000"),
        (Rule(CHAT, 5_001), "from 1 to 5,000"),
        (Rule(longer_than=5, language="THAI"), "Thai is written without spaces"),
    ],
)
def test_what_holds_for_all_or_for_nothing_is_no_rule(rule: Rule, why: str) -> None:
    assert why in why_no_rule(rule)


@pytest.mark.parametrize("rule", [Rule(CHAT), Rule(longer_than=5_000), Rule(language="THAI")])
def test_a_rule_that_can_hold_is_one(rule: Rule) -> None:
    assert why_no_rule(rule) == ""


# Allowed or not


def test_never_means_that_nothing_is_offered() -> None:
    never = replace(POLICY, mode="never", rules=(Rule(kind=DOCUMENTS),))
    assert route(answer(0.0), QUESTION, never, CHEAP).advice == "local"


def test_without_a_provider_nothing_is_offered() -> None:
    assert route(answer(0.0), QUESTION, replace(POLICY, provider=""), CHEAP).advice == "local"


def test_an_offer_names_who_would_be_asked_and_what_it_takes() -> None:
    found = route(answer(), QUESTION, POLICY, CHEAP)
    assert (found.provider, found.model, found.estimate) == ("anthropic", "claude", CHEAP.estimate)
    assert found.confidence == 0.2


def test_under_the_automatic_policy_it_is_asked() -> None:
    assert route(answer(), QUESTION, AUTOMATIC, CHEAP).advice == "ask"


def test_rows_of_tasks_follow_their_own_policy() -> None:
    row = Asked("x", "extract")
    policy = replace(POLICY, mode="never", tasks="automatic")
    assert route(answer(), row, policy, CHEAP).advice == "ask"
    assert route(answer(), row, replace(policy, mode="automatic", tasks="never"), CHEAP).advice == "local"


@pytest.mark.parametrize("estimate", [None, Estimate(800, 200, None, None)])
def test_an_unknown_price_is_offered_but_never_asked_by_itself(estimate: Estimate | None) -> None:
    found = route(answer(), QUESTION, AUTOMATIC, Means(estimate))
    assert found.advice == "offer"
    assert found.reason.endswith("It is not asked by itself: its price is not known.")


def test_a_server_of_ones_own_costs_nothing_and_is_asked() -> None:
    assert route(answer(), QUESTION, AUTOMATIC, Means(Estimate(800, 200, 0, 0))).advice == "ask"


def test_offline_it_is_offered_only() -> None:
    found = route(answer(), QUESTION, AUTOMATIC, replace(CHEAP, online=False))
    assert found.advice == "offer"
    assert "Carrel is offline" in found.reason


@pytest.mark.parametrize("mode", ["ask", "automatic"])
@pytest.mark.parametrize(
    ("spent", "limits", "name"),
    [(90_000, Limits(day=100_000), "today"), (90_000, Limits(month=100_000), "this month")],
)
def test_a_limit_that_could_be_passed_blocks(mode: Mode, spent: int, limits: Limits, name: str) -> None:
    means = replace(CHEAP, spent=Spent(spent, spent, limits))
    found = route(answer(), QUESTION, replace(POLICY, mode=mode), means)
    assert found.advice == "blocked"
    assert found.reason.endswith(f"It could cost more than is left of your limit for {name}.")


def test_a_limit_that_would_just_be_met_does_not_block() -> None:
    means = replace(CHEAP, spent=Spent(88_000, 0, Limits(day=100_000)))
    assert route(answer(), QUESTION, AUTOMATIC, means).advice == "ask"


def test_nothing_of_unknown_price_is_offered_once_a_limit_is_reached() -> None:
    unpriced = Estimate(800, 200, None, None)
    reached = Spent(100_000, 0, Limits(day=100_000))
    assert route(answer(), QUESTION, POLICY, Means(unpriced, reached)).advice == "blocked"
    assert route(answer(), QUESTION, POLICY, Means(unpriced, replace(reached, day=99_999))).advice == "offer"


# Kept here

PAYROLL = frozenset({"Payroll", "Work"})
KEPT = frozenset({"Payroll"})


@pytest.mark.parametrize("mode", ["ask", "automatic"])
def test_a_collection_that_is_kept_here_wins_over_everything(mode: Mode) -> None:
    policy = replace(POLICY, mode=mode, kept_here=KEPT, rules=(Rule(kind=DOCUMENTS),))
    found = route(answer(), replace(QUESTION, collection="Payroll"), policy, CHEAP)
    assert found.advice == "blocked"
    assert found.reason.endswith("It stays here: “Payroll” may never leave this computer.")
    assert found.estimate is None


def test_asked_of_all_documents_the_passages_that_are_kept_here_stay() -> None:
    policy = replace(AUTOMATIC, kept_here=KEPT)
    mixed: tuple[frozenset[str], ...] = (PAYROLL, frozenset({"Work"}), frozenset())
    assert passages_that_may_go(mixed, policy) == (1, 2)
    assert route(answer(), replace(QUESTION, passages=mixed), policy, CHEAP).advice == "ask"


def test_asked_of_all_documents_it_stays_when_no_passage_may_go() -> None:
    policy = replace(AUTOMATIC, kept_here=KEPT)
    found = route(answer(), replace(QUESTION, passages=(PAYROLL, KEPT)), policy, CHEAP)
    assert (found.advice, "“Payroll”" in found.reason) == ("blocked", True)


def test_one_collection_that_is_kept_here_is_enough_to_keep_a_document() -> None:
    policy = replace(POLICY, kept_here=KEPT)
    assert not may_go(PAYROLL, policy)
    assert may_go({"Work"}, policy)
    assert may_go((), policy)


# When one of them fails


@pytest.mark.parametrize(
    "error", [ModelMissing("/m.gguf"), NotEnoughMemory(8 << 30, 4 << 30), PromptTooLong(9000, 4096)]
)
def test_where_this_computer_cannot_answer_the_frontier_is_offered(error: EngineError) -> None:
    found = route_failed(error, QUESTION, POLICY, CHEAP)
    assert (found.advice, found.confidence) == ("offer", None)
    assert found.reason == f"The model on this computer could not answer: {error}."
    assert route_failed(error, QUESTION, AUTOMATIC, CHEAP).advice == "ask"
    assert route_failed(error, QUESTION, replace(POLICY, mode="never"), CHEAP).advice == "local"
    kept = replace(AUTOMATIC, kept_here=KEPT)
    assert route_failed(error, replace(QUESTION, collection="Payroll"), kept, CHEAP).advice == "blocked"


def test_where_the_provider_fails_the_local_answer_says_why_it_is_one() -> None:
    assert instead(ProviderBusy("Anthropic", status=529)) == (
        "Anthropic has trouble of its own (HTTP 529). This is the answer of the model on this computer."
    )


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ProviderUnreachable("Anthropic"), True),
        (ProviderBusy("Anthropic", status=500), True),
        (RateLimited("Anthropic"), True),
        (ReplyRefused("Anthropic"), True),
        (KeyRefused("Anthropic"), False),
        (CreditExhausted("Anthropic"), False),
        (Offline("api.anthropic.com"), False),
        (BudgetReached("day", 1, 1, 1), False),
    ],
)
def test_what_only_the_person_can_mend_ends_the_asking(error: FrontierError, again: bool) -> None:
    assert lasts(error) is not again
