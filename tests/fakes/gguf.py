"""Writes small GGUF files, sound or deliberately not."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64 = 4, 5, 6, 7, 8, 9, 10
_FORMS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

Entry = tuple[str, int, Any]


@dataclass
class Gguf:
    """A file to be: `entries` are (key, type, value); an array's value is (item type, items)."""

    entries: list[Entry] = field(default_factory=list)
    tensors: list[tuple[str, tuple[int, ...], int, int]] = field(default_factory=list)
    data_bytes: int = 0
    version: int = 3

    def set(self, key: str, kind: int, value: Any) -> Gguf:
        self.entries = [entry for entry in self.entries if entry[0] != key] + [(key, kind, value)]
        return self

    def content(self) -> bytes:
        header = b"GGUF" + struct.pack("<IQQ", self.version, len(self.tensors), len(self.entries))
        header += b"".join(string(key) + _typed(kind, value) for key, kind, value in self.entries)
        header += b"".join(_tensor(*tensor) for tensor in self.tensors)
        padding = -len(header) % 32
        return header + bytes(padding + self.data_bytes)

    def write(self, path: Path) -> Path:
        path.write_bytes(self.content())
        return path


def string(text: str | bytes) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data)) + data


def _typed(kind: int, value: Any) -> bytes:
    return struct.pack("<I", kind) + _value(kind, value)


def _value(kind: int, value: Any) -> bytes:
    if kind == STRING:
        return string(value)
    if kind == ARRAY:
        item_type, items = value
        return struct.pack("<IQ", item_type, len(items)) + b"".join(_value(item_type, item) for item in items)
    return struct.pack("<" + _FORMS[kind], value)


def _tensor(name: str, dimensions: tuple[int, ...], ggml_type: int, offset: int) -> bytes:
    sizes = struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
    return string(name) + sizes + struct.pack("<IQ", ggml_type, offset)


def small_model() -> Gguf:
    """The header of a tiny llama with a vocabulary of four tokens; no weights worth the name."""
    return Gguf(
        entries=[
            ("general.architecture", STRING, "llama"),
            ("general.name", STRING, "Tiny"),
            ("general.license", STRING, "mit"),
            ("general.file_type", UINT32, 15),
            ("llama.block_count", UINT32, 2),
            ("llama.context_length", UINT32, 512),
            ("llama.embedding_length", UINT32, 64),
            ("llama.attention.head_count", UINT32, 4),
            ("llama.attention.head_count_kv", UINT32, 2),
            ("tokenizer.ggml.tokens", ARRAY, (STRING, ["<s>", "</s>", "a", "b"])),
            ("tokenizer.ggml.scores", ARRAY, (FLOAT32, [0.0, 0.0, 1.0, 2.0])),
            ("tokenizer.ggml.token_type", ARRAY, (INT32, [3, 3, 1, 1])),
            ("tokenizer.chat_template", STRING, "{{ messages[0]['content'] }}"),
        ],
        tensors=[("token_embd.weight", (64, 4), 0, 0), ("output_norm.weight", (64,), 0, 1024)],
        data_bytes=1280,
    )
