from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.chats.migrations import MIGRATIONS
from engine.chats.store import BIN_S, ChatStore, PastConfidence, Scope
from engine.errors import ProfileDamaged, ProfileTooNew, ProfileUnavailable
from tests.fakes.answers import ANSWER, answer


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "carrel.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(path: Path, clock: Clock) -> Iterator[ChatStore]:
    store = ChatStore(path, clock=clock)
    yield store
    store.close()


def talk(store: ChatStore, question: str, reply: str, title: str = "") -> int:
    chat = store.create(Scope("all"))
    store.add_question(chat, question, title=title or question)
    store.finish_answer(store.start_answer(chat, "tiny"), answer(reply))
    return chat


def texts(store: ChatStore, chat: int) -> list[tuple[str, str]]:
    return [(message.text, message.state) for message in store.messages(chat)]


# Chats


def test_chats_come_latest_first_with_their_scope(store: ChatStore) -> None:
    first = store.create(Scope("none"))
    second = store.create(Scope("collection", "Contracts"))
    assert [(row.id, row.scope) for row in store.list()] == [
        (second, Scope("collection", "Contracts")),
        (first, Scope("none")),
    ]
    store.add_question(first, "Still there?")
    assert [row.id for row in store.list()] == [first, second]


def test_the_scope_of_a_chat_can_be_changed(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    store.set_scope(chat, Scope("collection", "Letters"))
    assert store.scope(chat) == Scope("collection", "Letters")


def test_the_first_question_names_the_chat_and_a_person_s_name_stays(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    store.add_question(chat, "one", title="One")
    assert store.list()[0].title == "One"
    store.rename(chat, "Mine")
    store.add_question(chat, "two", title="Two")
    assert store.list()[0].title == "Mine"


def test_a_deleted_chat_waits_in_the_bin_and_can_come_back(store: ChatStore) -> None:
    chat = talk(store, "question", "reply")
    store.delete(chat)
    assert store.list() == [] == store.list("question")
    (row,) = store.bin()
    assert row.id == chat and row.deleted
    store.restore(chat)
    assert [row.id for row in store.list()] == [chat]
    assert len(store.messages(chat)) == 2


def test_the_bin_is_emptied_after_thirty_days(store: ChatStore, clock: Clock) -> None:
    old, kept = talk(store, "old", "reply"), talk(store, "kept", "reply")
    store.delete(old)
    clock.now += BIN_S / 2
    store.delete(kept)
    assert store.purge() == 0
    clock.now += BIN_S / 2
    assert store.purge() == 1
    assert [row.id for row in store.bin()] == [kept]
    assert store.messages(old) == []


def test_the_id_of_a_purged_chat_is_never_used_again(store: ChatStore, clock: Clock) -> None:
    chat = store.create(Scope("all"))
    store.delete(chat)
    clock.now += BIN_S * 2
    assert store.purge() == 1
    assert store.create(Scope("all")) > chat


# Search


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", {"rent", "ferry"}),
        ("deposit", {"rent"}),
        ("DEPOS", {"rent"}),
        ("posit", {"rent"}),
        ("havørn", {"ferry"}),
        ("HAVØRN", {"ferry"}),
        ("渡轮时", {"ferry"}),
        ("渡轮", {"ferry"}),
        ("16", {"ferry"}),
        ("deposit months", {"rent"}),
        ("deposit havørn", set()),
        ("Lofoten", {"ferry"}),
        ('"', set()),
        ("100%", {"rent"}),
        ("%", {"rent"}),
        ("_", set()),
        ("depos*", set()),
        ("NEAR( AND OR", set()),
        ("'); DROP TABLE chats; --", set()),
    ],
)
def test_chats_are_found_by_parts_of_words_in_titles_and_messages(
    store: ChatStore, search: str, found: set[str]
) -> None:
    rent = talk(store, "How high is the deposit?", "Three months of rent, back at 100%.", "Flat")
    ferry = talk(store, "When does the Havørn leave?", "At 16:15. 渡轮时刻表", "Lofoten trip")
    names = {rent: "rent", ferry: "ferry"}
    assert {names[row.id] for row in store.list(search)} == found


