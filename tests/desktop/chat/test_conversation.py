"""desktop/chat/conversation.py in its window: asking, streaming, stopping, failing, sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop.chat.answer import AnswerView, provenance, verdict
from desktop.chat.run import FRAME_MS
from desktop.errors import WorkerLost
from desktop.window.window import Window
from engine.answering import Answered, Searching, SourcesFound
from engine.chats.store import Scope
from engine.values import Answer, ModelLoading, PromptProgress, TextDelta
from tests.fakes.application import (
    QUESTION,
    TEXT,
    FakeApplication,
    abstained,
    answer,
    answer_script,
    collection,
    sources,
)
from tests.fakes.scripts import Gate


def last(window: Window) -> AnswerView:
    view = window.chat.transcript.last_answer
    assert view is not None
    return view


def text_of(view: AnswerView) -> str:
    return view._view.toPlainText()


def ask(qtbot: QtBot, window: Window, question: str = QUESTION) -> None:
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.conversation.ask(question)


def press(window: Window, words: str) -> None:
    QApplication.processEvents()  # what was just laid out is visible only then
    found = [b for b in window.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    assert len(found) == 1, [b.text() for b in window.findChildren(QPushButton) if b.isVisible()]
    found[0].click()


def test_answer_is_shown_with_its_verdict_marks_and_sources(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [answer_script()]
    ask(qtbot, window)
    view = last(window)
    assert view._verdict_words.text() == "3 of 4 sentences found in your documents"
    assert text_of(view).count("\ufffc") == 3
    said = ["Answered on this computer", "Qwen2.5 1.5B", "6.1 s", "17 tokens/s"]
    assert view._where.text().split("    ") == said
    assert window.chat.sources_open
    assert window.chat.sources.current == 0


def test_words_say_what_happens_before_the_first_token(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gates = [Gate() for _ in range(4)]
    application.answers = [
        [
            Searching(), gates[0],
            SourcesFound(sources()), gates[1],
            ModelLoading(0.43), gates[2],
            PromptProgress(620, 1000, 0), gates[3],
            Answered(answer()),
        ]
    ]  # fmt: skip
    window.conversation.ask(QUESTION)
    expected = (
        "Looking through your documents…",
        "Found 3 passages",
        "Loading the model… 43 %",
        "Reading 3 passages… 62 %",
    )
    for words, gate in zip(expected, gates, strict=True):
        qtbot.waitUntil(lambda words=words: last(window)._busy_words.text() == words)
        gate.open()
    qtbot.waitUntil(lambda: last(window).answer is not None)


def test_sources_are_shown_while_the_model_still_reads(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.answers = [[Searching(), SourcesFound(sources()), gate, Answered(answer())]]
    window.conversation.ask(QUESTION)
    qtbot.waitUntil(lambda: not window.chat.sources.is_empty)
    assert window.chat.sources.card(0).source.document == "Brightwave framework agreement.pdf"
    with qtbot.waitSignal(window.conversation.runs.ended):
        gate.open()


def test_streamed_text_is_shown_as_it_comes_but_not_for_every_token(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.answers = [[*[TextDelta(f"w{n} ") for n in range(500)], gate, Answered(answer())]]
    window.conversation.ask(QUESTION)
    run = window.conversation.runs.of(window.conversation.chat_id)
    assert run is not None
    frames: list[int] = []
    run.progressed.connect(lambda: frames.append(len(run.progress.text)))
    qtbot.waitUntil(lambda: "w499" in text_of(last(window)))
    assert len(frames) < 100, "each token drew a frame"
    assert FRAME_MS >= 33
    with qtbot.waitSignal(window.conversation.runs.ended):
        gate.open()


def test_stopped_answer_is_kept_and_says_so(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [[TextDelta("Half an ans"), Gate()]]
    window.conversation.ask(QUESTION)
    qtbot.waitUntil(lambda: text_of(last(window)) == "Half an ans")
    with qtbot.waitSignal(window.conversation.runs.ended) as ended:
        window.conversation.stop()
    assert ended.args[1] == "cancelled"
    assert text_of(last(window)) == "Half an ans"
    assert last(window)._note_words.text() == "Stopped"
    chat_id = window.conversation.chat_id
    assert chat_id is not None
    assert application.messages(chat_id)[-1].state == "stopped"


def test_stopping_is_said_until_it_has(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    release = Gate()

    class Deaf(Gate):
        def wait(self, cancelled: Callable[[], bool]) -> None:
            release.wait(lambda: False)

    application.answers = [[TextDelta("text"), Deaf()]]
    window.conversation.ask(QUESTION)
    qtbot.waitUntil(lambda: text_of(last(window)) == "text")
    window.conversation.stop()
    qtbot.waitUntil(lambda: last(window)._busy_words.text() == "Stopping…")
    with qtbot.waitSignal(window.conversation.runs.ended):
        release.open()


def test_failure_is_one_sentence_and_a_button(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [
        [Searching(), WorkerLost("model", "The model ended.", "signal 6")],
        answer_script(),
    ]
    ask(qtbot, window)
    assert "The model ended." in last(window)._note_words.text()
    press(window, "Copy details")
    assert "signal 6" in QGuiApplication.clipboard().text()
    with qtbot.waitSignal(window.conversation.runs.ended):
        press(window, "Try again")
    assert last(window).answer is not None
    assert application.calls[-1][0] == "regenerate"


def test_text_before_a_failure_is_kept(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    application.answers = [[TextDelta("So far "), WorkerLost("model", "Gone.")]]
    ask(qtbot, window)
    assert text_of(last(window)).strip() == "So far"


def test_abstention_offers_to_answer_without_documents_once(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    plain = Answer("From memory.", False, False, (), (), "qwen", "local")
    application.answers = [[Answered(abstained())], [Answered(plain)]]
    ask(qtbot, window)
    assert text_of(last(window)) == "I did not find this in your documents."
    with qtbot.waitSignal(window.conversation.runs.ended):
        press(window, "Answer without documents")
    assert application.calls[-2] == ("regenerate", (window.conversation.chat_id, "none"))
    assert application.scope(window.conversation.chat_id or 0) == Scope("all")
    assert last(window)._verdict_words.text() == "Answered without your documents"


def test_abstention_in_one_collection_offers_to_search_all(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.library = [collection("Contracts", 3)]
    application.answers = [[Answered(abstained())], answer_script()]
    window.ask_about("Contracts")
    ask(qtbot, window)
    with qtbot.waitSignal(window.conversation.runs.ended):
        press(window, "Search all documents")
    assert application.calls[-1] == ("regenerate", (window.conversation.chat_id, "all"))
    assert window.chat.composer.scope == Scope("all")


def test_no_wider_search_is_offered_where_all_was_searched(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [[Answered(abstained())]]
    ask(qtbot, window)
    shown = [b.text() for b in window.findChildren(QPushButton) if b.isVisible()]
    assert "Answer without documents" in shown
    assert "Search all documents" not in shown


def test_queued_question_is_asked_when_the_answer_is_there(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.answers = [[gate, Answered(answer())], answer_script()]
    window.conversation.ask("first")
    window.chat.composer.set_text("second")
    window.chat.composer._submit()
    assert window.chat.composer.queued == "second"
    gate.open()
    qtbot.waitUntil(lambda: not window.conversation.runs.any and not window.chat.composer.queued)
    assert [call[1][1] for call in application.calls if call[0] == "send"] == ["first", "second"]


def test_after_a_stop_the_queued_question_comes_back_instead(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [[Gate()]]
    window.conversation.ask("first")
    qtbot.waitUntil(lambda: "send" in [call[0] for call in application.calls])
    window.chat.composer.set_text("second")
    window.chat.composer._submit()
    with qtbot.waitSignal(window.conversation.runs.ended):
        window.conversation.stop()
    assert window.chat.composer.text == "second"
    assert [call[0] for call in application.calls].count("send") == 1


def test_mark_opens_its_source_with_that_sentence_lit(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [answer_script()]
    ask(qtbot, window)
    window.chat.set_sources_open(False)
    last(window)._view.anchorClicked.emit(QUrl("#2.1"))
    assert window.chat.sources_open
    assert window.chat.sources.current == 1
    assert window.viewing.is_open
    card = window.chat.sources.card(1)
    assert card.property("chosen") is True
    assert [card.source.text[a:b] for a, b in card._quotes] == ["€14.20 fixed until 31 March 2027"]


def test_sources_can_be_stepped_through(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    application.answers = [answer_script()]
    ask(qtbot, window)
    window.chat.sources._next.click()
    assert window.chat.sources.current == 1
    window.chat.sources._next.click()
    assert window.chat.sources.current == 2
    assert not window.chat.sources._next.isEnabled()
    window.chat.sources._previous.click()
    assert window.chat.sources.current == 1


def test_source_that_was_chosen_stays_chosen_when_the_answer_is_there(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.answers = [[Searching(), SourcesFound(answer().sources), gate, Answered(answer())]]
    window.conversation.ask(QUESTION)
    qtbot.waitUntil(lambda: not window.chat.sources.is_empty)
    window.chat.sources.choose(2)
    with qtbot.waitSignal(window.conversation.runs.ended):
        gate.open()
    assert window.chat.sources.current == 2


def test_answer_goes_on_while_another_chat_is_read(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    other = application.add_chat("Another")
    application.add_message(other, "user", "Something else")
    application.answers = [[TextDelta("Begun "), gate, Answered(answer())]]
    window.conversation.ask(QUESTION)
    first = window.conversation.chat_id
    qtbot.waitUntil(lambda: text_of(last(window)).startswith("Begun"))
    chats = {chat.id: chat for chat in application.chats()}
    window.conversation.open_chat(chats[other])
    assert window.chat.transcript.last_answer is None
    window.conversation.open_chat(chats[first or 0])
    qtbot.waitUntil(lambda: text_of(last(window)).startswith("Begun"))
    with qtbot.waitSignal(window.conversation.runs.ended):
        gate.open()
    assert last(window).answer is not None


def test_answer_that_ends_unseen_is_there_when_its_chat_is_opened(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.answers = [[gate, Answered(answer())]]
    window.conversation.ask(QUESTION)
    first = window.conversation.chat_id
    window.new_chat()
    with qtbot.waitSignal(window.conversation.runs.ended):
        gate.open()
    window.conversation.open_chat(next(chat for chat in application.chats() if chat.id == first))
    assert last(window).answer is not None


def test_interrupted_answer_says_so_and_can_be_given_anew(
    qtbot: QtBot, application: FakeApplication, open_window: Callable[[FakeApplication], Window]
) -> None:
    chat = application.add_chat("Yesterday's")
    application.add_message(chat, "user", QUESTION)
    application.add_message(chat, "assistant", "Half an", state="interrupted")
    application.settings["window.chat"] = chat
    application.answers = [answer_script()]
    window = open_window(application)
    assert last(window)._note_words.text() == "This answer was interrupted when Carrel closed."
    with qtbot.waitSignal(window.conversation.runs.ended):
        press(window, "Try again")
    assert last(window).answer is not None


def test_long_answer_is_followed_until_the_person_scrolls_away(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gates = [Gate(), Gate()]
    long = "A paragraph of some words.\n\n" * 60
    application.answers = [[TextDelta(long), gates[0], TextDelta(long), gates[1], Answered(answer(TEXT))]]
    window.conversation.ask(QUESTION)
    bar = window.chat.transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 500 and bar.value() == bar.maximum())
    bar.setValue(0)
    before = bar.maximum()
    gates[0].open()
    qtbot.waitUntil(lambda: bar.maximum() > before)
    assert bar.value() == 0
    assert window.chat.transcript._jump.isVisible()
    window.chat.transcript._jump.click()
    assert bar.value() == bar.maximum()
    with qtbot.waitSignal(window.conversation.runs.ended):
        gates[1].open()


def test_copy_gives_the_answer_as_it_was_written(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [answer_script()]
    ask(qtbot, window)
    window.conversation.copy_last()
    assert QGuiApplication.clipboard().text() == TEXT


def test_long_chat_shows_its_end_first(qtbot: QtBot, window: Window, application: FakeApplication) -> None:
    chat = application.add_chat("Long")
    for n in range(60):
        application.add_message(chat, "user", f"question {n}")
    window.conversation.open_chat(application.chats()[0])
    assert window.chat.transcript._column.count() == 41
    press(window, "Show earlier messages")
    assert window.chat.transcript._column.count() == 60


def test_verdict_counts_supported_sentences_as_found_and_warns_where_none_was() -> None:
    given = answer()
    assert verdict(given)[0] == "3 of 4 sentences found in your documents"
    nowhere = Answer(given.text, False, True, given.sentences[3:], given.sources, "m", "local")
    assert verdict(nowhere) == ("Not found in your documents", "warning", "triangle-alert")


def test_what_was_not_measured_is_not_said() -> None:
    assert provenance(Answer("x", False, False, (), (), "m", "local")) == "Answered on this computer"


def test_rules_name_no_model() -> None:
    given = Answer("x", True, True, (), (), "qwen", "rules")
    assert provenance(given, {"qwen": "Qwen2.5 1.5B"}) == "Answered on this computer"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "The first message of this chat was left out; the model cannot read them all at once."),
        (8, "The first 8 messages of this chat were left out; the model cannot read them all at once."),
    ],
)
def test_what_a_long_chat_had_to_leave_out_is_said(
    qtbot: QtBot, window: Window, application: FakeApplication, count: int, said: str
) -> None:
    application.answers = [answer_script(replace(answer(), left_out=count))]
    ask(qtbot, window)
    shown = last(window)._left_out
    qtbot.waitUntil(shown.isVisible)
    assert shown.text() == said


def test_nothing_is_said_where_all_was_read(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [answer_script()]
    ask(qtbot, window)
    assert not last(window)._left_out.isVisible()


# Reading ahead


def test_the_model_reads_ahead_once_a_question_is_begun(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    editor = window.chat.composer._editor
    qtbot.keyClicks(editor, "Wh")
    qtbot.waitUntil(lambda: application.prepared == [(None, "all")])
    qtbot.keyClicks(editor, "at")  # once is enough
    editor.clear()
    qtbot.keyClicks(editor, "W")
    qtbot.waitUntil(lambda: application.prepared == [(None, "all")] * 2)


def test_reading_ahead_ends_when_the_question_is_asked(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    application.answers = [answer_script()]
    begun = window.conversation._preparation
    qtbot.keyClicks(window.chat.composer._editor, "What?")
    job = begun._job
    assert job is not None
    ask(qtbot, window)
    assert begun._job is None
    assert job.is_cancelled or job.is_over


def test_nothing_is_read_ahead_while_an_answer_is_given(
    qtbot: QtBot, window: Window, application: FakeApplication
) -> None:
    gate = Gate()
    application.answers = [[gate, *answer_script()]]
    window.conversation.ask(QUESTION)
    qtbot.keyClicks(window.chat.composer._editor, "Next")
    assert window.conversation._preparation._job is None
    with qtbot.waitSignal(window.conversation.runs.ended):
        gate.open()
