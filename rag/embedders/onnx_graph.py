"""The graph of a packed multilingual-e5-small for ONNX Runtime, its matrices in eight bits a weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedders.onnx_file import MICROSOFT, Graph
from rag.embedders.packed_e5 import BLOCK_BYTES, PackedE5

IDS, HIDDEN = "ids", "hidden"


def graph_of(packed: PackedE5) -> Graph:
    """Input `ids` (texts, tokens), without padding; output `hidden` (texts, tokens, width)."""
    return _Builder(packed).build()


class _Builder:
    def __init__(self, packed: PackedE5) -> None:
        self._graph = Graph()
        self._shape = packed.shape
        self._values = {tensor.name: tensor.values for tensor in packed.tensors}

    def build(self) -> Graph:
        graph, shape = self._graph, self._shape
        head_width = shape.width // shape.heads
        graph.tensor("heads", np.array([0, 0, shape.heads, head_width], np.int64))
        graph.tensor("joined", np.array([0, 0, shape.width], np.int64))
        graph.tensor("scale", np.array(head_width**-0.5, np.float32))
        hidden = self._embedded()
        for layer in range(shape.layers):
            hidden = self._layer(f"l{layer}.", hidden)
        graph.node("Identity", hidden, output=HIDDEN)
        return graph

    def _embedded(self) -> str:
        graph, shape = self._graph, self._shape
        words = graph.tensor("words", dequantized(self._values["emb.word"]).astype(np.float16))
        positions = self._values["emb.pos"].reshape(-1, shape.width)
        positions = positions + self._values["emb.type"].reshape(-1, shape.width)[0]
        graph.tensor("positions", positions.astype(np.float32))
        graph.tensor("zero", np.array([0], np.int64))
        tokens = graph.node("Shape", IDS, start=1, end=2)
        first = graph.node("Slice", "positions", "zero", tokens, "zero")
        embedded = graph.node("Cast", graph.node("Gather", words, IDS), to=1)
        return self._norm("emb.ln", graph.node("Add", embedded, first))

    def _layer(self, layer: str, hidden: str) -> str:
        graph = self._graph
        query, value = (self._by_head(self._linear(layer + part, hidden), (0, 2, 1, 3)) for part in "qv")
        key = self._by_head(self._linear(f"{layer}k", hidden), (0, 2, 3, 1))
        alike = graph.node("Mul", graph.node("MatMul", query, key), "scale")
        attention = graph.node("Softmax", alike, axis=-1)
        seen = graph.node("Transpose", graph.node("MatMul", attention, value), perm=(0, 2, 1, 3))
        seen = self._linear(f"{layer}ao", graph.node("Reshape", seen, "joined"))
        hidden = self._norm(f"{layer}aln", graph.node("Add", seen, hidden))
        inner = graph.node("Gelu", self._linear(f"{layer}fi", hidden), domain=MICROSOFT)
        return self._norm(f"{layer}oln", graph.node("Add", self._linear(f"{layer}fo", inner), hidden))

    def _by_head(self, values: str, order: tuple[int, ...]) -> str:
        return self._graph.node("Transpose", self._graph.node("Reshape", values, "heads"), perm=order)

    def _linear(self, name: str, values: str) -> str:
        """A product with a matrix in int8, each column with its scale; what comes in is rounded as well."""
        graph = self._graph
        matrix = dequantized(self._values[f"{name}.w"]).T
        scales = (np.abs(matrix).max(axis=0) / 127).astype(np.float32)
        rounded = np.round(matrix / np.maximum(scales, np.finfo(np.float32).tiny)).astype(np.int8)
        return graph.node(
            "DynamicQuantizeMatMul",
            values,
            graph.tensor(f"{name}.w", rounded),
            graph.tensor(f"{name}.scales", scales),
            graph.tensor(f"{name}.zeros", np.zeros(len(scales), np.int8)),
            graph.tensor(f"{name}.b", self._values[f"{name}.b"]),
            domain=MICROSOFT,
        )

    def _norm(self, name: str, values: str) -> str:
        graph = self._graph
        weight, bias = (graph.tensor(f"{name}.{end}", self._values[f"{name}.{end}"]) for end in "wb")
        epsilon = float(self._shape.norm_epsilon)
        return graph.node("LayerNormalization", values, weight, bias, axis=-1, epsilon=epsilon)


def dequantized(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of Q4_0 blocks as numbers: sixteen low halves of bytes, then their high halves, less 8, scaled."""
    blocks = rows.reshape(len(rows), -1, BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    halves = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1).astype(np.float32)
    values: NDArray[np.float32] = ((halves - 8) * scales).reshape(len(rows), -1)
    return values


def write_onnx(packed: PackedE5, target: Path, facts: dict[str, str]) -> None:
    target.write_bytes(graph_of(packed).model(IDS, HIDDEN, facts))
