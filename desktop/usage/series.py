"""What the chart shows, from what was reported: one value for each day and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from desktop.theme.foreign import plain
from engine.usage.money import shown
from engine.usage.values import Currency, UsageReport

Subject = Literal["cost", "calls", "tokens"]
HERE, CLOUD, OTHERS = "On this computer", "Cloud", "Others"
MOST = 4
"""Providers with a part of their own in each bar; more could not be told apart."""


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each day of the chart."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Stacks:
    """`days` are written as the ledger does (“2026-11-24”), without gaps; the first series is the lowest."""

    subject: Subject
    days: tuple[str, ...]
    series: tuple[Series, ...]
    currency: Currency

    def words(self, day: int) -> str:
        """All that a bar says: “24 Nov: €0.42  ·  OpenAI €0.30  ·  Anthropic €0.12”."""
        parts = [(each.name, each.values[day]) for each in self.series if each.values[day]]
        said = [f"{name} {self._bare(amount)}" for name, amount in parts] if len(parts) > 1 else []
        total = sum(amount for _, amount in parts)
        return "  ·  ".join([f"{day_name(self.days[day])}: {self.value(total)}", *said])

    def _bare(self, amount: float) -> str:
        return self.value(amount) if self.subject == "cost" else f"{amount:,.0f}"

    def value(self, amount: float) -> str:
        if self.subject == "cost":
            return shown(round(amount), self.currency)
        unit = {"calls": "answer", "tokens": "token"}[self.subject]
        return f"{amount:,.0f} {unit if amount == 1 else unit + 's'}"


def stacks(report: UsageReport, subject: Subject, days: int, today: date, names: Mapping[str, str]) -> Stacks:
    """`names` are how providers are called, by their ids."""
    every = tuple(str(today - timedelta(days=back)) for back in range(days - 1, -1, -1))
    made = _by_provider(report, every, names) if subject == "cost" else _by_tier(report, subject, every)
    return Stacks(subject, every, made, report.currency)


def _by_provider(report: UsageReport, days: Sequence[str], names: Mapping[str, str]) -> tuple[Series, ...]:
    """In micro-dollars; the dearest first."""
    added: dict[str, dict[str, float]] = {}
    for each in report.days:
        of_day = added.setdefault(names.get(each.provider, each.provider), {})
        of_day[each.day] = of_day.get(each.day, 0) + each.amount
    ordered = sorted(added.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    paid = [(name, of_day) for name, of_day in ordered if any(of_day.values())]
    if len(paid) > MOST:
        others: dict[str, float] = {}
        for _, of_day in paid[MOST - 1 :]:
            others = {day: others.get(day, 0) + of_day.get(day, 0) for day in days}
        paid = [*paid[: MOST - 1], (OTHERS, others)]
    return tuple(Series(name, tuple(of_day.get(day, 0) for day in days)) for name, of_day in paid)


def _by_tier(report: UsageReport, subject: Subject, days: Sequence[str]) -> tuple[Series, ...]:
    here = dict.fromkeys(days, 0.0)
    cloud = dict.fromkeys(days, 0.0)
    for local in report.local:
        if local.day in here:
            count = local.answers if subject == "calls" else local.prompt_tokens + local.completion_tokens
            here[local.day] += count
    for each in report.days:
        if each.day in cloud:
            cloud[each.day] += (
                each.calls if subject == "calls" else each.prompt_tokens + each.completion_tokens
            )
    return (Series(HERE, tuple(here.values())), Series(CLOUD, tuple(cloud.values())))


def day_name(day: str) -> str:
    """“24 Nov”."""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%b}"


def whole_day(day: str) -> str:
    """“24 Nov 2026”; what is written otherwise, as it is."""
    try:
        return f"{day_name(day)} {date.fromisoformat(day).year}"
    except ValueError:
        return plain(day, 20)


@dataclass(frozen=True, slots=True)
class Purpose:
    """One line of “by purpose”. `here` and `cloud`: answers; `tokens` of both."""

    name: str
    here: int
    cloud: int
    tokens: int
    amount: int
    unpriced: int


_KINDS = {"chat": "Chats", "question": "Questions", "test": "Tests of keys", "task": "Tasks"}


def purposes(report: UsageReport) -> list[Purpose]:
    """What it was for: chats, and each recipe; the dearest first, then what had most answers."""
    found: dict[str, Purpose] = {}

    def add(name: str, here: int, cloud: int, tokens: int, amount: int, unpriced: int) -> None:
        old = found.get(name, Purpose(name, 0, 0, 0, 0, 0))
        found[name] = Purpose(
            name,
            old.here + here,
            old.cloud + cloud,
            old.tokens + tokens,
            old.amount + amount,
            old.unpriced + unpriced,
        )

    for day in report.days:
        tokens = day.prompt_tokens + day.completion_tokens
        add(day.name or _KINDS[day.origin], 0, day.calls, tokens, day.amount, day.unpriced)
    for local in report.local:
        tokens = local.prompt_tokens + local.completion_tokens
        add(local.name or _KINDS[local.origin], local.answers, 0, tokens, 0, 0)
    return sorted(found.values(), key=lambda each: (-each.amount, -(each.here + each.cloud), each.name))
