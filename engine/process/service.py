"""What the model process runs: one model at a time, requests one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import NoChatTemplate
from engine.models.gguf import inspect
from engine.process import memory, threads
from engine.process.loading import check_memory, load
from engine.process.messages import Generate, Load, Loaded, Prefill, Unload, Unloaded
from engine.process.session import Session
from engine.settings import ModelSettings
from engine.values import Generated, ModelLoading

LANE = "model"

Cancelled = Callable[[], bool]
NeedsModel = Load | Generate | Prefill


def build(settings: ModelSettings) -> ModelService:
    return ModelService(settings)


@dataclass(frozen=True, slots=True)
class _Identity:
    """Which file is loaded, and how: a file that was replaced under its name is another model."""

    path: str
    size_bytes: int
    mtime_ns: int
    context_tokens: int


class ModelService:
    """Answers the requests of `engine.process.messages` on the one lane “model”."""

    def __init__(
        self, settings: ModelSettings, *, available_bytes: Callable[[], int | None] = memory.available_bytes
    ) -> None:
        self._settings = settings
        self._available_bytes = available_bytes
        self._session: Session | None = None
        self._identity: _Identity | None = None

    def lane(self, _request: Any) -> str:
        return LANE

    def handle(self, request: Any, cancelled: Cancelled) -> Iterator[Any]:
        """
        Raises:
            ModelError: the model cannot be loaded.
            PromptTooLong: the messages do not fit.
        """
        match request:
            case Load():
                yield from self._load(request, cancelled)
            case Generate():
                yield from self._generate(request, cancelled)
            case Prefill():
                session = yield from self._loaded(request, cancelled)
                if session:
                    yield from session.prefill(request.messages, cancelled)
            case Unload():
                self.close()
                yield Unloaded()
            case _:
                raise TypeError(f"no request for the model process: {request!r}")

    def close(self) -> None:
        """Give the model's memory back to the system."""
        session, self._session, self._identity = self._session, None, None
        if session:
            session.close()

    def _load(self, request: Load, cancelled: Cancelled) -> Iterator[ModelLoading | Loaded]:
        began = time.perf_counter()
        session = yield from self._loaded(request, cancelled)
        if session:
            yield Loaded(request.path, session.context_tokens, time.perf_counter() - began)

    def _generate(self, request: Generate, cancelled: Cancelled) -> Iterator[Any]:
        session = yield from self._loaded(request, cancelled)
        if session:
            yield from session.generate(request.messages, request.sampling, cancelled)
        else:
            yield Generated("cancelled", 0, 0, 0, 0.0, 0.0)

    def _loaded(
        self, request: NeedsModel, cancelled: Cancelled
    ) -> Generator[ModelLoading, None, Session | None]:
        """The session of the model that the request names, loaded if need be; None when cancelled."""
        identity = _identify(request)
        if identity is None or identity != self._identity:
            self.close()
            self._session = yield from self._open(request, cancelled)
            self._identity = identity if self._session else None
        if self._session:
            self._session.set_threads(self._threads(request))
        return self._session

    def _open(
        self, request: NeedsModel, cancelled: Cancelled
    ) -> Generator[ModelLoading, None, Session | None]:
        header = inspect(request.path)
        if not header.chat_template:
            raise NoChatTemplate(request.path)  # said before the minute of loading, not after
        context_tokens = min(request.context_tokens, header.context_tokens or request.context_tokens)
        check_memory(header, context_tokens, self._available_bytes())
        model = yield from load(request.path, cancelled)
        if model is None:
            return None
        try:
            return Session(
                header,
                model,
                context_tokens,
                chunk_tokens=self._settings.chunk_tokens,
                threads=self._threads(request),
            )
        except BaseException:
            model.close()
            raise

    def _threads(self, request: NeedsModel) -> int:
        return threads.choose(request.threads or self._settings.threads)


def _identify(request: NeedsModel) -> _Identity | None:
    """None where there is no such file; then `inspect` says so."""
    try:
        stat = Path(request.path).stat()
    except OSError:
        return None
    return _Identity(request.path, stat.st_size, stat.st_mtime_ns, request.context_tokens)
