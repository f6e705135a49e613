"""Measuring with the real small model: figures that must hang together, never how fast this computer is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ModelMissing, NotEnoughMemory
from engine.process import measuring
from engine.process.llama import LoadedModel
from engine.process.measuring import Bench, compare
from engine.process.messages import Compare, Compared, Comparing, Requantize
from engine.process.requantize import requantize
from engine.process.threads import FixedThreads


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def path(weights: Path) -> str:
    return str(weights / "smollm2-135m-instruct-q4_1.gguf")


@pytest.fixture(scope="module")
def coarse(path: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small model with much of it rounded away."""
    target = str(tmp_path_factory.mktemp("coarse") / "q2_k.part")
    for _ in requantize(Requantize(path, target, "Q2_K")):
        pass
    return target


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short measurements: what they say of speed is not asked here."""
    monkeypatch.setattr(measuring, "READ_TOKENS", 16)
    monkeypatch.setattr(measuring, "WRITE_TOKENS", 4)
    monkeypatch.setattr(measuring, "TEXTS", measuring.TEXTS[:2])
    yield


@pytest.mark.model
@pytest.mark.usefixtures("quick")
def test_a_model_agrees_with_itself_and_less_with_its_coarse_form(path: str, coarse: str) -> None:
    *progress, compared = compare(Compare((path, coarse, path), rounds=2), never)
    assert isinstance(compared, Compared)
    assert compared.agreements[0] == compared.agreements[2] == 1.0
    assert 0.1 < compared.agreements[1] < 0.95
    for speed, best in zip(compared.speeds, compared.best, strict=True):
        assert 0 < speed.reads_per_second <= best.reads_per_second
        assert 0 < speed.writes_per_second <= best.writes_per_second
    assert progress == [Comparing(done, 6, done % 3) for done in range(6)]


@pytest.mark.model
@pytest.mark.usefixtures("quick")
def test_a_file_is_compared_with_itself_laid_out_otherwise(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[bool] = []
    load = measuring.LoadedModel

    def noted(path: str, on_progress: Any, *, repacked: bool) -> LoadedModel:
        loaded.append(repacked)
        return load(path, on_progress, repacked=repacked)

    monkeypatch.setattr(measuring, "LoadedModel", noted)
    *_, compared = compare(Compare((path, path), rounds=2, repacked=(True, False)), never)
    assert loaded == [True, False] * 2
    assert isinstance(compared, Compared)
    assert compared.agreements[1] > 0.9  # the same weights


@pytest.mark.model
@pytest.mark.alone
def test_reading_many_tokens_at_once_is_quicker_than_writing_one_by_one(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "READ_TOKENS", 64)
    monkeypatch.setattr(measuring, "WRITE_TOKENS", 8)
    with Bench(path, FixedThreads(1)) as bench:
        speed = bench.speed()
    assert speed.reads_per_second > speed.writes_per_second


@pytest.mark.model
def test_every_text_is_long_enough_to_say_something(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "READ_TOKENS", 16)
    monkeypatch.setattr(measuring, "WRITE_TOKENS", 4)
    with Bench(path, FixedThreads(1)) as bench:
        favourites = bench.favourites()
        bench.speed()  # starts afresh, whatever was evaluated before
    assert 300 < len(favourites) < 1000
    assert len(set(favourites)) > 50


@pytest.mark.model
@pytest.mark.usefixtures("quick")
def test_cancelling_ends_it_before_the_next_model_is_loaded(path: str) -> None:
    assert list(compare(Compare((path,), rounds=3), lambda: True)) == [Comparing(0, 3, 0)]


@pytest.mark.model
@pytest.mark.usefixtures("quick")
def test_without_agreement_only_speeds_are_told(path: str) -> None:
    *_, compared = compare(Compare((path,), rounds=1, agreement=False), never)
    assert isinstance(compared, Compared)
    assert compared.agreements == ()


def test_a_model_that_is_gone_or_too_large_is_said_before_loading(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelMissing):
        list(compare(Compare((str(tmp_path / "gone.gguf"),)), never))
    monkeypatch.setattr(measuring.memory, "available_bytes", lambda: 1000)
    with pytest.raises(NotEnoughMemory):
        list(compare(Compare((str(weights / "smollm2-135m-instruct-q4_1.gguf"),)), never))
