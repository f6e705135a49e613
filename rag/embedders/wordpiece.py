"""BERT's tokenizer, from a vocabulary alone."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.models import WordPiece as WordPieceModel
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

LONGEST_WORD = 100  # BERT's own limit; a longer “word” becomes one [UNK]


class WordPiece:
    """Splits text into BERT's word pieces. Usable from any thread.

    llama.cpp's own WordPiece drops vowel signs (it makes 8 tokens of the 17 of “한국어 텍스트”), which takes
    their meaning from Korean, Hindi, Bengali and Tamil; hence the reference implementation. Markers such
    as “[SEP]” in a text are ordinary text here: a document must not be able to steer the embedder.
    """

    def __init__(self, vocabulary: Sequence[str], *, lowercase: bool) -> None:
        ids = {token: index for index, token in enumerate(vocabulary)}
        model = WordPieceModel(ids, unk_token="[UNK]", max_input_chars_per_word=LONGEST_WORD)
        self._tokenizer = Tokenizer(model)
        self._tokenizer.normalizer = BertNormalizer(lowercase=lowercase)
        self._tokenizer.pre_tokenizer = BertPreTokenizer()
        self._first, self._last = ids["[CLS]"], ids["[SEP]"]

    def encode(self, text: str) -> list[int]:
        """Token ids, between [CLS] and [SEP]."""
        return [self._first, *self._pieces(text), self._last]

    def count(self, text: str) -> int:
        """Tokens without [CLS] and [SEP]."""
        return len(self._pieces(text))

    def _pieces(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids
