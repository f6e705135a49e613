"""Comparing texts by meaning, from the library through a real reader process with the real embedder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from desktop.compose import reader_description
from desktop.errors import WorkerLost
from desktop.places import Profile
from desktop.processes.supervisor import Supervisor
from rag.library import Library
from rag.settings import RetrievalSettings

pytestmark = pytest.mark.model

AMONG = ("My card has not come yet.", "The app does not open.", "What does a transfer cost?")


@pytest.fixture
def reader(tmp_path: Path, weights: Path) -> Iterator[Supervisor]:
    profile = Profile(tmp_path)
    profile.logs.mkdir(parents=True)
    reader = Supervisor(reader_description(profile, use_chroma=False), log_path=profile.logs / "reader.log")
    yield reader
    reader.stop()


@pytest.fixture
def library(tmp_path: Path, reader: Supervisor) -> Iterator[Library]:
    library = Library(tmp_path / "library.db", reader, RetrievalSettings(), lost=(WorkerLost,))
    yield library
    library.close()


def test_texts_are_compared_by_meaning_also_after_the_reader_died(
    library: Library, reader: Supervisor
) -> None:
    asked = ["Wo bleibt meine Karte?", AMONG[1]]
    first = library.nearest(asked, AMONG, 2)
    assert [nearest[0][0] for nearest in first] == [0, 1]
    assert first[1][0][1] == pytest.approx(1.0, abs=1e-4)
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    with suppress(WorkerLost):  # whether the next call finds it dead or already started again
        library.nearest(asked, AMONG, 2)
    assert library.nearest(asked, AMONG, 2) == first
    centred = library.nearest(asked, AMONG, 3, centred=True)
    assert [nearest[0][0] for nearest in centred] == [0, 1]
    assert centred[1][2][1] < 0
