"""The workshop as a real process, with the small model: it works, it can be ended, and it leaves nothing."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path

import pytest

from desktop.errors import WorkerLost
from desktop.workshop import opened
from engine.errors import ConversionFailed
from engine.models import quickening
from engine.models.fit import Memory
from engine.models.installed import InstalledModels
from engine.models.library import ModelLibrary
from engine.models.values import Measuring, ModelAdded, Quickened
from engine.process.messages import Requantize, Requantized, Requantizing

pytestmark = pytest.mark.model

SMALL = "smollm2-135m-instruct-q4_1.gguf"


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    (tmp_path / "models").mkdir()
    (tmp_path / "catalogue.toml").write_text("weights = []")
    return ModelLibrary(
        installed=InstalledModels(tmp_path / "none", tmp_path / "models", tmp_path / "catalogue.toml"),
        folder=tmp_path / "models",
        workshop=partial(opened, tmp_path / "workshop.log"),
        lost=(WorkerLost,),
        memory=lambda: Memory(None, None),
        measured=lambda _model_id: None,
    )


@pytest.fixture
def small(library: ModelLibrary, weights: Path) -> str:
    *_, added = library.import_model(weights / SMALL, copy=False)
    assert isinstance(added, ModelAdded)
    return added.id


def test_a_conversion_runs_in_a_process_of_its_own(weights: Path, tmp_path: Path) -> None:
    target = tmp_path / "quick.part"
    with opened(tmp_path / "workshop.log") as worker:
        *progress, last = worker.call(Requantize(str(weights / SMALL), str(target), "Q4_0", layers=2))
    assert progress and all(isinstance(event, Requantizing) for event in progress)
    assert isinstance(last, Requantized)
    assert target.stat().st_size == last.size_bytes


def test_its_errors_arrive_as_themselves(weights: Path, tmp_path: Path) -> None:
    request = Requantize(str(weights / SMALL), str(tmp_path / "quick.part"), "F16")
    with opened(tmp_path / "workshop.log") as worker, pytest.raises(ConversionFailed, match="larger"):
        list(worker.call(request))


def test_cancelling_ends_it_at_once_though_llama_cpp_cannot_be_asked(weights: Path, tmp_path: Path) -> None:
    request = Requantize(str(weights / SMALL), str(tmp_path / "quick.part"), "Q2_K")
    began: list[float] = []
    with opened(tmp_path / "workshop.log") as worker, pytest.raises(WorkerLost):
        for event in worker.call(request, cancelled=lambda: bool(began)):
            assert isinstance(event, Requantizing)
            if not began:
                began.append(time.monotonic())
    assert time.monotonic() - began[0] < 3


def cancelled_at(library: ModelLibrary, model_id: str, words: str) -> list[Measuring | Quickened]:
    seen: list[Measuring | Quickened] = []

    def reached() -> bool:
        return any(isinstance(event, Measuring) and event.words.startswith(words) for event in seen)

    for event in library.quicken(model_id, cancelled=reached):
        seen.append(event)
    return seen


@pytest.fixture
def converting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever processor this is, the layout brings nothing; and that is found out quickly."""
    monkeypatch.setattr(quickening, "WORTHWHILE_READING", math.inf)
    monkeypatch.setattr(quickening, "ROUNDS", 1)


@pytest.mark.parametrize("words", ["Measuring it arranged", "Trying Q4_K_M", "Converting"])
@pytest.mark.usefixtures("converting")
def test_a_cancelled_quickening_leaves_nothing(
    library: ModelLibrary, small: str, tmp_path: Path, words: str
) -> None:
    events = cancelled_at(library, small, words)
    assert all(isinstance(event, Measuring) for event in events)
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["models.json"]


def test_both_layouts_are_compared_and_what_is_worth_it_is_proposed(
    library: ModelLibrary, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quickening, "WORTHWHILE_READING", 0)
    monkeypatch.setattr(quickening, "WORTHWHILE_ANSWER", 0)
    monkeypatch.setattr(quickening, "ROUNDS", 1)
    *_, found = library.quicken(small)
    assert isinstance(found, Quickened)
    assert (found.kind, found.repacked, found.worthwhile) == ("layout", False, True)
    assert 0.9 < found.agreement <= 1.0  # the same weights
    assert [model.repacked for model in library.list()] == [True]


def test_a_model_is_made_faster_or_told_that_it_cannot_be(
    library: ModelLibrary, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quickening, "WORTHWHILE_ANSWER", math.inf)  # never the layout
    monkeypatch.setattr(quickening, "ROUNDS", 1)
    *_, found = library.quicken(small)
    assert isinstance(found, Quickened)
    assert 0.6 < found.agreement <= 1.0
    assert found.before.reads_per_second > 0
    kept = [model for model in library.list() if model.derived_from == small]
    assert [model.id for model in kept] == ([found.id] if found.worthwhile else [])
