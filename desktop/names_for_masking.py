"""Names and addresses as masking wants them, out of the reader process."""

from __future__ import annotations

from engine.errors import NamesNotLookedFor
from engine.masking.values import Finding
from rag.errors import RagError
from rag.library import Library


class NamesForMasking:
    """Implements `engine.masking.values.FindNames`."""

    def __init__(self, library: Library, *, lost: tuple[type[Exception], ...] = ()) -> None:
        """`lost`: what the host raises for a reader that died or hung."""
        self._library = library
        self._lost = lost

    def __call__(self, texts: list[str]) -> list[list[Finding]]:
        try:
            found = self._library.people(texts)
        except (RagError, *self._lost) as error:
            raise NamesNotLookedFor(str(error)) from error
        return [[Finding(each.start, each.end, each.kind) for each in of_text] for of_text in found]
