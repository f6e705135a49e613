"""States of the Usage place, to be drawn (`preview.py`) and walked through by tests."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import cache, partial
from pathlib import Path

from PySide6.QtWidgets import QScrollArea

from desktop import places
from desktop.window.usage import UsagePlace, spent_today
from desktop.window.window import Window
from engine.usage import prices
from engine.usage.values import Limits, Origin
from tests.fakes.application import FakeApplication
from tests.fakes.ledger import Clock, FakeMoney

NOW = time.mktime((2026, 11, 24, 16, 20, 0, 0, 0, -1))
DAY_S = 24 * 3600.0
REQUEST = (
    '{"model":"gpt-4.1-mini","messages":[{"role":"system","content":"Answer from these passages."},'
    '{"role":"user","content":"[1] ⟨PERSON_1⟩ may end it with 90 days\' notice.\\n\\n'
    'What notice does ⟨PERSON_1⟩ have to give?"}],"max_tokens":2048,"stream":true}'
).encode()
TRIAGE, CONTRACTS = "Support triage", "Contract dates"


def _money(ledger: bytes = b"", **options: object) -> FakeMoney:
    """With the content of a ledger's file, or with an empty one."""
    table = prices.read(places.prices())
    clock = Clock(NOW)
    folder = Path(tempfile.mkdtemp(prefix="carrel-preview-"))
    (folder / "usage.db").write_bytes(ledger)
    made = FakeMoney(folder, clock=clock, table=table, **options)  # type: ignore[arg-type]
    made.clock = clock  # type: ignore[attr-defined]
    return made


def used() -> FakeMoney:
    """A month of work: most of it here, the hard rest with three providers, one price not known."""
    return _money(_month_of_work(), hard=("anthropic", "claude-sonnet-4-5"))


@cache
def _month_of_work() -> bytes:
    """The ledger's file: its some hundred transactions take longer than all that is looked at in them."""
    money = _money()
    clock: Clock = money.clock  # type: ignore[attr-defined]
    chance = random.Random(4)
    for back in range(29, -1, -1):
        clock.now = NOW - back * DAY_S
        if time.localtime(clock.now).tm_wday > 4 and back:
            continue
        money.ledger.local(
            Origin("chat", 1),
            prompt_tokens=chance.randint(9_000, 60_000),
            completion_tokens=4_000,
            seconds=400,
            answers=chance.randint(4, 30),
        )
        if back % 3 == 0:
            money.ledger.local(
                Origin("task", 7, name=TRIAGE),
                prompt_tokens=chance.randint(90_000, 240_000),
                completion_tokens=9_000,
                seconds=900,
                answers=chance.randint(80, 300),
            )
        for _ in range(chance.randint(0, 5)):
            money.ask(
                Origin("chat", 3, name="Notice periods in supplier contracts"),
                "anthropic",
                "claude-sonnet-4-5",
                chance.randint(2_000, 9_000),
                chance.randint(100, 900),
                seconds=4.2,
            )
        for row in range(chance.randint(0, 14)):
            money.ask(
                Origin("task", 7, row, TRIAGE),
                "openai",
                "gpt-4.1-mini",
                chance.randint(9_000, 40_000),
                chance.randint(200, 2_400),
                seconds=1.4,
            )
        if back % 4 == 1:
            money.ask(
                Origin("task", 9, 0, CONTRACTS),
                "mistral",
                "mistral-large-latest",
                chance.randint(20_000, 90_000),
                1_800,
                seconds=9,
            )
    money.ask(
        Origin("chat", 5, name="Which invoices are overdue?"), "openai", "gpt-9", 3_000, 410, seconds=3.1
    )
    money.ask(
        Origin("chat", 5, name="Which invoices are overdue?"),
        "anthropic",
        "claude-sonnet-4-5",
        2_400,
        90,
        state="cancelled",
        response="The invoices of",
        request=REQUEST,
        seconds=1.0,
    )
    money.ask(
        Origin("task", 7, 311, TRIAGE),
        "openai",
        "gpt-4.1-mini",
        3_000,
        410,
        state="failed",
        reason="OpenAI asks to wait 20 s: too many questions in a short time",
    )
    money.ask(
        Origin("chat", 3, name="Notice periods in supplier contracts"),
        "openai",
        "gpt-4.1-mini",
        3_140,
        88,
        url="https://api.openai.com/v1/chat/completions",
        request=REQUEST,
        seconds=2.3,
        response="⟨PERSON_1⟩ has to give 90 days' notice [1].",
        restored="Marie Dupont has to give 90 days' notice [1].",
        placeholders=(("⟨PERSON_1⟩", "Marie Dupont"),),
    )
    money.ledger.close()
    return money.file.read_bytes()


