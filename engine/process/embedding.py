"""Vectors of texts, from an embedder in a GGUF file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelUnsupported
from engine.models.gguf import inspect
from engine.process import threads as thread_count
from engine.process.embedding_tokens import fact, splitter
from engine.process.llama import LoadedModel, library, log

Vectors = NDArray[np.float32]

# What is computed at once grows with the square of the window.
WINDOW_LIMIT = 2048
TEXTS_PER_DECODE = 16
_RERANKER = 4  # LLAMA_POOLING_TYPE_RANK


class Embedder:
    """A loaded embedder; used by one thread at a time.

    Covered: models that llama.cpp can pool (BERT and its kin, and decoders that were made embedders).
    BERT's texts are split as in its training, others' by llama.cpp. Not covered: instructions that some
    models want before a text (“query: ”); whoever knows the model writes them into the text.
    """

    def __init__(self, path: str, *, threads: int = 0) -> None:
        """Loads the weights. `threads` 0: see `engine.process.threads.choose`.

        Raises:
            ModelMissing, ModelDamaged, ModelUnsupported: it cannot be loaded, or is no embedder.
        """
        header = inspect(path)
        self._native = library()
        self._context = self._batch = None
        self._model = LoadedModel(path, lambda _done: True)
        try:
            self._splitter = splitter(self._model)
            stated = fact(self._model, "carrel.window_tokens") or header.context_tokens or WINDOW_LIMIT
            self._window = min(int(stated), WINDOW_LIMIT)
            self._context = self._open_context(thread_count.choose(threads))
            self._batch = self._native.llama_batch_init(self._window, 0, 1)
        except BaseException:
            self.close()
            raise

    @property
    def dimensions(self) -> int:
        return int(self._native.llama_model_n_embd_out(self._model.handle))

    @property
    def window_tokens(self) -> int:
        return self._window

    def embed(self, texts: Sequence[str]) -> Vectors:
        """`(len(texts), dimensions)` float32, unit rows, in order.

        Nothing is cut off: a text beyond the window stands for the mean direction of its parts, equally
        long and each weighted by its tokens.

        Raises:
            MemoryError: llama.cpp could not compute.
        """
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for group in _groups(self._parts(texts), self._window):
            self._fill([part.tokens for part in group])
            self._decode()
            for sequence, part in enumerate(group):
                vectors[part.row] += part.weight * _unit(self._pooled(sequence))
        return _unit(vectors)

    def close(self) -> None:
        """Give the memory back; a second call does nothing."""
        if self._batch is not None:
            self._native.llama_batch_free(self._batch)
        if self._context is not None:
            self._native.llama_free(self._context)
        self._model.close()
        self._batch = self._context = None

    def _open_context(self, threads: int) -> Any:
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = self._window
        parameters.n_seq_max = TEXTS_PER_DECODE
        parameters.kv_unified = True  # otherwise the window is divided by the number of sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.embeddings = True
        context = self._native.llama_init_from_model(self._model.handle, parameters)
        if not context:
            raise ModelUnsupported(self._model.path, log().reason())
        if self._native.llama_pooling_type(context) in (self._native.LLAMA_POOLING_TYPE_NONE, _RERANKER):
            self._native.llama_free(context)
            raise ModelUnsupported(self._model.path, "it gives no vectors of whole texts")
        return context

    def _parts(self, texts: Sequence[str]) -> list[_Part]:
        """All texts' parts, the longest first."""
        before, after = self._splitter.before, self._splitter.after
        room = self._window - len(before) - len(after)
        parts = []
        for row, text in enumerate(texts):
            for pieces in _cut(self._splitter.pieces(text), room):
                # Where a model wants nothing around a text, even no text must be some token.
                tokens = [*before, *pieces, *after] or [0]
                parts.append(_Part(row, tokens, max(1, len(pieces))))
        return sorted(parts, key=lambda part: -len(part.tokens))

    def _fill(self, texts: Sequence[Sequence[int]]) -> None:
        """Lay the texts into the batch one behind the other, each a sequence of its own."""
        batch: Any = self._batch
        index = 0
        for sequence, tokens in enumerate(texts):
            for position, token in enumerate(tokens):
                batch.token[index] = token
                batch.pos[index] = position
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = sequence
                batch.logits[index] = 1
                index += 1
        batch.n_tokens = index

    def _decode(self) -> None:
        memory = self._native.llama_get_memory(self._context)
        if memory:  # encoders remember nothing
            self._native.llama_memory_clear(memory, False)
        status = self._native.llama_decode(self._context, self._batch)
        if status != 0:
            raise MemoryError(f"llama_decode returned {status}: {log().reason()}")

    def _pooled(self, sequence: int) -> Vectors:
        pooled = self._native.llama_get_embeddings_seq(self._context, sequence)
        return np.ctypeslib.as_array(pooled, (self.dimensions,))


@dataclass(frozen=True, slots=True)
class _Part:
    row: int
    tokens: list[int]
    weight: int


def _cut(pieces: list[int], room: int) -> Iterator[list[int]]:
    """Parts of up to `room` tokens, as few and as equal as can be; one, empty, of an empty text."""
    count = max(1, -(-len(pieces) // room))
    for part in range(count):
        yield pieces[len(pieces) * part // count : len(pieces) * (part + 1) // count]


def _groups(parts: Sequence[_Part], tokens: int) -> Iterator[list[_Part]]:
    """What goes into one decode: alike in length, because the longest decides."""
    group: list[_Part] = []
    used = 0
    for part in parts:
        if group and (used + len(part.tokens) > tokens or len(group) == TEXTS_PER_DECODE):
            yield group
            group, used = [], 0
        group.append(part)
        used += len(part.tokens)
    if group:
        yield group


def _unit(vectors: Vectors) -> Vectors:
    """Of length 1, row by row; what has no direction stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
