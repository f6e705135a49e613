from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import ModelUnwritable
from engine.models.register import NAME, Entries, Register, is_unchanged, reference_to


def test_what_is_put_is_read_by_the_next_carrel(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"weights")
    reference = reference_to(tmp_path / "model")
    Register(tmp_path).put_reference("mine", reference)
    Register(tmp_path).put_origin("mine-q4_0", "mine")
    Register(tmp_path).put_as_stored("delivered", reference)
    entries = Register(tmp_path).read()
    assert entries == Entries({"mine": reference}, {"mine-q4_0": "mine"}, {"delivered": reference})


def test_a_register_from_before_layouts_is_read(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b'{"references": {}, "origins": {"one": "origin"}}')
    assert Register(tmp_path).read() == Entries(origins={"one": "origin"})


def test_what_is_forgotten_is_gone_and_the_rest_stays(tmp_path: Path) -> None:
    register = Register(tmp_path)
    register.put_origin("one", "origin")
    register.put_origin("two", "origin")
    (tmp_path / "model").write_bytes(b"weights")
    register.put_as_stored("one", reference_to(tmp_path / "model"))
    register.forget("one")
    register.forget("never known")
    assert register.read() == Entries(origins={"two": "origin"})


def test_a_model_can_be_repacked_again(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"weights")
    register = Register(tmp_path)
    register.put_as_stored("mine", reference_to(tmp_path / "model"))
    register.put_as_stored("mine", None)
    register.put_as_stored("never known", None)
    assert register.read() == Entries()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"references": {"a": 3}}', b"\xff\xfe"])
def test_a_damaged_register_knows_nothing_and_can_be_written_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    register = Register(tmp_path)
    assert register.read().references == {}
    register.put_origin("one", "origin")
    assert register.read().origins == {"one": "origin"}


def test_a_folder_that_is_gone_cannot_keep_anything(tmp_path: Path) -> None:
    with pytest.raises(ModelUnwritable):
        Register(tmp_path / "gone").put_origin("one", "origin")


def test_a_copy_put_back_with_another_date_is_the_same_file_and_another_of_its_size_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    reference = reference_to(path)
    os.utime(path, (1, 1))
    assert is_unchanged(reference, path)
    path.write_bytes(b"heights")
    os.utime(path, (2, 2))
    assert not is_unchanged(reference, path)


def test_a_file_of_another_size_is_another_file_whatever_its_date(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    reference = reference_to(path)
    path.write_bytes(b"weight")
    os.utime(path, ns=(reference.mtime_ns, reference.mtime_ns))
    assert not is_unchanged(reference, path)
