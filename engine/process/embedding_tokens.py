"""How an embedder's texts become tokens."""

from __future__ import annotations

import ctypes
from typing import Any

from engine.errors import ModelUnsupported
from engine.process.llama import NO_TOKEN, LoadedModel, library

_WORD_BEGINS = "\u2581"  # how llama.cpp marks the beginning of a word; BERT marks the continuations
_FACT_BYTES = 256
_LONGEST_WORD = 100  # BERT's own limit; a longer “word” becomes one [UNK]


class Splitter:
    """llama.cpp's own tokenizer, and what the model wants before and after a text."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        vocabulary = library().llama_model_get_vocab(model.handle)
        adds_eos = library().llama_vocab_get_add_eos(vocabulary)
        self.before = [model.bos] if model.wants_bos and model.bos != NO_TOKEN else []
        self.after = [model.eos] if adds_eos and model.eos != NO_TOKEN else []

    def pieces(self, text: str) -> list[int]:
        """The tokens between those."""
        return self._model.tokenize(text, control=False)


class WordPieceSplitter:
    """BERT's, from the model's vocabulary: llama.cpp's own drops vowel signs.

    It takes their meaning from Korean, Hindi, Bengali and Tamil: it makes 8 tokens of the 17 of “한국어
    텍스트”. Markers such as “[SEP]” in a text are ordinary text.
    """

    def __init__(self, model: LoadedModel) -> None:
        """
        Raises:
            ModelUnsupported: the vocabulary is not BERT's.
        """
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

        ids = {word: token for token, word in enumerate(_vocabulary(model))}
        missing = [marker for marker in ("[CLS]", "[SEP]", "[UNK]") if marker not in ids]
        if missing:
            raise ModelUnsupported(model.path, f"its vocabulary lacks {' and '.join(missing)}")
        self.before, self.after = [ids["[CLS]"]], [ids["[SEP]"]]
        words = models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=_LONGEST_WORD)
        self._tokenizer = Tokenizer(words)
        # llama.cpp has no key for it and lowers all; files that Carrel makes say it.
        lowercase = fact(model, "carrel.lowercase") != "false"
        self._tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
        self._tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()

    def pieces(self, text: str) -> list[int]:
        clean = text.encode("utf-8", "replace").decode()  # lone surrogates, from file names, become “?”
        return list(self._tokenizer.encode(clean, add_special_tokens=False).ids)


def splitter(model: LoadedModel) -> Splitter | WordPieceSplitter:
    """
    Raises:
        ModelUnsupported: its vocabulary is not what it says.
    """
    return WordPieceSplitter(model) if fact(model, "tokenizer.ggml.model") == "bert" else Splitter(model)


def fact(model: LoadedModel, key: str) -> str:
    """A value of the header as text; empty where it is not there."""
    buffer = ctypes.create_string_buffer(_FACT_BYTES)
    length = library().llama_model_meta_val_str(model.handle, key.encode(), buffer, _FACT_BYTES)
    return buffer.value.decode("utf-8", "replace") if length >= 0 else ""


def _vocabulary(model: LoadedModel) -> list[str]:
    native: Any = library()
    vocabulary = native.llama_model_get_vocab(model.handle)
    stored = (native.llama_vocab_get_text(vocabulary, token) for token in range(model.token_count))
    return [_bert_word(text.decode("utf-8", "replace")) for text in stored]


def _bert_word(stored: str) -> str:
    if stored.startswith("[") and stored.endswith("]"):  # a marker; both brackets are words of their own
        return stored
    return stored[1:] if stored.startswith(_WORD_BEGINS) else f"##{stored}"
