from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ModelDamaged, ModelDelivered, ModelMissing, ModelUnknown
from engine.models.fit import Memory
from engine.models.folder import ModelFolder
from engine.models.installed import InstalledModels
from engine.models.library import ModelLibrary
from engine.models.speeds import MeasuredSpeed
from engine.models.values import CatalogueModel, ModelAdded, Speed
from tests.fakes.gguf import small_model

GB = 1_000_000_000
OFFERED = CatalogueModel(
    "offered", "Offered", "", "", "MIT", "", "", "offered.gguf", 2 * GB, "", 3 * GB, "Q4_K_M", 32768, 100_000
)  # fmt: skip


@pytest.fixture
def speeds() -> dict[str, MeasuredSpeed]:
    return {}


@pytest.fixture
def library(
    installed: InstalledModels, folder: ModelFolder, speeds: dict[str, MeasuredSpeed]
) -> ModelLibrary:
    def workshop() -> None:
        pytest.fail("nothing here needs a process")

    return ModelLibrary(
        installed=installed,
        folder=folder.path,
        workshop=workshop,  # type: ignore[arg-type]
        lost=(),
        memory=lambda: Memory(10 * GB, 16 * GB),
        measured=speeds.get,
    )


def add(library: ModelLibrary, path: Path, *, copy: bool) -> str:
    *_, added = library.import_model(path, copy=copy)
    assert isinstance(added, ModelAdded)
    return added.id


def test_removing_a_copy_gives_its_space_back(library: ModelLibrary, elsewhere: Path) -> None:
    path = small_model().write(elsewhere / "mine.gguf")
    assert library.remove(add(library, path, copy=True)) == path.stat().st_size
    assert library.list() == []
    assert path.exists()


def test_removing_a_reference_leaves_the_file_alone(library: ModelLibrary, elsewhere: Path) -> None:
    path = small_model().write(elsewhere / "mine.gguf")
    assert library.remove(add(library, path, copy=False)) == 0
    assert library.list() == []
    assert path.exists()


def test_a_reference_whose_file_is_gone_can_be_removed(library: ModelLibrary, elsewhere: Path) -> None:
    path = small_model().write(elsewhere / "mine.gguf")
    model_id = add(library, path, copy=False)
    path.unlink()
    assert library.remove(model_id) == 0
    assert library.list() == []


def test_delivered_and_unknown_models_cannot_be_removed(library: ModelLibrary, tmp_path: Path) -> None:
    path = small_model().write(tmp_path / "weights" / "delivered.gguf")
    with pytest.raises(ModelDelivered):
        library.remove("delivered")
    with pytest.raises(ModelUnknown):
        library.remove("../weights/delivered")
    assert path.exists()


def test_a_model_is_judged_by_the_speed_measured_of_it(
    library: ModelLibrary, folder: ModelFolder, speeds: dict[str, MeasuredSpeed]
) -> None:
    path = small_model().write(folder.file("mine"))
    small_model().write(folder.file("other"))
    assert library.fit("mine").writes_per_second is None
    parameters = library.header("mine").parameters
    speeds["mine"] = MeasuredSpeed(Speed(50, 8), path.stat().st_size, parameters)
    assert library.fit("mine").writes_per_second == pytest.approx(8)
    assert library.fit("other").writes_per_second == pytest.approx(8)


def test_an_offer_is_judged_by_the_installed_model_nearest_in_size(
    library: ModelLibrary, folder: ModelFolder, speeds: dict[str, MeasuredSpeed]
) -> None:
    small_model().write(folder.file("mine"))
    assert library.fit_of_offer(OFFERED).writes_per_second is None
    speeds["mine"] = MeasuredSpeed(Speed(80, 20), GB, int(1.5 * GB))
    fit = library.fit_of_offer(OFFERED)
    assert (fit.reads_per_second, fit.writes_per_second) == (40, 10)
    # Carrel gives a model 8,192 tokens, however many it could read.
    assert fit.needed_bytes - 2 * GB - 8192 * 100_000 == pytest.approx(0, abs=GB)


def test_how_a_model_is_loaded_is_kept_and_goes_with_it(library: ModelLibrary, elsewhere: Path) -> None:
    model_id = add(library, small_model().write(elsewhere / "mine.gguf"), copy=True)
    library.set_repacked(model_id, False)
    assert [model.repacked for model in library.list()] == [False]
    library.set_repacked(model_id, True)
    assert [model.repacked for model in library.list()] == [True]
    library.set_repacked(model_id, False)
    library.remove(model_id)
    assert add(library, elsewhere / "mine.gguf", copy=True) == model_id
    assert [model.repacked for model in library.list()] == [True]


def test_how_to_load_what_is_not_there_is_not_kept(library: ModelLibrary, elsewhere: Path) -> None:
    with pytest.raises(ModelUnknown):
        library.set_repacked("nobody", False)
    path = small_model().write(elsewhere / "mine.gguf")
    model_id = add(library, path, copy=False)
    path.unlink()
    with pytest.raises(ModelMissing):
        library.set_repacked(model_id, False)


def test_a_damaged_model_has_no_fit(library: ModelLibrary, folder: ModelFolder) -> None:
    folder.file("bad").write_bytes(b"no model")
    with pytest.raises(ModelDamaged):
        library.fit("bad")


def test_what_a_killed_import_left_is_gained_at_the_start(library: ModelLibrary, folder: ModelFolder) -> None:
    folder.temporary().write_bytes(bytes(100))
    assert library.recover() == 100
    assert library.free_space_bytes() > 0
