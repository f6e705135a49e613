"""Embedders: text in, unit vectors out. The bundled one runs as GGUF; a person may bring any other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import EmbedderMissing

if TYPE_CHECKING:
    from rag.embedders.gguf import GgufEmbedder
    from rag.embedders.sentence_transformer import SentenceTransformerEmbedder


def open_embedder(path: Path, threads: int = 0) -> GgufEmbedder | SentenceTransformerEmbedder:
    """The embedder at `path`: a GGUF file made by `rag.embedders.export`, or a sentence-transformers folder.

    Loads its native library and weights; `threads` 0 lets it choose.

    Raises:
        EmbedderMissing: nothing is there.
        EmbedderUnusable: what is there cannot be loaded.
    """
    if path.is_dir():
        from rag.embedders.sentence_transformer import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(path, threads)
    if not path.is_file():
        raise EmbedderMissing(str(path))
    from rag.embedders.gguf import GgufEmbedder

    return GgufEmbedder(path, threads)
