"""Files as people have them: on sticks, still downloading, twice, with names of every kind."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import ModelChanged, ModelDamaged, ModelMissing, NoChatTemplate, NotEnoughSpace
from engine.models import folder as folder_module
from engine.models import importing
from engine.models.folder import ModelFolder
from engine.models.importing import Importer
from engine.models.installed import InstalledModel, InstalledModels
from engine.models.register import Register
from engine.models.values import Copying, ModelAdded
from tests.fakes.gguf import STRING, Gguf, small_model


def never() -> bool:
    return False


@pytest.fixture
def importer(installed: InstalledModels, folder: ModelFolder, register: Register) -> Importer:
    return Importer(installed, folder, register)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(importing, "_cloned", lambda _source, _copy: False)


def model(name: str = "Tiny") -> Gguf:
    return small_model().set("general.name", STRING, name)


def add(
    importer: Importer, path: Path, *, copy: bool = True, cancelled: Callable[[], bool] = never
) -> str | None:
    """The id that it was added under; None when it was not."""
    events = list(importer.run(path, copy=copy, cancelled=cancelled))
    return events[-1].id if events and isinstance(events[-1], ModelAdded) else None


def only(installed: InstalledModels) -> InstalledModel:
    [found] = installed.list()
    return found


def test_a_copied_model_is_listed_and_the_file_stays(
    importer: Importer, installed: InstalledModels, folder: ModelFolder, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "My model.gguf")
    assert add(importer, path) == "My-model"
    found = only(installed)
    assert (found.id, found.name, found.referenced) == ("My-model", "Tiny", False)
    assert found.path == folder.file("My-model")
    assert found.path.read_bytes() == path.read_bytes()


@pytest.mark.usefixtures("small_chunks")
def test_copying_tells_how_far_it_is(importer: Importer, elsewhere: Path) -> None:
    path = model().write(elsewhere / "model.gguf")
    size = path.stat().st_size
    *copying, _added = importer.run(path, copy=True, cancelled=never)
    assert all(isinstance(event, Copying) and event.total_bytes == size for event in copying)
    done = [event.done_bytes for event in copying]  # type: ignore[union-attr]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, size)
    assert len(done) >= 3


@pytest.mark.usefixtures("small_chunks")
def test_a_cancelled_import_leaves_nothing(
    importer: Importer, installed: InstalledModels, folder: ModelFolder, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    asked = itertools.count()
    assert add(importer, path, cancelled=lambda: next(asked) > 1) is None
    assert list(folder.path.iterdir()) == []
    assert installed.list() == []


@pytest.mark.usefixtures("small_chunks")
def test_an_import_that_is_abandoned_leaves_nothing(
    importer: Importer, folder: ModelFolder, elsewhere: Path
) -> None:
    events = importer.run(model().write(elsewhere / "model.gguf"), copy=True, cancelled=never)
    next(events)
    next(events)
    assert list(folder.path.iterdir()) != []
    events.close()  # type: ignore[attr-defined]
    assert list(folder.path.iterdir()) == []


@pytest.mark.usefixtures("small_chunks")
def test_a_file_that_grows_while_it_is_copied_is_refused(
    importer: Importer, folder: ModelFolder, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    events = importer.run(path, copy=True, cancelled=never)
    next(events)
    next(events)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(ModelChanged):
        list(events)
    assert list(folder.path.iterdir()) == []


@pytest.mark.usefixtures("small_chunks")
def test_a_file_that_is_swapped_under_its_date_is_refused(
    importer: Importer, folder: ModelFolder, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    before = path.stat()
    events = importer.run(path, copy=True, cancelled=never)
    next(events)
    with path.open("r+b") as file:  # before its first piece has been read
        file.write(bytes(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelChanged):
        list(events)
    assert list(folder.path.iterdir()) == []


def test_the_same_file_twice_is_one_model(
    importer: Importer, installed: InstalledModels, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    assert add(importer, path) == "model"
    assert add(importer, path) == "model"
    assert add(importer, path, copy=False) == "model"
    assert add(importer, path.rename(elsewhere / "other name.gguf")) == "model"
    assert len(installed.list()) == 1


def test_a_delivered_model_is_recognised(
    importer: Importer, installed: InstalledModels, tmp_path: Path, elsewhere: Path
) -> None:
    model().write(tmp_path / "weights" / "delivered.gguf")
    assert add(importer, model().write(elsewhere / "model.gguf")) == "delivered"
    assert only(installed).delivered


def test_another_model_of_the_same_name_and_size_gets_a_number(
    importer: Importer, installed: InstalledModels, elsewhere: Path
) -> None:
    path = elsewhere / "model.gguf"
    assert add(importer, model("One").write(path)) == "model"
    assert add(importer, model("Two").write(path)) == "model-2"
    assert [found.name for found in installed.list()] == ["One", "Two"]


def test_a_referenced_model_stays_where_it_lies(
    importer: Importer, installed: InstalledModels, folder: ModelFolder, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    assert add(importer, path, copy=False) == "model"
    found = only(installed)
    assert (found.path, found.referenced, found.problem) == (path, True, "")
    assert list(folder.path.glob("*.gguf")) == []


def test_a_reference_that_vanished_is_shown_and_comes_back_with_its_file(
    importer: Importer, installed: InstalledModels, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    add(importer, path, copy=False)
    away = path.rename(elsewhere / "away.gguf")
    assert "no longer at" in only(installed).problem
    away.rename(path)
    assert only(installed).problem == ""


def test_a_reference_to_a_file_that_became_another_says_so_until_it_is_added_again(
    importer: Importer, installed: InstalledModels, elsewhere: Path
) -> None:
    path = model("One").write(elsewhere / "model.gguf")
    add(importer, path, copy=False)
    model("Two").write(path)
    os.utime(path, ns=(1, 1))  # file systems with coarse dates
    assert "another file" in only(installed).problem
    assert add(importer, path, copy=False) == "model"
    assert (only(installed).name, only(installed).problem) == ("Two", "")


def test_a_new_date_alone_changes_nothing(
    importer: Importer, installed: InstalledModels, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    add(importer, path, copy=False)
    os.utime(path, ns=(1, 1))
    assert only(installed).problem == ""


def test_a_reference_becomes_a_copy_under_its_id_when_one_is_wanted(
    importer: Importer, installed: InstalledModels, folder: ModelFolder, elsewhere: Path
) -> None:
    path = model().write(elsewhere / "model.gguf")
    add(importer, path, copy=False)
    assert add(importer, path, copy=True) == "model"
    found = only(installed)
    assert (found.path, found.referenced) == (folder.file("model"), False)


def test_a_base_model_is_refused_before_it_is_copied(
    importer: Importer, folder: ModelFolder, elsewhere: Path
) -> None:
    path = small_model().set("tokenizer.chat_template", STRING, "").write(elsewhere / "base.gguf")
    with pytest.raises(NoChatTemplate):
        add(importer, path)
    with pytest.raises(NoChatTemplate):
        add(importer, path, copy=False)
    assert list(folder.path.iterdir()) == []


def test_what_is_no_model_is_refused(importer: Importer, elsewhere: Path) -> None:
    (elsewhere / "letter.gguf").write_bytes(b"Dear Sir or Madam")
    os.mkfifo(elsewhere / "pipe.gguf")
    with pytest.raises(ModelDamaged):
        add(importer, elsewhere / "letter.gguf")
    for nothing in ("nothing.gguf", "pipe.gguf", "."):
        with pytest.raises(ModelMissing):
            add(importer, elsewhere / nothing)


def test_a_disk_too_full_is_said_before_copying(
    importer: Importer, folder: ModelFolder, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = model().write(elsewhere / "model.gguf")
    monkeypatch.setattr(folder_module, "SPARE_BYTES", 1 << 60)
    with pytest.raises(NotEnoughSpace):
        add(importer, path)
    assert add(importer, path, copy=False) == "model"  # needs no room
    assert [path.name for path in folder.path.iterdir()] == ["models.json"]
