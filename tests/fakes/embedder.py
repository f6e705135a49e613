"""An embedder without weights: a text's vector counts its words, so texts with common words are near."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from rag.ports import Vectors

SPECIAL_TOKENS = 2


class FakeEmbedder:
    """Implements `rag.ports.Embedder`; a token is a word. `batches` remembers what it was given."""

    def __init__(self, dimensions: int = 64, window_tokens: int = 32, identity: str = "fake-words:1") -> None:
        self.identity = identity
        self.dimensions = dimensions
        self.window_tokens = window_tokens
        self.batches: list[list[str]] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        for text in texts:
            if self.count_tokens(text) + SPECIAL_TOKENS > self.window_tokens:
                raise ValueError(f"“{text[:20]}…” is longer than the window")
        vectors = np.full((len(texts), self.dimensions), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.strip(".,?!").encode()) % self.dimensions] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)
