"""desktop/window: pages, history, remembering, keyboard, drop, closing, accessibility."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.processes.states import Lost, Starting
from desktop.theme.theme import Theme
from desktop.theme.tokens import DARK
from desktop.window.history import Section, grouped
from desktop.window.shortcuts import SHORTCUTS
from desktop.window.window import Window
from engine.answering import Answered
from engine.chats.store import ChatRow, Scope
from tests.fakes.application import QUESTION, TEXT, FakeApplication, answer, answer_script, collection
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
DAY = 86_400.0


def key(qtbot: QtBot, window: Window, code: Qt.Key, *, shift: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier
    if shift:
        modifiers |= Qt.KeyboardModifier.ShiftModifier
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    qtbot.keyClick(window, code, modifiers)


# --- first start and pages ------------------------------------------------------------------------------


def test_first_start_welcomes_and_offers_the_samples(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    QApplication.processEvents()
    words = [each.text() for each in window.chat.welcome.findChildren(QLabel) if each.isVisible()]
    assert "Your documents stay on this computer" in words
    made = next(b for b in window.findChildren(QPushButton) if b.text() == "Try it with sample documents")
    with qtbot.waitSignal(window.activity.finished):
        made.click()
    paths, name = application.calls[-1][1]
    assert name == "Sample documents"
    assert len(paths) >= 4
    assert all(path.is_file() and path.suffix != ".toml" for path in paths)


def test_suggested_question_is_asked(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    application.library = [collection("Sample documents", 5)]
    application.answers = [answer_script()]
    window = open_window(application)
    QApplication.processEvents()
    suggestion = next(b for b in window.chat.welcome.findChildren(QPushButton) if b.isVisible())
    with qtbot.waitSignal(window.conversation.runs.ended):
        suggestion.click()
    assert application.calls[-1] == ("send", (1, suggestion.text(), "all"))


def test_window_opens_before_the_application_is_warm(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    hold = threading.Event()
    application.warm = hold.wait  # type: ignore[method-assign, assignment]
    window = open_window(application)
    window.begin()
    window.show_place("documents")
    assert window.place == "documents"
    hold.set()
    qtbot.waitUntil(lambda: not window.lanes.warming.is_busy)


def test_what_waited_at_the_last_close_goes_on_at_the_start(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    application.library = [collection("Contracts", 3, waiting=2)]
    window = open_window(application)
    with qtbot.waitSignal(window.activity.finished):
        window.begin()
    assert ("resume_indexing", ()) in application.calls


def test_what_the_person_paused_stays_paused(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    application.library = [collection("Contracts", 3, waiting=2)]
    application.settings["indexing.paused"] = True
    open_window(application).begin()
    assert ("resume_indexing", ()) not in application.calls


# --- history ---------------------------------------------------------------------------------------------


def test_chats_stand_under_their_day() -> None:
    noon = datetime(2026, 11, 22, 12).timestamp()
    chats = [
        ChatRow(n, str(n), Scope("all"), when, when)
        for n, when in enumerate((noon, noon - 13 * 3600, noon - DAY, noon - 3 * DAY, noon - 90 * DAY))
    ]
    rows = grouped(chats, datetime(2026, 11, 22).date())
    shown = [row.name if isinstance(row, Section) else row.title for row in rows]
    assert shown == ["Today", "0", "Yesterday", "1", "2", "Earlier", "3", "4"]


def test_search_looks_into_every_chat(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    first = application.add_chat("Notice periods")
    application.add_message(first, "user", "What about Brightwave?")
    application.add_chat("Holidays")
    window = open_window(application)
    window.sidebar.search.setText("brightwave")
    assert window.sidebar.history.rows.rowCount() == 2
    window.sidebar.search.setText("nowhere")
    assert window.sidebar.history.rows.rowCount() == 0
    assert window.sidebar._nothing.text() == "No chat holds “nowhere”."


def test_deleted_chat_can_be_brought_back(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    application.add_chat("Keep me")
    window = open_window(application)
    chat = application.chats()[0]
    window.sidebar.history.delete_asked.emit(chat)
    assert application.chats() == []
    assert window.toast.words == "Chat deleted"
    window.toast._button.click()
    assert application.chats() == [chat]
    assert window.sidebar.history.rows.rowCount() == 2


def test_deleting_the_open_chat_leaves_an_empty_page(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    chat = application.add_chat("Open one")
    application.settings["window.chat"] = chat
    window = open_window(application)
    window.sidebar.history.delete_asked.emit(application.chats()[0])
    assert window.conversation.chat_id is None


def test_chat_is_renamed_in_its_row(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    application.add_chat("Old")
    window = open_window(application)
    rows = window.sidebar.history.rows
    assert rows.setData(rows.index(1), "  New   title ")
    assert application.chats()[0].title == "New title"
    assert not rows.setData(rows.index(1), "   ")


def test_no_single_key_deletes(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    application.add_chat("Safe")
    window = open_window(application)
    window.sidebar.history.setCurrentIndex(window.sidebar.history.rows.index(1))
    for code in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_D, Qt.Key.Key_X):
        qtbot.keyClick(window.sidebar.history, code)
    assert len(application.chats()) == 1


# --- remembering -----------------------------------------------------------------------------------------


def test_restart_brings_back_chat_sidebar_and_size(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    application.answers = [answer_script()]
    first = open_window(application)
    with qtbot.waitSignal(first.conversation.runs.ended):
        first.conversation.ask(QUESTION)
    first.resize(1111, 777)
    first._toggle_sidebar()
    first.close()
    second = open_window(application)
    assert second.size() == first.size()
    assert second.sidebar.isHidden()
    assert second.conversation.chat_id == first.conversation.chat_id
    view = second.chat.transcript.last_answer
    assert view is not None
    assert view.text == TEXT
    assert not second.chat.sources.is_empty


def test_appearance_and_text_size_are_remembered(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    window.settings.appearance_chosen.emit("dark")
    window.settings.scale_chosen.emit(1.15)
    assert application.settings["window.appearance"] == "dark"
    assert application.settings["window.scale"] == 1.15


# --- theme -----------------------------------------------------------------------------------------------


def test_theme_switch_redraws_answers_that_are_on_the_screen(
    qtbot: QtBot, window: Window, theme: Theme, application: FakeApplication
) -> None:
    application.answers = [answer_script()]
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.conversation.ask(QUESTION)
    window.grab()
    theme.set_appearance("dark")
    QApplication.processEvents()
    image = window.grab().toImage()
    assert image.pixelColor(700, 600).name().upper() == DARK.background
    assert image.pixelColor(100, 600).name().upper() == DARK.panel
    view = window.chat.transcript.last_answer
    assert view is not None
    assert view._view.toPlainText().count("\ufffc") == 3


# --- narrow windows --------------------------------------------------------------------------------------


def test_sidebar_folds_away_in_a_narrow_window_and_comes_back(qtbot: QtBot, window: Window) -> None:
    window.resize(800, 600)
    assert window.sidebar.isHidden()
    window.resize(1200, 800)
    assert not window.sidebar.isHidden()


def test_sidebar_that_the_person_folded_stays_folded(qtbot: QtBot, window: Window) -> None:
    window._toggle_sidebar()
    window.resize(800, 600)
    window.resize(1200, 800)
    assert window.sidebar.isHidden()


def test_sources_lie_over_the_text_where_there_is_no_room(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [answer_script()]
    window.resize(900, 600)
    QApplication.processEvents()
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.conversation.ask(QUESTION)
    assert not window.chat.sources_open, "they must not cover the text unasked"
    width = window.chat.transcript.width()
    window.chat._toggle.click()
    assert window.chat.sources.isVisible()
    assert window.chat.transcript.width() == width


# --- keyboard --------------------------------------------------------------------------------------------


def test_every_shortcut_of_the_table_is_bound(window: Window) -> None:
    assert [bound.key().toString() for bound in window._shortcuts] == [each.keys for each in SHORTCUTS]


def test_shortcuts_lead_to_places(qtbot: QtBot, window: Window) -> None:
    key(qtbot, window, Qt.Key.Key_2)
    assert window.place == "documents"
    key(qtbot, window, Qt.Key.Key_3)
    assert window.place == "tasks"
    key(qtbot, window, Qt.Key.Key_4)
    assert window.place == "models"
    key(qtbot, window, Qt.Key.Key_Comma)
    assert window.place == "settings"
    key(qtbot, window, Qt.Key.Key_N)
    assert window.place == "chat"


def test_search_shortcut_opens_the_sidebar_and_escape_leaves_it(qtbot: QtBot, window: Window) -> None:
    window.set_sidebar_shown(False)
    key(qtbot, window, Qt.Key.Key_K)
    assert window.sidebar.search.hasFocus()
    window.sidebar.search.setText("x")
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.sidebar.search.text() == ""
    assert not window.sidebar.search.hasFocus()


def test_escape_stops_the_answer(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    application.answers = [[Gate()]]
    window.conversation.ask(QUESTION)
    with qtbot.waitSignal(window.conversation.runs.ended):
        qtbot.keyClick(window, Qt.Key.Key_Escape)


def test_next_and_previous_chat(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    ids = [application.add_chat(str(n), updated=application.now - n) for n in range(3)]
    window = open_window(application)
    window._go_to_neighbour(1)
    assert window.conversation.chat_id == ids[0]
    window._go_to_neighbour(1)
    assert window.conversation.chat_id == ids[1]
    window._go_to_neighbour(-1)
    window._go_to_neighbour(-1)
    assert window.conversation.chat_id == ids[2]


def test_list_of_shortcuts_keeps_the_keyboard_until_escape(qtbot: QtBot, window: Window) -> None:
    key(qtbot, window, Qt.Key.Key_Slash)
    assert window.sheet.isVisible()
    key(qtbot, window, Qt.Key.Key_2)
    assert window.place == "chat", "a shortcut reached what lies below the sheet"
    focused = {id(QApplication.focusWidget())}
    for _ in range(4):
        qtbot.keyClick(window.sheet, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert window.sheet.isAncestorOf(focus)
        focused.add(id(focus))
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.sheet.isVisible()
    key(qtbot, window, Qt.Key.Key_2)
    assert window.place == "documents"


def test_larger_and_smaller_text(qtbot: QtBot, window: Window, theme: Theme) -> None:
    key(qtbot, window, Qt.Key.Key_Plus)
    assert theme.scale == pytest.approx(1.1)
    key(qtbot, window, Qt.Key.Key_Minus)
    key(qtbot, window, Qt.Key.Key_Minus)
    assert theme.scale == pytest.approx(0.9)
    key(qtbot, window, Qt.Key.Key_0)
    assert theme.scale == 1.0


def test_tab_reaches_every_visible_button(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    application.answers = [answer_script()]
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.conversation.ask(QUESTION)
    QApplication.processEvents()
    reached: set[QWidget] = set()
    widget: QWidget = window.chat.composer
    while widget not in reached:
        reached.add(widget)
        widget = widget.nextInFocusChain()
    tab = Qt.FocusPolicy.TabFocus
    for made in window.findChildren(QAbstractButton):
        if made.isVisible() and made.isEnabled():
            assert made in reached
            assert made.focusPolicy() & tab == tab, made.accessibleName()


# --- drop ------------------------------------------------------------------------------------------------


def mime(*addresses: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(address) for address in addresses])
    return data


def drag(window: Window, data: QMimeData) -> QDragEnterEvent:
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, modifiers)
    event.ignore()
    window.dragEnterEvent(event)
    return event


def test_dropped_files_and_folders_are_added(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    data = mime("file:///docs/a.pdf", "file:///docs/folder")
    assert drag(window, data).isAccepted()
    assert window._drop.isVisible()
    assert window._drop.size() == window.size()
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(window.activity.finished):
        window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, modifiers))
    assert not window._drop.isVisible()
    assert application.calls[-1] == ("index", ([Path("/docs/a.pdf"), Path("/docs/folder")], None))


@pytest.mark.parametrize("address", ["https://example.org/a.pdf", "data:text/plain,x"])
def test_what_is_no_local_file_is_not_taken(window: Window, address: str) -> None:
    assert not drag(window, mime(address)).isAccepted()
    assert not window._drop.isVisible()


# --- closing ---------------------------------------------------------------------------------------------


def test_closing_while_an_answer_is_written_asks_first(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.answers = [[gate, Answered(answer())]]
    window.conversation.ask(QUESTION)
    assert not window.close()
    assert window.sheet.title == "Close Carrel now?"
    window.sheet.close_sheet()
    assert window.isVisible()
    with qtbot.waitSignal(window.conversation.runs.ended):
        gate.open()
    assert window.close()


def test_closing_at_rest_asks_nothing(window: Window) -> None:
    assert window.close()


# --- workers and failures --------------------------------------------------------------------------------


def test_lost_model_is_said_in_words_from_whatever_thread(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    noticing = threading.Thread(target=application.notice, args=("model", Lost("It ended.", "signal 9")))
    noticing.start()
    noticing.join()
    qtbot.waitUntil(lambda: window.toast.isVisible())
    assert window.toast.words == "The model stopped and is being started again. Nothing is lost."


def test_ordinary_start_of_a_worker_says_nothing(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    with qtbot.waitSignal(window.worker_event):
        application.notice("model", Starting())
    QApplication.processEvents()
    assert not window.toast.isVisible()


def test_failure_sheet_explains_and_copies_details(qtbot: QtBot, window: Window) -> None:
    window.show_failure(RuntimeError("boom"))
    assert window.sheet.title == "Something went wrong in Carrel"
    copy = next(b for b in window.sheet.findChildren(QPushButton) if b.text() == "Copy details")
    copy.click()
    assert "boom" in QApplication.clipboard().text()
    assert not window.sheet.isVisible()
