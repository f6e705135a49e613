"""The application's models: what was found quicker is put to use, and its speed remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desktop.local_models import LocalModels
from engine.models.installed import InstalledModels
from engine.models.library import ModelLibrary
from engine.models.values import Quickened, Speed
from tests.fakes.gguf import small_model

LAYOUT = Quickened(
    "", "Q4_K_M", Speed(91, 25), Speed(127, 21), 0.99, worthwhile=True, kind="layout", repacked=False
)


class FakeSettings(dict[str, Any]):
    def setting(self, key: str, default: Any) -> Any:
        return self.get(key, default)

    def put_setting(self, key: str, value: Any) -> None:
        self[key] = value


@pytest.fixture
def models(tmp_path: Path) -> LocalModels:
    (tmp_path / "models").mkdir()
    (tmp_path / "catalogue.toml").write_text("weights = []")
    for name in ("mine", "mine-q4_0"):
        small_model().write(tmp_path / "models" / f"{name}.gguf")
    installed = InstalledModels(tmp_path / "none", tmp_path / "models", tmp_path / "catalogue.toml")

    def unused(*_: object, **__: object) -> Any:
        pytest.fail("no process is needed")

    library = ModelLibrary(installed=installed, folder=tmp_path / "models", workshop=unused, lost=())
    return LocalModels(
        installed=installed,
        library=library,
        downloads=None,  # type: ignore[arg-type]
        settings=FakeSettings(model="mine"),
        connect=unused,
        forget=unused,
    )


def test_a_faster_way_of_loading_is_used_with_the_speed_that_was_measured(models: LocalModels) -> None:
    models.use_quickened("mine", LAYOUT)
    assert not models.current().repacked
    measured = models.speed("mine")
    assert measured is not None
    assert measured.speed == LAYOUT.after


def test_as_before_the_speed_of_the_other_way_is_forgotten(models: LocalModels) -> None:
    models.use_quickened("mine", LAYOUT)
    models.use_as_before("mine")
    assert models.current().repacked
    assert models.speed("mine") is None


def test_a_converted_model_answers_from_then_on(models: LocalModels) -> None:
    found = Quickened("mine-q4_0", "Q4_0", Speed(54, 17), Speed(98, 18), 0.97, worthwhile=True)
    models.use_quickened("mine", found)
    assert models.current().id == "mine-q4_0"
    assert models.speed("mine") is None
    measured = models.speed("mine-q4_0")
    assert measured is not None
    assert measured.speed == found.after
