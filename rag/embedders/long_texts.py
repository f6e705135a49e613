"""A vector for a question of any length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rag.ports import Embedder, Vectors

SPECIAL_TOKENS = 2  # the embedder's own marks at both ends of a text


def embed_question(embedder: Embedder, text: str) -> Vectors:
    """`(dimensions,)` float32 of unit length: the question's vector or, beyond the window, that of its parts.

    A question is never cut off: a longer one stands for the mean direction of its parts, each weighted by
    its tokens.
    """
    parts = list(split_to_fit(embedder, text))
    vectors = embedder.embed_questions(parts)
    weights = np.array([max(embedder.count_tokens(part), 1) for part in parts], np.float32)
    mean: Vectors = weights @ vectors
    mean /= np.linalg.norm(mean)
    return mean


def split_to_fit(embedder: Embedder, text: str) -> Iterator[str]:
    """Parts that fit the window, in order; halved, at white space where there is some near the middle."""
    if embedder.count_tokens(text) <= embedder.window_tokens - SPECIAL_TOKENS or len(text) < 2:
        yield text
        return
    middle = _middle(text)
    yield from split_to_fit(embedder, text[:middle])
    yield from split_to_fit(embedder, text[middle:])


def _middle(text: str) -> int:
    """Where the second half begins: after the last white space of the second quarter, if there is any."""
    quarter, half = len(text) // 4, len(text) // 2
    spaces = [index for index in range(quarter, half) if text[index].isspace()]
    return spaces[-1] + 1 if spaces else half
