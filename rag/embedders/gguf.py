"""An embedder in a GGUF file, through llama.cpp's C interface: the bundled one, or another."""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.embedders.keys import (
    IDENTITY_KEY,
    LOWERCASE_KEY,
    PASSAGE_PREFIX_KEY,
    QUESTION_PREFIX_KEY,
    WINDOW_KEY,
)
from rag.embedders.vocabulary import splitter
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
            EmbedderUnusable: llama.cpp cannot load it, or it is no embedder that Carrel can run.
        """
        if not path.is_file():
            raise EmbedderMissing(str(path))
        self._path = path
        self._native = _library()
        self._context = self._batch = None
        self._model = self._load()
        try:
            self._identity = self._fact(IDENTITY_KEY) or _identity(path)
            self._dimensions = int(self._native.llama_model_n_embd(self._model))
            lowercase = self._fact(LOWERCASE_KEY) != "false"
            self._tokenizer = splitter(self._native, self._model, path, lowercase=lowercase)
            self._before_question = self._tokens(self._fact(QUESTION_PREFIX_KEY))
            self._before_passage = self._tokens(self._fact(PASSAGE_PREFIX_KEY))
            self._window = int(self._fact(WINDOW_KEY) or self._native.llama_model_n_ctx_train(self._model))
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
        return self._window - max(len(self._before_question), len(self._before_passage))

    def count_tokens(self, text: str) -> int:
        return self._tokenizer.count(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """`(len(texts), dimensions)` float32, unit rows, in order.

        Raises:
            ValueError: a text has more tokens than the window.
        """
        return self._embed([self._encode(text, self._before_passage) for text in texts])

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, for what is searched with."""
        return self._embed([self._encode(text, self._before_question) for text in texts])

    def _embed(self, encoded: Sequence[Sequence[int]]) -> Vectors:
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
        if not self._fact(f"{self._fact('general.architecture')}.pooling_type"):
            parameters.pooling_type = self._native.LLAMA_POOLING_TYPE_MEAN
        context = self._native.llama_init_from_model(self._model, parameters)
        if not context:
            raise EmbedderUnusable(str(self._path), "There is not enough memory for it.")
        return context

    def _fact(self, key: str) -> str:
        """Empty where the file says nothing."""
        buffer = ctypes.create_string_buffer(_META_BYTES)
        if self._native.llama_model_meta_val_str(self._model, key.encode(), buffer, _META_BYTES) < 0:
            return ""
        return buffer.value.decode("utf-8")

    def _tokens(self, prefix: str) -> list[int]:
        return self._tokenizer.encode(prefix.rstrip())[1:-1] if prefix else []

    def _encode(self, text: str, before: Sequence[int]) -> list[int]:
        first, *tokens = self._tokenizer.encode(text)
        if len(tokens) + 1 > self.window_tokens:
            raise ValueError(f"a text of {len(tokens) + 1} tokens for a window of {self.window_tokens}")
        return [first, *before, *tokens]

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


def _identity(path: Path) -> str:
    """Of a file that Carrel did not make."""
    with path.open("rb") as file:
        return f"{path.name}:{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"


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
