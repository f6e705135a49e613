"""What a GGUF file says about itself, read with bounds checks of our own.

llama.cpp trusts a header more than a foreign file deserves: some mutants abort the whole process
(`GGML_ASSERT`), others make it read past an array. So every file passes here first. Nothing is read but
the header, and no count in it is believed before the bytes for it are there.

Source: the format as llama.cpp's gguf.h describes it, version 3 (2 differs in nothing read here).
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeGuard, TypeVar

from engine.errors import ModelDamaged, ModelMissing, ModelUnsupported
from engine.models import ggml, soundness
from engine.models.entries import Array, Contents, Numbers, Tensor, Value

MAGIC = b"GGUF"
TOKENS, TOKEN_TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
BYTE_NAMES = frozenset(b"<0x%02X>" % byte for byte in range(256))
VERSIONS = (2, 3)
# The largest vocabularies in use (256,000 tokens) make headers of about 15 MB.
METADATA_LIMIT_BYTES = 128 << 20
ENTRY_LIMIT = 1 << 16
TENSOR_LIMIT = 1 << 17
KEY_LIMIT_BYTES = 1 << 16
TENSOR_NAME_LIMIT_BYTES = 63  # GGML_MAX_NAME less its final zero
DIMENSION_LIMIT = 4
ALIGNMENT_LIMIT = 1 << 16
SIZE_LIMIT = 1 << 24  # heads, widths, context: far above any model, far below an overflow
KEPT_ARRAY_LIMIT = 1 << 12  # per-layer numbers are kept; vocabularies are only walked over

_STRING, _ARRAY = 8, 9
# gguf type -> struct format
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_FLOAT32, _INT32 = 6, 5
_ARCHITECTURE = re.compile(r"[A-Za-z0-9._-]{1,64}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What is known of a model before it is loaded. `parameters` counts the numbers in its tensors.

    `kv_numbers` is how many numbers the model remembers for each token of its context.
    """

    path: str
    size_bytes: int
    architecture: str
    name: str
    parameters: int
    quantization: str
    context_tokens: int
    licence: str
    chat_template: str
    layers: int
    heads: int
    kv_heads: int
    embedding_length: int
    kv_numbers: int
    vocabulary: int
    tensors: int

    def kv_bytes(self, context_tokens: int) -> int:
        """Memory for a context of that many tokens, kept in 16-bit floats as llama.cpp does by default."""
        return self.kv_numbers * context_tokens * 2


def inspect(path: Path | str) -> GgufHeader:
    """The header of a model file, checked: what passes can be handed to llama.cpp.

    Raises:
        ModelMissing: no readable file is there.
        ModelDamaged: the header contradicts itself or the size of the file.
        ModelUnsupported: a sound file in a form that Carrel does not load.
    """
    return _read(path, _header)


class _Cursor:
    """Reads the header forwards; asks the file only for bytes that it has and that the limit allows."""

    def __init__(self, file: BinaryIO, size: int, path: str) -> None:
        self.path = path
        self.size = size
        self.at = 0
        self._file = file
        self._limit = min(size, METADATA_LIMIT_BYTES)
        self._buffer = bytearray()

    def damaged(self, detail: str) -> ModelDamaged:
        return ModelDamaged(self.path, detail)

    def require(self, count: int) -> None:
        """Make the next `count` bytes available."""
        end = self.at + count
        if end > self._limit:
            short = "it ends in the middle of its header" if end > self.size else "its header is too large"
            raise self.damaged(short)
        if end > len(self._buffer):
            wanted = min(self._limit, max(end, 2 * len(self._buffer), 1 << 20))
            self._buffer += self._file.read(wanted - len(self._buffer))
            if end > len(self._buffer):
                raise self.damaged("it became shorter while it was read")

    def take(self, count: int) -> bytes:
        self.require(count)
        self.at += count
        return bytes(self._buffer[self.at - count : self.at])

    def number(self, form: str) -> int:
        (value,) = struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))
        return int(value)

    def numbers(self, form: str, count: int) -> Numbers:
        layout = f"<{count}{form}"
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def skip(self, count: int) -> None:
        self.require(count)
        self.at += count

    def string(self, limit: int = METADATA_LIMIT_BYTES) -> str:
        length = self.number("Q")
        if length > limit:
            raise self.damaged(f"a text in its header claims {length:,} bytes")
        return self.take(length).decode("utf-8", "replace")

    def skip_strings(self, count: int, distinct: bool) -> frozenset[int]:
        """Walk over `count` strings: the one hot loop, 150,000 tokens and as many merges in a model.

        With `distinct`, refuse two equal ones as C reads them (up to a zero byte): llama.cpp aborts on
        a vocabulary with a double entry. Empty ones are exempt; it numbers those. Gives the places of
        the distinct ones that name single bytes.
        """
        seen: set[bytes] = set()
        single: set[int] = set()
        wanted = 0
        for number in range(count):
            if self.at + 8 > len(self._buffer):
                self.require(8)
            (length,) = _LENGTH.unpack_from(self._buffer, self.at)
            end = self.at + 8 + length
            if end > len(self._buffer):
                self.require(8 + length)
            if distinct:
                text = bytes(self._buffer[self.at + 8 : end]).partition(b"\0")[0]
                if text:
                    seen.add(text)
                    wanted += 1
                    if text in BYTE_NAMES:
                        single.add(number)
            self.at = end
        if len(seen) != wanted:
            raise self.damaged("its vocabulary names a token twice")
        return frozenset(single)


