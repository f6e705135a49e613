"""desktop/models: model files that the person brings, by the button or by dropping them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.models.desk import is_model_file
from desktop.models.import_card import ImportCard
from desktop.window.window import Window
from engine.errors import ModelDamaged, NoChatTemplate
from engine.models.values import Copying, ModelAdded
from tests.desktop.models.conftest import Looking
from tests.fakes.application import FakeApplication
from tests.fakes.scripts import Gate


@pytest.fixture
def gift(tmp_path: Path) -> Path:
    path = tmp_path / "gift.gguf"
    path.write_bytes(b"GGUF" + bytes(2_000_000))
    return path


def drop(window: Window, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, modifiers))


def card(window: Window, look: Looking) -> ImportCard | None:
    look.words(window.models)
    return next((made for made in window.models.findChildren(ImportCard) if made.isVisible()), None)


@pytest.mark.parametrize(("name", "is_one"), [("a.gguf", True), ("A.GGUF", True), ("gguf", False)])
def test_model_files_are_known_by_their_ending(name: str, is_one: bool) -> None:
    assert is_model_file(Path(name)) is is_one


def test_dropped_model_leads_to_models_and_asks_how_to_keep_it(
    window: Window, gift: Path, look: Looking
) -> None:
    drop(window, gift)
    assert window.place == "models"
    assert window.sheet.title == "Add “gift.gguf”?"
    said = look.text(window.sheet)
    assert "A copy in Carrel takes 2 MB of the 120 GB that are free" in said
    assert "stops working when the file is moved" in said


def test_documents_dropped_beside_a_model_are_read(
    qtbot: QtBot, window: Window, application: FakeApplication, gift: Path
) -> None:
    with qtbot.waitSignal(window.activity.finished):
        drop(window, gift, Path("/docs/a.pdf"))
    assert ("index", ([Path("/docs/a.pdf")], None)) in application.calls
    assert window.sheet.title == "Add “gift.gguf”?"


def test_button_opens_a_dialog_for_model_files(
    window: Window, gift: Path, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters: list[str] = []

    def choose(_parent: object, _title: str, _folder: str, wanted: str) -> tuple[list[str], str]:
        filters.append(wanted)
        return [str(gift)], wanted

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    window.show_place("models")
    look.press(window.models, "Add a model file…")
    assert filters == ["Model files (*.gguf)"]
    assert window.sheet.title == "Add “gift.gguf”?"


def test_closing_the_dialog_adds_nothing(
    window: Window, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    window.show_place("models")
    look.press(window.models, "Add a model file…")
    assert not window.sheet.isVisible()


@pytest.mark.parametrize(("choice", "copy"), [("Copy into Carrel", True), ("Use it where it is", False)])
def test_choice_is_carried_out(
    qtbot: QtBot,
    window: Window,
    application: FakeApplication,
    gift: Path,
    look: Looking,
    choice: str,
    copy: bool,
) -> None:
    drop(window, gift)
    with qtbot.waitSignal(window.desk.imports.added):
        look.press(window.sheet, choice)
    assert application.calls == [("import_model", (gift, copy))]
    assert window.toast.words == "gift is on this computer now."
    assert window.models.card("gift").id == "gift"


def test_several_are_asked_about_once(
    qtbot: QtBot, window: Window, application: FakeApplication, gift: Path, look: Looking
) -> None:
    other = gift.with_name("other.gguf")
    other.write_bytes(bytes(1_000_000))
    drop(window, gift, other)
    assert window.sheet.title == "Add 2 model files?"
    assert "Copies in Carrel take 3 MB" in look.text(window.sheet)
    with qtbot.waitSignals([window.desk.imports.added] * 2):
        look.press(window.sheet, "Use them where they are")
    assert application.calls == [("import_model", (gift, False)), ("import_model", (other, False))]


def test_without_room_for_a_copy_only_its_place_is_offered(
    window: Window, application: FakeApplication, gift: Path, look: Looking
) -> None:
    application.free_bytes = 1_000_000
    drop(window, gift)
    assert "There is no room for a copy: it needs 2 MB, and 1 MB are free" in look.text(window.sheet)
    assert "Copy into Carrel" not in look.buttons(window.sheet)


def test_copying_shows_how_far_it_is_and_can_be_stopped(
    qtbot: QtBot, window: Window, application: FakeApplication, gift: Path, look: Looking
) -> None:
    application.imports[gift] = [Copying(1_000_000, 2_000_000), Gate(), ModelAdded("gift")]
    drop(window, gift)
    look.press(window.sheet, "Copy into Carrel")
    said = "Copying gift.gguf… 50 %  ·  1 MB of 2 MB"
    qtbot.waitUntil(lambda: _said(window, look) == said)
    shown = card(window, look)
    assert shown is not None
    look.press(shown, "Stop")
    qtbot.waitUntil(lambda: card(window, look) is None)
    assert all(model.id != "gift" for model in application.installed)


def _said(window: Window, look: Looking) -> str:
    shown = card(window, look)
    return shown.words if shown else ""


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (ModelDamaged("gift.gguf", "2 bytes are missing"), "The model file is damaged"),
        (NoChatTemplate("gift.gguf"), "This model does not hold conversations"),
    ],
)
def test_refused_file_is_explained_and_nothing_is_lost(
    qtbot: QtBot,
    window: Window,
    application: FakeApplication,
    gift: Path,
    look: Looking,
    error: Exception,
    title: str,
) -> None:
    application.imports[gift] = [error]
    before = list(application.installed)
    drop(window, gift)
    look.press(window.sheet, "Copy into Carrel")
    qtbot.waitUntil(lambda: window.sheet.title == title)
    assert application.installed == before
    assert gift.exists()
    assert card(window, look) is None


def test_closing_meanwhile_asks_first(
    qtbot: QtBot, window: Window, application: FakeApplication, gift: Path, look: Looking
) -> None:
    gate = Gate()
    application.imports[gift] = [gate]
    drop(window, gift)
    look.press(window.sheet, "Copy into Carrel")
    qtbot.waitUntil(gate.reached.is_set)
    assert not window.close()
    assert "Its original stays as it is" in look.text(window.sheet)
