"""engine/chats: a question answered by this computer and by a provider keeps both, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.answering import Answered, AnswerEvent
from engine.chats.conversation import converse, converse_again, history
from engine.chats.store import ChatStore, Scope
from engine.errors import ProviderUnreachable
from engine.values import Message, TextDelta
from tests.engine.chats.test_conversation import answer_until_killed
from tests.fakes.answers import answer

QUESTION = "How high is the rent?"
LOCAL = answer("The rent is 1,240 euros.")
CLOUD = answer("It is 1,240 euros a month.", tier="frontier", model="claude")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    with closing(ChatStore(tmp_path / "carrel.db")) as store:
        yield store


@pytest.fixture
def chat(store: ChatStore) -> int:
    """A chat with one question that this computer has answered."""
    chat = store.create(Scope("all"))
    list(converse(store, chat, QUESTION, iter([Answered(LOCAL)]), model="tiny"))
    return chat


def kept(store: ChatStore, chat: int) -> list[tuple[str, str, str]]:
    return [(message.tier, message.state, message.text) for message in store.messages(chat)[1:]]


def ask_again(store: ChatStore, chat: int, *events: AnswerEvent) -> list[AnswerEvent]:
    return list(converse_again(store, chat, iter(events), model="claude"))


def unreachable(*before: AnswerEvent) -> Iterator[AnswerEvent]:
    yield from before
    raise ProviderUnreachable("Anthropic")


def test_both_answers_are_kept_below_one_question(store: ChatStore, chat: int) -> None:
    events: list[AnswerEvent] = [TextDelta("It is"), Answered(CLOUD)]
    assert ask_again(store, chat, *events) == events
    assert kept(store, chat) == [
        ("local", "complete", LOCAL.text),
        ("frontier", "complete", CLOUD.text),
    ]
    assert store.messages(chat)[2].answer == CLOUD


def test_the_number_of_the_answer_is_told_before_anything_comes(store: ChatStore, chat: int) -> None:
    told: list[int] = []
    stream = converse_again(store, chat, iter([Answered(CLOUD)]), model="claude", began=told.append)
    assert told == []
    next(stream)
    assert told == [store.messages(chat)[2].id]


def test_when_it_cannot_be_told_nothing_is_left_running(store: ChatStore, chat: int) -> None:
    def broken(_: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        list(converse_again(store, chat, iter([Answered(CLOUD)]), model="claude", began=broken))
    assert kept(store, chat)[1] == ("frontier", "failed", "")


def test_a_failure_leaves_this_computers_answer_as_it_is(store: ChatStore, chat: int) -> None:
    with pytest.raises(ProviderUnreachable):
        list(converse_again(store, chat, unreachable(), model="claude"))
    assert kept(store, chat) == [("local", "complete", LOCAL.text), ("frontier", "failed", "")]


def test_a_second_try_takes_the_place_of_one_that_failed_without_a_word(store: ChatStore, chat: int) -> None:
    with pytest.raises(ProviderUnreachable):
        list(converse_again(store, chat, unreachable(), model="claude"))
    ask_again(store, chat, Answered(CLOUD))
    assert [state for _, state, _ in kept(store, chat)] == ["complete", "complete"]


def test_what_was_paid_for_stays_beside_a_second_try(store: ChatStore, chat: int) -> None:
    with pytest.raises(ProviderUnreachable):
        list(converse_again(store, chat, unreachable(TextDelta("It is")), model="claude"))
    ask_again(store, chat, Answered(CLOUD))
    ask_again(store, chat, Answered(CLOUD))
    assert [text for _, _, text in kept(store, chat)] == [LOCAL.text, "It is", CLOUD.text, CLOUD.text]


def test_answered_anew_the_providers_answer_stays_below_the_new_one(store: ChatStore, chat: int) -> None:
    ask_again(store, chat, Answered(CLOUD))
    assert store.drop_last_answer(chat) == QUESTION
    list(converse(store, chat, QUESTION, iter([Answered(answer("Dear."))]), model="tiny"))
    assert [(tier, text) for tier, _, text in kept(store, chat)] == [
        ("local", "Dear."),
        ("frontier", CLOUD.text),
    ]
    assert [message.role for message in store.messages(chat)] == ["user", "assistant", "assistant"]


def test_answered_anew_without_a_word_the_former_answer_is_back_above_the_providers(
    store: ChatStore, chat: int
) -> None:
    ask_again(store, chat, Answered(CLOUD))
    store.drop_last_answer(chat)
    store.fail_answer(store.start_answer(chat, "tiny"), "", "no model")
    assert [text for _, _, text in kept(store, chat)] == [LOCAL.text, CLOUD.text]


def test_a_provider_that_fails_brings_back_nothing_that_was_dropped(store: ChatStore, chat: int) -> None:
    store.drop_last_answer(chat)
    list(converse(store, chat, QUESTION, iter([Answered(answer("Dear."))]), model="tiny"))
    with pytest.raises(ProviderUnreachable):
        list(converse_again(store, chat, unreachable(), model="claude"))
    assert [text for _, _, text in kept(store, chat)] == ["Dear.", ""]


def test_answers_stand_below_their_own_question(store: ChatStore, chat: int) -> None:
    ask_again(store, chat, Answered(CLOUD))
    list(converse(store, chat, "And the deposit?", iter([Answered(answer("Two rents."))]), model="tiny"))
    assert [message.text for message in store.messages(chat)] == [
        QUESTION, LOCAL.text, CLOUD.text, "And the deposit?", "Two rents.",
    ]  # fmt: skip


def test_later_questions_are_told_what_the_provider_answered(store: ChatStore, chat: int) -> None:
    ask_again(store, chat, Answered(CLOUD))
    assert history(store.messages(chat)) == [Message("user", QUESTION), Message("assistant", CLOUD.text)]


def test_half_an_answer_of_a_provider_is_not_told_in_place_of_a_whole_one(
    store: ChatStore, chat: int
) -> None:
    with pytest.raises(ProviderUnreachable):
        list(converse_again(store, chat, unreachable(TextDelta("It is")), model="claude"))
    assert history(store.messages(chat)) == [Message("user", QUESTION), Message("assistant", LOCAL.text)]


def test_both_answers_are_searched(store: ChatStore, chat: int) -> None:
    ask_again(store, chat, Answered(CLOUD))
    assert [row.id for row in store.list("euros month")] == [chat]


def test_killed_while_a_provider_answers_what_came_is_kept_and_the_local_answer_stands(
    tmp_path: Path,
) -> None:
    path = tmp_path / "killed.db"
    shown = answer_until_killed(path, words=25, again=True)
    with closing(ChatStore(path)) as store:
        assert store.recover() == 1
        question, local, cloud = store.messages(store.list()[0].id)
    assert (question.role, local.state, local.tier) == ("user", "complete", "local")
    assert (cloud.tier, cloud.state) == ("frontier", "interrupted")
    assert cloud.text.startswith(shown)
