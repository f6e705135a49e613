"""The application without a screen: everything that the window and the command line can do.

Built by `compose.py`. Methods return at once unless they return an iterator; those do their work as
they are iterated, and are driven on a lane of the window or straight from the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from desktop.answers import Answers
from desktop.cloud.cloud import Cloud
from desktop.errors import WorkerLost
from desktop.explain import Explanation, explain
from desktop.local_models import LocalModels
from desktop.network import NetworkLog, count
from desktop.places import Profile
from desktop.processes.sandbox import Confinement
from desktop.processes.supervisor import Supervisor
from desktop.resources import resident_bytes
from desktop.workbench import Workbench
from engine.answering import AnswerEvent, opening
from engine.chats.conversation import converse, history
from engine.chats.store import ChatRow, ChatStore, Scope, StoredMessage
from engine.models.gguf import GgufHeader
from engine.models.installed import InstalledModel
from engine.models.values import Copying, Downloading, Fit, Measuring, ModelAdded, Offer, Quickened
from engine.process.client import LocalModel
from engine.prompts import FROM_DOCUMENTS
from engine.usage.values import Origin
from engine.values import Message, PromptProgress
from rag.indexing import IndexEvent
from rag.library import Library
from rag.process.messages import PageDrawn
from rag.values import CollectionStatus, DocumentRow, Page
from rag.watching import Watch

Cancelled = Callable[[], bool]
DEFAULT_COLLECTION = "Documents"

ModelState = Literal["stopped", "starting", "ready", "lost"]


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class WorkersStatus:
    """What the status strip shows. `memory_bytes`: resident memory of the app and its processes.

    `connections` that were let out and attempts that were `blocked`, since the start.
    """

    model: ModelState
    reader: ModelState
    memory_bytes: int
    connections: int
    blocked: int
    offline: bool


class Application:
    """One person's Carrel. Thread-safe: the stores lock for themselves, workers are shared."""

    def __init__(
        self,
        *,
        profile: Profile,
        chats: ChatStore,
        library: Library,
        models: LocalModels,
        answers: Answers,
        tasks: Workbench,
        cloud: Cloud,
        reader: Supervisor,
        model_process: Supervisor,
        network: NetworkLog,
        release: Callable[[], None],
    ) -> None:
        self.profile = profile
        self.library = library
        self.tasks = tasks
        self.cloud = cloud
        self.network = network
        self._chats = chats
        self._models = models
        self._answers = answers
        self._reader = reader
        self._model_process = model_process
        self._release = release
        self._watches: list[Watch] = []

    # Chats

    def chats(self, search: str = "") -> list[ChatRow]:
        return self._chats.list(search)

    def new_chat(self, scope: Scope) -> int:
        return self._chats.create(scope)

    def rename_chat(self, chat_id: int, title: str) -> None:
        self._chats.rename(chat_id, title)

    def delete_chat(self, chat_id: int) -> None:
        """Into the bin; what the model remembered of it is gone at once."""
        self._chats.delete(chat_id)
        self._models.forget(_conversation(chat_id))

    def restore_chat(self, chat_id: int) -> None:
        self._chats.restore(chat_id)

    def set_scope(self, chat_id: int, scope: Scope) -> None:
        self._chats.set_scope(chat_id, scope)

    def scope(self, chat_id: int) -> Scope:
        return self._chats.scope(chat_id)

    def messages(self, chat_id: int) -> list[StoredMessage]:
        return self._chats.messages(chat_id)

    def send(self, chat_id: int, question: str, *, cancelled: Cancelled = never) -> Iterator[AnswerEvent]:
        """Ask in a chat: the answer's events; question and answer are kept while it streams."""
        earlier = history(self._chats.messages(chat_id))
        scope = self._chats.scope(chat_id)
        events = self._answers.answer(
            question, earlier, scope, conversation=_conversation(chat_id), cancelled=cancelled
        )
        counted = self.cloud.work.answer(Origin("chat", chat_id), events)
        return converse(self._chats, chat_id, question, counted, model=self.current_model().id)

    def regenerate(self, chat_id: int, *, cancelled: Cancelled = never) -> Iterator[AnswerEvent]:
        """Answer the chat's last question anew; the former answer is replaced."""
        question = self._chats.drop_last_answer(chat_id)
        return self.send(chat_id, question, cancelled=cancelled)

    def prepare(
        self, chat_id: int | None, scope: Scope, *, cancelled: Cancelled = never
    ) -> Iterator[PromptProgress]:
        """Let the model read, while a question is typed, what the prompt for it will begin with."""
        earlier = history(self._chats.messages(chat_id)) if chat_id is not None else []
        grounded = scope.kind != "none"
        conversation = _conversation(chat_id) if chat_id is not None and not grounded else ""
        model = self._models.local(conversation=conversation)
        return model.prefill(opening(earlier, grounded=grounded), cancelled=cancelled)

    # Questions without a chat

    def ask(
        self,
        question: str,
        scope: Scope,
        *,
        paths: Sequence[Path] = (),
        model_id: str | None = None,
        cancelled: Cancelled = never,
    ) -> Iterator[AnswerEvent]:
        """Answer one question; nothing is kept. `paths` narrows the scope to documents below them."""
        events = self._answers.answer(
            question, (), scope, paths=paths, model_id=model_id, cancelled=cancelled
        )
        return self.cloud.work.answer(Origin("question"), events)

    # Documents

    def collections(self) -> list[CollectionStatus]:
        return self.library.status()

    def documents(self, collection: str | None = None) -> list[DocumentRow]:
        return self.library.documents(collection)

    def has_documents(self) -> bool:
        return any(status.ready for status in self.collections())

    def index(
        self, paths: Sequence[Path], collection: str | None = None, *, cancelled: Cancelled = never
    ) -> Iterator[IndexEvent]:
        """Index files and folders; a folder becomes a collection of its name unless one is named."""
        for name, members in by_collection(paths, collection).items():
            yield from self.library.index(members, name, cancelled=cancelled)

    def resume_indexing(self, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        return self.library.resume(cancelled=cancelled)

    def is_to_be_embedded(self) -> bool:
        """Whether the embedder has changed and passages wait for its vectors. Blocks: run it on a lane."""
        return self.library.is_to_be_embedded()

    def embed_anew(self, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Embed the passages that wait for it, from what is stored; what there was answers meanwhile."""
        return self.library.embed_anew(cancelled=cancelled)

    def retry(self, paths: Sequence[Path], *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        return self.library.retry(paths, cancelled=cancelled)

    def refresh(self, collection: str | None = None, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Look again at the folders of a collection, or of all watched ones."""
        for name in [collection] if collection is not None else self.library.watched():
            yield from self.library.refresh(name, cancelled=cancelled)

    def rebuild_collection(self, name: str, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Read every file of a collection anew; what each held answers until it is replaced."""
        return self.library.rebuild_collection(name, cancelled=cancelled)

    def remove_collection(self, name: str) -> int:
        return self.library.remove(collection=name)

    def remove_documents(self, paths: Sequence[Path | str]) -> int:
        """Forget documents, for good: looking at their folder again does not bring them back; how many."""
        return self.library.remove(paths=paths)

    def set_watched(self, collection: str, watched: bool) -> None:
        """Whether the folders of a collection are followed while a `watch` is open."""
        self.library.set_watched(collection, watched)

    def watch(self, due: Callable[[str], None]) -> Watch:
        """Follow the folders of watched collections until the result is closed.

        `due` hears the name of a collection to `refresh`, on another thread and about once a second at
        most for each; at the start it hears of all.
        """
        watch = self.library.watch(due)
        self._watches.append(watch)
        return watch

    def page(self, path: str, page: int | None) -> Page:
        """The page that a source stands on, as it was read."""
        return self.library.page(path, page)

    def draw_page(self, path: str, page: int, width_px: int) -> PageDrawn:
        """The page as a picture, drawn by the reader process. Blocks, so run it on a lane."""
        return self.library.draw_page(path, page, width_px)

    # Models

    def models(self) -> list[InstalledModel]:
        return self._models.installed()

    def current_model(self) -> InstalledModel:
        return self._models.current()

    def use_model(self, model_id: str) -> None:
        self._models.use(model_id)

    def local_model(self, model_id: str | None = None) -> LocalModel:
        """The named model, or the current one, behind the model process."""
        return self._models.local(model_id)

    def model_fit(self, model_id: str) -> Fit:
        return self._models.fit(model_id)

    def model_header(self, model_id: str) -> GgufHeader:
        return self._models.header(model_id)

    def free_space_bytes(self) -> int:
        return self._models.free_space_bytes()

    def catalogue(self) -> list[Offer]:
        return self._models.catalogue()

    def download_model(
        self, model_id: str, *, cancelled: Cancelled = never
    ) -> Iterator[Downloading | ModelAdded]:
        return self._models.download(model_id, cancelled=cancelled)

    def discard_download(self, model_id: str) -> int:
        return self._models.discard_download(model_id)

    def import_model(
        self, path: Path, *, copy: bool, cancelled: Cancelled = never
    ) -> Iterator[Copying | ModelAdded]:
        return self._models.bring(path, copy=copy, cancelled=cancelled)

    def remove_model(self, model_id: str) -> int:
        return self._models.remove(model_id)

    def quicken_model(
        self, model_id: str, *, cancelled: Cancelled = never
    ) -> Iterator[Measuring | Quickened]:
        return self._models.quicken(model_id, cancelled=cancelled)

    def use_quickened(self, model_id: str, found: Quickened) -> None:
        self._models.use_quickened(model_id, found)

    def use_model_as_before(self, model_id: str) -> None:
        self._models.use_as_before(model_id)

    # Settings and state

    def setting(self, key: str, default: Any) -> Any:
        return self._chats.setting(key, default)

    def put_setting(self, key: str, value: Any) -> None:
        self._chats.put_setting(key, value)

    def status(self) -> WorkersStatus:
        workers = (self._reader, self._model_process)
        tried = count(self.network.entries())
        return WorkersStatus(
            model=self._model_process.state,
            reader=self._reader.state,
            memory_bytes=resident_bytes() + sum(worker.memory_bytes() or 0 for worker in workers),
            connections=tried.out,
            blocked=tried.blocked,
            offline=not self.cloud.online(),
        )

    def add_listener(self, listener: Callable[[str, object], None]) -> None:
        """`listener(worker name, event)` hears of starts and losses, on whatever thread notices them."""
        for worker in (self._reader, self._model_process):
            worker.add_listener(partial(listener, worker.name))

    def model_process_id(self) -> int | None:
        return self._model_process.pid

    def confinements(self) -> dict[str, Confinement]:
        """What the system holds each running process to: “app”, “model”, “reader”."""
        return self.cloud.held()

    def explain(self, error: BaseException) -> Explanation:
        return explain(error)

    def warm(self) -> None:
        """Start both processes and load what the first question needs; blocks, so run it on a lane."""
        self._reader.start()
        with suppress(WorkerLost):  # the next question starts them again and says what is wrong
            self.library.warm()
            model = self._models.local()
            model.load()
            # The part that every prompt about documents begins with: read now, it need not be read then.
            for _ in model.prefill([Message("system", FROM_DOCUMENTS)]):
                pass
        self.tasks.tidy()
        self._forget_receipts()

    def _forget_receipts(self) -> None:
        """What went with the bin, its receipts go with."""
        chats = [chat.id for chat in (*self._chats.list(), *self._chats.bin())]
        self.cloud.forget_all_but("chat", chats)
        self.cloud.forget_all_but("task", self.tasks.run_ids())

    def close(self) -> None:
        """Stop the processes, close the stores and give the profile back. Quick: two seconds at most."""
        for watch in self._watches:
            watch.close()
        for worker in (self._model_process, self._reader):
            worker.stop(grace_s=1.0)
        self.cloud.close()
        self._models.close()
        self.tasks.close()
        self.library.close()
        self._chats.close()
        self._release()


def _conversation(chat_id: int) -> str:
    """Under which name the model process keeps the state of a chat."""
    return f"chat {chat_id}"


def by_collection(paths: Sequence[Path], collection: str | None) -> dict[str, list[Path]]:
    """Sort paths into collections: folders under their own name, single files under “Documents”."""
    sorted_paths: dict[str, list[Path]] = {}
    for path in paths:
        own = path.resolve().name if path.is_dir() else ""
        sorted_paths.setdefault(collection or own or DEFAULT_COLLECTION, []).append(path)
    return sorted_paths
