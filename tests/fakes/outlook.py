"""Outlook messages made in a test: a compound file (OLE) of property streams."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

Tree = Mapping[str, "bytes | Tree"]


@dataclass
class _Entry:
    name: str
    kind: int  # 1 storage, 2 stream, 5 root
    content: bytes = b""
    right: int = FREE
    child: int = FREE
    start: int = END


@dataclass
class _File:
    entries: list[_Entry] = field(default_factory=list)
    sectors: list[bytes] = field(default_factory=list)
    fat: list[int] = field(default_factory=list)
    mini: bytearray = field(default_factory=bytearray)
    mini_fat: list[int] = field(default_factory=list)

    def add_tree(self, tree: Tree) -> int:
        """Siblings hang to the right of each other; returns the first."""
        first = previous = FREE
        for name, content in tree.items():
            place = len(self.entries)
            is_stream = isinstance(content, bytes)
            self.entries.append(_Entry(name, 2 if is_stream else 1, content if is_stream else b""))
            if not is_stream:
                self.entries[place].child = self.add_tree(content)
            if previous == FREE:
                first = place
            else:
                self.entries[previous].right = place
            previous = place
        return first

    def store(self, content: bytes) -> int:
        if not content:
            return END
        start = len(self.sectors)
        pieces = [content[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(content), SECTOR)]
        self.sectors += pieces
        self.fat += [*range(start + 1, start + len(pieces)), END]
        return start

    def store_small(self, content: bytes) -> int:
        start = len(self.mini_fat)
        count = -(-len(content) // MINI)
        self.mini += content.ljust(count * MINI, b"\0")
        self.mini_fat += [*range(start + 1, start + count), END]
        return start


def compound(tree: Tree) -> bytes:
    """The bytes of a compound file of version 3. Source: [MS-CFB]."""
    file = _File([_Entry("Root Entry", 5)])
    file.entries[0].child = file.add_tree(tree)
    for entry in file.entries:
        if entry.kind == 2 and entry.content:
            small = len(entry.content) < CUTOFF
            entry.start = file.store_small(entry.content) if small else file.store(entry.content)
    file.entries[0].content = bytes(file.mini)
    file.entries[0].start = file.store(bytes(file.mini))
    small_table = struct.pack(f"<{len(file.mini_fat)}L", *file.mini_fat)
    mini_fat = file.store(small_table + b"\xff" * (-len(small_table) % SECTOR))
    directory = file.store(b"".join(map(_directory_entry, file.entries)))
    count = 1
    while (len(file.fat) + count) * 4 > count * SECTOR:
        count += 1
    first_fat = len(file.sectors)
    fat = [*file.fat, *[FAT_SECTOR] * count]
    table = struct.pack(f"<{len(fat)}L", *fat).ljust(count * SECTOR, b"\xff")
    header = struct.pack(
        "<8s16sHHHHH6sLLLLLLLLL",
        *(bytes.fromhex("d0cf11e0a1b11ae1"), b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, count, directory, 0),
        *(CUTOFF, mini_fat if file.mini_fat else END, -(-len(file.mini_fat) * 4 // SECTOR), END, 0),
    )
    places = [*range(first_fat, first_fat + count), *[FREE] * (109 - count)]
    return header + struct.pack("<109L", *places) + b"".join(file.sectors) + table


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    tree = (FREE, entry.right, entry.child)
    return struct.pack(
        "<64sHBBLLL16sL8s8sLQ",
        *(name, len(name), entry.kind, 1, *tree, b"", 0, b"", b"", entry.start, len(entry.content)),
    )


def text(number: int, value: str) -> dict[str, bytes]:
    return {f"__substg1.0_{number:04X}001F": value.encode("utf-16-le")}


def narrow(number: int, value: bytes) -> dict[str, bytes]:
    return {f"__substg1.0_{number:04X}001E": value}


def binary(number: int, value: bytes) -> dict[str, bytes]:
    return {f"__substg1.0_{number:04X}0102": value}


def fixed(header_bytes: int, **values: int) -> dict[str, bytes]:
    """Properties of fixed length by hexadecimal number: `x3705=5`."""
    entries = [struct.pack("<HHIQ", 3, int(name[1:], 16), 6, value) for name, value in values.items()]
    return {"__properties_version1.0": bytes(header_bytes) + b"".join(entries)}


def ticks(when: datetime) -> int:
    """Tenths of microseconds since 1601."""
    return int((when - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000


def attachment(name: str, content: bytes, content_type: str = "", **values: int) -> Tree:
    return {
        **text(0x3707, name),
        **text(0x370E, content_type),
        **binary(0x3701, content),
        **fixed(8, **{"x3705": 1, **values}),
    }


def message(*attachments: Tree, subject: str = "Lease", **properties: bytes) -> Tree:
    """A message's folder with what was written given by `body=`, `html=` or `rtf=`."""
    numbers = {"body": 0x1000, "html": 0x1013, "rtf": 0x1009}
    tree: dict[str, bytes | Tree] = {
        **text(0x0037, subject),
        **text(0x0C1A, "Ann Archer"),
        **text(0x5D01, "ann@example.org"),
        **text(0x0E04, "Bob Burger"),
        **fixed(32, x0039=ticks(datetime(2025, 3, 7, 14, 30, tzinfo=UTC)), x3FDE=65001),
    }
    for name, value in properties.items():
        if name == "body":
            tree.update(text(numbers[name], value.decode()))
        else:
            tree.update(binary(numbers[name], value))
    for number, inner in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = inner
    return tree
