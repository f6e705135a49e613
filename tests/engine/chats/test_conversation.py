from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.answering import Answered, AnswerEvent, Searching
from engine.chats.conversation import TITLE_LENGTH, converse, title_of
from engine.chats.store import ChatStore, Scope, StoredMessage
from engine.errors import ModelMissing
from engine.values import TextDelta
from tests.fakes.answers import answer

QUESTION = "How high is the rent?"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "carrel.db")
    yield store
    store.close()


@pytest.fixture
def chat(store: ChatStore) -> int:
    return store.create(Scope("all"))


def last(store: ChatStore, chat: int) -> StoredMessage:
    return store.messages(chat)[-1]


def test_question_and_answer_are_stored_and_the_events_passed_on(store: ChatStore, chat: int) -> None:
    events: list[AnswerEvent] = [Searching(), TextDelta("The rent"), Answered(answer("The rent is high."))]
    assert list(converse(store, chat, QUESTION, iter(events), model="tiny")) == events
    question, reply = store.messages(chat)
    assert (question.text, reply.text, reply.state) == (QUESTION, "The rent is high.", "complete")
    assert store.list()[0].title == QUESTION


def test_nothing_is_stored_before_it_is_asked_for(store: ChatStore, chat: int) -> None:
    converse(store, chat, QUESTION, iter(()), model="tiny")
    assert store.messages(chat) == []


def test_text_is_saved_every_half_second(store: ChatStore, chat: int) -> None:
    times = iter([0.0, 0.2, 0.4, 0.6, 0.7])
    words = iter([TextDelta(f"{number} ") for number in range(5)])
    stream = converse(store, chat, QUESTION, words, model="tiny", clock=lambda: next(times))
    saved = [last(store, chat).text for _ in stream]
    assert saved == ["0 ", "0 ", "0 ", "0 1 2 3 ", "0 1 2 3 "]


def test_a_closed_stream_leaves_the_answer_stopped_with_all_that_was_shown(
    store: ChatStore, chat: int
) -> None:
    closed = []

    def events() -> Iterator[AnswerEvent]:
        try:
            yield TextDelta("one ")
            yield TextDelta("two")
            yield TextDelta("three")
        finally:
            closed.append(True)

    stream = converse(store, chat, QUESTION, events(), model="tiny", clock=lambda: 0.0)
    assert [next(stream), next(stream)]
    stream.close()  # type: ignore[attr-defined]
    message = last(store, chat)
    assert (message.text, message.state) == ("one two", "stopped")
    assert closed == [True]


def test_a_failure_is_stored_with_its_reason_and_travels_on(store: ChatStore, chat: int) -> None:
    def events() -> Iterator[AnswerEvent]:
        yield TextDelta("half")
        raise ModelMissing("/m.gguf")

    with pytest.raises(ModelMissing):
        list(converse(store, chat, QUESTION, events(), model="tiny"))
    message = last(store, chat)
    assert (message.text, message.state) == ("half", "failed")
    assert message.reason == str(ModelMissing("/m.gguf"))


def test_a_failure_of_the_listener_after_the_end_does_not_spoil_the_answer(
    store: ChatStore, chat: int
) -> None:
    stream = converse(store, chat, QUESTION, iter([Answered(answer("Done."))]), model="tiny")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert last(store, chat).state == "complete"


def test_a_stream_without_an_end_is_not_left_running(store: ChatStore, chat: int) -> None:
    list(converse(store, chat, QUESTION, iter([TextDelta("half")]), model="tiny"))
    assert last(store, chat).state == "stopped"


def test_killed_in_the_middle_the_part_that_was_shown_is_there(tmp_path: Path) -> None:
    path = tmp_path / "carrel.db"
    for _ in range(3):
        shown = answer_until_killed(path, words=25)
        with closing(ChatStore(path)) as store:
            assert store.recover() == 1
            question, reply = store.messages(store.list()[0].id)
        assert question.text == QUESTION
        assert reply.state == "interrupted"
        assert reply.text.startswith(shown)


def answer_until_killed(path: Path, words: int, *, again: bool = False) -> str:
    """Kill a child (SIGKILL, or its like) after it has shown that many words; return them."""
    arguments = [str(path), *(["again"] if again else [])]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.answering_child", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child, child.stdout:
        shown = "".join(child.stdout.readline().rstrip("\n") for _ in range(words))
        child.kill()
    return shown


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How high is the rent?", "How high is the rent?"),
        ("  two\n lines ", "two lines"),
        ("x" * 60, "x" * (TITLE_LENGTH - 1) + "…"),
        (
            "Which of the contracts with our suppliers, if any, end in 2025?",
            "Which of the contracts with our suppliers, if…",
        ),
        (
            "Which of the contracts with our own suppliers, then?",
            "Which of the contracts with our own suppliers…",
        ),
        ("", ""),
    ],
)
def test_a_chat_is_named_after_the_beginning_of_its_first_question(question: str, title: str) -> None:
    assert title_of(question) == title
    assert len(title_of(question)) <= TITLE_LENGTH
