"""desktop/documents: what is being read, cards, problems."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop.documents.activity import PAUSED, Reading, sentence, time_left
from desktop.documents.cards import breadcrumb, numbers, pill_state
from desktop.window.window import Window
from rag.errors import LibraryDamaged
from rag.indexing import FileFailed, FileProgress, FilesFound, FileStarted, IndexDone, JobProgress
from rag.values import Problem
from tests.fakes.application import FakeApplication, collection
from tests.fakes.scripts import Gate


def buttons(window: Window, words: str) -> list[QPushButton]:
    QApplication.processEvents()
    return [b for b in window.findChildren(QPushButton) if b.text() == words and b.isVisible()]


def test_progress_is_said_in_words(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    gate = Gate()
    application.library = [collection("Manuals", 61, waiting=79, folder="/m")]
    application.indexings = [
        [
            FilesFound(140),
            FileStarted("/m/Staff handbook.docx", "Staff handbook.docx", 61, 140),
            FileProgress("/m/Staff handbook.docx", "embedding", 14, 31),
            gate,
            IndexDone(79, 0, 61),
        ]
    ]
    window.show_place("documents")
    window.adding.add([Path("/m")])
    qtbot.waitUntil(lambda: window.activity.reading is not None and bool(window.activity.reading.what))
    card = window.documents._cards[0]
    assert card._folder.whole == "Reading Staff handbook.docx · preparing 14 of 31 passages"
    assert card._pill.text == "Reading 43 %"
    assert window.documents._hint.text() == "You can already ask about the files that are ready."
    assert window.status._reading.text() == "Reading 61 of 140 files"
    with qtbot.waitSignal(window.activity.finished):
        gate.open()
    qtbot.waitUntil(lambda: not window.activity.is_busy)
    assert not window.status._reading.isVisible()


def test_pausing_stops_the_job_and_going_on_resumes_it(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.library = [collection("Manuals", 1, waiting=3, folder="/m")]
    application.indexings = [[FilesFound(4), FileStarted("/m/a", "a", 1, 4), Gate()]]
    window.show_place("documents")
    window.adding.add([Path("/m")])
    qtbot.waitUntil(lambda: window.activity.reading is not None and bool(window.activity.reading.name))
    window.documents._cards[0]._stop.click()
    qtbot.waitUntil(lambda: not window.activity.is_busy)
    assert window.activity.is_paused
    assert window.documents._cards[0]._pill.text == "Paused"
    buttons(window, "Go on")[0].click()
    qtbot.waitUntil(lambda: not window.activity.is_busy)
    assert application.calls[-1] == ("resume_indexing", ())
    assert not window.activity.is_paused


def test_each_problem_has_its_reason_and_can_be_tried_again(
    qtbot: QtBot, window: Window, application: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    application.library = [
        collection("Mail", 5, problems=[Problem("/m/a.pdf", "It is protected by a password."),
                                        Problem("/m/b.zip", "It is too large.")])
    ]  # fmt: skip
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    window.show_place("documents")
    again = buttons(window, "Try again")
    assert len(again) == 2
    again[1].click()
    qtbot.waitUntil(lambda: application.calls == [("retry", [Path("/m/b.zip")])])
    buttons(window, "Show in folder")[0].click()
    assert shown == ["/m"]
    buttons(window, "Try all again")[0].click()
    everything = ("retry", [Path("/m/a.pdf"), Path("/m/b.zip")])
    qtbot.waitUntil(lambda: application.calls[-1] == everything)


def test_failed_files_are_mentioned_to_someone_who_is_elsewhere(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.indexings = [[FileFailed("/m/a", "No.", 1, 1), IndexDone(0, 1, 0)]]
    with qtbot.waitSignal(window.activity.finished):
        window.adding.add([Path("/m/a")])
    assert window.toast.words == "1 file could not be read. Documents shows why."


def test_collection_is_removed_only_after_a_yes(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.library = [collection("Manuals", 1)]
    window.show_place("documents")
    window.documents.remove_asked.emit("Manuals")
    buttons(window, "Keep it")[0].click()
    assert application.library
    window.documents.remove_asked.emit("Manuals")
    with qtbot.waitSignal(window.adding.removed):
        buttons(window, "Remove")[0].click()
    assert application.library == []
    assert window.documents._cards == []


def test_asking_about_a_collection_opens_a_chat_in_it(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.library = [collection("Manuals & more", 1)]
    window.show_place("documents")
    buttons(window, "Ask about it")[0].click()
    assert window.place == "chat"
    assert window.chat.composer.scope.collection == "Manuals & more"


def test_library_failure_is_explained(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    application.indexings = [[LibraryDamaged("/p/library.db", "page 3")]]
    window.adding.add([Path("/m")])
    qtbot.waitUntil(window.sheet.isVisible)
    assert window.sheet.title == "Your library is damaged"
    assert not window.activity.is_busy


def test_the_time_left_is_what_the_job_says(window: Window) -> None:
    window.activity._take(JobProgress(10, 100, 30, 240.0))
    assert window.activity._reading.seconds_left == 240.0


def test_what_another_embedder_left_is_embedded_once_the_reader_is_warm(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    application.waits_for_embedder = True
    window.begin()
    qtbot.waitUntil(lambda: ("embed_anew", None) in application.calls and not window.activity.is_busy)


def test_nothing_is_embedded_anew_while_the_person_has_paused_reading(
    application: FakeApplication, window: Window
) -> None:
    application.waits_for_embedder = True
    application.put_setting(PAUSED, True)
    window.activity.embed_anew()
    assert not window.activity.is_busy
    assert ("embed_anew", None) not in application.calls


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (3, ""), (40, "about 1 min left"), (240, "about 4 min left"), (8000, "about 2 h left")],
)
def test_time_left_is_rounded_to_what_one_would_say(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_words_for_every_state() -> None:
    assert pill_state(collection("a", 3), None) == ("Ready", "accent")
    assert pill_state(collection("a", 3, waiting=1), None) == ("Paused", "")
    assert pill_state(collection("a", 3, problems=[Problem("/x", "y")]), None) == ("1 problem", "warning")
    assert pill_state(collection("a", 1, waiting=3), Reading()) == ("Reading 25 %", "")
    assert pill_state(collection("a", 0), None) == ("Empty", "")
    assert sentence(Reading()) == "Looking for files…"
    assert sentence(Reading(total=9)) == "Looking at 9 files…"
    assert sentence(Reading(stopping=True)) == "Stopping…"
    assert numbers(collection("a", 1, passages=1), None) == "1 file\u20031 passage"
    assert breadcrumb(Path("/home/ada/Documents/Legal/Contracts")) == "Documents › Legal › Contracts"
