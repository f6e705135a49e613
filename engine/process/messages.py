"""Requests to the model process and its replies. Plain dataclasses; they cross the pipe as MessagePack."""

from __future__ import annotations

from dataclasses import dataclass

from engine.models.values import Speed
from engine.values import (
    Adapter,
    Generated,
    LabelsScored,
    Message,
    ModelLoading,
    Priority,
    PromptProgress,
    Sampling,
    TextDelta,
)


@dataclass(frozen=True, slots=True)
class Load:
    """Make this model the loaded one (another is unloaded first). Replies: ModelLoading…, Loaded.

    `repacked`, here and in all that follows: whether its weights are rearranged for the processor. The same
    file with and without is two models, of which one is loaded.
    """

    path: str
    context_tokens: int
    threads: int = 0
    repacked: bool = True


@dataclass(frozen=True, slots=True)
class Loaded:
    path: str
    context_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Generate:
    """Answer the messages; loads the model first when needed.

    Replies: ModelLoading…, PromptProgress…, TextDelta…, Generated. What the model has read before, in this
    conversation or as the beginning of another request, is not evaluated again. `conversation` names a
    chat whose state is kept on disk. `schema` is a JSON Schema, as text: the reply is JSON that fits it.
    `timeout_s` counts from when the request is taken up.
    """

    path: str
    context_tokens: int
    messages: tuple[Message, ...]
    sampling: Sampling
    threads: int = 0
    priority: Priority = "interactive"
    conversation: str = ""
    schema: str = ""
    adapter: Adapter | None = None
    timeout_s: float | None = None
    repacked: bool = True


@dataclass(frozen=True, slots=True)
class Prefill:
    """Evaluate the messages without answering, so that a later Generate starts quickly.

    Replies: ModelLoading…, PromptProgress….
    """

    path: str
    context_tokens: int
    messages: tuple[Message, ...]
    threads: int = 0
    conversation: str = ""
    adapter: Adapter | None = None
    repacked: bool = True


@dataclass(frozen=True, slots=True)
class ScoreLabels:
    """How likely each label is as the reply to the messages; nothing is generated.

    Replies: ModelLoading…, LabelsScored.
    """

    path: str
    context_tokens: int
    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    threads: int = 0
    priority: Priority = "batch"
    adapter: Adapter | None = None
    repacked: bool = True


@dataclass(frozen=True, slots=True)
class Embed:
    """Vectors of texts, from a GGUF embedder that is loaded beside the model. Reply: Embedded."""

    path: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """`vectors`: (len(texts), dimensions) float32, row by row, little-endian, each of length 1."""

    vectors: bytes
    dimensions: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete the stored state of a conversation. Reply: Forgotten."""

    conversation: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    pass


@dataclass(frozen=True, slots=True)
class Requantize:
    """Write the model `path` anew at `target` with smaller or quicker numbers (“Q4_0”).

    Replies: Requantizing…, Requantized. `target` is written in place, so it is a temporary name; it is
    removed when the conversion fails, and left half-written when the process is killed. `layers`: keep
    only so many, to try a format out; 0 keeps all.
    """

    path: str
    target: str
    quantization: str
    layers: int = 0


@dataclass(frozen=True, slots=True)
class Requantizing:
    """Tensors written so far."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Requantized:
    path: str
    size_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Compare:
    """Measure how fast models are here, in turns, and how far each agrees with the first.

    Replies: Comparing…, Compared. `repacked`: of each of the `paths` whether its weights are rearranged
    for the processor; empty, all are. A path may stand twice, once each way.
    """

    paths: tuple[str, ...]
    rounds: int = 3
    agreement: bool = True
    repacked: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparing:
    """Measurements done so far; the next is of the model `model` of the request's `paths`."""

    done: int
    total: int
    model: int


@dataclass(frozen=True, slots=True)
class Compared:
    """For each path the median of its speeds and, where it was asked for, its agreement with the first:
    how often both find the same token likeliest, 0..1. `best`: the best of its speeds, reading and writing
    each; what else the computer does can only slow a model, so these are the least disturbed."""

    speeds: tuple[Speed, ...]
    agreements: tuple[float, ...]
    best: tuple[Speed, ...]


@dataclass(frozen=True, slots=True)
class Unload:
    """Give the memory back. Reply: Unloaded."""


@dataclass(frozen=True, slots=True)
class Unloaded:
    pass


REQUESTS = (Load, Generate, Prefill, ScoreLabels, Embed, Forget, Unload)
REPLIES = (
    Loaded,
    Unloaded,
    ModelLoading,
    PromptProgress,
    TextDelta,
    Generated,
    LabelsScored,
    Embedded,
    Forgotten,
)
WORKSHOP_REQUESTS = (Requantize, Compare)
WORKSHOP_REPLIES = (Requantizing, Requantized, Comparing, Compared)
