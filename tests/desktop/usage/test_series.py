from __future__ import annotations

from datetime import date

from desktop.usage.series import HERE, OTHERS, day_name, purposes, stacks, whole_day
from engine.usage.values import Currency, LocalDay, Spent, UsageDay, UsageReport

TODAY = date(2026, 11, 24)
EURO = Currency("EUR", 0.5)
NAMES = {"openai": "OpenAI", "mistral": "Mistral"}


def paid(
    day: str, provider: str, amount: int, *, name: str = "Triage", calls: int = 1, unpriced: int = 0
) -> UsageDay:
    return UsageDay(day, provider, "m", "task" if name else "chat", name, calls, 100, 10, amount, unpriced)


def report(*days: UsageDay, local: tuple[LocalDay, ...] = ()) -> UsageReport:
    return UsageReport(days, local, Spent(), EURO)


def test_every_day_has_a_place_and_the_dearest_provider_is_lowest() -> None:
    made = stacks(
        report(
            paid("2026-11-22", "mistral", 10),
            paid("2026-11-24", "openai", 30),
            paid("2026-11-24", "mistral", 5),
        ),
        "cost",
        3,
        TODAY,
        NAMES,
    )
    assert made.days == ("2026-11-22", "2026-11-23", "2026-11-24")
    assert [(each.name, each.values) for each in made.series] == [
        ("OpenAI", (0, 0, 30)),
        ("Mistral", (10, 0, 5)),
    ]


def test_what_cannot_be_told_apart_is_put_together() -> None:
    days = [paid("2026-11-24", f"p{number}", 100 - number) for number in range(6)]
    made = stacks(report(*days), "cost", 1, TODAY, {})
    assert [each.name for each in made.series] == ["p0", "p1", "p2", OTHERS]
    assert sum(sum(each.values) for each in made.series) == sum(day.amount for day in days)


def test_a_provider_that_was_never_paid_has_no_part() -> None:
    assert stacks(report(paid("2026-11-24", "openai", 0)), "cost", 1, TODAY, {}).series == ()


def test_answers_and_tokens_tell_what_stayed_here_from_what_left() -> None:
    local = (
        LocalDay("2026-11-24", "chat", "", 9, 900, 90, 1.0),
        LocalDay("2020-01-01", "chat", "", 1, 1, 1, 1.0),
    )
    given = report(paid("2026-11-24", "openai", 30, calls=2), local=local)
    here, cloud = stacks(given, "calls", 2, TODAY, NAMES).series
    assert (here.name, here.values, cloud.values) == (HERE, (0, 9), (0, 2))
    here, cloud = stacks(given, "tokens", 2, TODAY, NAMES).series
    assert (here.values, cloud.values) == ((0, 990), (0, 110))


def test_a_bar_says_in_words_what_it_shows() -> None:
    given = report(paid("2026-11-24", "openai", 600_000), paid("2026-11-24", "mistral", 200_000))
    made = stacks(given, "cost", 2, TODAY, NAMES)
    assert made.words(1) == "24 Nov: €0.40  ·  OpenAI €0.30  ·  Mistral €0.10"
    assert made.words(0) == "23 Nov: €0.00"
    alone = stacks(report(paid("2026-11-24", "openai", 600_000)), "calls", 1, TODAY, NAMES)
    assert alone.words(0) == "24 Nov: 1 answer"
    assert day_name("2026-11-04") == "4 Nov"


def test_purposes_are_added_up_over_days_and_tiers() -> None:
    local = (
        LocalDay("2026-11-24", "task", "Triage", 50, 1_000, 100, 1.0),
        LocalDay("2026-11-24", "chat", "", 3, 9, 1, 1),
    )
    given = report(
        paid("2026-11-23", "openai", 5),
        paid("2026-11-24", "mistral", 6, unpriced=1),
        paid("2026-11-24", "openai", 1, name=""),
        local=local,
    )
    triage, chats = purposes(given)
    assert (triage.name, triage.here, triage.cloud, triage.tokens, triage.amount, triage.unpriced) == (
        "Triage", 50, 2, 1_320, 11, 1,
    )  # fmt: skip
    assert (chats.name, chats.here, chats.cloud) == ("Chats", 3, 1)


def test_a_day_is_written_as_people_do_and_anything_else_as_it_is() -> None:
    assert whole_day("2025-10-01") == "1 Oct 2025"
    assert whole_day("last\u202e autumn") == "last autumn"
