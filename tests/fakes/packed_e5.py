"""A packed embedder of one layer with random values, in the form that rag/embedders/packed_e5.py reads."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedders.packed_e5 import BLOCK_VALUES

WIDTH, INNER, HEADS, POSITIONS = 32, 64, 2, 16
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
PIECES = (*SPECIAL, "▁", "▁rent", "▁Miete", "al", ":", "query", "▁query", "▁passage", "s", "租", "金")
ROWS = len(PIECES) + 3


def write_packed(path: Path) -> None:
    head = struct.pack(
        "<4sI7ifi", b"E5S1", 1, WIDTH, 1, HEADS, INNER, ROWS, POSITIONS, 2, 1e-12, BLOCK_VALUES
    )
    directory, values = b"", b""
    named = list(_tensors())
    offset = len(head) + len(_vocabulary()) + 4
    offset += sum(2 + len(name) + struct.calcsize("<BIQQ") for name, _, _ in named)
    for name, count, packed in named:
        kind = 0 if len(packed) == 4 * count else 1
        place = offset + len(values)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, place, len(packed))
        values += packed
    path.write_bytes(head + _vocabulary() + struct.pack("<i", len(named)) + directory + values)


def _vocabulary() -> bytes:
    blobs = [piece.encode() for piece in PIECES]
    edges = np.cumsum([0, *map(len, blobs)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, *(-float(n) for n in range(1, len(PIECES) - 3))], "<f4")
    special = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(blobs)))
    skipped = struct.pack("<iI", 1, 5) + struct.pack("<IB", 10, 0)
    return special + edges.tobytes() + scores.tobytes() + b"".join(blobs) + skipped


def _tensors() -> list[tuple[str, int, bytes]]:
    random = np.random.default_rng(1)

    def floats(count: int) -> bytes:
        return bytes(random.normal(size=count).astype("<f4").tobytes())

    def blocks(rows: int, width: int) -> bytes:
        return _blocks(random.normal(size=(rows, width)).astype(np.float32))

    tensors = [("emb.word", ROWS * WIDTH, blocks(ROWS, WIDTH))]
    tensors += [
        (f"emb.{name}", n * WIDTH, floats(n * WIDTH)) for name, n in (("pos", POSITIONS), ("type", 2))
    ]
    tensors += [(f"emb.ln.{end}", WIDTH, floats(WIDTH)) for end in "wb"]
    for part in ("q", "k", "v", "ao", "fi", "fo"):
        out, into = (INNER if part == "fi" else WIDTH), (INNER if part == "fo" else WIDTH)
        tensors += [(f"l0.{part}.w", out * into, blocks(out, into)), (f"l0.{part}.b", out, floats(out))]
    tensors += [(f"l0.{norm}.{end}", WIDTH, floats(WIDTH)) for norm in ("aln", "oln") for end in "wb"]
    return tensors


def _blocks(matrix: NDArray[np.float32]) -> bytes:
    import gguf

    return bytes(gguf.quantize(matrix, gguf.GGMLQuantizationType.Q4_0).tobytes())
