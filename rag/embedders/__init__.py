"""Embedders: text in, unit vectors out. The bundled one runs as GGUF; a person may bring any other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import EmbedderMissing

if TYPE_CHECKING:
    from rag.ports import Embedder


def open_embedder(path: Path, threads: int = 0) -> Embedder:
    """The embedder at `path`: an ONNX file that Carrel made, a GGUF, or a sentence-transformers folder.

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
    if path.suffix == ".onnx":
        from rag.embedders.onnx import OnnxEmbedder

        return OnnxEmbedder(path, threads)
    from rag.embedders.gguf import GgufEmbedder

    return GgufEmbedder(path, threads)
