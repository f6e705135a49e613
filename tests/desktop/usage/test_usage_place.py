"""desktop/usage and desktop/window/usage.py: what the screen says, and what changes on it."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.preview_sheet.raw import EXACT
from desktop.preview_sheet.receipt import MASKED, NO_REPLY, SENT
from desktop.theme.theme import Theme
from desktop.usage.call_rows import FIRST
from desktop.usage.page import NOTHING, NOTHING_YET
from desktop.usage.receipt import GONE
from desktop.window.usage import UsagePlace, spent_today
from desktop.window.window import Window
from engine.usage.values import Limits, Origin, Price
from tests.desktop import usage_states
from tests.desktop.usage_states import REQUEST, place_of
from tests.fakes.application import FakeApplication
from tests.fakes.ledger import FakeMoney

Open = Callable[[FakeApplication], Window]


class Opened:
    def __init__(self, window: Window, money: FakeMoney) -> None:
        self.window, self.money = window, money
        self.place: UsagePlace = place_of(window, money)
        self.page = self.place.page
        self.place.enter()
        window._places.show_place("usage")
        QApplication.processEvents()

    @property
    def words(self) -> list[str]:
        return [each.text() for each in self.page.findChildren(QLabel) if each.isVisible() and each.text()]


@pytest.fixture
def opened(open_window: Open, application: FakeApplication) -> Iterator[Callable[[FakeMoney], Opened]]:
    window = open_window(application)
    given: list[FakeMoney] = []

    def open_one(money: FakeMoney) -> Opened:
        given.append(money)
        return Opened(window, money)

    yield open_one
    for money in given:
        money.ledger.close()


def type_into(qtbot: QtBot, entry: QWidget, text: str) -> None:
    assert isinstance(entry, QLineEdit)
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClick(entry, Qt.Key.Key_Delete)
    qtbot.keyClicks(entry, text)
    qtbot.keyClick(entry, Qt.Key.Key_Return)


def test_the_app_does_not_load_what_draws_charts_before_the_screen_is_opened() -> None:
    code = (
        "import sys, desktop.app, desktop.window.usage\n"
        "print([name for name in ('numpy', 'pyqtgraph', 'colorama') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


# What it says


def test_nothing_sent_is_said_and_the_limits_stand_there_already(
    opened: Callable[[FakeMoney], Opened], tmp_path: Path
) -> None:
    found = opened(FakeMoney(tmp_path))
    assert NOTHING_YET in found.words
    assert found.page.chart.isHidden() and found.page.calls.isHidden()
    assert not found.page.export.isEnabled()
    assert found.page.limits.cards["day"].entry.text() == "€2.00"  # type: ignore[attr-defined]
    found.money.ledger.local(Origin("chat", 1), prompt_tokens=90, completion_tokens=9, seconds=1.0)
    found.place.enter()
    assert NOTHING in found.words
    assert found.page.chart.isVisible()


def test_a_month_of_work_in_words(opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    spent = found.money.spent()
    assert found.page.limits.cards["month"].accessibleName().startswith("This month: €2.33 of €20.00")
    assert found.page.chart.plot.accessibleName() == "Cost per day"
    assert "24 Nov: " in found.page.chart.plot.accessibleDescription()
    assert "Everything with Claude Sonnet 4.5" in found.words
    assert "OpenAI  ·  price not known" in found.words
    assert "price not known" in found.words
    assert any(words.startswith("at least €") for words in found.words)
    assert spent.day > 0


def test_every_part_has_a_name_for_a_screen_reader(opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    for each in (*found.page.findChildren(QAbstractButton), *found.page.findChildren(QLineEdit)):
        if each.isVisible():
            assert each.accessibleName(), each
    for row in found.page.calls.rows:
        assert "opens the receipt" in row.accessibleName()


def test_the_price_of_the_model_for_hard_questions_is_asked_for_where_it_is_not_known(
    opened: Callable[[FakeMoney], Opened],
) -> None:
    found = opened(usage_states.used())
    found.money.hard = ("openai", "gpt-9")
    found.place.enter()
    assert (
        "The price of gpt-9 is not known. Enter it below to see what all of this would have cost there."
        in (found.words)
    )
    found.money.hard = ("", "")
    found.place.enter()
    assert any(words.startswith("Choose a model for hard questions") for words in found.words)


def test_foreign_names_are_shown_as_they_are_and_load_nothing(opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.hostile())
    assert all(each.textFormat() == Qt.TextFormat.PlainText for each in found.page.findChildren(QLabel))
    assert found.page.minimumSizeHint().width() < 900
    found.place.show_receipt(found.page.calls.rows[0].call)
    receipt = found.window.asking.receipt
    assert "<img src='http://example.org/x.png'> [x](javascript:alert(1))" in receipt.came.toPlainText()
    receipt.raw.choose(EXACT)
    assert receipt.raw.text.endswith("⟦FF⟧{not json")


# The chart


def test_the_chart_tells_the_day_that_the_arrow_keys_reach(
    qtbot: QtBot, opened: Callable[[FakeMoney], Opened]
) -> None:
    found = opened(usage_states.used())
    plot = found.page.chart.plot
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert any(words.startswith("24 Nov: €0.099  ·  OpenAI ") for words in found.words)
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert any(words.startswith("23 Nov: ") for words in found.words)
    for _ in range(3):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert any(words.startswith("24 Nov: ") for words in found.words)


def test_the_chart_shows_answers_and_tokens_and_other_periods(
    qtbot: QtBot, opened: Callable[[FakeMoney], Opened]
) -> None:
    found = opened(usage_states.used())
    for name, title in (("Answers", "Answers per day"), ("Tokens", "Tokens per day")):
        qtbot.mouseClick(found.page.chart._choice._buttons[name], Qt.MouseButton.LeftButton)
        assert title in found.words
        assert found.page.chart.plot.accessibleName() == title
    qtbot.mouseClick(found.page.period._buttons["7 days"], Qt.MouseButton.LeftButton)
    assert len(found.page.chart._stacks.days) == 7  # type: ignore[union-attr]


def test_the_wheel_over_the_chart_scrolls_the_page(opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPointF(0, -10).toPoint(), QPointF(0, -120).toPoint(),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    found.page.chart.plot.wheelEvent(event)
    assert not event.isAccepted()


def test_the_chart_is_drawn_anew_in_the_other_appearance(
    opened: Callable[[FakeMoney], Opened], theme: Theme
) -> None:
    found = opened(usage_states.used())
    theme.set_appearance("dark")
    found.page.chart.plot.choose(3)
    theme.set_appearance("light")
    assert found.page.chart.plot.accessibleName() == "Cost per day"


# What changes


def test_a_limit_is_set_and_lifted_where_it_stands(
    qtbot: QtBot, opened: Callable[[FakeMoney], Opened], tmp_path: Path
) -> None:
    found = opened(FakeMoney(tmp_path))
    cards = found.page.limits.cards
    changed = []
    found.place.changed.connect(lambda: changed.append(True))
    type_into(qtbot, cards["day"].entry, "3,50")
    assert found.money.limits().day == 7_000_000  # half a euro is a dollar here
    assert cards["day"].entry.text() == "€3.50"  # type: ignore[attr-defined]
    type_into(qtbot, cards["month"].entry, "")
    assert found.money.limits().month is None
    assert found.money.limits().run == 10_000_000
    assert changed


def test_what_is_no_amount_is_said_and_changes_nothing(
    qtbot: QtBot, opened: Callable[[FakeMoney], Opened], tmp_path: Path
) -> None:
    found = opened(FakeMoney(tmp_path))
    before = found.money.limits()
    type_into(qtbot, found.page.limits.cards["run"].entry, "a lot")
    assert found.money.limits() == before
    assert any(words.startswith("That is no amount of money") for words in found.words)


def test_a_limit_that_is_left_as_it_is_keeps_what_its_words_round_off(
    qtbot: QtBot, opened: Callable[[FakeMoney], Opened], tmp_path: Path
) -> None:
    money = FakeMoney(tmp_path)
    money.set_limits(Limits(day=4_001_234))
    found = opened(money)
    entry = found.page.limits.cards["day"].entry
    entry.setFocus()
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert money.limits().day == 4_001_234


def test_a_limit_that_is_reached_is_said_in_words(opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.tight())
    assert "Reached: nothing more is sent until it begins anew." in found.words
    assert "Nearly reached." in found.words


def test_a_price_is_entered_and_taken_back(qtbot: QtBot, opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    found.window.activateWindow()
    qtbot.waitUntil(found.window.isActiveWindow)
    unknown = found.page.prices.rows[0]
    type_into(qtbot, unknown.entries[0], "1.5")
    assert found.money.price("openai", "gpt-9") is None  # half a price is none
    type_into(qtbot, unknown.entries[1], "6")
    price = found.money.price("openai", "gpt-9")
    assert price is not None and (price.prompt, price.completion) == (1.5, 6.0)
    assert "price not known" not in found.words  # the call has its price now, too
    moved = next(row for row in found.page.prices.rows if row.model == ("openai", "gpt-9"))
    assert moved.entries[1] is QApplication.focusWidget()  # it stands elsewhere now, and so does the keyboard
    own = next(row for row in found.page.prices.rows if not row.back.isHidden())
    qtbot.mouseClick(own.back, Qt.MouseButton.LeftButton)
    assert found.money.price("openai", "gpt-9") is None


def test_a_price_that_cannot_be_is_marked_and_not_taken(
    qtbot: QtBot, opened: Callable[[FakeMoney], Opened]
) -> None:
    found = opened(usage_states.used())
    row = found.page.prices.rows[1]
    before = found.money.price("openai", "gpt-4.1-mini")
    for text in ("-1", "free", "1e9", "nan"):
        type_into(qtbot, row.entries[0], text)
        assert row.entries[0].property("wrong") is True, text
    assert found.money.price("openai", "gpt-4.1-mini") == before


def test_all_models_are_shown_on_demand(qtbot: QtBot, opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    assert len(found.page.prices.rows) == 4
    qtbot.mouseClick(found.page.prices.more, Qt.MouseButton.LeftButton)
    assert len(found.page.prices.rows) == len(found.money.prices())
    found.money.set_price("mistral", "codestral-latest", Price(1.0, 1.0))
    found.place.enter()
    qtbot.mouseClick(found.page.prices.more, Qt.MouseButton.LeftButton)
    assert len(found.page.prices.rows) == 5


def test_the_currency_is_chosen(qtbot: QtBot, opened: Callable[[FakeMoney], Opened], tmp_path: Path) -> None:
    found = opened(FakeMoney(tmp_path))
    assert any("One dollar is €0.5, as of" in words for words in found.words)
    qtbot.mouseClick(found.page.currency._buttons["$ USD"], Qt.MouseButton.LeftButton)
    assert found.money.currency().code == "USD"
    assert spent_today(found.money) == "$0.00 today"
    assert "$0.00" in found.words


# Calls and receipts


def test_calls_come_in_portions(qtbot: QtBot, opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    assert len(found.page.calls.rows) == FIRST
    qtbot.mouseClick(found.page.calls.more, Qt.MouseButton.LeftButton)
    assert len(found.page.calls.rows) == FIRST + 40


def test_a_call_opens_its_receipt_word_for_word(qtbot: QtBot, opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    row = found.page.calls.rows[0]
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Return)
    receipt = found.window.asking.receipt
    assert receipt.isVisible() and receipt.title == "Receipt: GPT 4.1 Mini"
    assert "To: OpenAI" in receipt.facts
    assert receipt.came.toPlainText().startswith("⟨PERSON_1⟩ has to give")
    receipt.choose(SENT)
    receipt.raw.choose(EXACT)
    assert receipt.raw.text.encode().endswith(REQUEST)
    receipt.choose(MASKED)
    shown = [each.text() for each in receipt.findChildren(QLabel) if each.isVisible()]
    assert "⟨PERSON_1⟩" in shown and "Marie Dupont" in shown
    receipt.close_sheet()
    assert not receipt.isVisible()


def test_a_call_that_brought_nothing_says_so(opened: Callable[[FakeMoney], Opened]) -> None:
    money = usage_states.used()
    money.ask(Origin("chat", 3), "openai", "gpt-4.1", 10, 0, request=REQUEST, state="failed", reason="no")
    found = opened(money)
    found.place.show_receipt(found.page.calls.rows[0].call)
    receipt = found.window.asking.receipt
    assert NO_REPLY in [each.text() for each in receipt.findChildren(QLabel) if each.isVisible()]


def test_a_call_without_a_receipt_says_why(opened: Callable[[FakeMoney], Opened]) -> None:
    found = opened(usage_states.used())
    found.place.show_receipt(found.page.calls.rows[1].call)
    assert GONE in [each.text() for each in found.window.sheet.findChildren(QLabel)]


def test_every_call_is_exported(qtbot: QtBot, opened: Callable[[FakeMoney], Opened], tmp_path: Path) -> None:
    found = opened(usage_states.used())
    path = tmp_path / "usage.csv"
    found.place.export(path)
    qtbot.waitUntil(path.exists)
    qtbot.waitUntil(lambda: found.window.toast.isVisible())
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(found.money.calls(10_000))


def test_a_file_that_cannot_be_written_is_a_failure_in_words(
    qtbot: QtBot, opened: Callable[[FakeMoney], Opened], tmp_path: Path
) -> None:
    found = opened(usage_states.used())
    with qtbot.waitSignal(found.place.failed):
        found.place.export(tmp_path / "no" / "usage.csv")


def test_the_strip_opens_usage(qtbot: QtBot, open_window: Open, application: FakeApplication) -> None:
    window = open_window(application)
    window.status.show_money("€0.42 today")
    made = next(b for b in window.status.findChildren(QAbstractButton) if b.text() == "€0.42 today")
    with qtbot.waitSignal(window.status.usage_asked):
        qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
