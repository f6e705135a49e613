"""What crosses the seams of masking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

MaskKind = Literal["PERSON", "EMAIL", "PHONE", "ADDRESS", "IBAN", "CARD", "ID"]
MASK_KINDS: tuple[MaskKind, ...] = get_args(MaskKind)


@dataclass(frozen=True, slots=True)
class Finding:
    """Characters `start:end` of a text are something of a kind that is masked."""

    start: int
    end: int
    kind: MaskKind


@dataclass(frozen=True, slots=True)
class Mask:
    """One thing that is masked wherever it stands: `placeholder` (⟨PERSON_1⟩) in place of `original`.

    Each way of writing has a placeholder of its own (“Dupont” of “Marie Dupont”: ⟨PERSON_1_b⟩), so that what
    comes back can be put back as it was written. `count`: how often it stands in what would be sent. `on`
    False: the person lets it through.
    """

    placeholder: str
    kind: MaskKind
    original: str
    count: int = 1
    on: bool = True


class FindNames(Protocol):
    """Finds persons and postal addresses in texts; what a pattern cannot say.

    Called on a lane or a worker's thread; may take a second for a long text.
    """

    def __call__(self, texts: list[str]) -> list[list[Finding]]:
        """For each text what was found, in order, not overlapping. Kinds: PERSON, ADDRESS.

        Raises:
            NamesNotLookedFor: nobody could look; an empty list says that there is nothing.
        """
        ...
