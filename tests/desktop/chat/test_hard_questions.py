"""Hard questions in the window: offered, looked at, sent, answered below the answer of this computer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.chat.answer import AnswerView
from desktop.chat.cloud_answer import CloudAnswer
from desktop.window.window import Window
from engine.answering import Answered
from engine.errors import BudgetReached, KeptHere, ProviderUnreachable, ReplyBroken
from engine.frontier.values import Draft
from engine.usage.values import Estimate
from engine.values import TextDelta
from tests.desktop.cloud_states import CLOUD_TEXT, LOCAL_TEXT, QUESTION, cloud_answer, hard, local_answer
from tests.fakes.application import FakeApplication
from tests.fakes.cloud import BLOCKED, LOCAL, OFFER, UNASKED
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
OFFERED = "This one looks hard: ask Claude? About €0.02."


@pytest.fixture
def chat(application: FakeApplication) -> int:
    return hard(application)


@pytest.fixture
def opened(application: FakeApplication, chat: int, open_window: Open) -> Window:
    return open_window(application)


def local(window: Window) -> AnswerView:
    view = window.chat.transcript.last_answer
    assert view is not None
    return view


def cloud(window: Window) -> CloudAnswer:
    (view,) = window.chat.transcript.cloud_answers
    return view


def text_of(view: AnswerView) -> str:
    return view._view.toPlainText().replace("\ufffc", "")


def look(qtbot: QtBot, window: Window) -> Draft:
    """Open the preview sheet and wait for its draft."""
    window.conversation.ask_cloud()
    qtbot.waitUntil(lambda: window.asking.preview.draft is not None)
    draft = window.asking.preview.draft
    assert draft is not None
    return draft


def send(qtbot: QtBot, window: Window) -> None:
    look(qtbot, window)
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.asking.sheet._send.click()


def menu_words(view: AnswerView) -> list[str]:
    menu = view.menu()
    words = [action.text() for action in menu.actions()]
    menu.deleteLater()
    return words


# The offer


def test_an_answer_that_looks_hard_is_offered_in_one_line_and_nothing_is_sent(
    opened: Window, application: FakeApplication
) -> None:
    assert local(opened).offer.isVisible()
    assert local(opened).offer.words == OFFERED
    assert application.cloud.called("draft") == []


def test_an_answer_just_given_is_offered_too(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.answers = [[TextDelta("The"), Answered(local_answer())]]
    with qtbot.waitSignal(opened.conversation.runs.ended):
        opened.conversation.ask("And after 2027?")
    assert local(opened).offer.words == OFFERED
    assert local(opened).offer.isVisible()


def test_a_sure_answer_is_left_alone(application: FakeApplication, chat: int, open_window: Open) -> None:
    application.cloud.routes = [LOCAL]
    window = open_window(application)
    assert not local(window).offer.isVisible()
    assert "Ask Claude…" in menu_words(local(window)), "but can be asked about all the same"


def test_what_may_not_leave_says_so_in_place_of_an_offer(
    application: FakeApplication, chat: int, open_window: Open
) -> None:
    application.cloud.routes = [BLOCKED]
    offer = local(open_window(application)).offer
    assert offer.words == "This one looks hard. The collection “Contracts” may never leave this computer."
    assert not offer._see.isVisible()


def test_an_offer_that_is_turned_down_stays_away(opened: Window, application: FakeApplication) -> None:
    local(opened).offer._close.click()
    assert not local(opened).offer.isVisible()
    opened.conversation.new_chat()
    opened.conversation.open_chat(application.chats()[0])
    assert not local(opened).offer.isVisible()


def test_who_asks_nobody_is_offered_nothing(
    application: FakeApplication, chat: int, open_window: Open
) -> None:
    application.cloud.routes = [LOCAL]
    application.cloud.now_policy = replace(application.cloud.now_policy, mode="never")
    assert not local(open_window(application))._more.isVisible()


def test_the_last_answer_alone_is_offered(qtbot: QtBot, opened: Window, application: FakeApplication) -> None:
    first = local(opened)
    application.answers = [[Answered(local_answer())]]
    with qtbot.waitSignal(opened.conversation.runs.ended):
        opened.conversation.ask("And after 2027?")
    assert not first.offer.isVisible()
    assert "Ask Claude…" not in menu_words(first), "what would be sent is the last question"


# Sending and answering


def test_the_answer_comes_below_the_local_one_with_its_price(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.cloud.replies = [[TextDelta(CLOUD_TEXT[:40]), gate, Answered(cloud_answer())]]
    draft = look(qtbot, opened)
    opened.asking.sheet._send.click()
    qtbot.waitUntil(lambda: text_of(cloud(opened)).startswith("Not without cause"))
    assert cloud(opened).header.startswith("Anthropic  ·  Claude Sonnet 4.5  ·  sent ")
    assert "€" not in cloud(opened).header, "nobody knows yet what it costs"
    with qtbot.waitSignal(opened.conversation.runs.ended):
        gate.open()
    assert application.cloud.called("send_draft") == [(opened.conversation.chat_id, draft)]
    assert cloud(opened).header.endswith("€0.014  ·  1,240 tokens")
    assert cloud(opened)._verdict_words.text() == "2 of 3 sentences found in your documents"
    assert text_of(local(opened)).startswith("The first term")
    assert cloud(opened).y() > local(opened).y()
    assert not local(opened).offer.isVisible()


def test_both_answers_are_there_when_the_chat_is_opened_again(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[Answered(cloud_answer())]]
    send(qtbot, opened)
    opened.conversation.new_chat()
    opened.conversation.open_chat(application.chats()[0])
    assert local(opened).text == LOCAL_TEXT
    assert cloud(opened).text == CLOUD_TEXT
    assert cloud(opened).header.endswith("€0.014  ·  1,240 tokens")
    assert not local(opened).offer.isVisible()


def test_a_failure_is_one_sentence_and_the_local_answer_stands(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[ProviderUnreachable("Anthropic")]]
    send(qtbot, opened)
    said = "Anthropic could not be reached; the answer from this computer stands."
    assert cloud(opened)._note_words.text() == said
    assert text_of(local(opened)).startswith("The first term")
    opened.conversation.new_chat()
    opened.conversation.open_chat(application.chats()[0])
    assert cloud(opened)._note_words.text() == said


def test_tried_again_the_failure_makes_room(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[ProviderUnreachable("Anthropic")], [Answered(cloud_answer())]]
    send(qtbot, opened)
    cloud(opened)._again.click()
    qtbot.waitUntil(opened.asking.sheet.isVisible)
    qtbot.waitUntil(lambda: opened.asking.preview.draft is not None)
    with qtbot.waitSignal(opened.conversation.runs.ended):
        opened.asking.sheet._send.click()
    assert cloud(opened).text == CLOUD_TEXT
    assert [name for name, _ in application.calls if name == "regenerate"] == []


def test_what_came_before_a_failure_is_kept(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[TextDelta("Not without"), ReplyBroken("Anthropic")]]
    send(qtbot, opened)
    assert text_of(cloud(opened)) == "Not without"
    assert cloud(opened)._note_words.text().endswith("what came of it is kept.")


def test_stop_stops_it(qtbot: QtBot, opened: Window, application: FakeApplication) -> None:
    application.cloud.replies = [[TextDelta("Not without"), Gate(), Answered(cloud_answer())]]
    look(qtbot, opened)
    opened.asking.sheet._send.click()
    qtbot.waitUntil(lambda: text_of(cloud(opened)) == "Not without")
    with qtbot.waitSignal(opened.conversation.runs.ended):
        opened.conversation.stop()
    assert cloud(opened)._note_words.text() == "Stopped"
    assert (
        application.messages(1 if opened.conversation.chat_id is None else opened.conversation.chat_id)[
            -1
        ].text
        == "Not without"
    )


def test_while_it_is_asked_a_question_of_another_chat_is_answered(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.cloud.replies = [[gate, Answered(cloud_answer())]]
    look(qtbot, opened)
    opened.asking.sheet._send.click()
    qtbot.waitUntil(gate.reached.is_set)
    opened.conversation.new_chat()
    application.answers = [[Answered(local_answer())]]
    with qtbot.waitSignal(opened.conversation.runs.ended):
        opened.conversation.ask("Something else?")
    assert local(opened).text == LOCAL_TEXT
    with qtbot.waitSignal(opened.conversation.runs.ended):
        gate.open()


def test_a_chat_left_while_it_is_answered_shows_it_once_when_it_is_back(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.cloud.replies = [[TextDelta("Not without"), gate, Answered(cloud_answer())]]
    look(qtbot, opened)
    opened.asking.sheet._send.click()
    qtbot.waitUntil(gate.reached.is_set)
    opened.conversation.new_chat()
    opened.conversation.open_chat(application.chats()[0])
    assert local(opened).text == LOCAL_TEXT
    qtbot.waitUntil(lambda: text_of(cloud(opened)) == "Not without")
    with qtbot.waitSignal(opened.conversation.runs.ended):
        gate.open()
    assert cloud(opened).text == CLOUD_TEXT


def test_answered_anew_the_cloud_answer_stays_below(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[Answered(cloud_answer())]]
    send(qtbot, opened)
    application.answers = [[Answered(local_answer())]]
    with qtbot.waitSignal(opened.conversation.runs.ended):
        opened.conversation.regenerate()
    QApplication.processEvents()
    assert cloud(opened).text == CLOUD_TEXT
    assert cloud(opened).y() > local(opened).y()
    assert [message.tier for message in application.messages(opened.conversation.chat_id or 0)] == [
        "local", "local", "frontier",
    ]  # fmt: skip


def test_the_last_answer_that_is_copied_is_the_lowest(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[Answered(cloud_answer())]]
    send(qtbot, opened)
    opened.conversation.copy_last()
    assert QGuiApplication.clipboard().text() == CLOUD_TEXT


def test_a_question_that_waits_is_asked_when_the_cloud_has_answered(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.cloud.replies = [[gate, Answered(cloud_answer())]]
    application.answers = [[Answered(local_answer())]]
    look(qtbot, opened)
    opened.asking.sheet._send.click()
    qtbot.waitUntil(gate.reached.is_set)
    opened.chat.composer.set_text("And then?")
    opened.chat.composer._submit()
    assert not sent(application)
    gate.open()
    qtbot.waitUntil(lambda: len(sent(application)) == 1)
    qtbot.waitUntil(lambda: not opened.conversation.runs.any)


def test_a_receipt_shows_what_was_sent_and_what_came(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[Answered(cloud_answer())]]
    send(qtbot, opened)
    cloud(opened)._receipt.click()
    receipt = opened.asking.receipt
    assert receipt.isVisible()
    assert "Price: €0.014" in receipt.facts
    assert "https://api.anthropic.com/v1/messages" in receipt.facts
    came = receipt.came.toPlainText()
    assert "⟨PERSON_1⟩ would have to write" in came
    assert "Marie Dupont" not in came
    receipt.raw.choose("Exact bytes")
    draft = application.cloud.called("send_draft")[0][1]
    assert receipt.raw.text.endswith(draft.request.body.decode())
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    assert not receipt.isVisible()


def test_an_answer_without_a_receipt_says_so(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.replies = [[Answered(cloud_answer())]]
    send(qtbot, opened)
    application.cloud.receipts.clear()
    cloud(opened)._receipt.click()
    assert not opened.asking.receipt.isVisible()
    assert opened.toast.words == "There is no receipt for this answer."


def test_an_answer_without_a_receipt_names_who_was_asked(
    application: FakeApplication, chat: int, open_window: Open
) -> None:
    application.add_message(
        chat, "assistant", "", state="failed", reason="no", model="openai/gpt-5", tier="frontier"
    )
    assert cloud(open_window(application)).header.startswith("OpenAI  ·  GPT 5  ·  sent ")


def test_an_answer_of_a_provider_that_has_gone_names_its_model(
    application: FakeApplication, chat: int, open_window: Open
) -> None:
    application.add_message(
        chat, "assistant", "", state="failed", reason="no", model="mine/smol", tier="frontier"
    )
    assert cloud(open_window(application)).header.startswith("mine  ·  smol  ·  sent ")


# Without a look


def automatic(application: FakeApplication) -> None:
    application.answers = [[Answered(local_answer())]]
    application.cloud.routes = [UNASKED]
    application.cloud.replies = [[Answered(cloud_answer())]]


def ask(qtbot: QtBot, window: Window) -> None:
    window.conversation.ask(QUESTION)
    qtbot.waitUntil(lambda: not window.conversation.runs.any)


def test_under_the_automatic_policy_it_goes_at_once_and_says_so(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    automatic(application)
    ask(qtbot, window)
    assert len(application.cloud.called("send_draft")) == 1
    assert cloud(window).header.endswith("€0.014  ·  1,240 tokens")
    cloud(window)._receipt.click()
    assert window.asking.receipt.isVisible()


def test_nothing_goes_at_once_while_offline(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    automatic(application)
    application.cloud.is_online = False
    ask(qtbot, window)
    assert application.cloud.called("draft") == []
    assert application.cloud.called("set_online") == []
    assert local(window).offer.isVisible()


def test_opening_a_chat_sends_nothing(application: FakeApplication, chat: int, open_window: Open) -> None:
    application.cloud.routes = [UNASKED]
    window = open_window(application)
    assert local(window).offer.words == OFFERED
    assert application.cloud.called("draft") == []


def test_nothing_goes_at_once_without_a_known_price(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    automatic(application)
    application.cloud.estimate = Estimate(980, 260, None, None)
    ask(qtbot, window)
    assert application.cloud.called("send_draft") == []
    assert "price" in cloud(window)._note_words.text()


def test_nothing_goes_at_once_when_names_could_not_be_looked_for(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    automatic(application)
    application.cloud.unsought = "the reader has stopped"
    ask(qtbot, window)
    assert application.cloud.called("send_draft") == []
    assert cloud(window)._note_words.text().startswith("Names and addresses could not be looked for")


def test_a_budget_that_is_reached_is_said(qtbot: QtBot, application: FakeApplication, window: Window) -> None:
    automatic(application)
    application.cloud.replies = [[BudgetReached("day", 1, 1, 1)]]
    ask(qtbot, window)
    said = "The budget for today would be passed; the answer from this computer stands."
    assert cloud(window)._note_words.text() == said


def test_a_chat_may_be_asked_about_without_the_sheet_and_with_it_again(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    look(qtbot, opened)
    opened.asking.sheet._next.pick("chat")
    opened.asking.sheet.close_sheet()
    application.cloud.replies = [[Answered(cloud_answer())]]
    application.answers = [[Answered(local_answer())]]
    ask(qtbot, opened)
    assert len(application.cloud.called("send_draft")) == 1, "this chat only, and not the other question"
    opened.conversation.new_chat()
    application.answers = [[Answered(local_answer())]]
    ask(qtbot, opened)
    assert len(application.cloud.called("send_draft")) == 1
    opened.conversation.open_chat(next(row for row in application.chats() if row.id == chat_of(application)))
    look(qtbot, opened)
    opened.asking.sheet._next.pick("ask")
    assert application.settings["cloud.unasked"] == []
    opened.asking.sheet.close_sheet()


def chat_of(application: FakeApplication) -> int:
    return application.cloud.called("send_draft")[0][0]


def test_what_may_not_leave_cannot_be_looked_at_for_sending(
    qtbot: QtBot, opened: Window, application: FakeApplication
) -> None:
    application.cloud.drafts = [[KeptHere("Contracts")]]
    opened.conversation.ask_cloud()
    sheet = opened.asking.sheet
    qtbot.waitUntil(lambda: "“Contracts” may never leave" in sheet._failure.text().replace("\u200b", ""))
    assert not sheet._send.isEnabled()


def test_the_offer_names_the_price_of_the_route(opened: Window, application: FakeApplication) -> None:
    assert OFFER.estimate is not None
    assert "€0.02" in local(opened).offer.words


def sent(application: FakeApplication) -> list[object]:
    return [arguments for name, arguments in application.calls if name == "send"]
