"""desktop/viewer in its window: opening at the passage, turning, searching, falling back to text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.viewer.text_pages import PART, parts
from desktop.viewer.viewer import Viewer
from desktop.window.window import Window
from engine.answering import Answered
from engine.values import Answer
from rag.errors import DocumentUnreadable
from rag.values import DocumentRow, Page
from tests.fakes.application import CLAUSE, PAGE, QUESTION, FakeApplication, answer, collection
from tests.fakes.paper import paper
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
PAGES = 14


@pytest.fixture
def agreement(qapp: object, application: FakeApplication, tmp_path: Path) -> Path:
    """The answer's first source as a real file of fourteen pages, the seventh being the source."""
    path = tmp_path / "Brightwave framework agreement.pdf"
    path.write_bytes(b"%PDF")
    application.rows = [
        DocumentRow(1, "Contracts", path.name, str(path), "ready", "", 96, PAGES, 4),
        DocumentRow(2, "Contracts", "Annex C prices 2026.xlsx", "/docs/Annex C prices 2026.xlsx", "ready", "",
                    9, 1, 4),
    ]  # fmt: skip
    for number in range(1, PAGES + 1):
        text = PAGE if number == 7 else f"This is page {number}. It speaks of delivery."
        application.pages[str(path), number], application.drawings[str(path), number] = paper(
            number, text, pages=PAGES
        )
    prices = answer().sources[1]
    application.pages[prices.path, None] = Page(None, f"Prices\n\n{prices.text}")
    return path


def given(path: Path) -> Answer:
    """The fakes' answer, with its sources where they really are."""
    made = answer()
    prices = replace(made.sources[1], start=8, end=8 + len(made.sources[1].text))
    return replace(made, sources=(replace(made.sources[0], path=str(path)), prices, made.sources[2]))


@pytest.fixture
def asked(qtbot: QtBot, window: Window, application: FakeApplication, agreement: Path) -> Window:
    """The window with the answer in it."""
    application.answers = [[Answered(given(agreement))]]
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.conversation.ask(QUESTION)
    return window


def viewer_of(window: Window) -> Viewer:
    return window.viewing.viewer


def open_first(qtbot: QtBot, window: Window) -> Viewer:
    window.chat.sources.open(0, 0)
    viewer = viewer_of(window)
    qtbot.waitUntil(lambda: viewer._picture(7) is not None)
    return viewer


# --- opening -----------------------------------------------------------------------------------------------


