"""Names and addresses as masking wants them, out of the reader process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.errors import NamesNotLookedFor
from engine.masking.values import Finding
from rag.errors import RagError
from rag.values import Named


class NamesPeople(Protocol):
    """`rag.library.Library`."""

    def people(self, texts: Sequence[str]) -> list[list[Named]]: ...


class NamesForMasking:
    """Implements `engine.masking.values.FindNames`."""

    def __init__(self, library: NamesPeople, *, lost: tuple[type[Exception], ...] = ()) -> None:
        """`lost`: what the host raises for a reader that died or hung."""
        self._library = library
        self._failures: tuple[type[Exception], ...] = (RagError, *lost)

    def __call__(self, texts: list[str]) -> list[list[Finding]]:
        try:
            found = self._library.people(texts)
        except self._failures as error:
            raise NamesNotLookedFor(str(error)) from error
        return [[Finding(each.start, each.end, each.kind) for each in of_text] for of_text in found]
