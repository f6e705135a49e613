from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import BudgetReached, PriceUnknown
from engine.frontier.values import ReplyUsage
from engine.usage.ledger import Ledger, digest
from engine.usage.receipts import KEPT_S
from engine.usage.values import Estimate, Limits, Origin, Price, UsageDay
from tests.fakes.ledger import Clock, dollars, make_ledger

RUN, CHAT = Origin("task", 7, 3, "Support triage"), Origin("chat", 1, name="Notice periods")
ESTIMATE = Estimate(1_000, 100, amount=2_800, most=10_000)
UNKNOWN = Estimate(1_000, 100, None, None)
BODY = b'{"model": "gpt-x"}'
DAY_S = 24 * 3600.0


@pytest.fixture
def clock() -> Clock:
    return Clock(time.mktime((2026, 11, 24, 12, 0, 0, 0, 0, -1)))


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with closing(make_ledger(tmp_path / "usage.db", clock=clock)) as made:
        yield made


def reserve(
    ledger: Ledger, origin: Origin = RUN, *, model: str = "gpt-x", estimate: Estimate = ESTIMATE
) -> int:
    return ledger.reserve(origin, "openai", model, estimate, automatic=False)


def done(ledger: Ledger, origin: Origin = RUN, *, request: bytes = BODY) -> int:
    call_id = reserve(ledger, origin)
    ledger.settle(
        call_id,
        "done",
        usage=ReplyUsage(1_000, 50, cached=200),
        seconds=1.5,
        url="https://api.openai.com/v1/chat/completions",
        request=request,
        response="⟨PERSON_1⟩ signs.",
        restored="Marie Dupont signs.",
        placeholders=(("⟨PERSON_1⟩", "Marie Dupont"),),
    )
    return call_id


# What a call costs


def test_a_call_counts_with_its_most_until_it_is_settled(ledger: Ledger) -> None:
    call_id = reserve(ledger)
    assert ledger.spent().day == ledger.spent().month == 10_000
    ledger.settle(call_id, "done", usage=ReplyUsage(1_000, 50, cached=200))
    assert ledger.spent().day == 800 * 2 + 200 * 0.5 + 50 * 8
    (call,) = ledger.calls()
    assert (call.state, call.amount, call.exact) == ("done", 2_100, True)


def test_a_reply_without_a_count_is_counted_by_its_length_and_said_to_be_a_guess(ledger: Ledger) -> None:
    call_id = reserve(ledger)
    ledger.settle(call_id, "done", response="x" * 400)
    (call,) = ledger.calls()
    assert (call.prompt_tokens, call.completion_tokens, call.exact) == (1_000, 100, False)
    assert call.amount == 1_000 * 2 + 100 * 8


@pytest.mark.parametrize(
    ("state", "response", "billed", "amount"),
    [
        ("failed", "", None, 0),  # such as 401 or 429: the provider did no work
        ("failed", "", True, 2_800),  # the connection broke after the request had gone out
        ("failed", "begun", None, 2_016),
        ("cancelled", "", None, 2_800),
        ("cancelled", "", False, 0),
        ("cancelled", "begun", None, 2_016),
    ],
)
def test_what_did_not_end_well_costs_what_it_may_have_cost(
    ledger: Ledger, state: str, response: str, billed: bool | None, amount: int
) -> None:
    call_id = reserve(ledger)
    ledger.settle(call_id, state, response=response, billed=billed, reason="why")  # type: ignore[arg-type]
    (call,) = ledger.calls()
    assert (call.state, call.amount, call.reason) == (state, amount, "why")
    assert call.exact is (amount == 0)


def test_a_call_is_settled_once(ledger: Ledger) -> None:
    call_id = done(ledger)
    ledger.settle(call_id, "failed", reason="closed again")
    (call,) = ledger.calls()
    assert (call.state, call.reason, call.amount) == ("done", "", 2_100)


