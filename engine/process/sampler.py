"""Draws tokens: greedy, or by llama.cpp's chain of samplers."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import numpy as np

from engine.process.context import LlamaContext
from engine.process.llama import LoadedModel, library
from engine.values import Sampling

PENALTY_TOKENS = 64  # how far back a repetition counts; llama.cpp's own default
NO_PENALTIES = (1.0, 0.0, 0.0)


class Sampler:
    """Draws the next token. Greedy at temperature 0; the same seed draws the same tokens."""

    def __init__(self, sampling: Sampling, model: LoadedModel) -> None:
        self._native = library()
        # llama.cpp makes a list of all candidates even to find the first: 0.3 ms for 150,000 of them.
        self._plain = _takes_the_likeliest(sampling)
        self._chain = None if self._plain else _chain(self._native, sampling, model.token_count)

    def draw(self, context: LlamaContext, index: int) -> int:
        """The token after the one at `index` of the last decoded batch."""
        if self._plain:
            return int(np.argmax(context.logits(index)))
        return int(self._native.llama_sampler_sample(self._chain, context.handle, index))

    def accept(self, token: int) -> None:
        """Count a token that was not drawn here but stands in the reply all the same."""
        if self._chain:
            self._native.llama_sampler_accept(self._chain, token)

    def close(self) -> None:
        chain, self._chain = self._chain, None
        if chain:
            self._native.llama_sampler_free(chain)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _takes_the_likeliest(sampling: Sampling) -> bool:
    """Whether the greatest logit as it stands is drawn."""
    penalties = (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty)
    return sampling.temperature <= 0 and not sampling.logit_bias and penalties == NO_PENALTIES


def _chain(native: Any, sampling: Sampling, token_count: int) -> Any:
    parameters = native.llama_sampler_chain_default_params()
    parameters.no_perf = True
    chain = native.llama_sampler_chain_init(parameters)
    links = [*_adjustments(native, sampling, token_count), *_choice(native, sampling)]
    for link in links:
        native.llama_sampler_chain_add(chain, link)  # which frees it from now on
    return chain


def _adjustments(native: Any, sampling: Sampling, token_count: int) -> list[Any]:
    """What changes logits before one is chosen. The penalties look at the reply, not at the prompt."""
    links = []
    if sampling.logit_bias:
        biases = (native.llama_logit_bias * len(sampling.logit_bias))()
        for bias, (token, amount) in zip(biases, sampling.logit_bias, strict=True):
            bias.token, bias.bias = token, amount
        links.append(native.llama_sampler_init_logit_bias(token_count, len(biases), biases))
    penalties = (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty)
    if penalties != NO_PENALTIES:
        links.append(native.llama_sampler_init_penalties(token_count, PENALTY_TOKENS, *penalties))
    return links


def _choice(native: Any, sampling: Sampling) -> list[Any]:
    """The rest of the chain, in llama.cpp's own order."""
    if sampling.temperature <= 0:
        return [native.llama_sampler_init_greedy()]
    links = []
    if sampling.top_k > 0:
        links.append(native.llama_sampler_init_top_k(sampling.top_k))
    if sampling.typical_p < 1.0:
        links.append(native.llama_sampler_init_typical(sampling.typical_p, 1))
    links.append(native.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0.0:
        links.append(native.llama_sampler_init_min_p(sampling.min_p, 1))
    links.append(native.llama_sampler_init_temp(sampling.temperature))
    links.append(native.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF))
    return links