def tight() -> FakeMoney:
    """As `used`, with a day's limit that is reached, and a month's that is near."""
    money = used()
    spent = money.spent()
    money.set_limits(Limits(day=spent.day - 1, month=round(spent.month * 1.1), run=None))
    return money


def here_only() -> FakeMoney:
    money = _money()
    for back in range(12, -1, -1):
        money.clock.now = NOW - back * DAY_S  # type: ignore[attr-defined]
        money.ledger.local(
            Origin("chat", 1), prompt_tokens=30_000, completion_tokens=4_000, seconds=9, answers=3 + back
        )
    return money


def hostile() -> FakeMoney:
    """Names from foreign files and providers."""
    money = _money(hard=("openai", "gpt-4.1"))
    money.set_limits(Limits())
    name = "<img src='file:///etc/passwd'><b>bold</b>\u202ename\n" + "very " * 40 + "W" * 300
    for number in range(14):
        money.ask(
            Origin("task", number, 1, f"{number} {name}"),
            "openai",
            f"<b>model</b> {number} " + "m" * 200,
            10,
            5,
        )
    money.ask(
        Origin("task", 1, 1, name),
        "openai",
        "gpt-4.1",
        9_000_000,
        4_000_000,
        reason=name,
        state="failed",
        response="<img src='http://example.org/x.png'> [x](javascript:alert(1))",
        request=b"\xff{not json",
    )
    return money


def place_of(window: Window, money: FakeMoney) -> UsagePlace:
    """The place, put into a window instead of its own: with this money, on the day of `NOW`."""
    place = UsagePlace(
        money,
        window._theme,
        window.lanes,
        window.sheet,
        window.asking.receipt,
        window.toast,
        window,  # type: ignore[arg-type]
        today=lambda: date.fromtimestamp(NOW),
    )
    window._places.add("usage", place.page)
    window.outside.usage = place
    window.status.show_money(spent_today(money))
    return place


def _open(make: Callable[[], FakeMoney], share: float, window: Window) -> UsagePlace:
    place = place_of(window, make())
    place.enter()
    window._places.show_place("usage")
    window.sidebar.show_place("usage")
    place.page.set_sidebar_button(window.sidebar.isHidden())
    _scroll(place, share)
    return place


def _scroll(place: UsagePlace, share: float) -> None:
    from PySide6.QtWidgets import QApplication

    QApplication.processEvents()
    bar = place.page.findChild(QScrollArea).verticalScrollBar()
    bar.setValue(round(bar.maximum() * share))


def _point(subject: str, window: Window) -> None:
    place = _open(used, 0, window)
    place.page.chart._choice.choose(subject)
    place.page.chart._choose(subject)
    place.page.chart.plot.choose(22)


def _receipt(window: Window) -> None:
    place = _open(used, 1, window)
    place.show_receipt(place.page.calls.rows[0].call)


def calm(app: FakeApplication) -> None:
    from tests.desktop import preview

    preview.calm(app)


State = tuple[Callable[[FakeApplication], None], Callable[[Window], object]]

STATES: dict[str, State] = {
    "usage": (calm, partial(_open, used, 0)),
    "usage-middle": (calm, partial(_open, used, 0.5)),
    "usage-end": (calm, partial(_open, used, 1)),
    "usage-answers": (calm, partial(_point, "Answers")),
    "usage-tokens": (calm, partial(_point, "Tokens")),
    "usage-tight": (calm, partial(_open, tight, 0)),
    "usage-empty": (calm, partial(_open, _money, 0)),
    "usage-here": (calm, partial(_open, here_only, 0)),
    "usage-hostile": (calm, partial(_open, hostile, 0.4)),
    "usage-receipt": (calm, _receipt),
}
