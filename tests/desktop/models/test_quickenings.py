"""desktop/models: “Make it faster on this computer”, from the question to the choice."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from desktop.window.window import Window
from engine.errors import ConversionFailed, ModelUnwritable
from engine.models.values import Measuring
from tests.desktop.models.conftest import Looking
from tests.fakes.application import FakeApplication
from tests.fakes.models import NO_GAIN, QUICKENED, QUICKER_LAYOUT, QWEN, SMALL
from tests.fakes.scripts import Gate

MEASURING = Measuring(2, 6, "Measuring how fast it reads now…")


def begin(window: Window, look: Looking) -> None:
    window.show_place("models")
    menu = window.models.card("qwen").menu()
    next(action for action in menu.actions() if "faster" in action.text()).trigger()
    menu.deleteLater()
    look.press(window.sheet, "Start")


def to_result(qtbot: QtBot, window: Window, look: Looking) -> None:
    with qtbot.waitSignal(window.desk.quickenings.compared):
        begin(window, look)


def test_it_says_first_what_it_costs(window: Window, application: FakeApplication, look: Looking) -> None:
    window.show_place("models")
    window.desk.quicken("qwen")
    said = look.text(window.sheet)
    assert "a few minutes and up to 1.1 GB of disk space" in said
    assert "The model itself stays as it is until you decide" in said
    look.press(window.sheet, "Not now")
    assert application.calls == []


def test_progress_stands_on_the_card_and_it_can_be_stopped(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [MEASURING, Gate(), QUICKENED]
    begin(window, look)
    shown = window.models.card("qwen")
    qtbot.waitUntil(lambda: shown._strip.words == "Measuring how fast it reads now…")
    assert shown._strip._bar.value() == 333
    menu = shown.menu()
    assert not next(action for action in menu.actions() if "faster" in action.text()).isEnabled()
    menu.deleteLater()
    with qtbot.waitSignal(window.desk.quickenings.changed):
        look.press(shown, "Stop")
    qtbot.waitUntil(lambda: not shown._strip.isVisible())
    assert not window.sheet.isVisible()


def test_result_compares_both_and_the_faster_one_is_put_to_use(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [QUICKENED]
    to_result(qtbot, window, look)
    said = look.words(window.sheet)
    assert window.sheet.title == "Qwen2.5 1.5B can read 1.8 times as fast"
    assert said.index("12 s") < said.index("7 s")
    assert said.index("13 words a second") < said.index("14 words a second")
    assert "Says the same next word 97 times out of 100." in look.text(window.sheet)
    with qtbot.waitSignal(window.desk.changed):
        look.press(window.sheet, "Use the faster one")
    assert application.current_model().id == "qwen-q4_0"
    assert window.status._model.text() == "Qwen2.5 1.5B, faster · on this computer"
    assert not window.models.card("qwen")._result.isVisible()


def test_keeping_the_old_one_deletes_the_new_file(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [QUICKENED]
    to_result(qtbot, window, look)
    with qtbot.waitSignal(window.desk.changed):
        look.press(window.sheet, "Keep the old one")
    assert application.calls[-1] == ("remove_model", "qwen-q4_0")
    assert application.current_model().id == "qwen"
    assert "qwen-q4_0" not in window.models._cards


def test_undecided_result_waits_on_the_card(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [QUICKENED]
    to_result(qtbot, window, look)
    window.sheet.close_sheet()
    shown = window.models.card("qwen")
    assert "A form that reads 1.8 times as fast is ready." in look.words(shown)
    look.press(shown, "Show both")
    assert window.sheet.title == "Qwen2.5 1.5B can read 1.8 times as fast"


def test_faster_way_of_loading_is_told_in_words_and_put_to_use(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [QUICKER_LAYOUT]
    to_result(qtbot, window, look)
    said = look.text(window.sheet)
    assert window.sheet.title == "Qwen2.5 1.5B can read 1.4 times as fast"
    assert "Reads 1.4 times as fast: the first word comes sooner." in said
    assert "Writes a little slower: 16 words a second instead of 19." in said
    assert "Says the same next word 99 times out of 100." in said
    assert "You can go back at any time." in said
    assert application.calls == [("quicken_model", "qwen")]  # until the person decides
    with qtbot.waitSignal(window.desk.changed):
        look.press(window.sheet, "Use the faster way")
    assert [model.repacked for model in application.models()] == [False, True]  # and no other file
    assert application.current_model().id == "qwen"
    shown = window.models.card("qwen")
    assert not shown._result.isVisible()
    assert shown._otherwise.isVisible()
    assert not window.models.card("small")._otherwise.isVisible()


def test_left_as_it_is_nothing_happens(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [QUICKER_LAYOUT]
    to_result(qtbot, window, look)
    window.sheet.close_sheet()
    assert "It can read 1.4 times as fast." in look.words(window.models.card("qwen"))
    look.press(window.models.card("qwen"), "Show both")
    look.press(window.sheet, "Leave it as it is")
    assert application.calls == [("quicken_model", "qwen")]
    assert not window.models.card("qwen")._otherwise.isVisible()
    assert not window.models.card("qwen")._result.isVisible()


def test_model_that_is_loaded_the_faster_way_can_be_as_before(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.installed = [replace(QWEN, repacked=False), SMALL]
    window.show_place("models")
    with qtbot.waitSignal(window.desk.changed):
        look.press(window.models.card("qwen"), "As before")
    assert application.calls == [("use_model_as_before", "qwen")]
    assert not window.models.card("qwen")._otherwise.isVisible()
    assert window.toast.words == "Qwen2.5 1.5B is as it was before."


def test_what_cannot_be_kept_is_explained(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [QUICKER_LAYOUT]
    to_result(qtbot, window, look)
    application.refusal = ModelUnwritable("/models/models.json", "the disk is full")
    with qtbot.waitSignal(window.desk.failed):
        look.press(window.sheet, "Use the faster way")
    assert window.sheet.isVisible()
    assert not window.models.card("qwen")._otherwise.isVisible()


def test_no_gain_of_the_other_way_is_said_without_a_word_of_files(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [replace(QUICKER_LAYOUT, worthwhile=False)]
    to_result(qtbot, window, look)
    assert window.sheet.title == "Qwen2.5 1.5B is already as fast as it gets here"
    assert "Nothing has changed." in look.text(window.sheet)
    assert "deleted" not in look.text(window.sheet)


def test_nothing_gained_is_said_plainly(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [NO_GAIN]
    to_result(qtbot, window, look)
    assert window.sheet.title == "Qwen2.5 1.5B is already as fast as it gets here"
    assert "Nothing has changed." in look.text(window.sheet)
    assert "Use the faster one" not in look.buttons(window.sheet)
    look.press(window.sheet, "Close")
    assert application.calls == [("quicken_model", "qwen")]
    assert not window.models.card("qwen")._result.isVisible()


def test_nothing_pops_up_over_another_place(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    gate = Gate()
    application.quickenings["qwen"] = [gate, QUICKENED]
    begin(window, look)
    window.show_place("chat")
    with qtbot.waitSignal(window.desk.quickenings.compared):
        gate.open()
    assert not window.sheet.isVisible()
    assert window.toast.words == "Qwen2.5 1.5B has been measured both ways."
    window.toast._button.click()
    assert window.sheet.title == "Qwen2.5 1.5B can read 1.8 times as fast"


def test_failed_conversion_is_explained_and_can_be_tried_again(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [ConversionFailed("/w/qwen.gguf", "its tensors have no other form.")]
    begin(window, look)
    qtbot.waitUntil(lambda: window.sheet.title == "The model could not be converted")
    window.sheet.close_sheet()
    assert window.desk.quickenings.of("qwen") is None


def test_closing_meanwhile_asks_first(
    qtbot: QtBot, window: Window, application: FakeApplication, look: Looking
) -> None:
    application.quickenings["qwen"] = [MEASURING, Gate()]
    begin(window, look)
    qtbot.waitUntil(lambda: window.models.card("qwen")._strip.words != "")
    assert not window.close()
    assert "still being made faster" in look.text(window.sheet)