_LENGTH = struct.Struct("<Q")


def contents(path: Path | str) -> Contents:
    """The entries and tensors of any GGUF file, within its bounds; whether they make a model is not asked.

    Raises:
        ModelMissing, ModelDamaged, ModelUnsupported: as `inspect`.
    """
    return _read(path, _contents)


def _read(path: Path | str, parse: Callable[[_Cursor], T]) -> T:
    try:
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return parse(_Cursor(file, size, str(path)))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        raise ModelMissing(str(path)) from error
    except OSError as error:
        raise ModelDamaged(str(path), f"it cannot be read ({error.strerror})") from error


def _contents(cursor: _Cursor) -> Contents:
    tensor_count, entry_count = _preamble(cursor)
    entries = _entries(cursor, entry_count)
    return Contents(entries, _tensors(cursor, tensor_count, _alignment(cursor, entries)))


def _header(cursor: _Cursor) -> GgufHeader:
    found = _contents(cursor)
    facts = _Facts(cursor, found.entries)
    facts.check_vocabulary()
    header = facts.header(len(found.tensors), sum(tensor.numbers for tensor in found.tensors.values()))
    soundness.check(cursor.path, found.entries, found.tensors)
    return header


def _preamble(cursor: _Cursor) -> tuple[int, int]:
    if cursor.size < 4 or cursor.take(4) != MAGIC:
        raise cursor.damaged("it is not a GGUF file")
    version = cursor.number("I")
    if version not in VERSIONS:
        raise ModelUnsupported(cursor.path, f"it is a GGUF file of version {version}")
    tensor_count, entry_count = cursor.number("Q"), cursor.number("Q")
    if tensor_count > TENSOR_LIMIT or entry_count > ENTRY_LIMIT:
        raise cursor.damaged(f"its header claims {tensor_count:,} tensors and {entry_count:,} entries")
    return tensor_count, entry_count


def _entries(cursor: _Cursor, count: int) -> dict[str, Value]:
    entries: dict[str, Value] = {}
    for _ in range(count):
        key = cursor.string(KEY_LIMIT_BYTES)
        if not key or key in entries:
            raise cursor.damaged(f"the entry “{key[:80]}” of its header is empty or there twice")
        entries[key] = _value(cursor, key)
    return entries


def _value(cursor: _Cursor, key: str) -> Value:
    kind = cursor.number("I")
    if kind == _STRING:
        return cursor.string()
    if kind == _ARRAY:
        return _array(cursor, key)
    if kind not in _SCALARS:
        raise cursor.damaged(f"the entry “{key[:80]}” of its header has the unknown type {kind}")
    return cursor.numbers(_SCALARS[kind], 1)[0]


def _array(cursor: _Cursor, key: str) -> Array:
    item_type, count = cursor.number("I"), cursor.number("Q")
    if item_type == _STRING:
        cursor.require(min(8 * count, METADATA_LIMIT_BYTES + 1))  # refuse a false count before walking
        return Array(item_type, count, bytes=cursor.skip_strings(count, distinct=key == TOKENS))
    if item_type not in _SCALARS:  # an array of arrays as well: llama.cpp reads none
        raise cursor.damaged(f"the list “{key[:80]}” in its header has the unknown type {item_type}")
    if count <= KEPT_ARRAY_LIMIT or key == TOKEN_TYPES:
        return Array(item_type, count, cursor.numbers(_SCALARS[item_type], count))
    cursor.skip(count * struct.calcsize("<" + _SCALARS[item_type]))
    return Array(item_type, count)


def _alignment(cursor: _Cursor, entries: Mapping[str, Value]) -> int:
    alignment = entries.get("general.alignment", 32)
    if not _is_integer(alignment) or not 1 <= alignment <= ALIGNMENT_LIMIT or alignment & (alignment - 1):
        raise cursor.damaged("its alignment is no power of two")
    return alignment