def test_search_follows_renaming_streaming_and_setting_aside(store: ChatStore) -> None:
    chat = talk(store, "question", "gooseberry", "before")
    store.rename(chat, "afterwards")
    assert store.list("afterwards") and not store.list("before")
    store.drop_last_answer(chat)
    assert not store.list("gooseberry")
    running = store.start_answer(chat, "tiny")
    store.save_partial(running, "elder")
    assert store.list("elder")
    store.save_partial(running, "mulberry")
    assert store.list("mulberry") and not store.list("elder")


# Messages


def test_a_finished_answer_comes_back_as_it_was(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    store.add_question(chat, "How high?")
    store.finish_answer(store.start_answer(chat, "tiny"), ANSWER)
    question, reply = store.messages(chat)
    assert (question.role, question.text, question.state) == ("user", "How high?", "complete")
    assert (reply.role, reply.text, reply.state, reply.model) == (
        "assistant",
        ANSWER.text,
        "complete",
        "tiny",
    )
    assert reply.answer == ANSWER


@pytest.mark.parametrize(
    ("state", "stored"),
    [("complete", "complete"), ("length", "complete"), ("unsupported", "complete"), ("stopped", "stopped")],
)
def test_the_state_of_an_answer_is_that_of_its_message(store: ChatStore, state: str, stored: str) -> None:
    chat = store.create(Scope("all"))
    store.finish_answer(store.start_answer(chat, "tiny"), answer("so far", state=state))
    assert texts(store, chat) == [("so far", stored)]


def test_a_running_answer_is_saved_as_it_grows(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    message = store.start_answer(chat, "tiny")
    store.save_partial(message, "The rent")
    assert texts(store, chat) == [("The rent", "streaming")]
    store.stop_answer(message, "The rent is")
    store.save_partial(message, "too late")
    assert texts(store, chat) == [("The rent is", "stopped")]


def test_a_failed_answer_keeps_its_text_and_its_reason(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    store.fail_answer(store.start_answer(chat, "tiny"), "The rent", "The model ended.")
    (message,) = store.messages(chat)
    assert (message.text, message.state, message.reason) == ("The rent", "failed", "The model ended.")


def test_the_same_question_is_not_added_twice_before_its_answer(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    assert store.add_question(chat, "again?") == store.add_question(chat, "again?")
    store.finish_answer(store.start_answer(chat, "tiny"), ANSWER)
    store.add_question(chat, "again?")
    assert [text for text, _ in texts(store, chat)] == ["again?", ANSWER.text, "again?"]


def test_an_answer_in_an_unknown_form_still_has_its_text(store: ChatStore, path: Path) -> None:
    chat = talk(store, "question", "reply")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("""UPDATE messages SET answer = '{"text": 1}' WHERE role = 'assistant'""")
    message = store.messages(chat)[1]
    assert (message.text, message.answer) == ("reply", None)


# Answering anew


def test_an_answer_is_replaced_by_the_new_one(store: ChatStore) -> None:
    chat = talk(store, "question", "first")
    assert store.drop_last_answer(chat) == "question"
    assert store.drop_last_answer(chat) == "question"  # nothing more to set aside
    store.add_question(chat, "question")
    store.finish_answer(store.start_answer(chat, "tiny"), answer("second"))
    assert [text for text, _ in texts(store, chat)] == ["question", "second"]


@pytest.mark.parametrize("ending", ["fail", "stop", "crash"])
def test_when_the_new_answer_comes_to_nothing_the_former_one_is_back(
    store: ChatStore, path: Path, ending: str
) -> None:
    chat = talk(store, "question", "first")
    store.drop_last_answer(chat)
    message = store.start_answer(chat, "tiny")
    match ending:
        case "fail":
            store.fail_answer(message, "", "The model ended.")
        case "stop":
            store.stop_answer(message, "")
        case "crash":
            store.recover()
    assert texts(store, chat) == [("question", "complete"), ("first", "complete")]


def test_a_new_answer_with_some_words_is_kept_though_it_failed(store: ChatStore) -> None:
    chat = talk(store, "question", "first")
    store.drop_last_answer(chat)
    store.fail_answer(store.start_answer(chat, "tiny"), "some words", "The model ended.")
    assert texts(store, chat) == [("question", "complete"), ("some words", "failed")]


def test_the_answer_to_an_earlier_question_does_not_come_back_for_a_later_one(store: ChatStore) -> None:
    chat = talk(store, "one", "first")
    store.drop_last_answer(chat)
    store.finish_answer(store.start_answer(chat, "tiny"), answer("second"))
    store.add_question(chat, "two")
    store.fail_answer(store.start_answer(chat, "tiny"), "", "The model ended.")
    assert [text for text, _ in texts(store, chat)] == ["one", "second", "two", ""]


def test_a_chat_without_a_question_has_nothing_to_answer_anew(store: ChatStore) -> None:
    with pytest.raises(LookupError):
        store.drop_last_answer(store.create(Scope("all")))


# Crashes, files, threads


def test_what_was_running_when_the_app_died_is_marked_interrupted(store: ChatStore) -> None:
    chat = talk(store, "question", "whole")
    store.save_partial(store.start_answer(chat, "tiny"), "half of it")
    assert store.recover() == 1
    assert store.recover() == 0
    assert texts(store, chat)[1:] == [("whole", "complete"), ("half of it", "interrupted")]


def test_everything_is_there_after_reopening(path: Path) -> None:
    with closing(ChatStore(path)) as store:
        chat = talk(store, "question", "reply")
        store.put_setting("model", "tiny")
    with closing(ChatStore(path)) as store:
        assert [text for text, _ in texts(store, chat)] == ["question", "reply"]
        assert store.setting("model", None) == "tiny"


def test_how_sure_past_answers_were_comes_latest_first(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    for confidence in (0.25, None, 0.75):
        store.finish_answer(store.start_answer(chat, "tiny"), answer("Some words.", confidence=confidence))
    assert store.confidences() == [PastConfidence(0.75, 100, 12), PastConfidence(0.25, 100, 12)]
    assert store.confidences(most=1) == [PastConfidence(0.75, 100, 12)]


def test_an_answer_that_was_set_aside_is_no_past_answer(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    store.add_question(chat, "How high?")
    store.finish_answer(store.start_answer(chat, "tiny"), answer("Some words.", confidence=0.5))
    store.drop_last_answer(chat)
    assert store.confidences() == []


def test_the_confidence_of_an_answer_is_kept_with_it(store: ChatStore) -> None:
    chat = store.create(Scope("all"))
    store.finish_answer(store.start_answer(chat, "tiny"), answer("Some words.", confidence=0.5))
    (message,) = store.messages(chat)
    assert message.answer is not None and message.answer.confidence == 0.5


def test_settings_hold_whatever_json_holds(store: ChatStore) -> None:
    assert store.setting("absent", 7) == 7
    for value in ("ä", 3, 1.5, None, True, ["a", {"b": 2}]):
        store.put_setting("key", value)
        assert store.setting("key", "default") == value


def test_a_file_from_a_newer_carrel_is_refused_and_left_alone(path: Path) -> None:
    with closing(ChatStore(path)):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ProfileTooNew) as caught:
        ChatStore(path)
    assert (caught.value.found, caught.value.known) == (99, len(MIGRATIONS))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)


def test_a_file_that_is_no_database_is_damaged(path: Path) -> None:
    path.write_bytes(b"this is no database" * 300)
    with pytest.raises(ProfileDamaged):
        ChatStore(path)


def test_a_torn_database_is_damaged(path: Path) -> None:
    with closing(ChatStore(path)) as store:
        talk(store, "question " * 2000, "reply " * 2000)
    content = bytearray(path.read_bytes())
    content[8192:20480] = bytes(12288)
    path.write_bytes(content)
    with pytest.raises(ProfileDamaged):
        ChatStore(path)


def test_a_place_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ProfileUnavailable):
        ChatStore(tmp_path / "no" / "such" / "folder.db")


def test_several_threads_may_use_it(store: ChatStore) -> None:
    chats = [store.create(Scope("all")) for _ in range(4)]
    failures: list[BaseException] = []

    def work(chat: int) -> None:
        try:
            for number in range(20):
                store.add_question(chat, f"question {number}")
                store.finish_answer(store.start_answer(chat, "tiny"), answer(f"reply {number}"))
                store.list("reply")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(chat,)) for chat in chats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(len(store.messages(chat)) == 40 for chat in chats)
