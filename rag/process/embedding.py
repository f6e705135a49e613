"""Passages to vectors, a few at a time, so that a question need not wait long for its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from rag.embedders.long_texts import SPECIAL_TOKENS, split_to_fit
from rag.passages import embedding_text
from rag.ports import Embedder, Vectors
from rag.process.messages import PassagesEmbedded, Reading, TitledPassage

# An interactive question waits for one batch: about an eighth of a second on two cores. No fewer than the
# threads that embed (rag/embedders/gguf.py).
PASSAGES_PER_BATCH = 8


def embed_passages(
    embedder: Embedder, passages: Sequence[TitledPassage], cancelled: Callable[[], bool]
) -> Iterator[Reading | PassagesEmbedded]:
    """Progress, then all vectors in the order of `passages`; ends early, without them, when cancelled.

    Texts of about one length go together, whatever document they are of: an embedder that pads its
    batches would else compute mostly padding.
    """
    texts = [_text(passage, embedder) for passage in passages]
    tokens = [embedder.count_tokens(text) for text in texts]
    order = sorted(range(len(texts)), key=tokens.__getitem__, reverse=True)
    window = embedder.window_tokens - SPECIAL_TOKENS
    vectors = [b""] * len(texts)
    for start in range(0, len(order), PASSAGES_PER_BATCH):
        if cancelled():
            return
        yield Reading("embedding", start, len(order))
        batch = order[start : start + PASSAGES_PER_BATCH]
        too_long = [index for index in batch if tokens[index] > window]
        fitting = [index for index in batch if tokens[index] <= window]
        for index in too_long:  # cut for an embedder with a wider window
            vectors[index] = _mean_of_parts(embedder, texts[index]).astype("<f4").tobytes()
        rows = embedder.embed([texts[index] for index in fitting]) if fitting else ()
        for index, row in zip(fitting, rows, strict=True):
            vectors[index] = row.astype("<f4").tobytes()
    yield Reading("embedding", len(order), len(order))
    yield PassagesEmbedded(tuple(vectors), embedder.identity)


def _text(titled: TitledPassage, embedder: Embedder) -> str:
    """What is embedded: with title and headings, unless these are so long that it would not fit."""
    text = embedding_text(titled.title, titled.passage)
    fits = embedder.count_tokens(text) <= embedder.window_tokens - SPECIAL_TOKENS
    return text if fits else titled.passage.text


def _mean_of_parts(embedder: Embedder, text: str) -> Vectors:
    """For a text beyond the window: the mean direction of its parts, each weighted by its tokens."""
    parts = list(split_to_fit(embedder, text))
    weights = np.array([max(embedder.count_tokens(part), 1) for part in parts], np.float32)
    mean: Vectors = weights @ embedder.embed(parts)
    mean /= np.linalg.norm(mean)
    return mean
