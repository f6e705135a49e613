"""A reply that is being written, token by token."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.process.context import Item, LlamaContext
from engine.process.detokenize import StreamedText
from engine.process.doubts import Doubts, Weighing, log_softmax
from engine.process.jobs import Job
from engine.process.llama import LoadedModel
from engine.process.prefixes import Sequences
from engine.process.sampler import Sampler
from engine.values import Confidence, FinishReason, Generated, Sampling, TextDelta, TokenLogprob

# A row of a batch is given a sequence when so much of its reply would fit: most replies are far shorter
# than the limit, and one that is not can wait for room in the middle.
ROW_ROOM = 96
NEAR = (8.0, 16.0, 32.0)  # nats


class Constraint(Protocol):
    """What the reply may be; see constraint.py."""

    @property
    def finished(self) -> bool: ...
    def mask(self, logits: NDArray[np.float32]) -> None: ...
    def accept(self, token: int) -> None: ...
    def forced(self) -> list[int]: ...


class Writing(Job):
    """Replies: PromptProgress…, TextDelta…, Generated."""

    def __init__(
        self,
        prompt: list[int],
        model: LoadedModel,
        sampling: Sampling,
        *,
        context_tokens: int,
        constraint: Constraint | None = None,
        weighed: range = range(0),
        **request: Any,
    ) -> None:
        """`weighed`: positions of `Sampling.weighed`; `request`: what every `Job` is made with."""
        super().__init__(prompt, **request)
        self._model = model
        self._sampling = sampling
        self._sampler = Sampler(sampling, model)
        self._constraint = constraint
        self._limit = min(sampling.max_tokens, context_tokens - len(prompt))
        # What the reply must begin with is evaluated with the prompt.
        self._ahead = constraint.forced() if constraint else []
        self.tokens += self._ahead
        self._text = StreamedText(sampling.stop)
        self._doubts = _doubts(model, sampling)
        self._weighing = Weighing(weighed)
        self._logprobs: list[TokenLogprob] = []
        self._count = 0
        self._read_at = 0.0

    @property
    def reusable(self) -> int:
        """What is weighed is read anew, though it may be known: its logits are not remembered."""
        if self._weighing.positions and self._weighing.mean is None:
            return self._weighing.positions.start - 1
        return super().reusable

    def items(self, budget: int, outputs: int, sequences: Sequences) -> list[Item]:
        items = super().items(budget, outputs, sequences)
        weighed = [item for item in items if not item.wanted and self._weighing.wants(item.position)]
        if len(weighed) >= outputs:  # many write beside it: what they wrote matters more
            return items
        return [replace(item, wanted=True) if item in weighed else item for item in items]

    def took(self, items: list[Item], context: LlamaContext, index: int, sequences: Sequences) -> None:
        for place, item in enumerate(items):
            if item.wanted and self._weighing.wants(item.position):
                following = item.position + 1
                self._weighing.took(following, self.tokens[following], context.logits(index + place))
        super().took(items, context, index, sequences)

    @property
    def room(self) -> int:
        left = self._limit - self._count
        return min(left, ROW_ROOM) if self.rank else left

    def reached(self, context: LlamaContext, index: int) -> None:
        if not self._read_at:
            self._begin_writing()
        if self.over:
            return
        logits = context.logits(index)
        if self._doubts:
            self._doubts.before(logits)
        if self._constraint:
            self._constraint.mask(logits)
        wanted = self._sampling.logprobs
        before = self._logprobs_of(logits) if wanted is not None else None
        token = self._sampler.draw(context, index)
        if self._doubts:
            self._doubts.drawn(token, ends=self._model.ends_generation(token))
        if before is not None and not self._model.ends_generation(token):
            self._logprobs.append(self._logprob(before, token, wanted or 0))
        if self._constraint:
            self._constraint.accept(token)
        self._write(token)
        if self._constraint:
            self._write_forced(self._constraint)

    def _logprobs_of(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """What `_doubts` has made of the same logits, where it has: a constraint changes them."""
        if self._doubts is not None and self._constraint is None:
            return self._doubts.logprobs
        return log_softmax(logits)

    def _begin_writing(self) -> None:
        self._read_at = time.perf_counter()
        if self._limit <= 0:
            self.end("length")
        for token in self._ahead:
            if not self.over:
                self._sampler.accept(token)
                self._show(token)

    def _write_forced(self, constraint: Constraint) -> None:
        """Write what the schema leaves no choice about: it is evaluated together with the next token."""
        for token in constraint.forced():
            if self.over:
                return
            self._sampler.accept(token)
            self._write(token)
        if constraint.finished and not self.over:
            self.end("stop")

    def _write(self, token: int) -> None:
        if self._model.ends_generation(token):
            self.end("stop")
            return
        self.tokens.append(token)
        self._show(token)

    def _show(self, token: int) -> None:
        self._count += 1
        delta = self._text.push(self._model.piece(token))
        if delta:
            self.tell(TextDelta(delta))
        if self._text.stopped:
            self.end("stop")
        elif self._count >= self._limit:
            self.end("length")

    def _logprob(self, logprobs: NDArray[np.float32], token: int, others: int) -> TokenLogprob:
        best = likeliest(logprobs, others)
        return TokenLogprob(
            self._shown(token),
            float(logprobs[token]),
            tuple((self._shown(other), float(logprobs[other])) for other in best),
        )

    def _shown(self, token: int) -> str:
        return self._model.piece(token).decode("utf-8", "replace")

    def end(self, reason: FinishReason) -> None:
        if self.over:
            return
        rest = self._text.finish()
        now = time.perf_counter()
        read_at = self._read_at or now
        self.finish(
            *([TextDelta(rest)] if rest else []),
            Generated(
                reason=reason,
                prompt_tokens=self.prompt_tokens,
                cached_tokens=self.cached_tokens,
                completion_tokens=self._count,
                prompt_seconds=read_at - self.began if self.began else 0.0,
                completion_seconds=now - read_at,
                confidence=self._confidence(),
                logprobs=tuple(self._logprobs),
            ),
        )

    def _confidence(self) -> Confidence | None:
        confidence = self._doubts.confidence if self._doubts else None
        return replace(confidence, question=self._weighing.mean) if confidence else None

    def as_cancelled(self, reply: Any) -> Any:
        return replace(reply, reason="cancelled") if isinstance(reply, Generated) else reply

    def close(self) -> None:
        self._sampler.close()


def _doubts(model: LoadedModel, sampling: Sampling) -> Doubts | None:
    if not sampling.alternative:
        return None
    return Doubts(model.tokenize(sampling.alternative, control=False)[0])


def likeliest(logprobs: NDArray[np.float32], count: int) -> list[int]:
    """The `count` likeliest tokens, likeliest first."""
    if count <= 0:
        return []
    best = _near_the_best(logprobs, count)
    return [int(token) for token in best[np.argsort(logprobs[best])[::-1][:count]]]


def _near_the_best(logprobs: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Tokens among which the `count` likeliest are: mostly a few dozen, as the rest is far less likely.

    Partitioning 150,000 of them takes 2 ms and more, looking for those near the best 0.03 ms.
    """
    greatest = logprobs.max()
    for distance in NEAR:
        near = np.flatnonzero(logprobs > greatest - distance)
        if len(near) >= count:
            return near
    return np.argpartition(logprobs, -count)[-count:]
