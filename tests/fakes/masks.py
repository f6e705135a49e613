"""Finds the names it was told of; or cannot look."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NamesNotLookedFor
from engine.masking.values import Finding, MaskKind


class FakeNames:
    """Implements `engine.masking.values.FindNames`; `asked` remembers the texts."""

    def __init__(
        self, persons: Sequence[str] = (), addresses: Sequence[str] = (), *, fails: bool = False
    ) -> None:
        self._kinds: dict[str, MaskKind] = dict.fromkeys(persons, "PERSON") | dict.fromkeys(
            addresses, "ADDRESS"
        )
        self._fails = fails
        self.asked: list[list[str]] = []

    def __call__(self, texts: list[str]) -> list[list[Finding]]:
        self.asked.append(list(texts))
        if self._fails:
            raise NamesNotLookedFor("the reader is gone")
        return [self._in(text) for text in texts]

    def _in(self, text: str) -> list[Finding]:
        found = []
        for name, kind in self._kinds.items():
            start = text.find(name)
            while start >= 0:
                found.append(Finding(start, start + len(name), kind))
                start = text.find(name, start + len(name))
        return sorted(found, key=lambda finding: finding.start)
