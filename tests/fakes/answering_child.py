"""A process that answers in a chat until it is killed: `python -m tests.fakes.answering_child FILE`.

Prints each word after it has been stored as shown; the half second between two savings passes with
every word, so each is saved.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.answering import AnswerEvent
from engine.chats.conversation import converse
from engine.chats.store import ChatStore, Scope
from engine.values import TextDelta


def words() -> Iterator[AnswerEvent]:
    for number in itertools.count():
        yield TextDelta(f"word{number} ")


def main() -> None:
    store = ChatStore(Path(sys.argv[1]))
    chat = store.create(Scope("all"))
    ticks = itertools.count()
    for event in converse(
        store, chat, "How high is the rent?", words(), model="tiny", clock=lambda: next(ticks)
    ):
        if isinstance(event, TextDelta):
            sys.stdout.write(event.text + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
