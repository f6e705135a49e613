from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from engine.models.fingerprint import END_BYTES, SAMPLE_BYTES, SAMPLES, fingerprint

LARGE = 2 * END_BYTES + SAMPLES * SAMPLE_BYTES * 4


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(random.Random(1).randbytes(LARGE))
    return path


def change(path: Path, at: int) -> None:
    """Another byte at this place; the file keeps its size and date."""
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def test_a_copy_with_another_name_and_date_is_the_same_model(model: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.gguf"
    shutil.copyfile(model, copied)
    os.utime(copied, (1, 1))
    assert fingerprint(copied) == fingerprint(str(model))


@pytest.mark.parametrize("at", [0, END_BYTES - 1, END_BYTES, LARGE - END_BYTES, LARGE - 1])
def test_a_change_at_either_end_or_in_a_sample_is_another_model(model: Path, at: int) -> None:
    before = fingerprint(model)
    change(model, at)
    assert fingerprint(model) != before


def test_a_cut_file_is_another_model(model: Path) -> None:
    before = fingerprint(model)
    os.truncate(model, LARGE - 1)
    assert fingerprint(model) != before


def test_a_re_trained_model_of_the_same_size_is_another_one(model: Path) -> None:
    before = fingerprint(model)
    data = bytearray(model.read_bytes())
    data[END_BYTES:-END_BYTES] = random.Random(2).randbytes(LARGE - 2 * END_BYTES)
    model.write_bytes(data)
    assert fingerprint(model) != before


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_small_files_are_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "small.gguf"
    path.write_bytes(bytes(size))
    before = fingerprint(path)
    if size:
        change(path, size // 2)
        assert fingerprint(path) != before


def test_a_file_that_was_looked_at_is_not_read_again(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(model)

    def unreadable(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Path, "open", unreadable)
    assert fingerprint(model) == before


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fingerprint(tmp_path / "none.gguf")