def test_mark_opens_the_page_with_its_passage_lit_in_view(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    assert viewer.shows_pictures
    assert viewer.number == 7
    lit = viewer._marks_of(7).lit
    assert len(lit) == 2  # the clause stands on two lines
    top = viewer.paper._rect(7).top() + lit[0].top * viewer.paper._rect(7).height()
    assert 0 < top < viewer.paper.viewport().height() * 0.6
    qtbot.waitUntil(lambda: viewer._marks_of(6).lit == [])  # nothing, once its text is there


def test_sentence_that_is_being_checked_stands_over_the_page(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    said = "Either party may end the agreement with 90 days’ written notice to the end of a calendar quarter."
    assert viewer._note.words == f"“{said}”"


def test_card_opens_its_source_by_press_and_by_key(qtbot: QtBot, asked: Window) -> None:
    card = asked.chat.sources.card(1)
    card.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert asked.viewing.is_open
    qtbot.waitUntil(lambda: "Prices" in viewer_of(asked).text.text.toPlainText())


def test_pictures_are_drawn_at_the_pixels_of_the_screen_and_never_wait_for(
    qtbot: QtBot, asked: Window, application: FakeApplication, agreement: Path
) -> None:
    gate = Gate()
    draw = application.drawings[str(agreement), 7]
    assert callable(draw)

    def slow(width_px: int) -> object:
        gate.wait(lambda: False)
        return draw(width_px)

    application.drawings[str(agreement), 7] = slow  # type: ignore[assignment]
    asked.chat.sources.open(0, 0)
    qtbot.waitUntil(gate.reached.is_set)
    asked.grab()  # paper, while the picture is on its way
    assert viewer_of(asked)._picture(7) is None
    gate.open()
    qtbot.waitUntil(lambda: viewer_of(asked)._picture(7) is not None)
    picture = viewer_of(asked)._picture(7)
    assert picture is not None
    paper_view = viewer_of(asked).paper
    assert picture.image.width() == round(paper_view._sheets.width * paper_view.devicePixelRatioF())


def test_next_source_is_another_document_and_the_cards_go_along(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    viewer._title._next.click()
    assert asked.chat.sources.current == 1
    qtbot.waitUntil(lambda: "Unit price" in viewer.text.text.toPlainText())
    assert not viewer.shows_pictures
    asked.chat.sources._previous.click()
    qtbot.waitUntil(lambda: viewer.shows_pictures and viewer.number == 7)


def test_what_arrives_of_a_document_that_was_left_is_not_shown(
    qtbot: QtBot, asked: Window, agreement: Path
) -> None:
    asked.chat.sources.open(1)  # its first look is on its way when the next is opened
    viewer = open_first(qtbot, asked)
    qtbot.waitUntil(lambda: not asked.lanes.errands.is_busy)
    assert viewer.shows_pictures
    assert viewer.number == 7


def test_escape_leads_back_to_the_answer(qtbot: QtBot, asked: Window) -> None:
    open_first(qtbot, asked)
    assert asked.chat.stage.is_covered
    asked._escape()
    assert not asked.chat.stage.is_covered
    assert viewer_of(asked).spot is None


def test_keyboard_is_given_back_even_if_its_card_is_gone(
    qtbot: QtBot, asked: Window, agreement: Path
) -> None:
    card = asked.chat.sources.card(0)
    card.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(card, Qt.Key.Key_Return)
    asked.chat.sources.show_answer(given(agreement))  # other cards take the place of these
    qtbot.waitUntil(lambda: asked.viewing._before is None)
    asked._escape()
    assert not asked.viewing.is_open


def test_keys_scroll_the_text_as_well(
    qtbot: QtBot, asked: Window, agreement: Path, application: FakeApplication
) -> None:
    agreement.unlink()
    application.pages[str(agreement), 7] = Page(7, PAGE * 9)
    viewer = opened_text(qtbot, asked)
    bar = viewer.text.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 500)
    viewer.text.text.setFocus()
    qtbot.keyClick(viewer.text.text, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    qtbot.keyClick(viewer.text.text, Qt.Key.Key_PageUp)
    assert bar.value() < bar.maximum()


def test_another_place_or_chat_closes_the_document(qtbot: QtBot, asked: Window) -> None:
    open_first(qtbot, asked)
    asked.show_place("documents")
    assert not asked.viewing.is_open
    asked.show_place("chat")
    open_first(qtbot, asked)
    asked.new_chat()
    assert not asked.viewing.is_open


def test_in_a_small_window_the_document_has_all_the_room(qtbot: QtBot, asked: Window) -> None:
    asked.resize(900, 600)
    open_first(qtbot, asked)
    assert not asked.chat.sources.isVisible()
    assert viewer_of(asked).width() == asked.chat.width()
    asked.viewing.step(1)  # without the cards, too
    qtbot.waitUntil(lambda: "Unit price" in viewer_of(asked).text.text.toPlainText())


# --- where pictures cannot be had --------------------------------------------------------------------------


def opened_text(qtbot: QtBot, window: Window) -> Viewer:
    window.chat.sources.open(0, 0)
    viewer = viewer_of(window)
    qtbot.waitUntil(lambda: CLAUSE[:20] in viewer.text.text.toPlainText() and not viewer.shows_pictures)
    return viewer


def test_file_that_is_gone_shows_the_text_that_was_read(qtbot: QtBot, asked: Window, agreement: Path) -> None:
    agreement.unlink()
    viewer = opened_text(qtbot, asked)
    assert viewer._note.words == "The file is not where it was. This is its text as Carrel read it."
    assert not viewer._title.outside.isEnabled()


def test_changed_file_shows_the_text_that_was_read(qtbot: QtBot, asked: Window, agreement: Path) -> None:
    agreement.write_bytes(b"%PDF of another length")
    viewer = opened_text(qtbot, asked)
    assert viewer._note.words.startswith("The file has changed since Carrel read it.")
    viewer._tools._on.click()
    qtbot.waitUntil(lambda: "This is page 8." in viewer.text.text.toPlainText())
    assert viewer.number == 8
    viewer._tools._number.setText("7")
    qtbot.keyClick(viewer._tools._number, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: CLAUSE[:20] in viewer.text.text.toPlainText())


def test_page_that_cannot_be_drawn_shows_its_text_and_why(
    qtbot: QtBot, asked: Window, application: FakeApplication, agreement: Path
) -> None:
    application.drawings[str(agreement), 7] = DocumentUnreadable(str(agreement), "It is damaged.")
    viewer = opened_text(qtbot, asked)
    assert viewer._note.words == "It is damaged. This is its text as Carrel read it."


def test_page_that_does_not_say_where_its_words_stand_shows_the_passage_in_its_text(
    qtbot: QtBot, asked: Window, application: FakeApplication, agreement: Path
) -> None:
    application.pages[str(agreement), 7] = Page(7, PAGE)
    viewer = opened_text(qtbot, asked)
    assert viewer._title.as_text.isChecked()
    viewer._title.as_text.click()
    assert viewer.shows_pictures
    assert viewer.number == 7


def test_passage_that_stands_there_no_more_is_not_lit_elsewhere(
    qtbot: QtBot, asked: Window, application: FakeApplication, agreement: Path
) -> None:
    application.pages[str(agreement), 7] = paper(7, "Quite another page by now.", pages=PAGES)[0]
    viewer = open_first(qtbot, asked)
    assert viewer._marks_of(7).lit == []
    assert "does not stand here" in viewer._note.words


# --- turning, zoom, copying --------------------------------------------------------------------------------


def test_pages_are_turned_and_gone_to(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    viewer._tools._on.click()
    assert viewer.number == 8
    viewer._tools._number.setText("2")
    qtbot.keyClick(viewer._tools._number, Qt.Key.Key_Return)
    assert viewer.number == 2
    assert viewer._tools._of.text() == "of 14"
    qtbot.waitUntil(lambda: viewer._picture(2) is not None)
    viewer.paper.verticalScrollBar().setValue(viewer.paper.verticalScrollBar().maximum())
    assert viewer.number == PAGES
    assert not viewer._tools._on.isEnabled()


def test_zoom_keeps_the_place_and_fits_again(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    width = viewer.paper._sheets.width
    asked.looks.change_scale(1)
    assert viewer.paper._sheets.width == round(width * 1.2)
    assert asked._theme.scale == 1.0
    assert viewer.number == 7
    wheel = QWheelEvent(
        QPoint(50, 50), QPoint(50, 50), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewer.paper.viewport(), wheel)
    assert viewer.paper._sheets.width == width
    asked.looks.change_scale(2)
    asked.looks.change_scale(0)
    assert viewer._tools._percent.text() == "100 %"


def test_text_of_the_page_can_be_copied_from_its_picture(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    viewer._selection.take_page(7)
    qtbot.keyClick(viewer.paper, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == PAGE.strip()


def test_screen_reader_hears_the_page(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    assert viewer.paper.accessibleName() == "Page 7"
    assert CLAUSE in viewer.paper.accessibleDescription()


def test_document_opens_in_its_own_program(
    qtbot: QtBot, asked: Window, agreement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    open_first(qtbot, asked)._title.outside.click()
    assert opened == [str(agreement)]


# --- searching ---------------------------------------------------------------------------------------------


def search(qtbot: QtBot, viewer: Viewer, words: str) -> None:
    viewer._tools.search.setFocus()
    qtbot.keyClicks(viewer._tools.search, words)
    qtbot.keyClick(viewer._tools.search, Qt.Key.Key_Return)
    texts = viewer._texts
    assert texts is not None
    qtbot.waitUntil(lambda: not texts.searching)


def test_search_finds_in_all_pages_from_here_on(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    search(qtbot, viewer, "speaks of DELIVERY")
    assert viewer._tools._hits.text() == "7 of 13"
    qtbot.waitUntil(lambda: viewer.number == 8)
    assert len(viewer._marks_of(8).current) == 1
    qtbot.keyClick(viewer._tools.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: viewer.number == 6)
    assert viewer._marks_of(8).current == []
    assert len(viewer._marks_of(8).hits) == 1


def test_escape_ends_the_search_before_it_closes_the_document(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    search(qtbot, viewer, "delivery")
    asked._escape()
    assert asked.viewing.is_open
    assert viewer._tools.search.text() == ""
    assert viewer._marks_of(8).hits == []
    asked._escape()
    assert not asked.viewing.is_open


def test_what_stands_nowhere_is_said_not_to(qtbot: QtBot, asked: Window) -> None:
    viewer = open_first(qtbot, asked)
    search(qtbot, viewer, "unheard of")
    assert viewer._tools._hits.text() == "Not found"


def test_long_text_is_turned_in_parts_and_searched_across_them(
    qtbot: QtBot, asked: Window, application: FakeApplication, tmp_path: Path
) -> None:
    path = tmp_path / "log.txt"
    path.write_text("x")
    text = "\n".join(f"line {n} of the log" for n in range(3000)) + "\nthe needle"
    application.pages[str(path), None] = Page(None, text)
    asked.viewing.show_document(asked.chat.stage, "log.txt", str(path))
    viewer = viewer_of(asked)
    qtbot.waitUntil(lambda: "line 0 " in viewer.text.text.toPlainText())
    assert viewer._tools._of.text() == f"of {len(parts(text))}"
    search(qtbot, viewer, "needle")
    assert "the needle" in viewer.text.text.toPlainText()
    assert len(viewer.text.text.toPlainText()) <= PART


def test_parts_hold_the_whole_text_and_end_with_lines() -> None:
    text = "a line of words\n" * 2000
    cut = parts(text, 1000)
    assert "".join(text[start:end] for start, end in cut) == text
    assert all(end - start <= 1000 for start, end in cut)
    assert all(text[end - 1] == "\n" for _, end in cut)
    assert parts("x" * 2500, 1000) == [(0, 1000), (1000, 2000), (2000, 2500)]


# --- from the documents ------------------------------------------------------------------------------------


def test_document_opens_over_its_collection(
    qtbot: QtBot,
    application: FakeApplication,
    open_window: Callable[[FakeApplication], Window],
    agreement: Path,
) -> None:
    application.library = [collection("Contracts", 2)]
    window = open_window(application)
    window.show_place("documents")
    window.documents.open_collection("Contracts")
    view = window.documents.collection._view
    qtbot.waitUntil(lambda: view.rows.rowCount() == 2)
    view.setCurrentIndex(view.rows.index_of(str(agreement)))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    viewer = viewer_of(window)
    qtbot.waitUntil(lambda: viewer._picture(1) is not None)
    assert viewer.number == 1
    assert not viewer._title._steps.isVisible()
    window._escape()
    assert window.documents._in_collection
    window._escape()
    assert not window.documents._in_collection


# --- the glimpse on the card -------------------------------------------------------------------------------


def test_chosen_card_shows_where_on_its_page_the_passage_stands(qtbot: QtBot, asked: Window) -> None:
    glimpse = asked.chat.sources.card(0)._glimpse
    qtbot.waitUntil(lambda: not glimpse.is_empty)
    assert not glimpse.isHidden()
    asked.grab()
    asked.chat.sources.choose(1)
    assert glimpse.isHidden()
    asked.chat.sources.choose(0)
    assert not glimpse.isHidden()


def test_no_glimpse_of_a_file_that_is_gone(
    qtbot: QtBot, window: Window, application: FakeApplication, agreement: Path
) -> None:
    agreement.unlink()
    application.answers = [[Answered(given(agreement))]]
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.conversation.ask(QUESTION)
    qtbot.waitUntil(lambda: not window.lanes.drawing.is_busy)
    assert window.chat.sources.card(0)._glimpse.is_empty
    assert not any(call[0] == "draw_page" for call in application.calls)


def test_glimpse_does_not_hold_up_the_document_that_is_opened(
    qtbot: QtBot, asked: Window, application: FakeApplication
) -> None:
    qtbot.waitUntil(lambda: not asked.lanes.drawing.is_busy)
    application.calls.clear()
    viewer = open_first(qtbot, asked)
    asked.viewing.step(1)
    asked.viewing.step(-1)
    widths = {call[1][2] for call in application.calls if call[0] == "draw_page"}
    assert widths == {viewer.paper._sheets.width}
