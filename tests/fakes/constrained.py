"""Writing under a constraint without a scheduler: with a model's own logits, or with none at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.process.constraint import Constraint
from engine.process.llama import LoadedModel, library

Logits = NDArray[np.float32]
Draw = Callable[[Logits], int]


@dataclass(frozen=True, slots=True)
class Written:
    """`cut`: the token limit came before the end. `forced` of the tokens cost no step."""

    text: str
    tokens: tuple[int, ...]
    forced: int
    cut: bool


def write(
    model: LoadedModel,
    constraint: Constraint,
    evaluate: Callable[[Sequence[int]], Logits],
    draw: Draw,
    prompt: Sequence[int] = (),
    max_tokens: int = 256,
) -> Written:
    """The loop that stands in `engine.process.constraint`, for one sequence."""
    tokens = constraint.forced()
    forced, logits = len(tokens), evaluate([*prompt, *tokens])
    while not constraint.finished and len(tokens) < max_tokens:
        constraint.mask(logits)
        token = draw(logits)
        constraint.accept(token)
        more = constraint.forced()
        forced += len(more)
        tokens += [token, *more]
        if not constraint.finished:
            logits = evaluate([token, *more])
    text = b"".join(model.piece(token) for token in tokens).decode("utf-8", "replace")
    return Written(text, tuple(tokens), forced, not constraint.finished)


def greedy(logits: Logits) -> int:
    return int(logits.argmax())


class Drunk:
    """Draws among what is allowed without regard to sense, but likes to come to an end."""

    def __init__(self, model: LoadedModel, seed: int, *, eagerness: float = 7.0) -> None:
        self._random = np.random.default_rng(seed)
        pieces = [model.piece(token) for token in range(model.token_count)]
        ends = [piece.startswith((b'"', b"}", b"]")) for piece in pieces]
        self._wish = np.where(np.array(ends), eagerness, 0.0).astype(np.float32)
        self._wish[[token for token, piece in enumerate(pieces) if model.ends_generation(token)]] = 20

    def evaluate(self, _tokens: Sequence[int]) -> Logits:
        return self._wish + self._random.gumbel(size=len(self._wish)).astype(np.float32)


class Evaluator:
    """A model with its own small context, one sequence."""

    def __init__(self, model: LoadedModel, context_tokens: int = 1024) -> None:
        self._native: Any = library()
        self._model = model
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = context_tokens
        parameters.n_threads = parameters.n_threads_batch = 1
        self._context = self._native.llama_init_from_model(model.handle, parameters)

    def evaluate(self, tokens: Sequence[int]) -> Logits:
        """The logits after these tokens: llama.cpp's own memory, as a scheduler sees it."""
        array = (self._native.llama_token * len(tokens))(*tokens)
        assert (
            self._native.llama_decode(self._context, self._native.llama_batch_get_one(array, len(tokens)))
            == 0
        )
        pointer = self._native.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._model.token_count,))

    def clear(self) -> None:
        self._native.llama_memory_clear(self._native.llama_get_memory(self._context), True)

    def close(self) -> None:
        self._native.llama_free(self._context)
