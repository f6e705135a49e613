"""SentencePiece's unigram tokenizer, as XLM-RoBERTa and its kin use it, from pieces and their scores."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Regex, Tokenizer
from tokenizers.models import Unigram as UnigramModel
from tokenizers.normalizers import NFKC, Replace, Strip
from tokenizers.normalizers import Sequence as InTurn
from tokenizers.pre_tokenizers import Metaspace

# What SentencePiece's “nmt_nfkc” drops and what it takes for white space, beyond NFKC: compared entry by
# entry with the table that multilingual-e5-small carries.
_DROPPED = "[\\x{1}-\\x{8}\\x{b}\\x{e}-\\x{1f}\\x{7f}\\x{8f}\\x{9f}]"
_WHITE = "[\\t\\n\\f\\r\\x{1680}\\x{200b}-\\x{200f}\\x{2028}\\x{2029}\\x{2581}\\x{feff}\\x{fffd}]"


class Unigram:
    """Splits text into SentencePiece's pieces. Usable from any thread.

    Agrees with the C implementation that came with the weights on each of 400 paragraphs.
    """

    def __init__(self, tokenizer: Tokenizer, *, first: int, last: int) -> None:
        """`first` and `last` stand around every text; see `unigram`."""
        self._tokenizer = tokenizer
        self._first, self._last = first, last

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Unigram:
        """With the marks that every model of this kind has at both ends."""
        first, last = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>")
        if first is None or last is None:
            raise ValueError("the vocabulary lacks <s> or </s>")
        return cls(tokenizer, first=first, last=last)

    def encode(self, text: str) -> list[int]:
        """Token ids, between the first and the last."""
        return self.enclosed(self._pieces(text))

    def enclosed(self, pieces: Sequence[int]) -> list[int]:
        return [self._first, *pieces, self._last]

    def spans(self, text: str) -> list[tuple[int, tuple[int, int]]]:
        """Token ids without those two, each with the characters of `text` that it is of."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return list(zip(encoded.ids, encoded.offsets, strict=True))

    def count(self, text: str) -> int:
        """Tokens without those two."""
        return len(self._pieces(text))

    def _pieces(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids if text else []


def unigram(pieces: Sequence[tuple[str, float]], unknown: int) -> Tokenizer:
    """The tokenizer of `pieces` with their scores, by id; it adds no special tokens."""
    tokenizer = Tokenizer(UnigramModel(list(pieces), unknown, False))
    tokenizer.normalizer = InTurn(
        [
            Replace(Regex(_DROPPED), ""),
            Replace(Regex(_WHITE), " "),
            NFKC(),
            Replace(Regex(" {2,}"), " "),
            Strip(),
        ]
    )
    tokenizer.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="always", split=False)
    return tokenizer
