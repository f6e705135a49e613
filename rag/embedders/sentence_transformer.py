"""Any other embedder that a person brings, through sentence-transformers. Needs the extra `improve`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import EmbedderMissing, EmbedderUnusable
from rag.ports import Vectors

TEXTS_PER_BATCH = 8


class SentenceTransformerEmbedder:
    """Implements `rag.ports.Embedder` for a folder in sentence-transformers' form."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Loads torch and the weights: several seconds and about 400 MB.

        Raises:
            EmbedderMissing: no such folder.
            EmbedderUnusable: sentence-transformers is not installed, or cannot load it.
        """
        if not (folder / "config.json").is_file():
            raise EmbedderMissing(str(folder))
        self._model = _load(folder)
        if threads:
            _use_threads(threads)
        prompts = [self.count_tokens(prompt) for prompt in self._model.prompts.values() if prompt]
        self._prompt_tokens = max(prompts, default=0)
        self._identity = f"{folder.name}:{_digest(folder)}:sentence-transformers"

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def window_tokens(self) -> int:
        return int(self._model.max_seq_length) - self._prompt_tokens

    def count_tokens(self, text: str) -> int:
        # verbose=False: the tokenizer would warn of long texts, which are cut to fit later
        return len(self._model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """`(len(texts), dimensions)` float32, unit rows, in order.

        Raises:
            ValueError: a text has more tokens than the window.
        """
        return self._embed(self._model.encode_document, texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, with the prompt that the folder names for a “query”, if it names one."""
        return self._embed(self._model.encode_query, texts)

    def _embed(self, encode: Callable[..., Any], texts: Sequence[str]) -> Vectors:
        for text in texts:
            self._check_length(text)
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        vectors = encode(
            list(texts), batch_size=TEXTS_PER_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None

    def _check_length(self, text: str) -> None:
        tokens = len(self._model.tokenizer(text, verbose=False)["input_ids"])
        if tokens > self.window_tokens:
            raise ValueError(f"a text of {tokens} tokens for a window of {self.window_tokens}")


def _load(folder: Path) -> Any:
    # Read when the library is imported; without them it asks its hub about every model, also a local one.
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar
    except ImportError as error:
        raise EmbedderUnusable(str(folder), "sentence-transformers is not installed.") from error
    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device="cpu", trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise EmbedderUnusable(str(folder), str(error)) from error


def _use_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _digest(folder: Path) -> str:
    """Of all weights and settings below the folder: pooling and window change vectors too."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".safetensors", ".bin", ".json") and path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