def test_a_dated_name_costs_what_its_family_does_only_where_the_table_says_so(ledger: Ledger) -> None:
    for model in ("gpt-x-2026-01-01", "gpt-x-2026-02-02"):
        ledger.settle(reserve(ledger, model=model), "done", usage=ReplyUsage(100, 0))
    assert [(call.model, call.amount) for call in ledger.calls()] == [
        ("gpt-x-2026-02-02", None),
        ("gpt-x-2026-01-01", 200),
    ]


def test_a_price_that_comes_later_is_given_to_the_calls_that_lack_one(ledger: Ledger) -> None:
    for model in ("new", "other"):
        ledger.settle(reserve(ledger, model=model, estimate=UNKNOWN), "done", usage=ReplyUsage(100, 10))
    assert ledger.spent().day == 0
    ledger.set_price("openai", "new", Price(1.0, 3.0))
    assert [call.amount for call in ledger.calls()] == [None, 130]


# Limits


@pytest.mark.parametrize(
    ("limits", "which"),
    [(Limits(day=25_000), "day"), (Limits(month=25_000), "month"), (Limits(run=25_000), "run")],
)
def test_a_call_that_would_pass_a_limit_is_not_reserved(tmp_path: Path, limits: Limits, which: str) -> None:
    with closing(make_ledger(tmp_path / "usage.db", limits=limits)) as ledger:
        reserve(ledger)
        reserve(ledger)
        with pytest.raises(BudgetReached) as reached:
            reserve(ledger)
        assert (reached.value.limit, reached.value.allowed) == (which, 25_000)
        assert (reached.value.spent, reached.value.needed) == (20_000, 10_000)
        assert str(reached.value).endswith("€0.01 of €0.013 are spent or held, this could cost €0.005")
        assert len(ledger.calls()) == 2


def test_a_limit_may_be_reached_to_the_last_of_it(tmp_path: Path) -> None:
    with closing(make_ledger(tmp_path / "usage.db", limits=Limits(day=20_000))) as ledger:
        reserve(ledger)
        reserve(ledger)
        assert ledger.spent().day == 20_000


def test_a_runs_limit_holds_for_each_run_and_for_no_chat(tmp_path: Path) -> None:
    with closing(make_ledger(tmp_path / "usage.db", limits=Limits(run=10_000))) as ledger:
        reserve(ledger)
        reserve(ledger, Origin("task", 8))
        reserve(ledger, Origin("chat", 7))
        with pytest.raises(BudgetReached):
            reserve(ledger, Origin("task", 7, 99))
        assert ledger.spent_on_run(7) == 10_000


