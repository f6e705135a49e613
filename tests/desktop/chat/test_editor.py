"""desktop/chat/editor.py and composer.py: keys, plain text, the queue of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from pytestqt.qtbot import QtBot

from desktop.chat.composer import Composer
from desktop.chat.editor import Editor, local_files
from desktop.theme.theme import Theme


@pytest.fixture
def composer(qtbot: QtBot, theme: Theme) -> Composer:
    made = Composer(theme)
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


@pytest.fixture
def editor(composer: Composer) -> Editor:
    return composer.findChild(Editor)


def test_enter_sends_and_empties_the_field(qtbot: QtBot, composer: Composer, editor: Editor) -> None:
    qtbot.keyClicks(editor, "What is due?")
    with qtbot.waitSignal(composer.asked) as asked:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert asked.args == ["What is due?"]
    assert composer.text == ""


def test_shift_enter_makes_a_line(qtbot: QtBot, composer: Composer, editor: Editor) -> None:
    qtbot.keyClicks(editor, "one")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(editor, "two")
    assert composer.text == "one\ntwo"


def test_blank_text_is_not_sent(qtbot: QtBot, composer: Composer, editor: Editor) -> None:
    qtbot.keyClicks(editor, "   ")
    with qtbot.assertNotEmitted(composer.asked):
        qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_up_recalls_earlier_questions_and_down_comes_back(
    qtbot: QtBot, composer: Composer, editor: Editor
) -> None:
    composer.remember(["first", "second"])
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(editor, key)
        seen.append(composer.text)
    assert seen == ["second", "first", "first", "second", ""]


def test_up_leaves_what_is_being_written_alone(qtbot: QtBot, composer: Composer, editor: Editor) -> None:
    composer.remember(["earlier"])
    qtbot.keyClicks(editor, "mine")
    qtbot.keyClick(editor, Qt.Key.Key_Up)
    assert composer.text == "mine"


def test_foreign_rich_text_comes_in_as_plain_text(editor: Editor) -> None:
    data = QMimeData()
    data.setHtml("<b>bold</b><img src='file:///etc/passwd'>")
    data.setText("bold")
    editor.insertFromMimeData(data)
    assert editor.toPlainText() == "bold"


def test_pasted_files_become_documents_to_add(qtbot: QtBot, composer: Composer, editor: Editor) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/a.pdf"), QUrl("https://example.org/b.pdf")])
    with qtbot.waitSignal(composer.files_pasted) as pasted:
        editor.insertFromMimeData(data)
    assert pasted.args == [[Path("/tmp/a.pdf")]]
    assert composer.text == ""
    assert not editor.canInsertFromMimeData(data)


def test_only_local_files_count() -> None:
    assert local_files([QUrl("http://example.org/x"), QUrl.fromLocalFile("/a")]) == [Path("/a")]


def test_field_grows_with_its_text_up_to_a_limit(editor: Editor) -> None:
    one = editor.height()
    editor.setPlainText("\n".join("abc"))
    three = editor.height()
    editor.setPlainText("\n" * 100)
    assert one < three < editor.height() < 15 * one


def test_typing_while_it_answers_queues_one_question(
    qtbot: QtBot, composer: Composer, editor: Editor
) -> None:
    composer.set_busy(True)
    with qtbot.assertNotEmitted(composer.asked):
        for text in ("and this?", "also that"):
            qtbot.keyClicks(editor, text)
            qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert composer.queued == "and this?\nalso that"


def test_queued_question_comes_back_to_be_edited(qtbot: QtBot, composer: Composer, editor: Editor) -> None:
    composer.set_busy(True)
    composer.set_text("later")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    composer.return_queued()
    assert (composer.queued, composer.text) == ("", "later")


def test_returned_question_does_not_overwrite_what_is_being_written(
    qtbot: QtBot, composer: Composer, editor: Editor
) -> None:
    composer.set_busy(True)
    composer.set_text("later")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    composer.set_text("mine")
    composer.return_queued()
    assert (composer.queued, composer.text) == ("later", "mine")
