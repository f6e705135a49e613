"""One loaded model at work: messages in, events out. Keeps what the model has read between requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence

from engine.errors import PromptTooLong
from engine.models.gguf import GgufHeader
from engine.process.detokenize import StreamedText
from engine.process.doubts import Doubts
from engine.process.llama import LlamaContext, LoadedModel, Sampler
from engine.process.prompt_tokens import prompt_tokens
from engine.process.templates import ChatTemplate
from engine.values import (
    FinishReason,
    Generated,
    GenerationEvent,
    Message,
    PromptProgress,
    Sampling,
    TextDelta,
)

Cancelled = Callable[[], bool]


class Session:
    """Owns the model and its context; used by one thread at a time."""

    def __init__(
        self, header: GgufHeader, model: LoadedModel, context_tokens: int, *, chunk_tokens: int, threads: int
    ) -> None:
        """
        Raises:
            NoChatTemplate, ModelUnsupported: the model cannot hold a conversation.
        """
        self._model = model
        self._template = ChatTemplate(
            header.path, header.chat_template, bos=model.text_of(model.bos), eos=model.text_of(model.eos)
        )
        self._context = LlamaContext(model, context_tokens, chunk_tokens=chunk_tokens, threads=threads)

    @property
    def context_tokens(self) -> int:
        return self._context.context_tokens

    def set_threads(self, threads: int) -> None:
        self._context.set_threads(threads)

    def generate(
        self, messages: Sequence[Message], sampling: Sampling, cancelled: Cancelled
    ) -> Iterator[GenerationEvent]:
        """
        Raises:
            PromptTooLong: the messages leave too little of the context for an answer.
        """
        began = time.perf_counter()
        prompt = self._fitting(self._prompt(messages, reply=True), sampling.max_tokens)
        cached = self._context.keep_prefix(prompt)
        complete = yield from self._read(prompt, cached, cancelled)
        read = time.perf_counter()
        writing = _Writing(len(prompt), sampling, self._doubts(sampling))
        reason = (yield from self._write(writing, cancelled)) if complete else "cancelled"
        yield Generated(
            reason=reason,
            prompt_tokens=len(prompt),
            cached_tokens=cached,
            completion_tokens=writing.count,
            prompt_seconds=read - began,
            completion_seconds=time.perf_counter() - read,
            confidence=writing.doubts.confidence if writing.doubts else None,
        )

    def prefill(self, messages: Sequence[Message], cancelled: Cancelled) -> Iterator[PromptProgress]:
        """Read the messages now, so that a later prompt that begins with them is answered sooner.

        Raises:
            PromptTooLong: they do not fit.
        """
        prompt = self._fitting(self._prompt(messages, reply=False), 1)
        yield from self._read(prompt, self._context.keep_prefix(prompt), cancelled)

    def _doubts(self, sampling: Sampling) -> Doubts | None:
        if not sampling.alternative:
            return None
        return Doubts(self._model.tokenize(sampling.alternative, control=False)[0])

    def _prompt(self, messages: Sequence[Message], *, reply: bool) -> list[int]:
        return prompt_tokens(self._model, self._template.segments(messages, reply=reply))

    def _fitting(self, prompt: list[int], answer_tokens: int) -> list[int]:
        """The prompt, if a quarter of the context (or what the answer may take) remains for the answer."""
        room = self.context_tokens - min(answer_tokens, self.context_tokens // 4)
        if len(prompt) > room:
            raise PromptTooLong(len(prompt), room)
        return prompt

    def _read(
        self, prompt: Sequence[int], cached: int, cancelled: Cancelled
    ) -> Generator[PromptProgress, None, bool]:
        """Evaluate the prompt from `cached` on; False when it was cancelled."""
        yield PromptProgress(cached, len(prompt), cached)
        for start in range(cached, len(prompt), self._context.chunk_tokens):
            chunk = prompt[start : start + self._context.chunk_tokens]
            if cancelled() or not self._context.evaluate(chunk, cancelled):
                return False
            yield PromptProgress(start + len(chunk), len(prompt), cached)
        return True

    def _write(self, writing: _Writing, cancelled: Cancelled) -> Generator[TextDelta, None, FinishReason]:
        with Sampler(writing.sampling, self._model) as sampler:
            reason = yield from self._tokens(writing, sampler, cancelled)
        rest = writing.text.finish()
        if rest:
            yield TextDelta(rest)
        return reason

    def _tokens(
        self, writing: _Writing, sampler: Sampler, cancelled: Cancelled
    ) -> Generator[TextDelta, None, FinishReason]:
        limit = min(writing.sampling.max_tokens, self.context_tokens - writing.prompt_tokens)
        while writing.count < limit:
            if cancelled():
                return "cancelled"
            if writing.doubts:
                writing.doubts.before(self._context.logits())
            token = sampler.draw(self._context)
            if self._model.ends_generation(token):
                return "stop"
            if writing.doubts:
                writing.doubts.drawn(token)
            writing.count += 1
            delta = writing.text.push(self._model.piece(token))
            if delta:
                yield TextDelta(delta)
            if writing.text.stopped:
                return "stop"
            if writing.count < limit and not self._context.evaluate([token], cancelled):
                return "cancelled"
        return "length"

    def close(self) -> None:
        self._context.close()
        self._model.close()


class _Writing:
    """An answer while it is written."""

    def __init__(self, prompt_tokens: int, sampling: Sampling, doubts: Doubts | None) -> None:
        self.doubts = doubts
        self.prompt_tokens = prompt_tokens
        self.sampling = sampling
        self.text = StreamedText(sampling.stop)
        self.count = 0
