"""A key on its way from the field to the keyring: bytes that can be wiped, and that print as nothing."""

from __future__ import annotations

LONGEST = 1200
"""Bytes of a key. Windows' Credential Manager keeps 2,560 bytes, two for each character."""


class Secret:
    """Bytes that are overwritten when they are no longer needed. Never a `str`: those cannot be wiped."""

    __slots__ = ("_data",)

    def __init__(self, data: bytearray) -> None:
        """Takes the bytes over: wiping this wipes them."""
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return "Secret(…)"

    def view(self) -> memoryview:
        """The bytes themselves, not a copy; to be released before `wipe`."""
        return memoryview(self._data)

    def copy(self) -> Secret:
        """Another one of the same bytes, to be wiped by whoever asked for it."""
        return Secret(bytearray(self._data))

    def wipe(self) -> None:
        self._data[:] = bytes(len(self._data))
        del self._data[:]
