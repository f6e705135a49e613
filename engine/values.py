"""The values that cross the engine's seams: messages, what a model reports, an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. Temperature 0 is greedy and reproducible.

    The defaults of `top_k`, `min_p`, `typical_p` and the penalties switch them off. `logit_bias` adds to a
    token's logit, by the token's number.

    `alternative` is what the model was told to reply instead of an answer; with it,
    `Generated.confidence` is reported: small models know that they do not know more often than they say it.
    `weighed` is the end of the last message, such as the question alone: how likely the model finds it after
    all that stands before it becomes `Confidence.question`.
    `logprobs`: for each token that is drawn, report its log-probability and those of that many others.
    """

    max_tokens: int = 768
    temperature: float = 0.0
    top_p: float = 0.95
    repeat_penalty: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    alternative: str = ""
    top_k: int = 0
    min_p: float = 0.0
    typical_p: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    logit_bias: tuple[tuple[int, float], ...] = ()
    logprobs: int | None = None
    weighed: str = ""


# What a request is for. A chat comes before what prepares one, and that before the rows of a batch.
Priority = Literal["interactive", "prepare", "batch"]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter file that a request wants applied, and how strongly."""

    path: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ModelLoading:
    """The model's weights are being read; `done` is 0..1."""

    done: float


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """Prompt tokens evaluated so far; `cached` of them were known from before."""

    done: int
    total: int
    cached: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


# “timeout”: the request's own time was over; what had been written stands.
FinishReason = Literal["stop", "length", "cancelled", "timeout"]


@dataclass(frozen=True, slots=True)
class Confidence:
    """Natural log-probabilities (≤ 0) of a generation, before any temperature.

    `alternative`: that the answer began with `Sampling.alternative`. `lowest`: of the least likely token
    that was drawn. `mean`: of the drawn tokens, the end aside. `question`: the mean over the tokens of
    `Sampling.weighed`; None where it was not asked for, or could not be had.
    """

    alternative: float
    lowest: float
    mean: float = 0.0
    question: float | None = None


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One drawn token with its natural log-probability, and the likeliest others, likeliest first."""

    text: str
    logprob: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One of several labels; `probability` is its share among them, they add up to 1."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class LabelsScored:
    """The labels in the order of the request. Seconds are wall time, waiting excluded.

    `covered`, 0..1: how likely the model found it to begin its reply as one of the labels does. Where it is
    small, the model had something else to say, and the probabilities tell little.
    """

    scores: tuple[LabelScore, ...]
    covered: float
    prompt_tokens: int
    cached_tokens: int
    seconds: float

    @property
    def best(self) -> LabelScore:
        return max(self.scores, key=lambda score: score.probability)


@dataclass(frozen=True, slots=True)
class Generated:
    """The end of a generation. Seconds are wall time inside the model process."""

    reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    prompt_seconds: float
    completion_seconds: float
    confidence: Confidence | None = None
    logprobs: tuple[TokenLogprob, ...] = ()


GenerationEvent = ModelLoading | PromptProgress | TextDelta | Generated


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that was given to the model, as it is shown beside the answer."""

    document: str
    path: str
    page: int | None
    start: int
    end: int
    text: str
    heading: str
    score: float
    quote: str = ""


SentenceState = Literal["found", "supported", "not_found"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """`start:end` in the answer's text; `sources` index into the answer's sources.

    `quotes[i]` is the (start, end) range in the text of source `sources[i]` that says it.
    """

    text: str
    start: int
    end: int
    state: SentenceState
    sources: tuple[int, ...] = ()
    quotes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    prompt: int = 0
    cached: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Seconds:
    retrieve: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


Tier = Literal["rules", "specialist", "local", "frontier"]
# “unsupported”: what the model wrote rested on no passage, and the text says that nothing was found.
AnswerState = Literal["complete", "stopped", "length", "unsupported"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. `abstained`: the documents do not say; then no sentence is checked.

    `grounded` is False for an answer that was asked for without documents: it has no sources to check.
    `left_out`: earlier messages of the chat that the model was not given, because it cannot read them all.
    `confidence`, 0..1: how likely it is right (engine/routing/confidence.py); None where nothing tells: no
    model was asked, it was stopped, or the model does not say how sure it is of its words.
    """

    text: str
    abstained: bool
    grounded: bool
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    model: str
    tier: Tier
    tokens: Tokens = field(default_factory=Tokens)
    seconds: Seconds = field(default_factory=Seconds)
    state: AnswerState = "complete"
    left_out: int = 0
    confidence: float | None = None
