"""The head: two small layers that say of each word whether it begins or goes on a name or an address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from rag.errors import EmbedderMissing, EmbedderUnusable
from rag.ports import Vectors

TAGS = ("O", "B-PERSON", "I-PERSON", "B-ADDRESS", "I-ADDRESS")
_NEVER = -1e4
# What may follow what: a name is not gone on with before it has begun.
_FOLLOWS = np.array(
    [[_NEVER if tag[0] == "I" and before[2:] != tag[2:] else 0.0 for tag in TAGS] for before in TAGS],
    np.float32,
)
_FIRST = np.array([_NEVER if tag[0] == "I" else 0.0 for tag in TAGS], np.float32)


@dataclass(frozen=True, slots=True)
class Head:
    """Made by tests/benchmarks/train_names.py for the vectors of one embedder."""

    embedder: str
    inner: Vectors  # (columns of a row, inner)
    inner_bias: Vectors
    outer: Vectors  # (inner, tags)
    outer_bias: Vectors

    @classmethod
    def read(cls, path: Path) -> Head:
        """Raises EmbedderMissing (no such file), EmbedderUnusable (not made for this)."""
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                inner = file["inner"].astype(np.float32) * file["inner_scales"]
                return cls(
                    str(file["embedder"]), inner, file["inner_bias"], file["outer"], file["outer_bias"]
                )
        except FileNotFoundError as error:
            raise EmbedderMissing(str(path)) from error
        except (OSError, KeyError, ValueError, BadZipFile) as error:
            raise EmbedderUnusable(str(path), "It cannot be read.") from error

    def scores(self, rows: Vectors) -> Vectors:
        """`(len(rows), len(TAGS))`: logarithms of probabilities."""
        inner = np.maximum(rows @ self.inner + self.inner_bias, 0)
        logits = inner @ self.outer + self.outer_bias
        logits -= logits.max(axis=1, keepdims=True)
        scores: Vectors = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return scores


def best_tags(scores: Vectors) -> NDArray[np.intp]:
    """The most likely tags that may follow one another (Viterbi)."""
    best = np.empty(len(scores), np.intp)
    if not len(scores):
        return best
    came_from = np.empty(scores.shape, np.intp)
    total = scores[0] + _FIRST
    for row in range(1, len(scores)):
        ways = total[:, None] + _FOLLOWS
        came_from[row] = ways.argmax(axis=0)
        total = ways.max(axis=0) + scores[row]
    best[-1] = total.argmax()
    for row in range(len(scores) - 1, 0, -1):
        best[row - 1] = came_from[row, best[row]]
    return best
