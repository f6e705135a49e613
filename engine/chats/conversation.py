"""A question and its answer, kept while they happen: a crash loses half a second of an answer at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from engine.answering import Answered, AnswerEvent
from engine.chats.store import ChatStore, StoredMessage
from engine.values import Message, TextDelta

SAVE_EVERY_S = 0.5
TITLE_LENGTH = 48


def converse(
    store: ChatStore,
    chat_id: int,
    question: str,
    events: Iterator[AnswerEvent],
    *,
    model: str,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[AnswerEvent]:
    """The events of an answer, passed on; question and answer are stored on the way.

    However it ends, the answer's state says so: complete, stopped (also when this iterator is closed),
    or failed with the reason; an exception is passed on after that.
    """
    store.add_question(chat_id, question, title=title_of(question))
    yield from _recorded(events, _Recording(store, store.start_answer(chat_id, model), clock))


def converse_again(
    store: ChatStore,
    chat_id: int,
    events: Iterator[AnswerEvent],
    *,
    model: str,
    began: Callable[[int], None] = lambda message_id: None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[AnswerEvent]:
    """As `converse`, for a provider's answer to the chat's last question, kept below this computer's own.

    `began` hears under which number the answer is kept, before the first event.
    """
    message_id = store.start_answer(chat_id, model, "frontier")
    recording = _Recording(store, message_id, clock)
    try:
        began(message_id)
    except BaseException as error:
        recording.failed(error)
        raise
    yield from _recorded(events, recording)


def _recorded(events: Iterator[AnswerEvent], recording: _Recording) -> Iterator[AnswerEvent]:
    try:
        for event in events:
            recording.hear(event)
            yield event
        recording.stopped()
    except GeneratorExit:
        recording.stopped()
        raise
    # Broad on purpose: whatever failed, expected or a bug, the chat must say so; it travels on.
    except BaseException as error:
        recording.failed(error)
        raise
    finally:
        close = getattr(events, "close", None)
        if close:
            close()


class _Recording:
    """A running answer and what of it is in the store."""

    def __init__(self, store: ChatStore, message_id: int, clock: Callable[[], float]) -> None:
        self._store = store
        self._message_id = message_id
        self._clock = clock
        self._text = ""
        self._saved_at = -SAVE_EVERY_S
        self._open = True

    def hear(self, event: AnswerEvent) -> None:
        if isinstance(event, TextDelta):
            self._text += event.text
            self._save()
        elif isinstance(event, Answered):
            self._store.finish_answer(self._message_id, event.answer)
            self._open = False

    def _save(self) -> None:
        now = self._clock()
        if now - self._saved_at >= SAVE_EVERY_S:
            self._store.save_partial(self._message_id, self._text)
            self._saved_at = now

    def stopped(self) -> None:
        """Whatever came to its end is closed already."""
        if self._open:
            self._store.stop_answer(self._message_id, self._text)

    def failed(self, error: BaseException) -> None:
        if self._open:
            self._store.fail_answer(self._message_id, self._text, str(error) or type(error).__name__)


def history(messages: Sequence[StoredMessage]) -> list[Message]:
    """What was said so far, for the next question: one answer to each.

    Of several answers the last that came to its end: the provider's, where one was asked.
    """
    said: list[StoredMessage] = []
    for message in messages:
        if not message.text:
            continue
        if said and said[-1].role == message.role == "assistant":
            if message.state == "complete" or said[-1].state != "complete":
                said[-1] = message
        else:
            said.append(message)
    return [Message(message.role, message.text) for message in said]


def title_of(question: str) -> str:
    """A chat's title out of its first question: its beginning, cut between words."""
    words = " ".join(question.split())
    if len(words) <= TITLE_LENGTH:
        return words
    cut = words[: TITLE_LENGTH - 1]
    if words[TITLE_LENGTH - 1] != " " and " " in cut:
        cut = cut.rpartition(" ")[0]
    return cut.rstrip(" ,;:.–-") + "…"
