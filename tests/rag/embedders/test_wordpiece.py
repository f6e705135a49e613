from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from rag.embedders.wordpiece import WordPiece
from tests.rag.embedders.texts import LONG, SHORT

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "un",
    "##afford",
    "##able",
    "rent",
    ",",
    "[",
    "]",
    "sep",
]


@pytest.fixture
def tokenizer() -> WordPiece:
    return WordPiece(VOCABULARY, lowercase=True)


def test_a_word_is_cut_into_its_longest_known_pieces(tokenizer: WordPiece) -> None:
    assert tokenizer.encode("Unaffordable rent") == [2, 5, 6, 7, 8, 3]


def test_special_tokens_are_not_counted(tokenizer: WordPiece) -> None:
    assert tokenizer.count("rent, rent") == 3
    assert tokenizer.count("") == 0


def test_an_unknown_word_is_one_unknown_token(tokenizer: WordPiece) -> None:
    assert tokenizer.encode("rent zzz") == [2, 8, 1, 3]


def test_markers_in_a_document_are_ordinary_text(tokenizer: WordPiece) -> None:
    assert tokenizer.encode("[SEP]") == [2, 10, 12, 11, 3]


@pytest.mark.model
def test_tokens_equal_those_of_the_model_s_own_tokenizer(weights: Path) -> None:
    folder = weights / "all-minilm-l6-v2"
    reference = Tokenizer.from_file(str(folder / "tokenizer.json"))
    reference.no_truncation()
    reference.no_padding()
    tokenizer = WordPiece((folder / "vocab.txt").read_text("utf-8").rstrip("\n").split("\n"), lowercase=True)
    for text in SHORT + LONG:
        assert tokenizer.encode(text) == reference.encode(text).ids, text
