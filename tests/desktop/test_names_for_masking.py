from __future__ import annotations

from typing import Any

import pytest

from desktop.errors import WorkerLost
from desktop.names_for_masking import NamesForMasking
from engine.errors import NamesNotLookedFor
from engine.masking.values import Finding
from rag.errors import EmbedderMissing
from rag.values import Named


class Library:
    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def people(self, _texts: list[str]) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def test_names_come_as_findings() -> None:
    names = NamesForMasking(Library([[Named(0, 3, "PERSON")], []]))
    assert names(["Ann", ""]) == [[Finding(0, 3, "PERSON")], []]


@pytest.mark.parametrize("error", [EmbedderMissing("weights"), WorkerLost("reader", "it died")])
def test_a_reader_that_cannot_look_is_not_taken_for_one_that_found_nothing(error: Exception) -> None:
    with pytest.raises(NamesNotLookedFor):
        NamesForMasking(Library(error), lost=(WorkerLost,))(["Ann"])
