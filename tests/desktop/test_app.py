"""desktop/app.py: opening, refusing, closing in the right order, and what a bug looks like."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

import desktop.app
from desktop.app import _close, _Failures, app_icon, show
from desktop.errors import ProfileInUse
from desktop.theme.theme import Theme
from desktop.window.refusal import Refusal
from desktop.window.window import Window
from tests.fakes.application import QUESTION, FakeApplication
from tests.fakes.scripts import Gate


@pytest.fixture(autouse=True)
def _keep_the_message_handler(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    """pytest-qt listens to Qt's messages during tests."""
    monkeypatch.setattr(desktop.app, "qInstallMessageHandler", lambda handler: None)
    yield
    for window in QApplication.topLevelWidgets():
        if isinstance(window, Window):
            window.deleteLater()
    qapp.setStyleSheet("")


def the_window() -> Window:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, Window) and w.isVisible())


def test_app_opens_warms_and_closes_everything(qtbot: QtBot) -> None:
    application = FakeApplication()

    def look() -> None:
        if application.warmed.is_set():
            the_window().close()
        else:
            QTimer.singleShot(10, look)

    QTimer.singleShot(0, look)
    before = sys.excepthook
    assert show(lambda: application, ["carrel"]) == 0
    assert application.closed
    assert sys.excepthook is before


def test_frames_do_not_wait_for_what_was_there_at_the_start(qtbot: QtBot) -> None:
    spared: list[int] = []

    def look() -> None:
        spared.append(gc.get_freeze_count())
        the_window().close()

    QTimer.singleShot(0, look)
    assert show(FakeApplication, ["carrel"]) == 0
    assert spared[0] > 10_000
    assert gc.get_freeze_count() == 0


def test_profile_in_use_is_said_in_a_window_of_its_own(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def look() -> None:
        refusal = next(w for w in QApplication.topLevelWidgets() if isinstance(w, Refusal) and w.isVisible())
        seen.extend(b.text() for b in refusal.findChildren(QPushButton))
        refusal.accept()

    def refuse() -> FakeApplication:
        raise ProfileInUse("/p")

    QTimer.singleShot(0, look)
    assert show(refuse, ["carrel"]) == 1
    assert set(seen) == {"Close", "Copy details"}
    assert "Carrel is already open" in capsys.readouterr().err


def test_bug_is_no_refusal(qtbot: QtBot) -> None:
    def broken() -> FakeApplication:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        show(broken, ["carrel"])


def test_processes_are_stopped_before_their_jobs_are_waited_for(qtbot: QtBot, theme: Theme) -> None:
    """A job that waits for a process ends only when that process is gone."""
    stopped = Gate()

    class Deaf(Gate):
        def wait(self, cancelled: object) -> None:
            stopped.wait(lambda: False)

    class Waiting(FakeApplication):
        def close(self) -> None:
            super().close()
            stopped.open()

    application = Waiting(answers=[[Deaf()]])
    window = Window(application, theme)
    window.conversation.ask(QUESTION)
    _close(window, application)
    assert application.closed
    assert not any(lane._thread.is_alive() for lane in window.lanes.all)


def test_unexpected_error_is_shown_with_details(qtbot: QtBot, window: Window) -> None:
    failures = _Failures(window)
    failures._hook(RuntimeError, RuntimeError("boom"), None)
    qtbot.waitUntil(window.sheet.isVisible)
    assert window.sheet.title == "Something went wrong in Carrel"


def test_icon_is_there_for_docks_and_title_bars(qtbot: QtBot) -> None:
    assert {size.width() for size in app_icon().availableSizes()} >= {16, 32, 256}
