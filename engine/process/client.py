"""A model on this computer, as the app sees it: the model process behind the port `Model`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.models.installed import InstalledModel
from engine.ports import Worker
from engine.process.messages import Generate, Load, Prefill, Unload
from engine.values import GenerationEvent, Message, PromptProgress, Sampling

# What a host needs to run the service; requests, replies: engine.process.messages; errors: EngineError.
FACTORY = "engine.process.service:build"


def _never() -> bool:
    return False


class LocalModel:
    """Holds no state of its own: the process keeps the model loaded between requests."""

    def __init__(self, worker: Worker, installed: InstalledModel, *, threads: int = 0) -> None:
        self._worker = worker
        self._installed = installed
        self._threads = threads

    @property
    def id(self) -> str:
        return self._installed.id

    @property
    def name(self) -> str:
        return self._installed.name

    @property
    def context_tokens(self) -> int:
        return self._installed.context_tokens

    def load(self, *, cancelled: Callable[[], bool] = _never) -> None:
        """Load it now, and wait until it is there.

        Raises:
            ModelError: it cannot be loaded.
        """
        request = Load(str(self._installed.path), self.context_tokens, self._threads)
        for _ in self._worker.call(request, cancelled=cancelled):
            pass

    def unload(self) -> None:
        """Give its memory back to the system."""
        for _ in self._worker.call(Unload()):
            pass

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        cancelled: Callable[[], bool] = _never,
    ) -> Iterator[GenerationEvent]:
        request = Generate(
            str(self._installed.path), self.context_tokens, tuple(messages), sampling, self._threads
        )
        yield from self._worker.call(request, cancelled=cancelled)

    def prefill(
        self, messages: Sequence[Message], *, cancelled: Callable[[], bool] = _never
    ) -> Iterator[PromptProgress]:
        """Read messages that a later prompt will begin with. Cancel it when the question comes."""
        request = Prefill(str(self._installed.path), self.context_tokens, tuple(messages), self._threads)
        for event in self._worker.call(request, cancelled=cancelled):
            if isinstance(event, PromptProgress):
                yield event
