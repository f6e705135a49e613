"""What the model process runs: one model at a time, any number of requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from typing import Any

from engine.errors import NoChatTemplate, NotEnoughMemory
from engine.models.fingerprint import fingerprint
from engine.models.gguf import GgufHeader, inspect
from engine.process import memory
from engine.process.context import LlamaContext
from engine.process.conversations import SavedConversations
from engine.process.current import CurrentModel, identify
from engine.process.current_embedder import CurrentEmbedder
from engine.process.loading import check_memory, load
from engine.process.messages import (
    Embed,
    Embedded,
    Forget,
    Forgotten,
    Generate,
    Load,
    Loaded,
    Prefill,
    ScoreLabels,
    Unload,
    Unloaded,
)
from engine.process.scheduler import Conversations, Threads
from engine.process.session import Session
from engine.process.states import StateStore
from engine.process.threads import FixedThreads, ThreadChooser, choose
from engine.settings import ModelSettings
from engine.values import Generated, ModelLoading, Priority

EMBEDDING = "embedding"
"""The lane of requests for the embedder, which is loaded beside the model."""

Cancelled = Callable[[], bool]
NeedsModel = Load | Generate | Prefill | ScoreLabels


def build(settings: ModelSettings) -> ModelService:
    return ModelService(settings)


class ModelService:
    """Answers the requests of `engine.process.messages`; `handle` may run on many threads at a time."""

    def __init__(
        self, settings: ModelSettings, *, available_bytes: Callable[[], int | None] = memory.available_bytes
    ) -> None:
        self._settings = settings
        self._available_bytes = available_bytes
        self._current = CurrentModel(idle_unload_s=settings.idle_unload_s)
        self._embedder = CurrentEmbedder()
        self._states = StateStore(settings.states, settings.states_limit_bytes) if settings.states else None

    def lane(self, request: Any) -> str | None:
        return EMBEDDING if isinstance(request, Embed) else None

    def step(self) -> int | None:
        session = self._current.session
        return session.step() if session else None

    def handle(self, request: Any, cancelled: Cancelled) -> Iterator[Any]:
        """
        Raises:
            ModelError: the model cannot be loaded.
            PromptTooLong, SchemaUnsupported, LabelsUnfit, ModelBusy: the model cannot do this (now).
        """
        match request:
            case Load():
                yield from self._load(request, cancelled)
            case Generate() | Prefill() | ScoreLabels():
                yield from self._work(request, cancelled)
            case Embed():
                yield self._embed(request)
            case Unload():
                self._current.unload(cancelled)
                self._embedder.close()
                yield Unloaded()
            case Forget():
                self._forget(request.conversation)
                yield Forgotten()
            case _:
                raise TypeError(f"no request for the model process: {request!r}")

    def close(self) -> None:
        """End what runs, and give the memory back to the system."""
        self._current.close()
        self._embedder.close()

    def _embed(self, request: Embed) -> Embedded:
        vectors = self._embedder.embed(request.path, request.texts)
        return Embedded(vectors.astype("<f4").tobytes(), vectors.shape[1])

    def _load(self, request: Load, cancelled: Cancelled) -> Iterator[ModelLoading | Loaded]:
        began = time.perf_counter()
        session = yield from self._enter(request, cancelled)
        if session:
            self._current.leave()
            yield Loaded(request.path, session.context_tokens, time.perf_counter() - began)

    def _work(self, request: Generate | Prefill | ScoreLabels, cancelled: Cancelled) -> Iterator[Any]:
        session = yield from self._enter(request, cancelled)
        if session is None:
            if isinstance(request, Generate):
                yield Generated("cancelled", 0, 0, 0, 0.0, 0.0)
            return
        try:
            yield from _replies(session, request, cancelled)
        finally:
            self._current.leave()

    def _enter(
        self, request: NeedsModel, cancelled: Cancelled
    ) -> Generator[ModelLoading, None, Session | None]:
        identity = identify(request.path, request.context_tokens, request.repacked)
        return (
            yield from self._current.enter(
                identity, _priority(request), partial(self._open, request, cancelled), cancelled
            )
        )

    def _open(
        self, request: NeedsModel, cancelled: Cancelled
    ) -> Generator[ModelLoading, None, Session | None]:
        header = inspect(request.path)
        if not header.chat_template:
            raise NoChatTemplate(request.path)  # said before the minute of loading, not after
        context_tokens = min(request.context_tokens, header.context_tokens or request.context_tokens)
        cells = self._cells(header, context_tokens)
        model = yield from load(request.path, cancelled, repacked=request.repacked)
        if model is None:
            return None
        with ExitStack() as opened:
            opened.callback(model.close)
            threads = self._threads(request)
            context = LlamaContext(
                model, cells, chunk_tokens=self._settings.chunk_tokens, threads=threads.choose(1)
            )
            opened.callback(context.close)
            session = Session(
                header,
                model,
                context,
                context_tokens=context_tokens,
                threads=threads,
                conversations=self._conversations(header, request.repacked),
                queue_limit=self._settings.queue_limit,
            )
            opened.pop_all()
            return session

    def _cells(self, header: GgufHeader, context_tokens: int) -> int:
        """With room for batches beside the longest chat, where there is the memory for it.

        Raises:
            NotEnoughMemory
        """
        with_batches = context_tokens + self._settings.batch_tokens
        try:
            check_memory(header, with_batches, self._available_bytes())
        except NotEnoughMemory:
            check_memory(header, context_tokens, self._available_bytes())
            return context_tokens
        return with_batches

    def _threads(self, request: NeedsModel) -> Threads:
        fixed = request.threads or self._settings.threads
        return FixedThreads(fixed) if fixed else ThreadChooser(choose(0))

    def _conversations(
        self, header: GgufHeader, repacked: bool
    ) -> Callable[[LlamaContext], Conversations | None]:
        """What keeps conversations on disk; made with the context that they come from.

        A state of the other layout would do, but for its last digits. It is not used, so that an answer
        depends on its messages and the model alone; a layout changes seldom, and costs one reading then.
        """
        states = self._states
        if states is None:
            return lambda _context: None
        model = fingerprint(header.path)
        layout = "" if repacked else "; as stored"
        settings = f"llama-cpp-python {version('llama-cpp-python')}; f16{layout}"
        return lambda context: SavedConversations(states, context, model=model, settings=settings)

    def _forget(self, conversation: str) -> None:
        session = self._current.session
        if session:
            session.forget(conversation)
        if self._states:
            self._states.forget(conversation)


def _priority(request: NeedsModel) -> Priority:
    match request:
        case Generate() | ScoreLabels():
            return request.priority
        case Prefill():
            return "prepare"
        case Load():
            return "interactive"


def _replies(
    session: Session, request: Generate | Prefill | ScoreLabels, cancelled: Cancelled
) -> Iterator[Any]:
    match request:
        case Generate():
            return session.generate(request, cancelled)
        case Prefill():
            return session.prefill(request, cancelled)
        case ScoreLabels():
            return session.score(request, cancelled)
