"""What the engine asks of its surroundings. `desktop/compose.py` passes it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from engine.values import GenerationEvent, Message, Sampling, SentenceState, Tier


class Worker(Protocol):
    """A process that answers typed requests with a stream of typed replies.

    Called from any thread of the app process; the iterator ends with the last reply. Raises the
    service's own expected errors, or the host's error when the process died or hung. Closing the
    iterator cancels the request.
    """

    def call(
        self,
        request: Any,
        *,
        timeout_s: float | None = None,
        cancelled: Callable[[], bool] = ...,
    ) -> Iterator[Any]: ...


class Model(Protocol):
    """Something that answers messages. Called from one thread at a time per request."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def context_tokens(self) -> int: ...

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        cancelled: Callable[[], bool] = ...,
    ) -> Iterator[GenerationEvent]:
        """Events in this order: ModelLoading*, PromptProgress*, TextDelta*, then one Generated.

        `cancelled` is asked between tokens; then the stream ends with Generated("cancelled").

        Raises:
            ModelError: it cannot be loaded.
            PromptTooLong: the messages do not fit into the context.
        """
        ...


@runtime_checkable
class Tiered(Protocol):
    """A model that says which tier it is of; one that does not is local."""

    @property
    def tier(self) -> Tier: ...


class Evidence(Protocol):
    """A passage found for a question (rag's FoundPassage, adapted in compose)."""

    @property
    def document(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def page(self) -> int | None: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def heading(self) -> str: ...
    @property
    def score(self) -> float: ...


class Retriever(Protocol):
    """Finds the evidence for a question. An empty list means: nothing relevant."""

    def __call__(self, question: str, earlier: Sequence[str]) -> Sequence[Evidence]:
        """`earlier` are the person's former questions of this chat, oldest first, for follow-ups."""
        ...


class SentenceCheck(Protocol):
    """rag's CheckedSentence: `start:end` in the answer; `sources` index into the evidence."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def state(self) -> SentenceState: ...
    @property
    def sources(self) -> tuple[int, ...]: ...
    @property
    def quotes(self) -> tuple[tuple[int, int], ...]: ...


class Bearing(Protocol):
    """rag's Bearing: what the sentence that an answer rests on has to do with the question."""

    @property
    def denies(self) -> bool: ...
    @property
    def opposes(self) -> bool: ...
    @property
    def unknown(self) -> bool: ...
    @property
    def covered(self) -> float: ...
    @property
    def closest(self) -> tuple[int, int, int]: ...
    @property
    def denied(self) -> bool: ...
    @property
    def cell(self) -> str: ...


class Bears(Protocol):
    """How the evidence bears on a question, given an answer from it. Deterministic and quick."""

    def __call__(
        self, question: str, answer: str, passages: Sequence[str], titles: Sequence[str] = ...
    ) -> Bearing: ...


class Tell(Protocol):
    """A passage as the model shall read it, its tables in other words. Deterministic and quick."""

    def __call__(self, text: str, heading: str = ...) -> str: ...


class Checker(Protocol):
    """Matches each sentence of an answer to the passages it rests on. Deterministic and quick."""

    def __call__(
        self, answer: str, passages: Sequence[str], titles: Sequence[str] = ..., question: str = ...
    ) -> Sequence[SentenceCheck]:
        """`titles`, one for each passage, say what it is about: file name and heading.

        `question` says what an answer in one word (“€95.”) leaves out.
        """
        ...
