"""A process that answers in a chat until it is killed: `python -m tests.fakes.answering_child FILE [again]`.

With “again” the question has been answered before, and it is a provider's answer that is on its way.

Prints each word after it has been stored as shown; the half second between two savings passes with
every word, so each is saved.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.answering import Answered, AnswerEvent
from engine.chats.conversation import converse, converse_again
from engine.chats.store import ChatStore, Scope
from engine.values import TextDelta
from tests.fakes.answers import ANSWER

QUESTION = "How high is the rent?"


def words() -> Iterator[AnswerEvent]:
    for number in itertools.count():
        yield TextDelta(f"word{number} ")


def main() -> None:
    store = ChatStore(Path(sys.argv[1]))
    chat = store.create(Scope("all"))
    ticks = itertools.count()
    if sys.argv[2:] == ["again"]:
        list(converse(store, chat, QUESTION, iter([Answered(ANSWER)]), model="tiny"))
        events = converse_again(store, chat, words(), model="claude", clock=lambda: next(ticks))
    else:
        events = converse(store, chat, QUESTION, words(), model="tiny", clock=lambda: next(ticks))
    for event in events:
        if isinstance(event, TextDelta):
            sys.stdout.write(event.text + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
