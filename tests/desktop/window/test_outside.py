from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop.window.window import Window
from tests.desktop.task_run_states import escalation
from tests.fakes.application import FakeApplication


@pytest.fixture
def window(open_window: Callable[[FakeApplication], Window], application: FakeApplication) -> Window:
    return open_window(application)


def test_a_place_is_built_when_somebody_goes_there(window: Window) -> None:
    assert not {"privacy", "cloud", "usage"} & set(vars(window.outside))
    window.show_place("usage")
    assert "usage" in vars(window.outside) and "cloud" not in vars(window.outside)


def test_every_place_leads_to_the_next_and_back(window: Window, qtbot: QtBot) -> None:
    window.status.network_asked.emit()
    assert window.place == "privacy"
    window.outside.privacy.page.cloud_asked.emit()
    assert window.place == "cloud"
    window.outside.cloud.budget_asked.emit()
    assert window.place == "usage"
    window.show_place("cloud")
    window.outside.cloud.page.closed.emit()
    assert window.place == "settings"
    window.settings.place_asked.emit("cloud")
    assert window.place == "cloud"


def test_a_missing_key_leads_to_its_providers_row(window: Window) -> None:
    window.outside.asking.key_asked.emit("openai")
    assert window.place == "cloud"
    assert window.outside.cloud.page.providers.entry("openai").panel.isVisible()


@pytest.mark.parametrize("key", ["privacy", "cloud", "usage"])
def test_settings_is_lit_on_its_parts(window: Window, key: str) -> None:
    window.show_place(key)
    assert [name for name, made in window.sidebar._places.items() if made.isChecked()] == ["settings"]


def test_where_nobody_can_be_asked_about_a_run_one_press_leads_to_cloud(window: Window) -> None:
    window.tasks.desk._show_plan(escalation(blocked="No provider is chosen.", provider=""))
    (go,) = (made for made in window.sheet.findChildren(QPushButton) if made.text() == "Open Cloud")
    go.click()
    assert window.place == "cloud" and not window.sheet.isVisible()


def test_a_narrow_strip_does_not_squeeze_its_words_at_each_look(
    window: Window, application: FakeApplication, qtbot: QtBot
) -> None:
    application.state = replace(application.state, connections=1, offline=False)
    window.resize(900, 600)
    window._refresh_status()
    strip = window.status
    qtbot.waitUntil(lambda: strip._model.width() >= strip._model.sizeHint().width())
    assert strip._memory.isHidden(), "there is no room for it"
    window._refresh_status()
    assert strip._model.width() >= strip._model.sizeHint().width()


def test_what_was_spent_today_stands_at_the_bottom(window: Window) -> None:
    window._refresh_status()
    assert window.status._money.text() == "€0.17 today"


def test_a_page_built_later_knows_that_the_sidebar_is_folded(window: Window) -> None:
    window.set_sidebar_shown(False)
    window.show_place("usage")
    page = window.outside.usage.page
    assert page._header._sidebar.isVisible()
    page.sidebar_asked.emit()
    assert window.sidebar.isVisible()


def test_the_strip_says_what_went_out_and_what_was_blocked(
    window: Window, application: FakeApplication
) -> None:
    application.state = replace(application.state, connections=1, blocked=3)
    window._refresh_status()
    assert window.status._lock.accessibleName() == "Offline · 1 connection · 3 blocked"
    assert window.status._offline.isHidden()


def test_online_one_press_in_the_strip_goes_offline(
    window: Window, application: FakeApplication, qtbot: QtBot
) -> None:
    application.state = replace(application.state, offline=False)
    window._refresh_status()
    with qtbot.waitSignal(window.outside.changed):
        window.status._offline.click()
    assert application.cloud.called("set_online") == [False]


@pytest.mark.parametrize("width", [1280, 900, 700, 640])
def test_nothing_in_the_strip_is_cut_however_narrow(
    window: Window, application: FakeApplication, width: int
) -> None:
    application.state = replace(application.state, offline=False, connections=12, blocked=1_234)
    window.resize(width, 600)
    window._refresh_status()
    QApplication.processEvents()
    strip = window.status
    for made in (strip._model, strip._lock, strip._offline, strip._memory, strip._money):
        if made.isVisible():
            assert made.width() >= made.sizeHint().width(), made.text()
    assert strip._lock.accessibleName().endswith("1,234 blocked")
