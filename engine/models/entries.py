"""What stands in the header of a GGUF file: entries and tensors, as read, before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Scalar = int | float | bool | str
Numbers = tuple[int | float | bool, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """An array in the metadata: what it holds and how many; `numbers` only where they are few.

    `bytes`: of a vocabulary, the places of the tokens that stand for single bytes (“<0x0A>”).
    """

    item_type: int
    count: int
    numbers: Numbers = ()
    bytes: frozenset[int] = frozenset()


Value = Scalar | Array


@dataclass(frozen=True, slots=True)
class Tensor:
    """`dimensions` fastest first, as the file has them, 1 to 4 of them."""

    dimensions: tuple[int, ...]
    ggml_type: int
    numbers: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a header: entries by key, tensors by name, each checked to lie inside the file."""

    entries: Mapping[str, Value]
    tensors: Mapping[str, Tensor]
