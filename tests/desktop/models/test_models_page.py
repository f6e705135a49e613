"""desktop/models: what is here, which one answers, switching, details, removing, hostile names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from desktop.models.card import STAYS
from desktop.theme.controls import Pill
from desktop.window.window import Window
from engine.errors import CatalogueDamaged, ModelDamaged, ModelUnwritable
from tests.desktop import model_states
from tests.desktop.models.conftest import Looking
from tests.fakes.application import FakeApplication
from tests.fakes.models import OWN, QWEN, SLOW, SMALL, TOO_LARGE, offered

Open = Callable[[FakeApplication], Window]


def pills(window: Window, model_id: str) -> list[str]:
    QApplication.processEvents()
    return [pill.text for pill in window.models.card(model_id).findChildren(Pill) if pill.isVisible()]


# --- on this computer ------------------------------------------------------------------------------------


def test_who_answers_now_stands_at_the_top(window: Window, look: Looking) -> None:
    window.show_place("models")
    said = "Qwen2.5 1.5B answers now. It works on this computer; nothing is sent anywhere."
    assert said in look.words(window.models)
    assert pills(window, "qwen") == ["Fits", "In use"]
    assert pills(window, "small") == ["Fits"]


def test_fit_is_said_in_words_and_numbers(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    application.fits = {"qwen": SLOW, "small": TOO_LARGE}
    window.show_place("models")
    assert pills(window, "qwen") == ["May be slow", "In use"]
    assert pills(window, "small") == ["Won't fit"]
    assert SLOW.words in look.words(window.models.card("qwen"))
    assert TOO_LARGE.words in look.words(window.models.card("small"))
    assert TOO_LARGE.words in window.models.card("small")._pill.accessibleDescription()


def test_other_model_is_put_to_use_without_a_restart(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    window.show_place("models")
    assert "Use" not in look.buttons(window.models.card("qwen"))
    use = look.buttons(window.models.card("small"))["Use"]
    assert use.accessibleName() == "Use SmolLM2 135M"
    use.click()
    assert application.current_model() is SMALL
    assert window.status._model.text() == "SmolLM2 135M · on this computer"
    assert window.chat.composer._model_chip.text() == "SmolLM2 135M"
    assert pills(window, "small") == ["Fits", "In use"]
    assert "Use" in look.buttons(window.models.card("qwen"))


def test_model_that_cannot_be_used_says_why(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    application.installed[1] = replace(SMALL, problem="The file is damaged.")
    window.show_place("models")
    shown = window.models.card("small")
    assert "The file is damaged." in look.words(shown)
    assert "Use" not in look.buttons(shown)
    assert pills(window, "small") == []


def test_without_a_model_the_window_opens_and_says_what_to_do(
    application: FakeApplication, open_window: Open, look: Looking
) -> None:
    application.installed = []
    window = open_window(application)
    window.show_place("models")
    assert "No model is installed. Run the set-up again to fetch one." in look.words(window.models)
    assert window.status._model.text() == "No model installed"
    application.offers = [offered("Granite 3B", 2_100_000_000)]
    window.show_place("models")
    said = "No model is on this computer yet. Get one below, or add a model file that you have."
    assert said in look.words(window.models)


def test_window_starts_without_asking_what_could_be_had(
    application: FakeApplication, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(application, "catalogue", lambda: asked.append("catalogue") or [])
    monkeypatch.setattr(application, "model_fit", lambda model_id: asked.append(model_id))
    open_window(application)
    assert not asked


def test_cards_stay_the_same_while_their_models_do(window: Window, application: FakeApplication) -> None:
    window.show_place("models")
    before = window.models.card("qwen")
    application.installed.append(OWN)
    window.desk.changed.emit()
    assert window.models.card("qwen") is before
    assert window.models.card("mine").id == "mine"


# --- details ---------------------------------------------------------------------------------------------


def test_details_hold_the_words_of_the_trade(
    qtbot: QtBot, window: Window, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    window.show_place("models")
    surface = look.text(window.models)
    details = window.models.card("qwen").menu().actions()[0]
    with qtbot.waitSignal(window.sheet.covered):
        details.trigger()
    shown = look.text(window.sheet)
    for word in ("qwen2", "1.5 billion", "Q4_K_M", "8,192 of 32,768 possible tokens", "/w/qwen.gguf"):
        assert word in shown
    assert "qwen2\n" not in surface
    assert "token" not in surface
    look.press(window.sheet, "Show in folder")
    assert opened == ["/w"]


def test_header_that_cannot_be_read_is_explained(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.headers["qwen"] = ModelDamaged("/w/qwen.gguf", "it ends in the middle of its header")
    window.show_place("models")
    window.desk.show_details("qwen")
    qtbot.waitUntil(lambda: window.sheet.title == "The model file is damaged")


# --- removing --------------------------------------------------------------------------------------------


def remove_action(window: Window, model_id: str) -> tuple[str, bool]:
    menu = window.models.card(model_id).menu()
    last = menu.actions()[-1]
    said = last.text(), last.isEnabled()
    menu.deleteLater()
    return said


def test_delivered_model_has_no_remove_and_says_why(window: Window) -> None:
    window.show_place("models")
    assert remove_action(window, "qwen") == (STAYS, False)


def test_removing_says_the_space_and_asks_first(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.installed.append(OWN)
    window.show_place("models")
    assert remove_action(window, "mine") == ("Remove…", True)
    window.desk.remove("mine")
    assert window.sheet.title == "Remove Legal Assistant 3B?"
    assert "frees 2.0 GB on this computer" in look.text(window.sheet)
    look.press(window.sheet, "Keep it")
    assert OWN in application.installed
    window.desk.remove("mine")
    with qtbot.waitSignal(window.desk.changed):
        look.press(window.sheet, "Remove")
    assert OWN not in application.installed
    assert window.toast.words == "Legal Assistant 3B removed. 2.0 GB more are free."
    assert "Legal Assistant 3B" not in look.text(window.models)


def test_removing_the_one_that_answers_hands_over_to_another(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.installed.append(OWN)
    application.settings["model"] = "mine"
    window.show_place("models")
    window.desk.remove("mine")
    assert "another one takes its place" in look.text(window.sheet)
    with qtbot.waitSignal(window.desk.changed):
        look.press(window.sheet, "Remove")
    assert pills(window, "qwen") == ["Fits", "In use"]
    assert window.status._model.text() == "Qwen2.5 1.5B · on this computer"


def test_model_used_where_it_is_can_be_brought_back(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    path = Path("/home/ada/models/mine.gguf")
    application.installed.append(replace(OWN, path=path, referenced=True))
    window.show_place("models")
    window.desk.remove("mine")
    assert "Its file stays where it is." in look.text(window.sheet)
    with qtbot.waitSignal(window.desk.changed):
        look.press(window.sheet, "Remove")
    with qtbot.waitSignal(window.desk.imports.added):
        window.toast._button.click()
    assert application.calls[-1] == ("import_model", (path, False))
    assert [model.path for model in application.installed if model.id == "mine"] == [path]


def test_failed_removal_is_explained_and_nothing_is_gone(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.installed.append(OWN)
    application.refusal = ModelUnwritable(str(OWN.path), "permission denied")
    window.show_place("models")
    window.desk.remove("mine")
    look.press(window.sheet, "Remove")
    qtbot.waitUntil(lambda: window.sheet.title == "The model could not be written")
    assert "Legal Assistant 3B" in look.text(window.models)


# --- what can be had -------------------------------------------------------------------------------------


def test_best_ones_come_first_and_what_does_not_fit_last(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    model_states.several(application)
    window.show_place("models")
    names = [name for name in look.words(window.models) if name in {o.model.name for o in application.offers}]
    assert names[:2] == ["Granite 3B", "Llama 3.2 1B"]
    assert names[-2:] == ["Mistral 7B", "Qwen2.5 14B"]
    row = look.row(window, "llama-3.2-1b")
    assert "810 MB  ·  reads about 12 pages at once  ·  Llama 3.2 Community License" in look.words(row)


def test_what_does_not_fit_says_why_and_cannot_be_fetched(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    model_states.several(application)
    window.show_place("models")
    row = look.row(window, "qwen2.5-14b")
    assert not look.buttons(row)["Download"].isEnabled()
    assert look.buttons(row)["Download"].accessibleDescription() == TOO_LARGE.words
    assert TOO_LARGE.words in look.words(row)


def test_search_looks_at_names_uses_and_licences(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    model_states.several(application)
    window.show_place("models")
    search = next(each for each in window.models.findChildren(QLineEdit))
    search.setText("tables")
    assert "Phi Mini 3.8B" in look.words(window.models)
    assert "Granite 3B" not in look.words(window.models)
    search.setText("nowhere")
    assert "No other model matches “nowhere”." in look.words(window.models)
    search.clear()
    assert "Granite 3B" in look.words(window.models)


def test_model_that_is_here_is_not_offered(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    application.offers = [offered("Qwen2.5 1.5B", QWEN.size_bytes, id="qwen")]
    window.show_place("models")
    assert look.words(window.models).count("Qwen2.5 1.5B") == 1
    assert "Get another" not in look.words(window.models)


def test_damaged_catalogue_is_said_and_hides_nothing_else(
    window: Window, application: FakeApplication, look: Looking
) -> None:
    def damaged() -> None:
        raise CatalogueDamaged("models.toml", "it ends too early")

    application.catalogue = damaged  # type: ignore[method-assign, assignment]
    window.show_place("models")
    assert "The list of models models.toml is damaged: it ends too early" in look.text(window.models)
    assert "Qwen2.5 1.5B" in look.words(window.models)


# --- hostile names, keyboard -----------------------------------------------------------------------------


def test_name_from_a_hostile_file_is_shown_as_text_and_widens_nothing(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    model_states.hostile(application)
    window = open_window(application)
    window.show_place("models")
    window.resize(640, 480)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (640, 480)
    with qtbot.waitSignal(window.sheet.covered):
        window.desk.show_details("bad")
    window.desk.remove("bad")
    QApplication.processEvents()
    assert window.sheet._card.width() <= 460
    assert all("\u202e" not in each.text() for each in window.findChildren(QLabel))
    assert len(window.chat.composer._model_chip.text()) <= 40


@pytest.mark.parametrize("state", sorted(model_states.STATES))
def test_everything_that_can_be_pressed_has_a_name_and_is_reached_by_tab(
    qtbot: QtBot, open_window: Open, state: str
) -> None:
    application = FakeApplication()
    prepare, then = model_states.STATES[state]
    prepare(application)
    window = open_window(application)
    then(window)
    QApplication.processEvents()
    reached, widget = set(), window.models
    while widget not in reached:
        reached.add(widget)
        widget = widget.nextInFocusChain()
    for made in window.models.findChildren(QPushButton):
        if made.isVisible() and made.isEnabled():
            assert made in reached
            assert made.accessibleName()
