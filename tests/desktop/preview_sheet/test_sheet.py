"""The preview sheet in its window: what it shows is what is sent, and nothing is sent by accident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.preview_sheet.masks import things
from desktop.preview_sheet.raw import EXACT
from desktop.preview_sheet.sent_text import pieces
from desktop.preview_sheet.sheet import RAW, PreviewSheet
from desktop.theme.focus import reading_order
from desktop.window.ports import ProviderRow
from desktop.window.window import Window
from engine.answering import Answered
from engine.errors import KeptHere
from engine.frontier.values import Draft
from engine.masking.values import Mask
from engine.usage.values import Estimate
from tests.desktop.cloud_states import MASKS, cloud_answer, hard
from tests.fakes.application import FakeApplication
from tests.fakes.cloud import ANTHROPIC, OLLAMA, OPENAI
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]


@pytest.fixture
def chat(application: FakeApplication) -> int:
    return hard(application)


@pytest.fixture
def opened(application: FakeApplication, chat: int, open_window: Open) -> Window:
    return open_window(application)


def look(qtbot: QtBot, window: Window) -> PreviewSheet:
    window.conversation.ask_cloud()
    qtbot.waitUntil(lambda: window.asking.preview.draft is not None)
    return window.asking.sheet


def draft_of(window: Window) -> Draft:
    draft = window.asking.preview.draft
    assert draft is not None
    return draft


def drafts(application: FakeApplication) -> list[tuple[int, str, str, tuple[int, ...] | None]]:
    return application.cloud.called("draft")


def shown(sheet: PreviewSheet) -> list[str]:
    return [text.toPlainText().replace("\u2028", "\n") for text in sheet.texts]


# What it shows


def test_the_messages_stand_there_word_for_word(qtbot: QtBot, opened: Window) -> None:
    sheet = look(qtbot, opened)
    assert shown(sheet) == [message.text for message in draft_of(opened).sent]
    assert "⟨PERSON_1⟩" in shown(sheet)[1]
    assert "Marie Dupont" not in "".join(shown(sheet))


def test_the_raw_request_is_the_body_byte_for_byte(qtbot: QtBot, opened: Window) -> None:
    sheet = look(qtbot, opened)
    sheet.choose_view(RAW)
    sheet.raw.choose(EXACT)
    request = draft_of(opened).request
    head, _, body = sheet.raw.text.partition("\n\n")
    assert body == request.body.decode()
    assert head.splitlines() == [
        f"POST {request.url}",
        *(f"{name}: {value}" for name, value in request.headers),
        "x-api-key: (your key)",
    ]
    sheet.raw._copy()
    assert QGuiApplication.clipboard().text().encode() == request.body


def test_who_gets_it_where_and_for_how_much_is_said(qtbot: QtBot, opened: Window) -> None:
    sheet = look(qtbot, opened)
    assert sheet.title == "Ask Claude Sonnet 4.5?"
    assert sheet._host.text() == "api.anthropic.com"
    assert sheet._price.text() == "about €0.02"
    assert "at most €0.036" in sheet._tokens.text()


def test_what_may_not_go_leaves_nothing_to_press_but_close(
    qtbot: QtBot, application: FakeApplication, opened: Window
) -> None:
    application.cloud.drafts = [[KeptHere("Contracts")]]
    opened.conversation.ask_cloud()
    sheet = opened.asking.sheet
    qtbot.waitUntil(lambda: "may never leave" in sheet._failure.text())
    assert not sheet._send.isVisible()
    assert (sheet._cancel.text(), sheet._cancel.accessibleName()) == ("Close", "Close")
    sheet.close_sheet()
    again = look(qtbot, opened)
    assert again._send.isVisible() and again._cancel.text() == "Cancel"


@pytest.mark.parametrize("hostile", ["<img src='file:///etc/passwd'>", "a\u202eb", "# h\n![](x)"])
def test_hostile_messages_are_shown_as_they_are(
    qtbot: QtBot, application: FakeApplication, open_window: Open, hostile: str
) -> None:
    chat = application.add_chat("x")
    application.settings["window.chat"] = chat
    application.add_message(chat, "user", hostile)
    sheet = look(qtbot, open_window(application))
    assert shown(sheet)[-1] == hostile.replace("\u202e", "⟦U+202E⟧")


def test_names_that_could_not_be_looked_for_are_warned_of(
    qtbot: QtBot, application: FakeApplication, opened: Window
) -> None:
    application.cloud.unsought = "the reader has stopped."
    sheet = look(qtbot, opened)
    assert sheet.notes.words[0].startswith("Names and addresses could not be looked for: the reader")


def test_an_unknown_price_is_said(qtbot: QtBot, application: FakeApplication, opened: Window) -> None:
    application.cloud.estimate = Estimate(980, 260, None, None)
    sheet = look(qtbot, opened)
    assert sheet._price.text() == "price not known"
    assert "is not known" in sheet.notes.words[0]
    assert sheet._send.isEnabled(), "by hand it may be sent"


# Masks


def test_a_mask_that_is_switched_off_lets_the_words_through_and_says_so(qtbot: QtBot, opened: Window) -> None:
    sheet = look(qtbot, opened)
    before = draft_of(opened).request.body
    sheet.masks.switches[0].click()
    assert "Marie Dupont" in shown(sheet)[1]
    assert sheet.notes.words == ["What stands on amber is sent as it is."]
    assert b"Marie Dupont" in draft_of(opened).request.body
    sheet.masks.switches[0].click()
    assert draft_of(opened).request.body == before
    assert sheet.notes.words == []


def test_a_mask_stays_off_when_the_draft_is_made_anew(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    sheet = look(qtbot, opened)
    sheet.masks.switches[0].click()
    sheet.passages.switches[2].click()
    qtbot.waitUntil(lambda: len(draft_of(opened).passages) == 2)
    assert "Marie Dupont" in shown(sheet)[1]
    assert not sheet.masks.switches[0].isChecked()


def test_ways_of_writing_one_name_are_switched_together(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.masks = [*MASKS, Mask("⟨PERSON_1_b⟩", "PERSON", "Dupont")]
    assert [len(thing) for thing in things(application.cloud.masks)] == [2, 1, 1]
    application.cloud.masks = [
        Mask("⟨PERSON_1⟩", "PERSON", "Marie Dupont"), Mask("⟨PERSON_1_b⟩", "PERSON", "told"),
    ]  # fmt: skip
    sheet = look(qtbot, opened)
    assert len(sheet.masks.switches) == 1
    sheet.masks.switches[0].click()
    assert [mask.on for mask in draft_of(opened).masks] == [False, False]


def test_nothing_to_mask_is_said(qtbot: QtBot, opened: Window, application: FakeApplication) -> None:
    application.cloud.masks = []
    assert look(qtbot, opened).masks._title.text() == "Nothing to mask was found"


def test_pieces_of_a_message_are_the_message() -> None:
    masks = [Mask("⟨PERSON_1⟩", "PERSON", "Ada"), Mask("⟨PERSON_2⟩", "PERSON", "Bob", on=False)]
    cut = list(pieces("⟨PERSON_1⟩ and Bob, ⟨PERSON_2⟩", masks))
    assert "".join(text for text, _ in cut) == "⟨PERSON_1⟩ and Bob, ⟨PERSON_2⟩"
    assert [(text, look) for text, look in cut if look != "plain"] == [
        ("⟨PERSON_1⟩", "masked"),
        ("Bob", "open"),
    ]


# Passages


def test_a_passage_that_is_switched_off_does_not_go_along(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    sheet = look(qtbot, opened)
    sheet.passages.switches[1].click()
    qtbot.waitUntil(lambda: draft_of(opened).passages == (0, 2))
    assert drafts(application)[-1][3] == (0, 2)
    assert "Annex C" not in shown(sheet)[1]
    assert sheet.passages._title.text() == "Passages: 2 of 3 go along"


def test_a_passage_of_a_locked_collection_cannot_go_and_says_why(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.kept_here = ((1, "Prices"),)
    sheet = look(qtbot, opened)
    assert list(sheet.passages.switches) == [0, 2]
    named = [widget.accessibleName() for widget in sheet.passages.findChildren(QWidget)]
    assert "Annex C prices 2026.xlsx: Stays here: “Prices” may never leave this computer." in named
    sheet.passages.switches[0].click()
    qtbot.waitUntil(lambda: draft_of(opened).passages == (2,))


def test_nothing_is_sent_while_the_draft_is_made_anew(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    sheet = look(qtbot, opened)
    gate = Gate()
    application.cloud.drafts = [[gate]]
    sheet.passages.switches[0].click()
    qtbot.waitUntil(gate.reached.is_set)
    assert not sheet._send.isEnabled()
    QTest.keyClick(sheet, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sheet.isVisible()
    gate.open()
    qtbot.waitUntil(sheet._send.isEnabled)
    assert application.cloud.called("send_draft") == []


def test_the_last_choice_counts_however_slow_the_first_was(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    sheet = look(qtbot, opened)
    gate = Gate()
    application.cloud.drafts = [[gate]]
    sheet.passages.switches[0].click()
    sheet.passages.switches[1].click()
    gate.open()
    qtbot.waitUntil(lambda: draft_of(opened).passages == (2,))
    qtbot.waitUntil(lambda: not opened.lanes.errands.is_busy)
    assert draft_of(opened).passages == (2,)


# Whom


def test_another_model_may_be_asked(qtbot: QtBot, opened: Window, application: FakeApplication) -> None:
    sheet = look(qtbot, opened)
    keys = [key for key, _ in sheet._model.choices]
    assert "openai gpt-5" not in keys, "there is no key for it"
    sheet._model.pick("ollama llama3.3")
    qtbot.waitUntil(lambda: draft_of(opened).question.model == "llama3.3")
    assert drafts(application)[-1][1:3] == ("ollama", "llama3.3")
    assert sheet._host.text() == "127.0.0.1:11434"
    assert "server of yours" in sheet.notes.words[0]


def test_without_a_key_the_button_leads_to_where_one_is_added(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.rows = [ProviderRow(ANTHROPIC, used=True), ProviderRow(OPENAI), ProviderRow(OLLAMA)]
    sheet = look(qtbot, opened)
    assert sheet._send.text() == "Add a key…"
    with qtbot.waitSignal(opened.asking.key_asked) as asked:
        sheet._send.click()
    assert asked.args == ["anthropic"]
    assert opened.place == "cloud"
    assert not sheet.isVisible()
    assert application.cloud.called("send_draft") == []


def test_the_keyring_is_asked_before_a_key_is_said_to_be_missing(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    look(qtbot, opened)
    assert application.cloud.called("look_for_keys")


def test_with_nobody_chosen_the_first_that_may_be_asked_is(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.now_policy = replace(application.cloud.now_policy, provider="", model="")
    look(qtbot, opened)
    assert drafts(application)[-1][1:3] == ("anthropic", "claude-sonnet-4-5")


def test_with_nobody_to_ask_it_leads_to_where_a_key_is_added(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.now_policy = replace(application.cloud.now_policy, provider="", model="")
    application.cloud.rows = [ProviderRow(ANTHROPIC), ProviderRow(OPENAI)]
    opened.conversation.ask_cloud()
    assert opened.sheet.title == "There is nobody to ask yet"
    assert not opened.asking.sheet.isVisible()
    assert drafts(application) == []


def test_offline_it_goes_online_only_by_a_button_that_says_so(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.is_online = False
    application.cloud.replies = [[Answered(cloud_answer())]]
    sheet = look(qtbot, opened)
    assert "Carrel is offline" in sheet.notes.words[0]
    assert sheet._send.text() == "Go online and send"
    assert application.cloud.called("set_online") == []
    with qtbot.waitSignal(opened.conversation.runs.ended):
        sheet._send.click()
    assert application.cloud.called("set_online") == [True]
    assert len(application.cloud.called("send_draft")) == 1


# Keyboard


def test_mod_enter_sends_and_a_mere_enter_does_not(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[Answered(cloud_answer())]]
    sheet = look(qtbot, opened)
    opened.activateWindow()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        sheet._send.setFocus()
        QTest.keyClick(sheet._send, key)
        QTest.keyClick(sheet, key)
    assert application.cloud.called("send_draft") == []
    assert sheet.isVisible()
    sheet._cancel.setFocus()
    with qtbot.waitSignal(opened.conversation.runs.ended):
        QTest.keyClick(sheet._cancel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(application.cloud.called("send_draft")) == 1


def test_escape_closes_it_and_nothing_is_sent(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    sheet = look(qtbot, opened)
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert opened.asking.preview.draft is None
    assert application.cloud.called("send_draft") == []


def test_closed_while_it_is_made_it_does_not_come_up_again(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.cloud.drafts = [[gate]]
    opened.conversation.ask_cloud()
    qtbot.waitUntil(gate.reached.is_set)
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    gate.open()
    qtbot.waitUntil(lambda: not opened.lanes.errands.is_busy)
    QApplication.processEvents()
    assert not opened.asking.sheet.isVisible()


@pytest.mark.parametrize("view", ["Messages", RAW])
def test_tab_reaches_everything_and_stays_inside(qtbot: QtBot, opened: Window, view: str) -> None:
    sheet = look(qtbot, opened)
    sheet.choose_view(view)
    opened.activateWindow()
    QApplication.processEvents()
    order = list(reading_order(sheet._card))
    wanted = [
        made
        for made in sheet.findChildren(QWidget)
        if made.isVisible() and isinstance(made, QAbstractButton | QPlainTextEdit)
    ]
    assert set(wanted) <= set(order)
    sheet._cancel.setFocus()
    met: list[QWidget] = []
    for _ in range(len(order) * 2):
        QTest.keyClick(QApplication.focusWidget() or sheet, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert sheet.isAncestorOf(focused)
        met.append(focused)
    # Of a choice among a few Tab reaches the chosen one; the arrows lead to the others.
    assert set(met) == set(reading_order(sheet._card))


def test_every_control_has_a_name(qtbot: QtBot, opened: Window, application: FakeApplication) -> None:
    application.cloud.masks = [replace(mask, count=2) for mask in MASKS]
    sheet = look(qtbot, opened)
    for made in sheet.findChildren(QAbstractButton):
        assert made.accessibleName() or made.text(), made


def test_under_it_no_shortcut_works_but_escape(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    look(qtbot, opened)
    assert {shortcut.key().toString() for shortcut in opened._shortcuts if shortcut.isEnabled()} == {"Esc"}
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert all(shortcut.isEnabled() for shortcut in opened._shortcuts)
