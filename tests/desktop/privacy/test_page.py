from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.network import Attempt
from desktop.privacy import page as privacy_page
from desktop.theme.theme import Theme
from desktop.window.window import Window
from tests.fakes.application import FakeApplication

SENT = Attempt(
    1_795_356_120.0, "connect", "api.example.com", 443, "", "Question", True, "courier", 6_214, 480
)
BLOCKED = replace(SENT, host="tracker.example", purpose="", caller="posthog:1", allowed=False)


@pytest.fixture
def application() -> FakeApplication:
    made = FakeApplication()
    made.cloud.is_online = False
    return made


@pytest.fixture
def window(open_window: Callable[[FakeApplication], Window], application: FakeApplication) -> Window:
    return open_window(application)


def _shown(window: Window) -> list[str]:
    view = window.outside.privacy.page._view
    return [view.rows.attempt(view.rows.index(row)).host for row in range(view.rows.rowCount())]


def test_the_lock_opens_the_place_that_says_nothing_left(
    window: Window, application: FakeApplication
) -> None:
    window.status.network_asked.emit()
    page = window.outside.privacy.page
    assert window.place == "privacy"
    assert page._title.text() == "Carrel is offline"
    assert page._out.accessibleName() == "0 connections out"
    assert not page._empty.isHidden() and page._view.isHidden()


def test_what_is_tried_while_the_place_is_open_appears(window: Window, application: FakeApplication) -> None:
    window.show_place("privacy")
    application.cloud.attempted += [SENT, BLOCKED]
    window._refresh_status()
    assert _shown(window) == ["tracker.example", "api.example.com"]
    window.outside.privacy.page._filter.chosen.emit("Went out")
    assert _shown(window) == ["api.example.com"]


def test_one_press_goes_online_and_one_goes_back(
    window: Window, application: FakeApplication, qtbot: QtBot
) -> None:
    window.show_place("privacy")
    page = window.outside.privacy.page
    with qtbot.waitSignal(window.outside.privacy.changed):
        page._switch.click()
    assert application.cloud.is_online and page._switch.text() == "Go offline"
    with qtbot.waitSignal(window.outside.privacy.changed):
        page._switch.click()
    assert application.cloud.called("set_online") == [True, False]


def test_trying_to_get_out_shows_each_way_and_what_came_of_it(
    window: Window, application: FakeApplication, qtbot: QtBot
) -> None:
    window.show_place("privacy")
    proofs = window.outside.privacy.page.proofs
    window.resize(900, 600)
    proofs.asked.emit()
    qtbot.waitUntil(lambda: proofs._words.text() == "All 5 tries were blocked.")
    port = window.outside.privacy.page._area.viewport()
    qtbot.waitUntil(lambda: proofs.height() > 200)
    qtbot.waitUntil(lambda: proofs.mapTo(port, proofs.rect().bottomLeft()).y() <= port.height())
    assert application.cloud.called("prove") == list(application.cloud.ways)


def test_a_way_that_got_out_is_not_hidden(qtbot: QtBot, theme: Theme) -> None:
    from desktop.egress.proving import Proof
    from desktop.privacy.proofs import Proofs

    proofs = Proofs(theme)
    qtbot.addWidget(proofs)
    proofs.begin()
    proofs.show_proof(Proof("A thread", True, True, True, ""))
    proofs.show_proof(Proof("A child process", False, False, False, ""))
    proofs.end()
    assert proofs._words.text() == "1 of 2 got out."


def test_the_report_goes_where_the_person_says(
    window: Window, application: FakeApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/tmp/report.csv", ""))
    window.outside.privacy.page.export_asked.emit()
    qtbot.waitUntil(lambda: application.cloud.called("export_attempts") == [Path("/tmp/report.csv")])


def test_of_a_long_list_the_newest_are_shown_and_the_rest_is_counted(
    window: Window, application: FakeApplication
) -> None:
    application.cloud.attempted = [replace(SENT, host=f"{number}.example") for number in range(250)]
    window.show_place("privacy")
    assert len(_shown(window)) == privacy_page.SHOWN
    assert window.outside.privacy.page._more.text() == "and 50 earlier ones: the report has them all"