def test_day_and_month_begin_anew_at_the_persons_midnight(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(day=10_000, month=20_000)
    clock.now = time.mktime((2026, 11, 29, 23, 59, 59, 0, 0, -1))
    with closing(make_ledger(tmp_path / "usage.db", limits=limits, clock=clock)) as ledger:
        reserve(ledger)
        with pytest.raises(BudgetReached, match="today"):
            reserve(ledger)
        clock.now += 1
        reserve(ledger)
        assert (ledger.spent().day, ledger.spent().month) == (10_000, 20_000)
        clock.now += DAY_S - 3600
        with pytest.raises(BudgetReached):
            reserve(ledger)
        clock.now = time.mktime((2026, 12, 1, 0, 0, 0, 0, 0, -1))
        reserve(ledger)
        assert (ledger.spent().day, ledger.spent().month) == (10_000, 10_000)


def test_where_the_price_is_not_known_nothing_goes_by_itself(ledger: Ledger) -> None:
    with pytest.raises(PriceUnknown, match="gpt-y"):
        ledger.reserve(RUN, "openai", "gpt-y", UNKNOWN, automatic=True)
    assert ledger.calls() == []
    ledger.settle(reserve(ledger, model="gpt-y", estimate=UNKNOWN), "done", usage=ReplyUsage(10, 1))
    (call,) = ledger.calls()
    assert call.amount is None


def test_past_a_limit_only_what_costs_nothing_goes(tmp_path: Path) -> None:
    with closing(make_ledger(tmp_path / "usage.db", limits=Limits(day=10_000))) as ledger:
        reserve(ledger)
        ledger.reserve(RUN, "ollama", "llama", Estimate(1_000, 100, 0, 0), automatic=True)
        with pytest.raises(BudgetReached):
            reserve(ledger, model="gpt-y", estimate=UNKNOWN)


def test_what_was_held_when_carrel_ended_is_counted_with_its_most(ledger: Ledger) -> None:
    done(ledger)
    reserve(ledger)
    assert ledger.recover() == 1
    assert ledger.recover() == 0
    interrupted, before = ledger.calls()
    assert (interrupted.state, interrupted.amount, interrupted.exact) == ("interrupted", 10_000, False)
    assert before.state == "done"
    assert ledger.spent().day == 12_100


# Receipts


def test_a_receipt_says_word_for_word_what_went_and_what_came(ledger: Ledger) -> None:
    receipt = ledger.receipt(done(ledger))
    assert receipt is not None
    assert (receipt.request, receipt.response) == (BODY, "⟨PERSON_1⟩ signs.")
    assert (receipt.restored, receipt.placeholders) == (
        "Marie Dupont signs.",
        (("⟨PERSON_1⟩", "Marie Dupont"),),
    )
    assert (receipt.call.origin, receipt.call.seconds) == (RUN, 1.5)
    assert receipt.url.startswith("https://api.openai.com/")


def test_texts_that_cannot_be_stored_lose_only_the_character(ledger: Ledger) -> None:
    origin = Origin("task", 1, 0, "file\udcff.csv")
    call_id = reserve(ledger, origin)
    ledger.settle(call_id, "done", request=b"\xff\x00", response="a\udc80", placeholders=(("x", "\ud800"),))
    receipt = ledger.receipt(call_id)
    assert receipt is not None
    assert (receipt.request, receipt.response, receipt.call.origin.name) == (b"\xff\x00", "a?", "file?.csv")


def test_the_same_question_of_the_same_row_is_known(ledger: Ledger) -> None:
    call_id = done(ledger)
    kept = ledger.kept(RUN, digest(BODY))
    assert kept is not None and kept.call.id == call_id
    assert ledger.kept(RUN, digest(BODY + b" ")) is None
    assert ledger.kept(Origin("task", 7, 4), digest(BODY)) is None
    assert ledger.kept(Origin("task", 8, 3), digest(BODY)) is None


def test_a_question_that_failed_or_stands_in_a_chat_is_asked_again(ledger: Ledger) -> None:
    ledger.settle(reserve(ledger), "failed", request=BODY)
    assert ledger.kept(RUN, digest(BODY)) is None
    done(ledger, CHAT)
    assert ledger.kept(CHAT, digest(BODY)) is None


def test_a_message_has_the_receipt_of_its_call(ledger: Ledger) -> None:
    call_id = done(ledger, CHAT)
    assert ledger.receipt_of_message(42) is None
    ledger.link(call_id, 42)
    receipt = ledger.receipt_of_message(42)
    assert receipt is not None and receipt.call.id == call_id


def test_receipts_go_after_ninety_days_and_what_was_paid_stays(ledger: Ledger, clock: Clock) -> None:
    old = done(ledger)
    clock.now += KEPT_S - 1
    ledger.recover()
    assert ledger.receipt(old) is not None
    clock.now += 2
    young = done(ledger)
    ledger.recover()
    assert (ledger.receipt(old), ledger.receipt(young) is None) == (None, False)
    assert len(ledger.calls()) == 2


def test_of_a_deleted_chat_no_word_is_left_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    with closing(make_ledger(path)) as ledger:
        done(ledger, CHAT)
        done(ledger)
        assert ledger.forget("chat", 1) == 1
        assert ledger.receipt(1) is None
        assert ledger.receipt(2) is not None
        assert [call.origin.name for call in ledger.calls()] == ["Support triage", ""]
        assert ledger.forget("task", 7) == 1
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for word in ("Notice periods", "Marie Dupont", "PERSON_1"):
        assert word.encode() not in left


def test_what_went_with_the_bin_is_forgotten_at_the_start(ledger: Ledger) -> None:
    for number in (1, 2, 3):
        done(ledger, Origin("chat", number, name=f"Chat {number}"))
    done(ledger)
    assert ledger.forget_all_but("chat", [2]) == 2
    assert [ledger.receipt(number) is None for number in (1, 2, 3, 4)] == [True, False, True, False]
    assert [call.origin.name for call in ledger.calls()] == ["Support triage", "", "Chat 2", ""]
    assert ledger.forget_all_but("task", []) == 1


# What is reported


def test_the_room_that_is_left_is_that_of_the_tightest_limit(tmp_path: Path) -> None:
    limits = Limits(day=50_000, month=30_000, run=25_000)
    with closing(make_ledger(tmp_path / "usage.db", limits=limits)) as ledger:
        reserve(ledger)
        assert ledger.room() == 20_000
        assert ledger.room(RUN) == 15_000
        assert ledger.room(Origin("task", 8)) == 20_000
        ledger.set_price("openai", "gpt-x", Price(100.0, 0.0))
        ledger.settle(reserve(ledger), "done", usage=ReplyUsage(1_000, 0))
        assert ledger.room(RUN) == 0
    with closing(make_ledger(tmp_path / "other.db")) as ledger:
        assert ledger.room(RUN) is None


def test_energy_is_added_up_where_it_is_known(ledger: Ledger) -> None:
    for energy in (0.5, None, 0.25):
        ledger.local(CHAT, prompt_tokens=1, completion_tokens=1, seconds=1.0, energy_wh=energy)
    assert ledger.report(30).energy_wh == 0.75


def test_calls_are_listed_latest_first_and_by_what_they_were_for(ledger: Ledger) -> None:
    for origin in (RUN, CHAT, Origin("task", 8)):
        done(ledger, origin)
    assert [call.id for call in ledger.calls()] == [3, 2, 1]
    assert [call.id for call in ledger.calls(2)] == [3, 2]
    assert [call.id for call in ledger.calls(kind="task")] == [3, 1]
    assert [call.id for call in ledger.calls(kind="task", subject=7)] == [1]


def test_days_are_added_up_by_provider_model_and_purpose(ledger: Ledger, clock: Clock) -> None:
    done(ledger)
    clock.now += DAY_S
    done(ledger)
    done(ledger)
    done(ledger, CHAT)
    ledger.settle(reserve(ledger, model="gpt-y", estimate=UNKNOWN), "done", usage=ReplyUsage(10, 1))
    assert ledger.report(30).days == (
        UsageDay("2026-11-24", "openai", "gpt-x", "task", "Support triage", 1, 1_000, 50, 2_100),
        UsageDay("2026-11-25", "openai", "gpt-x", "chat", "", 1, 1_000, 50, 2_100),
        UsageDay("2026-11-25", "openai", "gpt-x", "task", "Support triage", 2, 2_000, 100, 4_200),
        UsageDay("2026-11-25", "openai", "gpt-y", "task", "Support triage", 1, 10, 1, 0, unpriced=1),
    )
    assert {day.day for day in ledger.report(1).days} == {"2026-11-25"}


def test_work_on_this_computer_is_added_to_its_day_and_priced_as_if_it_had_gone_out(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.local(CHAT, prompt_tokens=1_000, completion_tokens=100, seconds=2.0)
    ledger.local(RUN, prompt_tokens=5_000, completion_tokens=500, seconds=9.0, answers=10)
    report = ledger.report(30, provider_id="openai", model="gpt-x")
    assert [(day.origin, day.name, day.answers, day.seconds) for day in report.local] == [
        ("chat", "", 3, 6.0),
        ("task", "Support triage", 10, 9.0),
    ]
    assert report.frontier_amount == 8_000 * 2 + 800 * 8
    assert ledger.report(30, provider_id="openai", model="gpt-y").frontier_amount is None
    assert ledger.report(30).frontier_amount is None
    assert report.energy_wh is None


def test_dollars_are_whole_micro_dollars() -> None:
    assert dollars(0.1) + dollars(0.2) == dollars(0.3)
