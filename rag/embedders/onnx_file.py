"""Writes ONNX files: what an embedder's graph needs of the format, without the package `onnx` (60 MB).

Source: onnx.proto3 of the ONNX project, whose field numbers stand below.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

MICROSOFT = "com.microsoft"  # the domain of ONNX Runtime's own operators
OPSETS = {"": 17, MICROSOFT: 1}
_IR_VERSION = 9
_TENSOR_TYPES = {"float32": 1, "int8": 3, "int64": 7, "float16": 10}
FLOAT, INT64 = 1, 7


@dataclass(slots=True)
class Graph:
    """A graph being written; each operator's method gives the name of its result."""

    _nodes: list[bytes] = field(default_factory=list)
    _tensors: list[bytes] = field(default_factory=list)

    def tensor(self, name: str, values: NDArray[Any]) -> str:
        dims = b"".join(_number(1, size) for size in values.shape)
        kind = _TENSOR_TYPES[values.dtype.name]
        raw = np.ascontiguousarray(values).tobytes()
        self._tensors.append(dims + _number(2, kind) + _text(8, name) + _bytes(9, raw))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any) -> str:
        result = output or f"{operator}_{len(self._nodes)}"
        parts = [_text(1, name) for name in inputs]
        parts += [_text(2, result), _text(3, result), _text(4, operator)]
        parts += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join([*parts, _text(7, domain)]))
        return result

    def model(self, input_: str, output: str, facts: Mapping[str, str]) -> bytes:
        """The file. `input_` is int64 of two axes, `output` float32 of three; `facts` are its metadata."""
        parts = [_bytes(1, node) for node in self._nodes]
        parts += [_text(2, "embedder"), *(_bytes(5, tensor) for tensor in self._tensors)]
        parts += [_bytes(11, _value(input_, INT64, 2)), _bytes(12, _value(output, FLOAT, 3))]
        model = [_number(1, _IR_VERSION), _text(2, "carrel"), _bytes(7, b"".join(parts))]
        model += [_bytes(8, _text(1, domain) + _number(2, version)) for domain, version in OPSETS.items()]
        model += [_bytes(14, _text(1, name) + _text(2, value)) for name, value in facts.items()]
        return b"".join(model)


def _attribute(name: str, value: int | float | Sequence[int]) -> bytes:
    head = _text(1, name)
    if isinstance(value, float):
        return head + _key(2, 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    return head + b"".join(_number(8, item) for item in value) + _number(20, 7)


def _value(name: str, kind: int, axes: int) -> bytes:
    shape = b"".join(_bytes(1, _text(2, f"{name}_{axis}")) for axis in range(axes))
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


# Protocol buffers: a field is its number and kind, then a varint (kind 0), bytes with their length (2) or
# four bytes (5).


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _number(field_number: int, value: int) -> bytes:
    return _key(field_number, 0) + _varint(value & (1 << 64) - 1)


def _text(field_number: int, value: str) -> bytes:
    return _bytes(field_number, value.encode())


def _bytes(field_number: int, value: bytes) -> bytes:
    return _key(field_number, 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
