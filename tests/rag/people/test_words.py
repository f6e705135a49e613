from __future__ import annotations

import numpy as np

from rag.people.head import TAGS, best_tags
from rag.people.words import PORTION_CHARACTERS, portions, rows, shapes, word_vectors, words


def test_words_numbers_and_signs_stand_apart() -> None:
    text = "Jose\u0301 O'Neil-Ruiz, 12a"
    assert [text[start:end] for start, end in words(text)] == [
        "Jose\u0301", "O", "'", "Neil", "-", "Ruiz", ",", "12", "a",
    ]  # fmt: skip


def test_portions_are_the_text_cut_at_ends_of_sentences() -> None:
    text = "This is a sentence that goes on a little. " * 60 + "x" * 2000
    cut = list(portions(text))
    assert "".join(text[start:end] for start, end in cut) == text
    assert all(end - start <= PORTION_CHARACTERS for start, end in cut)
    assert text[cut[0][0] : cut[0][1]].endswith("little. ")


def test_a_word_has_the_mean_of_its_tokens_vectors() -> None:
    vectors = np.array([[1, 0], [3, 0], [0, 5]], np.float32)
    found = word_vectors([(0, 4), (5, 6), (7, 8)], [(0, 2), (2, 4), (4, 6)], vectors)
    assert found.tolist() == [[2, 0], [0, 5], [0, 0]]


def test_a_row_holds_its_neighbours() -> None:
    vectors = np.array([[1.0], [2.0], [3.0]], np.float32)
    looks = shapes("Ab c 1", words("Ab c 1"))
    made = rows(vectors, looks)
    assert made[:, :3].tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 0]]
    assert made.shape == (3, 3 + 5 * looks.shape[1])


def test_no_name_goes_on_that_has_not_begun() -> None:
    scores = np.full((3, len(TAGS)), -9.0, np.float32)
    scores[:, TAGS.index("I-PERSON")] = 0
    scores[0, TAGS.index("B-ADDRESS")] = -0.1
    tags = [TAGS[index] for index in best_tags(scores)]
    for before, tag in zip(["O", *tags], tags, strict=False):
        assert tag[0] != "I" or before[2:] == tag[2:]
    assert len(best_tags(scores[:0])) == 0
