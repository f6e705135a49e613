"""desktop/documents/collection.py, rows.py and watching.py in their window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from desktop.documents.rows import matching, note_of, state_of
from desktop.window.window import Window
from rag.indexing import FilesFound, FileStarted, IndexDone
from rag.values import DocumentRow, Problem
from tests.fakes.application import FakeApplication, collection
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
LEASE = DocumentRow(1, "Contracts", "Lease.pdf", "/c/Lease.pdf", "ready", "", 90, 14, 5)
SCAN = replace(LEASE, id=2, name="Scan.pdf", path="/c/old/Scan.pdf", warnings=("2 pages have no text.",))
LOCKED = replace(
    LEASE, id=3, name="Offer.pdf", path="/c/Offer.pdf", state="failed", reason="It is protected."
)


@pytest.fixture
def opened(qtbot: QtBot, application: FakeApplication, open_window: Open) -> Window:
    """The window on a collection of three documents."""
    problem = Problem(LOCKED.path, LOCKED.reason)
    application.library = [
        collection("Contracts", 2, folder="/c", problems=[problem]),
        collection("Manuals", 1, folder="/m"),
    ]
    application.rows = [LEASE, SCAN, LOCKED]
    window = open_window(application)
    window.show_place("documents")
    window.documents._cards[0].pressed.emit()
    qtbot.waitUntil(lambda: names(window) != [])
    return window


def names(window: Window) -> list[str]:
    rows = window.documents.collection._view.rows
    return [str(rows.index(number).data()) for number in range(rows.rowCount())]


def press(window: Window, words: str) -> None:
    QApplication.processEvents()
    next(b for b in window.findChildren(QPushButton) if b.text() == words and b.isVisible()).click()


def choose(menu: QMenu, words: str) -> None:
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.deleteLater()


def row_menu(window: Window, row: DocumentRow, words: str) -> None:
    choose(window.documents.collection._view.menu_of(row), words)


# --- the list ----------------------------------------------------------------------------------------------


def test_collection_shows_its_documents_with_their_state(opened: Window) -> None:
    assert names(opened) == ["Lease.pdf", "Scan.pdf", "Offer.pdf"]
    assert [state_of(row) for row in (LEASE, SCAN, LOCKED)] == [
        ("Ready", "accent"), ("Partly read", "warning"), ("Not read", "danger"),
    ]  # fmt: skip
    assert [note_of(row) for row in (LEASE, SCAN, LOCKED)] == [
        "",
        "2 pages have no text.",
        "It is protected.",
    ]
    view = opened.documents.collection._view
    spoken = view.rows.index_of(SCAN.path).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Scan.pdf, Partly read, 2 pages have no text."


def test_documents_are_found_by_name_and_folder(qtbot: QtBot, opened: Window) -> None:
    field = opened.documents.collection._search
    qtbot.keyClicks(field, "OLD scan")
    assert names(opened) == ["Scan.pdf"]
    qtbot.keyClicks(field, "x")
    assert names(opened) == []
    assert opened.documents.collection._none.text() == "No document is called that."
    assert matching([LEASE, SCAN], "") == [LEASE, SCAN]


def test_names_of_files_are_shown_without_tricks(opened: Window, application: FakeApplication) -> None:
    assert note_of(replace(LOCKED, reason="a\u202eb\n<img src=x>")) == "ab <img src=x>"


def test_new_numbers_keep_the_document_at_hand(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    view = opened.documents.collection._view
    view.setCurrentIndex(view.rows.index_of(SCAN.path))
    application.rows = [
        replace(LEASE, id=9, name="A new one.pdf", path="/c/A new one.pdf"),
        *application.rows,
    ]
    opened.documents.refresh()
    qtbot.waitUntil(lambda: len(names(opened)) == 4)
    assert view.currentIndex().data() == "Scan.pdf"


def test_list_stays_where_it_is_scrolled_to_while_files_are_read(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    waiting = [replace(LEASE, id=n, path=f"/c/{n}.pdf", state="waiting") for n in range(200)]
    application.rows = list(waiting)
    opened.documents.refresh()
    qtbot.waitUntil(lambda: len(names(opened)) == 200)
    view = opened.documents.collection._view
    view.scrollToBottom()
    at = view.verticalScrollBar().value()
    application.rows = [replace(row, state="ready") for row in waiting]
    opened.documents.refresh()
    qtbot.waitUntil(lambda: view.rows.row(view.rows.index(0)) == application.rows[0])
    QApplication.processEvents()
    assert view.verticalScrollBar().value() == at > 0


def test_another_collection_opened_meanwhile_shows_its_own_documents(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.rows.append(
        replace(LEASE, id=7, collection="Manuals", name="Manual.pdf", path="/m/Manual.pdf")
    )
    opened.documents.open_collection("Contracts")  # fetches its documents, still
    opened.documents.open_collection("Manuals")
    qtbot.waitUntil(lambda: names(opened) == ["Manual.pdf"])


def test_unread_document_does_not_open(qtbot: QtBot, opened: Window) -> None:
    view = opened.documents.collection._view
    view.setCurrentIndex(view.rows.index_of(LOCKED.path))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert not opened.viewing.is_open


def test_one_document_is_removed_and_can_be_taken_back(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    row_menu(opened, SCAN, "Remove from Carrel")
    qtbot.waitUntil(lambda: names(opened) == ["Lease.pdf", "Offer.pdf"])
    assert ("remove_documents", [Path(SCAN.path)]) in application.calls
    qtbot.waitUntil(lambda: opened.toast.isVisible())
    assert opened.toast.words == "Removed Scan.pdf"
    with qtbot.waitSignal(opened.activity.finished):
        press(opened, "Undo")
    assert application.calls[-1] == ("index", ([Path(SCAN.path)], "Contracts"))


def test_failed_document_is_tried_again_from_its_menu(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    with qtbot.waitSignal(opened.activity.finished):
        row_menu(opened, LOCKED, "Try again")
    assert application.calls[-1] == ("retry", [Path(LOCKED.path)])


def test_problems_stand_on_a_page_of_their_own(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    page = opened.documents.collection
    page._tabs[1].click()
    assert page._stack.currentIndex() == 1
    with qtbot.waitSignal(opened.activity.finished):
        press(opened, "Try again")
    application.library = [collection("Contracts", 3, folder="/c")]
    opened.documents.refresh()
    assert page._stack.currentIndex() == 0  # there are none any more
    assert not page._tabs_frame.isVisible()


def test_removed_collection_leads_back_to_the_others(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    choose(opened.documents.collection.menu(), "Remove from Carrel…")
    with qtbot.waitSignal(opened.adding.removed):
        press(opened, "Remove")
    assert not opened.documents._in_collection


def test_asking_about_a_collection_from_its_page(opened: Window) -> None:
    press(opened, "Ask about it")
    assert opened.place == "chat"
    assert opened.chat.composer.scope.collection == "Contracts"


def test_rebuilding_asks_first_because_it_is_slow(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    choose(opened.documents.collection.menu(), "Read everything anew…")
    assert opened.sheet.title == "Read everything anew?"
    press(opened, "Leave it as it is")
    assert not any(call[0] == "rebuild_collection" for call in application.calls)
    choose(opened.documents.collection.menu(), "Read everything anew…")
    with qtbot.waitSignal(opened.activity.finished):
        press(opened, "Read everything anew")
    assert ("rebuild_collection", "Contracts") in application.calls


# --- following folders -------------------------------------------------------------------------------------


def test_switch_follows_the_folder_and_looks_at_once(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    switch = opened.documents.collection._watch
    with qtbot.waitSignal(opened.activity.finished):
        switch.click()
    assert ("set_watched", ("Contracts", True)) in application.calls
    assert ("refresh", "Contracts") in application.calls
    assert switch.isChecked()
    assert opened.documents._cards[0]._folder.whole == "c · follows changes"
    switch.click()
    assert ("set_watched", ("Contracts", False)) in application.calls


def begun(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    window.begin()
    qtbot.waitUntil(lambda: len(application.watches) == 1 and not window.activity.is_busy)
    qtbot.waitUntil(lambda: window.watching._watch is not None)


def refreshes(application: FakeApplication) -> int:
    return sum(call[0] == "refresh" for call in application.calls)


def test_what_changed_while_carrel_was_closed_is_looked_at(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    application.library = [collection("A", 1, folder="/a", watched=True), collection("B", 1, folder="/b")]
    begun(qtbot, open_window(application), application)
    assert [call for call in application.calls if call[0] == "refresh"] == [("refresh", "A")]


def test_changed_folder_is_looked_at_from_whatever_thread_it_is_noticed(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    begun(qtbot, window, application)
    noticing = threading.Thread(target=application.watches[0].due, args=("Contracts",))
    noticing.start()
    noticing.join()
    qtbot.waitUntil(lambda: ("refresh", "Contracts") in application.calls)


def test_looking_says_nothing_until_there_is_something_to_read(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gates = [Gate(), Gate()]
    started = FileStarted("/c/new.pdf", "new.pdf", 0, 1)
    application.indexings = [[FilesFound(1), gates[0], started, gates[1], IndexDone(1, 0, 0)]]
    window.activity.look_again("Contracts")
    qtbot.waitUntil(gates[0].reached.is_set)
    assert window.activity.reading is None
    gates[0].open()
    qtbot.waitUntil(lambda: window.activity.reading is not None)
    gates[1].open()
    qtbot.waitUntil(lambda: not window.activity.is_busy)


def test_many_changes_are_one_look_more(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    gate = Gate()
    application.indexings = [[gate, IndexDone(0, 0, 0)]]
    window.activity.look_again("Contracts")
    qtbot.waitUntil(gate.reached.is_set)
    for _ in range(20):
        window.activity.look_again("Contracts")
    gate.open()
    qtbot.waitUntil(lambda: not window.activity.is_busy)
    assert refreshes(application) == 2


def test_paused_reading_puts_looking_off_until_it_goes_on(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.settings["indexing.paused"] = True
    window.activity.look_again("Contracts")
    assert refreshes(application) == 0
    window.activity.resume()
    qtbot.waitUntil(lambda: refreshes(application) == 1 and not window.activity.is_busy)


def test_closing_ends_the_watching(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    begun(qtbot, window, application)
    window.close()
    assert application.watches[0].closed
    application.watches[0].due("Contracts")
    QApplication.processEvents()
    assert refreshes(application) == 0


def test_watching_that_begins_after_the_close_ends_at_once(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    window.watching.begin()
    window.close()
    qtbot.waitUntil(lambda: bool(application.watches) and application.watches[0].closed)
