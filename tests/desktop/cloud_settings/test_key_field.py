"""The field for a key: what it takes, and what others may see of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.cloud_settings.key_field import NO_KEY, NOTHING, TOO_LONG, KeyField
from desktop.keys.secret import LONGEST
from tests.contracts.keyring import text_of

KEY = "sk-proj-abcdefghijklmnopqrstuvw3Xy"


@pytest.fixture
def field(qtbot: QtBot) -> KeyField:
    made = KeyField("Key for OpenAI")
    qtbot.addWidget(made)
    made.show()
    return made


def paste(field: KeyField, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QGuiApplication.clipboard().clear()


def test_what_is_typed_is_taken_once(field: KeyField) -> None:
    QTest.keyClicks(field, KEY)
    assert len(field) == len(KEY)
    assert text_of(field.take()) == KEY.encode()
    assert len(field) == 0
    assert text_of(field.take()) == b""


def test_the_line_edit_holds_dots_only(field: KeyField) -> None:
    QTest.keyClicks(field, KEY)
    paste(field, KEY)
    assert set(field.text()) == {"•"}
    assert len(field.text()) == len(KEY)
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert set(field.text()) == {"•"}, "undo brings nothing back"


def test_a_paste_takes_the_place_of_what_was_there_without_blanks(field: KeyField) -> None:
    QTest.keyClicks(field, "old")
    paste(field, f"  {KEY[:10]}\r\n{KEY[10:]}\n")
    assert text_of(field.take()) == KEY.encode()


@pytest.mark.parametrize(
    ("text", "why"), [("ключ", NO_KEY), ("k" * (LONGEST + 1), TOO_LONG), ("", NOTHING), ("sk\x07", NO_KEY)]
)
def test_what_is_no_key_is_refused_and_nothing_of_it_kept(
    qtbot: QtBot, field: KeyField, text: str, why: str
) -> None:
    with qtbot.waitSignal(field.refused) as refused:
        paste(field, text)
    assert refused.args == [why]
    assert len(field) == 0
    assert not any(field._key)


def test_backspace_takes_the_last_and_delete_all(field: KeyField) -> None:
    QTest.keyClicks(field, "abc")
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert bytes(field._key[:3]) == b"ab\0"
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert len(field) == 0
    assert not any(field._key)


def test_the_last_four_are_shown_of_a_long_key_only(field: KeyField) -> None:
    QTest.keyClicks(field, "secret")
    assert field.ending() == ""
    paste(field, KEY)
    assert field.ending() == "w3Xy"


def test_an_input_method_may_write_it(field: KeyField) -> None:
    event = QInputMethodEvent("being composed", [])
    event.setCommitString("sk-")
    field.inputMethodEvent(event)
    assert text_of(field.take()) == b"sk-"


def test_an_aid_may_write_it(field: KeyField) -> None:
    """As assistive programs do: they set the text of the line."""
    QTest.keyClicks(field, "ab")
    field.setText(field.text() + "cd")
    assert set(field.text()) == {"•"}
    assert text_of(field.take()) == b"abcd"


def test_nothing_can_be_copied_or_dropped(field: KeyField) -> None:
    QGuiApplication.clipboard().setText("before")
    QTest.keyClicks(field, KEY)
    for key in (Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_X):
        QTest.keyClick(field, key, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "before"
    assert len(field) == len(KEY)
    assert not field.acceptDrops()
    QGuiApplication.clipboard().clear()


def test_a_screen_reader_hears_of_a_password_field(field: KeyField) -> None:
    QTest.keyClicks(field, KEY)
    heard = QAccessible.queryAccessibleInterface(field)
    assert heard.role() == QAccessible.Role.EditableText
    assert heard.state().passwordEdit  # type: ignore[attr-defined]
    assert heard.text(QAccessible.Text.Name) == "Key for OpenAI"
    assert KEY not in heard.text(QAccessible.Text.Value)
