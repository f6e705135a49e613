from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.errors import ModelUnwritable, NotEnoughSpace
from engine.models import folder as folder_module
from engine.models.folder import ID_LIMIT_BYTES, ModelFolder, free_id, safe_id


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Qwen3-4B-Q4_K_M.gguf", "Qwen3-4B-Q4_K_M"),
        ("my model (2).gguf", "my-model-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\windows.gguf", "windows"),
        (".hidden.gguf", "hidden"),
        ("Modèle français.gguf", "Modèle-français"),
        ("Mode\u0300le.gguf", "Modèle"),
        ("模型.gguf", "模型"),
        ("a\0b\nc.gguf", "a-b-c"),
        ("CON.gguf", "model-CON"),
        ("nul.tar.gguf", "model-nul.tar"),
        ("….gguf", "model"),
        ("", "model"),
        ("\udcff.gguf", "model"),
    ],
)
def test_any_file_name_makes_a_harmless_id(name: str, expected: str) -> None:
    assert safe_id(name) == expected


def test_a_very_long_name_is_cut_between_characters() -> None:
    made = safe_id("模" * 300 + ".gguf")
    assert len(made.encode()) <= ID_LIMIT_BYTES
    assert set(made) == {"模"}


def test_a_name_that_says_nothing_gives_way_to_what_the_model_calls_itself() -> None:
    assert safe_id("sha256-" + "0" * 64, "Llama 3.2 3B") == "Llama-3.2-3B"


def test_a_taken_id_gets_a_number_whatever_its_case() -> None:
    assert free_id("model", set()) == "model"
    assert free_id("Model", {"model"}) == "Model-2"
    assert free_id("model", {"model", "MODEL-2", "model-3"}) == "model-4"


def test_a_finished_file_appears_under_its_id(folder: ModelFolder) -> None:
    with folder.incomplete(10) as temporary:
        temporary.write_bytes(b"weights")
        assert list(folder.path.glob("*.gguf")) == []
        assert folder.place(temporary, "mine", ()) == "mine"
    assert [path.name for path in folder.path.iterdir()] == ["mine.gguf"]


def test_no_file_is_ever_written_over(folder: ModelFolder) -> None:
    folder.file("mine").write_bytes(b"the first")
    with folder.incomplete(10) as temporary:
        temporary.write_bytes(b"the second")
        assert folder.place(temporary, "Mine", {"mine-2"}) == "Mine-3"
    assert folder.file("mine").read_bytes() == b"the first"


def test_what_is_not_placed_goes(folder: ModelFolder) -> None:
    with pytest.raises(ZeroDivisionError), folder.incomplete(10) as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert list(folder.path.iterdir()) == []


def test_left_overs_of_a_killed_import_are_cleaned_and_nothing_else(folder: ModelFolder) -> None:
    folder.temporary().write_bytes(b"12345")
    for kept in ("mine.gguf", "mine.gguf.part", ".incomplete-notes.txt"):
        (folder.path / kept).write_bytes(b"kept")
    assert folder.clean() == 5
    assert sorted(path.name for path in folder.path.iterdir()) == [
        ".incomplete-notes.txt",
        "mine.gguf",
        "mine.gguf.part",
    ]


def test_a_full_disk_is_noticed_before_anything_is_written(
    folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module.shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000_000))
    with pytest.raises(NotEnoughSpace) as caught, folder.incomplete(900_000_000):
        pytest.fail("there is no room to begin")
    assert caught.value.free_bytes == 1_000_000_000
    with folder.incomplete(600_000_000):
        pass


def test_a_disk_that_fills_up_meanwhile_is_said_as_such(folder: ModelFolder) -> None:
    with pytest.raises(NotEnoughSpace), folder.incomplete(10) as temporary:
        temporary.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(folder.path.iterdir()) == []


def test_other_failures_to_write_keep_the_system_s_words(folder: ModelFolder) -> None:
    with pytest.raises(ModelUnwritable, match="Input/output error"), folder.incomplete(10):
        raise OSError(errno.EIO, "Input/output error")


def test_a_folder_that_is_gone_is_said_as_such(tmp_path: Path) -> None:
    with pytest.raises(ModelUnwritable):
        ModelFolder(tmp_path / "gone").require_space(1)


def test_removing_a_file_tells_what_was_gained(folder: ModelFolder, elsewhere: Path) -> None:
    folder.file("mine").write_bytes(bytes(1000))
    (elsewhere / "other.gguf").write_bytes(bytes(1000))
    folder.file("link").symlink_to(elsewhere / "other.gguf")
    assert folder.remove(folder.file("mine")) == 1000
    assert folder.remove(folder.file("link")) == 0
    assert folder.remove(folder.file("mine")) == 0
    assert (elsewhere / "other.gguf").exists()