def _tensors(cursor: _Cursor, count: int, alignment: int) -> dict[str, Tensor]:
    """Every tensor, checked to lie inside the file."""
    tensors: dict[str, Tensor] = {}
    end = 0
    for _ in range(count):
        name = cursor.string(TENSOR_NAME_LIMIT_BYTES)
        if name in tensors:
            raise cursor.damaged(f"the tensor “{name}” is there twice")
        tensors[name], tensor_end = _tensor(cursor, name, alignment)
        end = max(end, tensor_end)
    data_start = -(-cursor.at // alignment) * alignment
    if data_start + end > cursor.size:
        missing = data_start + end - cursor.size
        raise cursor.damaged(f"{missing:,} bytes are missing at its end; the copy was probably cut off")
    return tensors


def _tensor(cursor: _Cursor, name: str, alignment: int) -> tuple[Tensor, int]:
    dimension_count = cursor.number("I")
    if not 1 <= dimension_count <= DIMENSION_LIMIT:
        raise cursor.damaged(f"the tensor “{name}” has {dimension_count} dimensions")
    dimensions = tuple(cursor.number("Q") for _ in range(dimension_count))
    ggml_type, offset = cursor.number("I"), cursor.number("Q")
    numbers = 1
    for size in dimensions:
        numbers *= size
    # More numbers than the file has bits cannot be there; this also keeps products from overflowing in C.
    if not 0 < numbers <= cursor.size * 8:
        raise cursor.damaged(f"the tensor “{name}” claims {numbers:,} numbers")
    size_bytes = ggml.tensor_bytes(ggml_type, dimensions)
    if size_bytes is None or offset % alignment:
        raise cursor.damaged(f"the tensor “{name}” has an unknown type or place")
    return Tensor(dimensions, ggml_type, numbers), offset + size_bytes


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


class _Facts:
    """The entries of a header under the names that Carrel uses, each of the type it must have."""

    def __init__(self, cursor: _Cursor, entries: Mapping[str, Value]) -> None:
        self._cursor = cursor
        self._entries = entries
        self.architecture = self._text("general.architecture")
        if not _ARCHITECTURE.fullmatch(self.architecture):
            raise cursor.damaged("it does not say which architecture it is")
        if self._integers("split.count", default=1)[0] > 1:
            raise ModelUnsupported(cursor.path, "it is one of several parts; join them into one file first")

    def header(self, tensors: int, parameters: int) -> GgufHeader:
        layers = self._own("block_count", limit=soundness.LAYER_LIMIT)[0]
        heads = self._own("attention.head_count")
        kv_heads = self._own("attention.head_count_kv", default=max(heads))
        return GgufHeader(
            path=self._cursor.path,
            size_bytes=self._cursor.size,
            architecture=self.architecture,
            name=self._text("general.name") or Path(self._cursor.path).stem,
            parameters=parameters,
            quantization=ggml.QUANTIZATIONS.get(self._integers("general.file_type", default=-1)[0], ""),
            context_tokens=self._own("context_length")[0],
            licence=self._text("general.license"),
            chat_template=self._text("tokenizer.chat_template"),
            layers=layers,
            heads=max(heads),
            kv_heads=max(kv_heads),
            embedding_length=self._own("embedding_length")[0],
            kv_numbers=self._kv_numbers(layers, heads, kv_heads),
            vocabulary=self._array_count("tokenizer.ggml.tokens"),
            tensors=tensors,
        )

    def _kv_numbers(self, layers: int, heads: tuple[int, ...], kv_heads: tuple[int, ...]) -> int:
        width = self._own("embedding_length")[0] // max(max(heads), 1)
        head_size = self._own("attention.key_length", default=width)[0]
        head_size += self._own("attention.value_length", default=width)[0]
        all_kv_heads = sum(kv_heads) if len(kv_heads) > 1 else layers * kv_heads[0]
        return all_kv_heads * head_size

    def check_vocabulary(self) -> None:
        """llama.cpp reads scores and types at every token's index without asking how many there are."""
        tokens = self._array_count("tokenizer.ggml.tokens")
        for key, item_type in (("tokenizer.ggml.scores", _FLOAT32), ("tokenizer.ggml.token_type", _INT32)):
            array = self._entries.get(key)
            if array is None:
                continue
            if not isinstance(array, Array) or array.item_type != item_type or array.count != tokens:
                raise self._cursor.damaged(f"the list “{key}” does not fit its vocabulary")

    def _own(self, name: str, default: int = 0, limit: int = SIZE_LIMIT) -> tuple[int, ...]:
        """An entry of this architecture: one number, or one for each layer."""
        key = f"{self.architecture}.{name}"
        values = self._integers(key, default)
        if not all(0 <= value <= limit for value in values):
            raise self._cursor.damaged(f"the entry “{key}” of its header is out of range")
        return values

    def _integers(self, key: str, default: int) -> tuple[int, ...]:
        value = self._entries.get(key, default)
        values: tuple[object, ...] = value.numbers if isinstance(value, Array) else (value,)
        integers = tuple(item for item in values if _is_integer(item))
        if not integers or len(integers) != len(values):
            raise self._cursor.damaged(f"the entry “{key}” of its header is no number")
        return integers

    def _text(self, key: str) -> str:
        value = self._entries.get(key, "")
        if not isinstance(value, str):
            raise self._cursor.damaged(f"the entry “{key}” of its header is no text")
        return value

    def _array_count(self, key: str) -> int:
        value = self._entries.get(key)
        if value is None:
            return 0
        if not isinstance(value, Array):
            raise self._cursor.damaged(f"the entry “{key}” of its header is no list")
        return value.count
