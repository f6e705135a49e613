"""Requests to the model process and its replies. Plain dataclasses; they cross the pipe as MessagePack."""

from __future__ import annotations

from dataclasses import dataclass

from engine.values import Generated, Message, ModelLoading, PromptProgress, Sampling, TextDelta


@dataclass(frozen=True, slots=True)
class Load:
    """Make this model the loaded one (another is unloaded first). Replies: ModelLoading…, Loaded."""

    path: str
    context_tokens: int
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    path: str
    context_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Generate:
    """Answer the messages; loads the model first when needed.

    Replies: ModelLoading…, PromptProgress…, TextDelta…, Generated. The longest common prefix with what
    the context already holds is not evaluated again.
    """

    path: str
    context_tokens: int
    messages: tuple[Message, ...]
    sampling: Sampling
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Prefill:
    """Evaluate the messages without answering, so that a later Generate starts quickly.

    Replies: ModelLoading…, PromptProgress….
    """

    path: str
    context_tokens: int
    messages: tuple[Message, ...]
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Unload:
    """Give the memory back. Reply: Unloaded."""


@dataclass(frozen=True, slots=True)
class Unloaded:
    pass


REQUESTS = (Load, Generate, Prefill, Unload)
REPLIES = (Loaded, Unloaded, ModelLoading, PromptProgress, TextDelta, Generated)
