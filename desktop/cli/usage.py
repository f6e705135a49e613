"""`carrel usage`: tokens, cost and budget. Works beside an open Carrel; it sends nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from typing import Any

from desktop.cli.output import show_json
from desktop.compose_cloud import usage
from desktop.errors import UsageError
from desktop.money import Money
from desktop.places import Profile
from engine.chats.store import ChatStore
from engine.usage.money import in_currency, shown, typed
from engine.usage.values import Currency, UsageReport

_WIDTH = 14


def run_usage(arguments: argparse.Namespace) -> int:
    with _money(Profile.chosen(arguments.profile)) as money:
        if arguments.limits:
            _set_limits(money, arguments.limits)
        report = money.usage(arguments.days)
    if arguments.json:
        show_json(_document(report, arguments.days))
        return 0
    for name, words in _lines(report, arguments.days):
        print(f"{name:{_WIDTH}} {words}")
    return 0


@contextmanager
def _money(profile: Profile) -> Iterator[Money]:
    """Without the profile's lock: what an open Carrel has reserved stays reserved."""
    profile.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(ChatStore(profile.chats)) as settings:
        ledger, prices, choices = usage(profile, settings)
        with closing(ledger):
            yield Money(ledger, prices, choices)


def _set_limits(money: Money, wanted: Sequence[tuple[str, str]]) -> None:
    currency = money.currency()
    try:
        set_to = {name: None if text == "none" else typed(text, currency) for name, text in wanted}
    except ValueError as error:
        raise UsageError(f"{error}.") from None
    money.set_limits(replace(money.limits(), **set_to))


def _lines(report: UsageReport, days: int) -> Iterator[tuple[str, str]]:
    currency = report.currency
    calls = sum(day.calls for day in report.days)
    prompt = sum(day.prompt_tokens for day in report.days)
    completion = sum(day.completion_tokens for day in report.days)
    yield "last days", f"{days}"
    yield "cloud", f"{_counted(calls, 'call')}, {prompt:,} tokens sent, {completion:,} received"
    yield "cost", shown(sum(day.amount for day in report.days), currency)
    if unpriced := sum(day.unpriced for day in report.days):
        yield "", f"and {_counted(unpriced, 'call')} whose price is not known"
    for provider, model, amount, number in _by_model(report):
        yield "", f"{provider} {model}: {shown(amount, currency)}, {_counted(number, 'call')}"
    answers = sum(day.answers for day in report.local)
    tokens = sum(day.prompt_tokens + day.completion_tokens for day in report.local)
    yield "here", f"{_counted(answers, 'answer')} on this computer, {tokens:,} tokens"
    limits = report.spent.limits
    for name, spent, limit in (
        ("today", report.spent.day, limits.day),
        ("this month", report.spent.month, limits.month),
    ):
        yield name, f"{shown(spent, currency)} of {_limit(limit, currency)}"
    yield "each run", f"at most {_limit(limits.run, currency)}"


def _by_model(report: UsageReport) -> list[tuple[str, str, int, int]]:
    added: dict[tuple[str, str], tuple[int, int]] = {}
    for day in report.days:
        amount, calls = added.get((day.provider, day.model), (0, 0))
        added[day.provider, day.model] = amount + day.amount, calls + day.calls
    return [(*which, *sums) for which, sums in sorted(added.items(), key=lambda item: -item[1][0])]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _limit(limit: int | None, currency: Currency) -> str:
    return "no limit" if limit is None else shown(limit, currency)


def _document(report: UsageReport, days: int) -> dict[str, Any]:
    currency, spent = report.currency, report.spent
    amount = {"currency": currency.code}
    return {
        "days": days,
        "calls": sum(day.calls for day in report.days),
        "unpriced": sum(day.unpriced for day in report.days),
        "tokens": {
            "prompt": sum(day.prompt_tokens for day in report.days),
            "completion": sum(day.completion_tokens for day in report.days),
        },
        "cost": amount | {"amount": _number(sum(day.amount for day in report.days), currency)},
        "budget": {
            "day": {"spent": _number(spent.day, currency), "limit": _number(spent.limits.day, currency)},
            "month": {
                "spent": _number(spent.month, currency),
                "limit": _number(spent.limits.month, currency),
            },
            "run": {"limit": _number(spent.limits.run, currency)},
        },
        "currency": asdict(currency),
        "by_day": [asdict(day) | {"amount": _number(day.amount, currency)} for day in report.days],
        "local": [asdict(day) for day in report.local],
        "energy_wh": report.energy_wh,
    }


def _number(amount: int | None, currency: Currency) -> float | None:
    """As a JSON number, to the millionth."""
    return None if amount is None else float(round(in_currency(amount, currency), 6))
