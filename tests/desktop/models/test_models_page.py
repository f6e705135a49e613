"""desktop/models: what is installed and which one answers."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from desktop.models.page import facts
from desktop.window.window import Window
from engine.errors import ModelUnknown
from tests.fakes.application import QWEN, SMALL, FakeApplication


def words(window: Window) -> list[str]:
    QApplication.processEvents()
    return [each.text() for each in window.models.findChildren(QLabel) if each.isVisible()]


def test_facts_say_what_matters() -> None:
    assert facts(QWEN) == (
        "1.1 GB  ·  Q4_K_M  ·  reads 8,192 tokens at once  ·  Apache-2.0  ·  came with Carrel"
    )


def test_other_model_is_put_to_use(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    window.show_place("models")
    QApplication.processEvents()
    use = [b for b in window.models.findChildren(QPushButton) if b.text() == "Use" and b.isVisible()]
    assert [b.accessibleName() for b in use] == ["Use SmolLM2 135M"]
    use[0].click()
    assert application.current_model() is SMALL
    assert window.status._model.text() == "SmolLM2 135M · on this computer"
    assert window.chat.composer._model_chip.text() == "SmolLM2 135M"


def test_model_that_cannot_be_used_says_why(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.installed[1] = replace(SMALL, problem="The file is damaged.")
    window.show_place("models")
    assert "The file is damaged." in words(window)
    assert not [b for b in window.models.findChildren(QPushButton) if b.text() == "Use" and b.isVisible()]


def test_without_a_model_the_window_opens_and_says_so(
    qtbot: QtBot, application: FakeApplication, open_window
) -> None:  # type: ignore[no-untyped-def]
    def none() -> None:
        raise ModelUnknown("qwen")

    application.installed = []
    application.current_model = none  # type: ignore[method-assign, assignment]
    window = open_window(application)
    window.show_place("models")
    assert "No model is installed. Run the set-up again to fetch one." in words(window)
    assert window.status._model.text() == "No model installed"
