"""The tokenizer of an embedder in a GGUF file, from the vocabulary that llama.cpp has read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from rag.embedders.export import PHANTOM_SPACE, SPECIAL_TOKENS
from rag.embedders.unigram import Unigram, unigram
from rag.embedders.wordpiece import WordPiece
from rag.errors import EmbedderUnusable


class Splitter(Protocol):
    """Text to tokens. Usable from any thread."""

    def encode(self, text: str) -> list[int]:
        """Token ids, the special ones at both ends included."""
        ...

    def count(self, text: str) -> int:
        """Tokens without the special ones."""
        ...


def splitter(native: Any, model: Any, path: Path, *, lowercase: bool) -> Splitter:
    """The tokenizer that `model` was trained with; the reference implementation, not llama.cpp's own.

    Raises:
        EmbedderUnusable: neither BERT's word pieces nor SentencePiece's unigrams.
    """
    vocabulary = native.llama_model_get_vocab(model)
    ids = range(native.llama_vocab_n_tokens(vocabulary))
    texts = [native.llama_vocab_get_text(vocabulary, id_).decode("utf-8") for id_ in ids]
    match native.llama_vocab_type(vocabulary):
        case native.LLAMA_VOCAB_TYPE_WPM:
            return WordPiece([_piece(text) for text in texts], lowercase=lowercase)
        case native.LLAMA_VOCAB_TYPE_UGM:
            scores = [native.llama_vocab_get_score(vocabulary, id_) for id_ in ids]
            return Unigram(
                unigram(list(zip(texts, scores, strict=True)), _unknown(texts)),
                first=native.llama_vocab_bos(vocabulary),
                last=native.llama_vocab_eos(vocabulary),
            )
    raise EmbedderUnusable(str(path), "Its words are of a kind that Carrel does not know.")


def _unknown(texts: list[str]) -> int:
    """llama.cpp does not tell; every model of this kind calls it so."""
    return texts.index("<unk>") if "<unk>" in texts else 0


def _piece(stored: str) -> str:
    """Undoes `rag.embedders.export`: llama.cpp marks the beginnings of words, BERT their continuations."""
    if stored in SPECIAL_TOKENS:
        return stored
    return stored[1:] if stored.startswith(PHANTOM_SPACE) else f"##{stored}"
