"""The plain loop over llama.cpp's C interface that everything else is measured against.

One sequence, one context, greedy: what llama.cpp can do on this computer when nothing stands around it.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.values import Message


@dataclass(frozen=True, slots=True)
class Speeds:
    """Tokens a second, read and written; and what was written."""

    read: float
    write: float
    text: str


class PlainLoop:
    def __init__(self, path: str, context_tokens: int, threads: int) -> None:
        import llama_cpp.llama_cpp as native

        self._native: Any = native
        self._quiet = native.llama_log_callback(lambda *_: None)  # must outlive its use
        native.llama_log_set(self._quiet, None)
        native.llama_backend_init()
        self._model = native.llama_model_load_from_file(path.encode(), native.llama_model_default_params())
        self._vocabulary = native.llama_model_get_vocab(self._model)
        parameters = native.llama_context_default_params()
        parameters.n_ctx = context_tokens
        parameters.n_threads = parameters.n_threads_batch = threads
        self._context = native.llama_init_from_model(self._model, parameters)
        self._memory = native.llama_get_memory(self._context)
        self._sampler = native.llama_sampler_chain_init(native.llama_sampler_chain_default_params())
        native.llama_sampler_chain_add(self._sampler, native.llama_sampler_init_greedy())

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The prompt as the model's own template writes it, ready for the reply."""
        native = self._native
        chat = (native.llama_chat_message * len(messages))(
            *(native.llama_chat_message(one.role.encode(), one.text.encode()) for one in messages)
        )
        template = native.llama_model_chat_template(self._model, None)
        room = 2 * sum(len(one.text.encode()) for one in messages) + 1024
        buffer = ctypes.create_string_buffer(room)
        size = native.llama_chat_apply_template(template, chat, len(messages), True, buffer, room)
        assert 0 < size <= room
        return self._tokenize(buffer.raw[:size])

    def _tokenize(self, data: bytes) -> list[int]:
        found = (ctypes.c_int32 * (len(data) + 8))()
        count = self._native.llama_tokenize(self._vocabulary, data, len(data), found, len(found), False, True)
        assert count >= 0
        return list(found[:count])

    def speeds(self, messages: Sequence[Message], chunk_tokens: int, answer_tokens: int) -> Speeds:
        """Read the messages anew, then write so many tokens, whatever they are."""
        prompt = self.tokens(messages)
        read_s = self._read(prompt, chunk_tokens)
        began = time.perf_counter()
        written = [self._drawn()]
        while len(written) < answer_tokens:
            self._decode(written[-1:])
            written.append(self._drawn())
        write_s = time.perf_counter() - began
        text = b"".join(map(self._piece, written)).decode("utf-8", "replace")
        return Speeds(len(prompt) / read_s, (len(written) - 1) / write_s, text)

    def read_rate(self, messages: Sequence[Message], chunk_tokens: int) -> float:
        """Tokens a second of the prompt."""
        prompt = self.tokens(messages)
        return len(prompt) / self._read(prompt, chunk_tokens)

    def distinct_tokens(self, prompts: Sequence[Sequence[Message]], replies: Sequence[str]) -> int:
        """How many tokens must be evaluated, at the least, to choose one of `replies` to each prompt by the
        model's probabilities: common beginnings once, and of the replies what leads to where they part."""
        endings = shared_beginnings([self._tokenize(reply.encode()) for reply in replies])
        paths: set[tuple[int, ...]] = set()
        for messages in prompts:
            prompt = self.tokens(messages)
            for ending in endings:
                whole = tuple(prompt + ending)
                paths.update(whole[:length] for length in range(1, len(whole) + 1))
        return len(paths)

    def _read(self, prompt: Sequence[int], chunk_tokens: int) -> float:
        self._native.llama_memory_clear(self._memory, False)
        began = time.perf_counter()
        for start in range(0, len(prompt), chunk_tokens):
            self._decode(prompt[start : start + chunk_tokens])
        self._drawn()  # waits for the computation
        return time.perf_counter() - began

    def _decode(self, tokens: Sequence[int]) -> None:
        data = (ctypes.c_int32 * len(tokens))(*tokens)
        outcome = self._native.llama_decode(
            self._context, self._native.llama_batch_get_one(data, len(tokens))
        )
        assert outcome == 0, outcome

    def _drawn(self) -> int:
        return int(self._native.llama_sampler_sample(self._sampler, self._context, -1))

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(128)
        count = self._native.llama_token_to_piece(self._vocabulary, token, buffer, 128, 0, True)
        return buffer.raw[: max(0, count)]

    def close(self) -> None:
        self._native.llama_sampler_free(self._sampler)
        self._native.llama_free(self._context)
        self._native.llama_model_free(self._model)


def shared_beginnings(replies: Sequence[Sequence[int]]) -> list[list[int]]:
    """Of each reply, the longest beginning that another one has in common with it."""
    return [
        list(one[: max((common(one, other) for other in replies if other is not one), default=0)])
        for one in replies
    ]


def common(one: Sequence[int], other: Sequence[int]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
