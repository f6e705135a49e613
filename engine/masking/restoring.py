"""Puts back what was masked, in a reply that may come in pieces."""

from __future__ import annotations

import json
from collections.abc import Sequence

from engine.masking.placeholders import BEFORE, placeholders, undecided
from engine.masking.values import Mask


class Restorer:
    """Restores one reply. What is restored is not looked at again: an original may look like a placeholder.

    A placeholder that stands for nothing, or for something that was let through, stays as it is.
    """

    def __init__(self, masks: Sequence[Mask], *, in_json: bool = False) -> None:
        """`in_json`: the reply is JSON, and originals are written as they may stand within its strings."""
        self._originals = {
            mask.placeholder: json.dumps(mask.original, ensure_ascii=False)[1:-1]
            if in_json
            else mask.original
            for mask in masks
            if mask.on
        }
        self._before = ""  # the last characters that were given out: they decide whether a word begins
        self._held = ""

    def push(self, text: str) -> str:
        """What can be said by now: what may be part of a placeholder is kept back, 48 characters at most."""
        whole = self._before + self._held + text
        start = len(self._before)
        return self._give(whole, start, undecided(whole, start))

    def finish(self) -> str:
        """The rest. Afterwards another reply can begin."""
        whole = self._before + self._held
        rest = self._give(whole, len(self._before), len(whole))
        self._before = ""
        return rest

    def _give(self, whole: str, start: int, until: int) -> str:
        """Restored up to `until`, or the end of a placeholder that begins before it."""
        given, at = [], start
        for seen in placeholders(whole, start):
            if seen.start >= until:
                break
            given.append(whole[at : seen.start])
            original = self._originals.get(str(seen.name))
            given.append(whole[seen.start : seen.end] if original is None else original + seen.tail)
            at = seen.end
        end = max(at, until)
        given.append(whole[at:end])
        self._before, self._held = whole[max(0, end - BEFORE) : end], whole[end:]
        return "".join(given)


def restored(text: str, masks: Sequence[Mask], *, in_json: bool = False) -> str:
    """A whole reply with its originals."""
    restorer = Restorer(masks, in_json=in_json)
    return restorer.push(text) + restorer.finish()
