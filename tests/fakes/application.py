"""An application for the screens: chats and settings in memory, answers and indexing as scripted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from desktop.explain import Explanation, explain
from desktop.places import Profile
from engine.answering import Answered, AnswerEvent, Searching, SourcesFound
from engine.chats.store import ChatRow, Scope, StoredMessage
from engine.values import (
    Answer,
    ModelLoading,
    PromptProgress,
    Seconds,
    Sentence,
    SentenceState,
    Source,
    TextDelta,
    Tokens,
)
from rag.errors import DocumentVanished, UnsupportedFormat
from rag.indexing import IndexDone, IndexEvent
from rag.process.messages import PageDrawn
from rag.values import CollectionStatus, DocumentRow, Page, Problem
from tests.fakes.cloud import FakeCloud
from tests.fakes.models import FakeModels
from tests.fakes.scripted_tasks import FakeTasks
from tests.fakes.scripts import Script, play

Cancelled = Callable[[], bool]
NOON = 1_795_348_800.0  # 22 November 2026, 12:00 UTC


@dataclass(frozen=True)
class FakeStatus:
    model: Literal["stopped", "starting", "ready", "lost"] = "ready"
    reader: Literal["stopped", "starting", "ready", "lost"] = "ready"
    memory_bytes: int = 1_400_000_000
    connections: int = 0
    blocked: int = 0
    offline: bool = True


Drawing = Callable[[int], PageDrawn] | BaseException
"""What drawing a page gives for a width, or why it cannot be drawn."""


@dataclass
class FakeWatch:
    """Folders “watched”: a test calls `due`, on whatever thread it likes."""

    due: Callable[[str], None]
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeApplication(FakeModels):
    """Everything that a screen calls is kept in `calls`, as (name, arguments)."""

    profile: Profile = field(default_factory=lambda: Profile(Path("/home/ada/.local/share/carrel")))
    answers: list[Script] = field(default_factory=list)
    indexings: list[Script] = field(default_factory=list)
    waits_for_embedder: bool = False
    library: list[CollectionStatus] = field(default_factory=list)
    now: float = NOON
    state: FakeStatus = field(default_factory=FakeStatus)
    pages: dict[tuple[str, int | None], Page] = field(default_factory=dict)
    rows: list[DocumentRow] = field(default_factory=list)
    drawings: dict[tuple[str, int], Drawing] = field(default_factory=dict)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    cloud: FakeCloud = field(default_factory=FakeCloud)

    def __post_init__(self) -> None:
        self.cloud.join(self)
        self._chats: dict[int, ChatRow] = {}
        self._deleted: set[int] = set()
        self._messages: dict[int, list[StoredMessage]] = {}
        self._listeners: list[Callable[[str, object], None]] = []
        self._next = 1
        self.prepared: list[tuple[int | None, str]] = []
        self.warmed = threading.Event()
        self.closed = False
        self.watches: list[FakeWatch] = []

    # Chats

    def add_chat(self, title: str, *, updated: float | None = None, scope: Scope | None = None) -> int:
        chat_id = self._next
        self._next += 1
        when = self.now if updated is None else updated
        self._chats[chat_id] = ChatRow(chat_id, title, scope or Scope("all"), when, when)
        self._messages[chat_id] = []
        return chat_id

    def add_message(self, chat_id: int, role: str, text: str, **fields: Any) -> StoredMessage:
        values: dict[str, Any] = {
            "state": "complete",
            "reason": "",
            "model": "qwen",
            "created": self.now,
            "answer": None,
        }
        message = StoredMessage(self._next, role, text, **(values | fields))  # type: ignore[arg-type]
        self._next += 1
        self._messages[chat_id].append(message)
        return message

    def replace_answer(self, answer: Answer) -> None:
        """Let the last message be this answer."""
        messages = self._messages[max(self._messages)]
        messages[-1] = replace(messages[-1], text=answer.text, answer=answer)

    def chats(self, search: str = "") -> list[ChatRow]:
        words = search.casefold().split()
        kept = [chat for chat in self._chats.values() if chat.id not in self._deleted]
        kept = [chat for chat in kept if all(word in self._text_of(chat) for word in words)]
        return sorted(kept, key=lambda chat: (-chat.updated, -chat.id))

    def _text_of(self, chat: ChatRow) -> str:
        return " ".join([chat.title, *(message.text for message in self._messages[chat.id])]).casefold()

    def new_chat(self, scope: Scope) -> int:
        self.calls.append(("new_chat", scope))
        return self.add_chat("", scope=scope)

    def rename_chat(self, chat_id: int, title: str) -> None:
        self._chats[chat_id] = replace(self._chats[chat_id], title=title)

    def delete_chat(self, chat_id: int) -> None:
        self._deleted.add(chat_id)

    def restore_chat(self, chat_id: int) -> None:
        self._deleted.discard(chat_id)

    def scope(self, chat_id: int) -> Scope:
        return self._chats[chat_id].scope

    def set_scope(self, chat_id: int, scope: Scope) -> None:
        self.calls.append(("set_scope", scope))
        self._chats[chat_id] = replace(self._chats[chat_id], scope=scope)

    def messages(self, chat_id: int) -> list[StoredMessage]:
        return list(self._messages[chat_id])

    def prepare(
        self, chat_id: int | None, scope: Scope, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[PromptProgress]:
        self.prepared.append((chat_id, scope.kind))
        yield PromptProgress(39, 39, 0)

    def send(
        self, chat_id: int, question: str, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[AnswerEvent]:
        self.calls.append(("send", (chat_id, question, self.scope(chat_id).kind)))
        if not self._chats[chat_id].title:
            self.rename_chat(chat_id, question)
        self.add_message(chat_id, "user", question)
        return self._kept(chat_id, play(self.answers.pop(0), cancelled))

    def keep_cloud(self, chat_id: int, events: Iterator[AnswerEvent], model: str) -> Iterator[AnswerEvent]:
        """A provider's answer, kept below the others; one that failed without a word makes room."""
        kept = self._messages[chat_id]
        if kept and kept[-1].tier == "frontier" and not kept[-1].text:
            kept.pop()
        return self._kept(chat_id, events, model=model, tier="frontier")

    def _kept(self, chat_id: int, events: Iterator[AnswerEvent], **fields: Any) -> Iterator[AnswerEvent]:
        """The events, kept as a chat keeps them: what was shown of an answer that did not end stays."""
        message = self.add_message(chat_id, "assistant", "", state="streaming", **fields)
        end = replace(message, state="stopped")
        try:
            for event in events:
                if isinstance(event, TextDelta):
                    end = replace(end, text=end.text + event.text)
                if isinstance(event, Answered):
                    end = replace(end, text=event.answer.text, state="complete", answer=event.answer)
                yield event
        except BaseException as error:
            end = replace(end, state="failed", reason=str(error))
            raise
        finally:
            messages = self._messages[chat_id]
            messages[[kept.id for kept in messages].index(end.id)] = end
            messages[:] = sorted(messages, key=lambda kept: _place(messages, kept))

    def regenerate(self, chat_id: int, *, cancelled: Cancelled = lambda: False) -> Iterator[AnswerEvent]:
        self.calls.append(("regenerate", (chat_id, self.scope(chat_id).kind)))
        kept = self._messages[chat_id]
        asked = max(place for place, message in enumerate(kept) if message.role == "user")
        self._messages[chat_id] = [
            message for place, message in enumerate(kept) if place <= asked or message.tier == "frontier"
        ]
        return self._kept(chat_id, play(self.answers.pop(0), cancelled))

    # Documents

    def collections(self) -> list[CollectionStatus]:
        return list(self.library)

    def documents(self, collection: str | None = None) -> list[DocumentRow]:
        return [row for row in self.rows if collection in (None, row.collection)]

    def index(
        self, paths: Sequence[Path], collection: str | None = None, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[IndexEvent]:
        self.calls.append(("index", (list(paths), collection)))
        return play(self.indexings.pop(0) if self.indexings else [IndexDone(0, 0, 0)], cancelled)

    def resume_indexing(self, *, cancelled: Cancelled = lambda: False) -> Iterator[IndexEvent]:
        self.calls.append(("resume_indexing", ()))
        return play(self.indexings.pop(0) if self.indexings else [IndexDone(0, 0, 0)], cancelled)

    def retry(self, paths: Sequence[Path], *, cancelled: Cancelled = lambda: False) -> Iterator[IndexEvent]:
        self.calls.append(("retry", list(paths)))
        return play(self.indexings.pop(0) if self.indexings else [IndexDone(0, 0, 0)], cancelled)

    def refresh(
        self, collection: str | None = None, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[IndexEvent]:
        self.calls.append(("refresh", collection))
        return play(self.indexings.pop(0) if self.indexings else [IndexDone(0, 0, 0)], cancelled)

    def rebuild_collection(self, name: str, *, cancelled: Cancelled = lambda: False) -> Iterator[IndexEvent]:
        self.calls.append(("rebuild_collection", name))
        return play(self.indexings.pop(0) if self.indexings else [IndexDone(0, 0, 0)], cancelled)

    def is_to_be_embedded(self) -> bool:
        return self.waits_for_embedder

    def embed_anew(self, *, cancelled: Cancelled = lambda: False) -> Iterator[IndexEvent]:
        self.calls.append(("embed_anew", None))
        return play(self.indexings.pop(0) if self.indexings else [IndexDone(0, 0, 0)], cancelled)

    def set_watched(self, collection: str, watched: bool) -> None:
        self.calls.append(("set_watched", (collection, watched)))
        self.library = [
            replace(found, watched=watched) if found.name == collection else found for found in self.library
        ]

    def watch(self, due: Callable[[str], None]) -> FakeWatch:
        self.watches.append(FakeWatch(due))
        return self.watches[-1]

    def remove_documents(self, paths: Sequence[Path]) -> int:
        self.calls.append(("remove_documents", list(paths)))
        kept = [row for row in self.rows if Path(row.path) not in paths]
        removed, self.rows = len(self.rows) - len(kept), kept
        return removed

    def remove_collection(self, name: str) -> int:
        self.calls.append(("remove_collection", name))
        self.library = [found for found in self.library if found.name != name]
        return 1

    def page(self, path: str, page: int | None) -> Page:
        """As the library: None is the first page of the document, whatever its number."""
        if page is None:
            return next(kept for (kept_path, _), kept in self.pages.items() if kept_path == path)
        if (path, page) not in self.pages:
            raise DocumentVanished(path, "It is no longer in the library.")
        return self.pages[path, page]

    def draw_page(self, path: str, page: int, width_px: int) -> PageDrawn:
        self.calls.append(("draw_page", (path, page, width_px)))
        drawing = self.drawings.get((path, page))
        if drawing is None:
            raise UnsupportedFormat(path, "Its pages cannot be shown as pictures.")
        if isinstance(drawing, BaseException):
            raise drawing
        return drawing(width_px)

    # Settings and state; models stand in `FakeModels`

    def setting(self, key: str, default: Any) -> Any:
        return self.settings.get(key, default)

    def put_setting(self, key: str, value: Any) -> None:
        self.settings[key] = value

    def status(self) -> FakeStatus:
        return self.state

    def add_listener(self, listener: Callable[[str, object], None]) -> None:
        self._listeners.append(listener)

    def notice(self, worker: str, event: object) -> None:
        """What a supervisor's thread would say."""
        for listener in self._listeners:
            listener(worker, event)

    def explain(self, error: BaseException) -> Explanation:
        return explain(error)

    def warm(self) -> None:
        self.warmed.set()

    def close(self) -> None:
        self.closed = True


def _place(messages: Sequence[StoredMessage], message: StoredMessage) -> tuple[int, bool, int]:
    """Where a message stands: below its question, a provider's answer below this computer's."""
    asked = max((kept.id for kept in messages if kept.role == "user" and kept.id <= message.id), default=0)
    return asked, message.tier == "frontier", message.id


# --- an answer with sources ---------------------------------------------------------------------------

CLAUSE = (
    "12.2 After the first term either party may terminate this Agreement by giving ninety (90) days’ "
    "written notice with effect to the end of a calendar quarter."
)
PAGE = f"""12. Term and termination

12.1 This Agreement enters into force on 1 July 2024 and has a first term until 30 June 2027. \
During the first term termination without cause is excluded.

{CLAUSE}

12.3 The right of either party to terminate for good cause remains unaffected. Good cause exists \
in particular where the other party becomes insolvent, or repeatedly fails to deliver on the dates \
agreed in Annex B.

12.4 Notices under this section must be given in writing to the address named in section 20.
"""

QUESTION = "What notice do we have to give Brightwave, and until when does the price hold?"
TEXT = (
    "Either party may end the agreement with **90 days’ written notice** to the end of a calendar quarter. "
    "During the first term, which runs until 30 June 2027, only termination for cause is possible.\n\n"
    "The unit price of €14.20 is fixed until 31 March 2027 and then follows the producer price index. "
    "Brightwave usually announces changes in January."
)


def sources() -> tuple[Source, ...]:
    start = PAGE.index("12.1")
    end = PAGE.index("12.3")
    agreement = Source(
        "Brightwave framework agreement.pdf", "/docs/Brightwave framework agreement.pdf", 7, start, end,
        PAGE[start:end], "§ 12 Term and termination", 0.91,
    )  # fmt: skip
    text = "Unit price €14.20 fixed until 31 March 2027, then index-linked (PPI, base 2025)."
    prices = Source(
        "Annex C prices 2026.xlsx", "/docs/Annex C prices 2026.xlsx", None, 0, len(text), text, "Prices", 0.72
    )
    text = (
        "The parties meet every quarter to look at quality, volumes and the delivery dates of the next one."
    )
    other = Source("Meeting minutes.docx", "/docs/Meeting minutes.docx", 2, 0, len(text), text, "", 0.31)
    return agreement, prices, other


def answer(text: str = TEXT) -> Answer:
    found = sources()
    parts: list[tuple[str, SentenceState, int | None, str]] = [
        ("Either party", "found", 0, CLAUSE),
        (
            "During the first",
            "supported",
            0,
            "This Agreement enters into force on 1 July 2024 and has a first term until 30 June 2027.",
        ),
        ("The unit price", "found", 1, "€14.20 fixed until 31 March 2027"),
        ("Brightwave usually", "not_found", None, ""),
    ]
    return Answer(
        text, False, True, tuple(_sentence(text, found, *part) for part in parts), found, "qwen", "local",
        Tokens(1500, 300, 66), Seconds(0.2, 2.2, 6.1),
    )  # fmt: skip


def _sentence(
    text: str, found: Sequence[Source], opening: str, state: SentenceState, source: int | None, quote: str
) -> Sentence:
    start = text.index(opening)
    end = min(e + 1 for e in (text.find(". ", start), text.find(".\n", start), len(text) - 1) if e > 0)
    if source is None:
        return Sentence(text[start:end], start, end, state)
    at = found[source].text.index(quote)
    return Sentence(text[start:end], start, end, state, (source,), ((at, at + len(quote)),))


def abstained(*, scoped_text: str = "I did not find this in your documents.") -> Answer:
    return Answer(scoped_text, True, True, (), (), "qwen", "local", Tokens(), Seconds(0.2, 0.0, 0.4))


def answer_script(final: Answer | None = None) -> list[Any]:
    """All the events of an answer, in order."""
    given = final or answer()
    deltas = [TextDelta(given.text[i : i + 7]) for i in range(0, len(given.text), 7)]
    reading = [PromptProgress(done, 1500, 300) for done in (300, 900, 1500)]
    return [Searching(), SourcesFound(given.sources), ModelLoading(0.43), *reading, *deltas, Answered(given)]


def collection(
    name: str,
    ready: int,
    *,
    waiting: int = 0,
    problems: Sequence[Problem] = (),
    passages: int = 0,
    folder: str = "",
    watched: bool = False,
) -> CollectionStatus:
    documents = ready + waiting + len(problems)
    folders = (folder,) if folder else ()
    counts = (documents, passages, ready, waiting, len(problems))
    return CollectionStatus(hash(name) % 1000, name, *counts, tuple(problems), folders, watched)
