"""A run's page on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.tasks.run_view import RunView
    from desktop.theme.theme import Theme
    from tests.fakes.task_runs import FakeRuns


@pytest.fixture
def runs() -> FakeRuns:
    from tests.fakes.task_runs import FakeRuns

    return FakeRuns()


@pytest.fixture
def open_run(qtbot: QtBot, theme: Theme, runs: FakeRuns) -> Iterator[Callable[..., RunView]]:
    """Opens the page of a run, 1,024 pixels wide unless said; closes it, and its lanes, at the end."""
    from PySide6.QtCore import QCoreApplication, QEvent

    from desktop.lanes import Lanes
    from desktop.tasks.run_view import RunView

    lanes = Lanes()
    opened: list[RunView] = []

    def open_one(run: int, width: int = 1_024) -> RunView:
        view = RunView(theme, runs, lanes)  # type: ignore[arg-type]
        opened.append(view)
        view.resize(width, 700)
        view.show()
        view.activateWindow()  # the keyboard is where the window is active
        qtbot.waitUntil(view.isActiveWindow)
        view.show_run(run)
        return view

    yield open_one
    assert lanes.close()
    for view in opened:
        view.close()
        view.deleteLater()
    lanes.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
