"""A model on this computer, as the app sees it: the model process behind the port `Model`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.models.installed import InstalledModel
from engine.ports import Worker
from engine.process.messages import Generate, Load, Prefill, ScoreLabels, Unload
from engine.values import (
    Adapter,
    GenerationEvent,
    LabelsScored,
    Message,
    Priority,
    PromptProgress,
    Sampling,
)

# What a host needs to run the service; requests, replies: engine.process.messages; errors: EngineError.
FACTORY = "engine.process.service:build"


def _never() -> bool:
    return False


class LocalModel:
    """Holds no state of its own: the process keeps the model loaded between requests.

    `conversation` names the chat whose state the process may keep on disk; `priority` is that of everything
    asked through this object.
    """

    def __init__(
        self,
        worker: Worker,
        installed: InstalledModel,
        *,
        threads: int = 0,
        conversation: str = "",
        priority: Priority = "interactive",
        adapter: Adapter | None = None,
    ) -> None:
        self._worker = worker
        self._installed = installed
        self._threads = threads
        self._conversation = conversation
        self._priority = priority
        self._adapter = adapter

    @property
    def id(self) -> str:
        return self._installed.id

    @property
    def name(self) -> str:
        return self._installed.name

    @property
    def context_tokens(self) -> int:
        return self._installed.context_tokens

    @property
    def weighs(self) -> bool:
        return True

    @property
    def _path(self) -> str:
        return str(self._installed.path)

    def load(self, *, cancelled: Callable[[], bool] = _never) -> None:
        """Load it now, and wait until it is there.

        Raises:
            ModelError: it cannot be loaded.
        """
        request = Load(self._path, self.context_tokens, self._threads, self._installed.repacked)
        for _ in self._worker.call(request, cancelled=cancelled):
            pass

    def unload(self) -> None:
        """Give its memory back to the system, once what runs is done."""
        for _ in self._worker.call(Unload()):
            pass

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        timeout_s: float | None = None,
        cancelled: Callable[[], bool] = _never,
    ) -> Iterator[GenerationEvent]:
        """See `engine.ports.Model`; `schema`: a JSON Schema that the reply is held to.

        Raises:
            SchemaUnsupported: the reply cannot be held to it.
            ModelBusy: too many requests wait.
        """
        request = Generate(
            self._path,
            self.context_tokens,
            tuple(messages),
            sampling,
            self._threads,
            priority=self._priority,
            conversation=self._conversation,
            schema=schema,
            adapter=self._adapter,
            timeout_s=timeout_s,
            repacked=self._installed.repacked,
        )
        yield from self._worker.call(request, cancelled=cancelled)

    def prefill(
        self, messages: Sequence[Message], *, cancelled: Callable[[], bool] = _never
    ) -> Iterator[PromptProgress]:
        """Read messages that a later prompt will begin with. Cancel it when the question comes."""
        request = Prefill(
            self._path,
            self.context_tokens,
            tuple(messages),
            self._threads,
            conversation=self._conversation,
            adapter=self._adapter,
            repacked=self._installed.repacked,
        )
        for event in self._worker.call(request, cancelled=cancelled):
            if isinstance(event, PromptProgress):
                yield event

    def score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        cancelled: Callable[[], bool] = _never,
    ) -> LabelsScored | None:
        """How likely each label is as the reply to the messages; None when cancelled.

        Raises:
            PromptTooLong: the messages do not fit.
            LabelsUnfit: the model cannot choose among these.
            ModelBusy: too many requests wait.
        """
        request = ScoreLabels(
            self._path,
            self.context_tokens,
            tuple(messages),
            tuple(labels),
            self._threads,
            priority=self._priority,
            adapter=self._adapter,
            repacked=self._installed.repacked,
        )
        replies = self._worker.call(request, cancelled=cancelled)
        return next((reply for reply in replies if isinstance(reply, LabelsScored)), None)
