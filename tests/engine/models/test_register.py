from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import ModelUnwritable
from engine.models.register import NAME, Register, fingerprint, is_unchanged, reference_to


def test_what_is_put_is_read_by_the_next_carrel(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"weights")
    reference = reference_to(tmp_path / "model")
    Register(tmp_path).put_reference("mine", reference)
    Register(tmp_path).put_origin("mine-q4_0", "mine")
    entries = Register(tmp_path).read()
    assert entries.references == {"mine": reference}
    assert entries.origins == {"mine-q4_0": "mine"}


def test_what_is_forgotten_is_gone_and_the_rest_stays(tmp_path: Path) -> None:
    register = Register(tmp_path)
    register.put_origin("one", "origin")
    register.put_origin("two", "origin")
    register.forget("one")
    register.forget("never known")
    assert register.read().origins == {"two": "origin"}


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


def test_a_changed_block_anywhere_sampled_changes_the_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "model"
    content = bytearray(10 << 20)
    path.write_bytes(content)
    before = fingerprint(path)
    for place in (0, len(content) * 7 // 65, len(content) - 1):
        changed = content.copy()
        changed[place] = 1
        path.write_bytes(changed)
        assert fingerprint(path) != before


def test_a_file_of_another_size_is_another_file_whatever_its_date(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    reference = reference_to(path)
    path.write_bytes(b"weight")
    os.utime(path, ns=(reference.mtime_ns, reference.mtime_ns))
    assert not is_unchanged(reference)
