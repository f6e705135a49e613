"""The bundled embedder: a BERT encoder in a GGUF file, through llama.cpp's C interface."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.embedders.export import IDENTITY_KEY, LOWERCASE_KEY, PHANTOM_SPACE, SPECIAL_TOKENS, WINDOW_KEY
from rag.embedders.wordpiece import WordPiece
from rag.errors import EmbedderMissing, EmbedderUnusable
from rag.ports import Vectors

# Texts in one decode. More tokens in a decode are not quicker (186-token passages, one thread: 14.5 a second
# one by one, 13.0 by four, 10.3 by eight), so a decode holds one window: one passage, or several short texts.
TEXTS_PER_DECODE = 16
THREAD_LIMIT = 8
_META_BYTES = 256


class GgufEmbedder:
    """Implements `rag.ports.Embedder`. `count_tokens` may be called by any thread at any time."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        """Loads the weights (memory-mapped). `threads` 0: see `default_threads`.

        Raises:
            EmbedderMissing: no such file.
            EmbedderUnusable: llama.cpp cannot load it, or `rag.embedders.export` did not make it.
        """
        if not path.is_file():
            raise EmbedderMissing(str(path))
        self._path = path
        self._native = _library()
        self._context = self._batch = None
        self._model = self._load()
        try:
            self._identity = self._fact(IDENTITY_KEY)
            self._window = int(self._fact(WINDOW_KEY))
            self._dimensions = int(self._native.llama_model_n_embd(self._model))
            self._tokenizer = WordPiece(self._vocabulary(), lowercase=self._fact(LOWERCASE_KEY) == "true")
            self._context = self._open_context(threads or default_threads())
            self._batch = self._native.llama_batch_init(self._window, 0, TEXTS_PER_DECODE)
        except BaseException:
            self.close()
            raise

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def dimensions(self) -> int:
        return self._dimensions

    @property
    def window_tokens(self) -> int:
        return self._window

    def count_tokens(self, text: str) -> int:
        return self._tokenizer.count(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """`(len(texts), dimensions)` float32, unit rows, in order.

        Raises:
            ValueError: a text has more tokens than the window.
        """
        encoded = [self._encode(text) for text in texts]
        vectors = np.empty((len(encoded), self._dimensions), np.float32)
        for start, end in _decodes(encoded, self._window):
            self._fill(encoded[start:end])
            self._decode()
            for row in range(start, end):
                vectors[row] = self._pooled(row - start)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def close(self) -> None:
        """Give the memory back; a second call does nothing."""
        if self._batch is not None:
            self._native.llama_batch_free(self._batch)
        if self._context is not None:
            self._native.llama_free(self._context)
        if self._model is not None:
            self._native.llama_model_free(self._model)
        self._batch = self._context = self._model = None

    def _load(self) -> Any:
        parameters = self._native.llama_model_default_params()
        parameters.n_gpu_layers = 0  # the graphics memory belongs to the model
        model = self._native.llama_model_load_from_file(os.fsencode(self._path), parameters)
        if not model:
            raise EmbedderUnusable(str(self._path), "llama.cpp cannot load it.")
        return model

    def _open_context(self, threads: int) -> Any:
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = self._window
        parameters.n_seq_max = TEXTS_PER_DECODE
        parameters.kv_unified = True  # otherwise the window is divided by the number of sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.embeddings = True
        parameters.pooling_type = self._native.LLAMA_POOLING_TYPE_MEAN
        context = self._native.llama_init_from_model(self._model, parameters)
        if not context:
            raise EmbedderUnusable(str(self._path), "There is not enough memory for it.")
        return context

    def _fact(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(_META_BYTES)
        if self._native.llama_model_meta_val_str(self._model, key.encode(), buffer, _META_BYTES) < 0:
            raise EmbedderUnusable(str(self._path), f"It lacks “{key}”.")
        return buffer.value.decode("utf-8")

    def _vocabulary(self) -> list[str]:
        vocabulary = self._native.llama_model_get_vocab(self._model)
        count = self._native.llama_vocab_n_tokens(vocabulary)
        stored = (self._native.llama_vocab_get_text(vocabulary, token) for token in range(count))
        return [_token(text.decode("utf-8")) for text in stored]

    def _encode(self, text: str) -> list[int]:
        tokens = self._tokenizer.encode(text)
        if len(tokens) > self._window:
            raise ValueError(f"a text of {len(tokens)} tokens for a window of {self._window}")
        return tokens

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
        status = self._native.llama_encode(self._context, self._batch)
        if status != 0:
            raise RuntimeError(f"llama_encode returned {status}")

    def _pooled(self, sequence: int) -> Vectors:
        pooled = self._native.llama_get_embeddings_seq(self._context, sequence)
        return np.ctypeslib.as_array(pooled, (self._dimensions,))


def default_threads() -> int:
    """All of two processors, half of more: the other half is the model's, which answers meanwhile.

    Source: measured on two cores with passages of 186 tokens. Threads that wait passively, as the reader
    process asks of them (rag/process/service.py): 21 passages a second with two threads, 14 with one;
    beside another busy process 13 either way. Waiting actively: 23 with two, but 8 beside a busy process.
    """
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:  # Windows and macOS say nothing about affinity
        processors = os.cpu_count() or 2
    return min(THREAD_LIMIT, max(processors // 2, min(processors, 2)))


@cache
def _library() -> Any:
    """llama.cpp, loaded and silent: what it prints says nothing to a person."""
    import llama_cpp.llama_cpp as native

    native.llama_log_set(_silence(), None)
    native.llama_backend_init()
    return native


@cache  # keeps it alive: llama.cpp holds the pointer as long as the process lives
def _silence() -> Any:
    import llama_cpp.llama_cpp as native

    return native.llama_log_callback(lambda _level, _text, _user_data: None)


def _token(stored: str) -> str:
    """Undoes `rag.embedders.export`: llama.cpp marks the beginnings of words, BERT their continuations."""
    if stored in SPECIAL_TOKENS:
        return stored
    return stored[1:] if stored.startswith(PHANTOM_SPACE) else f"##{stored}"


def _decodes(texts: Sequence[Sequence[int]], tokens: int) -> Iterator[tuple[int, int]]:
    """Ranges of texts that go into one decode together: up to `tokens` tokens, in order."""
    start = used = 0
    for index, text in enumerate(texts):
        if used + len(text) > tokens or index - start == TEXTS_PER_DECODE:
            yield start, index
            start, used = index, 0
        used += len(text)
    if start < len(texts):
        yield start, len(texts)
