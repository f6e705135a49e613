"""desktop/models: fetching a model, from the question before it to what went wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.window.window import Window
from engine.errors import DownloadDamaged, DownloadFailed, NotEnoughSpace
from engine.models.values import Downloading, ModelAdded
from tests.desktop.models.conftest import Looking
from tests.fakes.application import FakeApplication, FakeStatus
from tests.fakes.models import GB, offered
from tests.fakes.scripts import Gate

HALF = Downloading("fetching", 1_050_000_000, 2_100_000_000, 12_300_000.0, 98.0)
GRANITE = offered("Granite 3B", 2_100_000_000, good_for="Summaries.")


@pytest.fixture
def application() -> FakeApplication:
    return FakeApplication(offers=[GRANITE, offered("Phi Mini", 2_400_000_000)])


def start(qtbot: QtBot, window: Window, look: Looking, model_id: str = "granite-3b") -> None:
    window.show_place("models")
    look.press(look.row(window, model_id), "Download")
    look.press(window.sheet, next(word for word in look.buttons(window.sheet) if "Download" in word))


def until_words(qtbot: QtBot, window: Window, look: Looking, words: str) -> None:
    qtbot.waitUntil(lambda: words in look.row(window, "granite-3b")._strip.words)


# --- before ----------------------------------------------------------------------------------------------


def test_offline_it_first_says_whom_it_calls_for_how_much_and_what_stays(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    model = replace(GRANITE.model, redirect_hosts=("*.files.example.net", "models.example.org"))
    application.offers[0] = replace(GRANITE, model=model)
    window.show_place("models")
    look.press(look.row(window, "granite-3b"), "Download")
    said = look.text(window.sheet)
    assert "connects to models.example.org, which may hand it on to files.example.net," in said
    assert "2.1 GB; 120 GB are free" in said
    assert "Everything else stays offline" in said
    assert "Apache-2.0 (www.apache.org/licenses/LICENSE-2.0)" in said
    look.press(window.sheet, "Not now")
    assert application.calls == []


def test_online_it_starts_at_once(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.state = FakeStatus(offline=False)
    window.show_place("models")
    with qtbot.waitSignal(window.desk.downloads.added):
        look.press(look.row(window, "granite-3b"), "Download")
    assert not window.sheet.isVisible()


def test_full_disk_is_said_before_anything_is_fetched(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    application.free_bytes = GB
    window.show_place("models")
    look.press(look.row(window, "granite-3b"), "Download")
    assert window.sheet.title == "There is not enough room on the disk"
    assert "Granite 3B needs 2.1 GB on this disk; 1.0 GB are free." in look.text(window.sheet)
    assert application.calls == []


# --- under way -------------------------------------------------------------------------------------------


def test_row_tells_percent_speed_and_time_left_until_it_is_here(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    gates = [Gate(), Gate()]
    verifying = Downloading("verifying", 2_100_000_000, 2_100_000_000)
    application.downloads["granite-3b"] = [[HALF, gates[0], verifying, gates[1], ModelAdded("granite-3b")]]
    start(qtbot, window, look)
    until_words(qtbot, window, look, "50 %  ·  1.1 GB of 2.1 GB  ·  12 MB a second  ·  about 2 min left")
    row = look.row(window, "granite-3b")
    assert "Download" not in look.buttons(row)
    assert row._strip._bar.value() == 500
    gates[0].open()
    until_words(qtbot, window, look, "Verifying… 100 %")
    with qtbot.waitSignal(window.desk.changed):
        gates[1].open()
    assert window.toast.words == "Granite 3B is on this computer now."
    assert window.models.card("granite-3b").id == "granite-3b"
    window.toast._button.click()
    assert application.current_model().id == "granite-3b"


def test_it_goes_on_while_another_place_is_shown(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    gate = Gate()
    application.downloads["granite-3b"] = [[HALF, gate, ModelAdded("granite-3b")]]
    start(qtbot, window, look)
    window.show_place("chat")
    with qtbot.waitSignal(window.desk.downloads.settled):
        gate.open()
    assert window.place == "chat"
    assert window.toast.words == "Granite 3B is on this computer now."
    assert any(model.id == "granite-3b" for model in window.chat.composer._models)


def test_paused_it_keeps_what_has_come_and_resumes(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.downloads["granite-3b"] = [[HALF, Gate()], [ModelAdded("granite-3b")]]
    start(qtbot, window, look)
    until_words(qtbot, window, look, "50 %")
    row = look.row(window, "granite-3b")
    with qtbot.waitSignal(window.desk.downloads.settled):
        look.press(row, "Pause")
        assert row._strip.words == "Pausing…"
    assert row._strip.words == "Paused at 50 %  ·  1.1 GB of 2.1 GB"
    assert set(look.buttons(row)) == {"Resume", "Cancel"}
    with qtbot.waitSignal(window.desk.downloads.added):
        look.press(row, "Resume")
    assert not window.sheet.isVisible(), "they agreed to this download already"


def test_keyboard_goes_on_at_the_button_that_took_the_place(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.state = FakeStatus(offline=False)
    application.downloads["granite-3b"] = [[HALF, Gate()]]
    window.show_place("models")
    row = look.row(window, "granite-3b")
    window.activateWindow()
    row._download.setFocus()
    qtbot.waitUntil(row._download.hasFocus)
    qtbot.keyClick(row._download, Qt.Key.Key_Space)
    assert row._pause.hasFocus()
    until_words(qtbot, window, look, "50 %")
    with qtbot.waitSignal(window.desk.downloads.settled):
        qtbot.keyClick(row._pause, Qt.Key.Key_Space)
    assert row._resume.hasFocus(), "one more press must not cancel"


def test_what_was_kept_by_an_earlier_start_stands_as_paused(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    application.offers[0] = replace(GRANITE, partial_bytes=903_000_000)
    window.show_place("models")
    row = look.row(window, "granite-3b")
    assert row._strip.words == "Paused at 43 %  ·  903 MB of 2.1 GB"
    assert set(look.buttons(row)) == {"Resume", "Cancel"}


def test_second_download_waits_and_can_be_called_off_meanwhile(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    gate = Gate()
    application.downloads["granite-3b"] = [[HALF, gate]]
    start(qtbot, window, look)
    start(qtbot, window, look, "phi-mini")
    row = look.row(window, "phi-mini")
    assert row._strip.words == "Waits for the other download"
    with qtbot.waitSignal(window.desk.downloads.settled):
        look.press(row, "Cancel")
    assert "Download" in look.buttons(row)
    assert ("download_model", "phi-mini") not in application.calls
    assert window.desk.downloads.of("granite-3b") is not None


def test_cancelling_asks_before_it_deletes_what_has_come(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.downloads["granite-3b"] = [[HALF, Gate()]]
    start(qtbot, window, look)
    until_words(qtbot, window, look, "50 %")
    row = look.row(window, "granite-3b")
    look.press(row, "Cancel")
    assert "1.1 GB of 2.1 GB have come. Cancelling deletes them." in look.text(window.sheet)
    look.press(window.sheet, "Keep it")
    assert window.desk.downloads.of("granite-3b") is not None
    look.press(row, "Cancel")
    look.press(window.sheet, "Cancel the download")
    qtbot.waitUntil(lambda: ("discard_download", "granite-3b") in application.calls)
    qtbot.waitUntil(lambda: set(look.buttons(row)) == {"Download"})


def test_broken_connection_is_said_in_words(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    words = "The connection broke; trying again in 8 s."
    broken = Downloading("waiting", 1_050_000_000, 2_100_000_000, words=words)
    application.downloads["granite-3b"] = [[HALF, broken, Gate()]]
    start(qtbot, window, look)
    until_words(qtbot, window, look, "The connection broke; trying again in 8 s.  ·  50 %")


# --- failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "button"),
    [
        (DownloadFailed("models.example.org", "it does not answer.", can_resume=True), "Resume"),
        (NotEnoughSpace("/home/ada/models", 2 * GB, GB), "Resume"),
    ],
)
def test_failure_is_one_sentence_with_one_button(
    qtbot: QtBot,
    window: Window,
    application: FakeApplication,
    look: Looking,
    error: Exception,
    button: str,
) -> None:
    application.downloads["granite-3b"] = [[HALF, error], [ModelAdded("granite-3b")]]
    with qtbot.waitSignal(window.desk.downloads.settled):
        start(qtbot, window, look)
    row = look.row(window, "granite-3b")
    assert str(error) in look.words(row)
    assert not window.sheet.isVisible()
    assert button in look.buttons(row)
    with qtbot.waitSignal(window.desk.downloads.added):
        look.press(row, button)


def test_refused_download_can_be_tried_anew(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    error = DownloadDamaged("models.example.org", "its SHA-256 is another one.")
    application.downloads["granite-3b"] = [[error]]
    with qtbot.waitSignal(window.desk.downloads.settled):
        start(qtbot, window, look)
    row = look.row(window, "granite-3b")
    assert str(error) in look.words(row)
    assert set(look.buttons(row)) == {"Try again"}


def test_bug_is_shown_with_its_details(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.downloads["granite-3b"] = [[RuntimeError("boom")]]
    start(qtbot, window, look)
    qtbot.waitUntil(lambda: window.sheet.title == "Something went wrong in Carrel")


# --- closing ---------------------------------------------------------------------------------------------


def test_closing_meanwhile_says_that_what_has_come_is_kept(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.downloads["granite-3b"] = [[HALF, Gate()]]
    start(qtbot, window, look)
    until_words(qtbot, window, look, "50 %")
    assert not window.close()
    assert "What has come is kept" in look.text(window.sheet)
