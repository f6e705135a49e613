from pathlib import Path

import pytest

from desktop import places
from desktop.places import Profile


def test_the_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARREL_HOME", str(tmp_path / "environment"))
    assert Profile.chosen(str(tmp_path / "argument")).folder == tmp_path / "argument"
    assert Profile.chosen().folder == tmp_path / "environment"


def test_a_profile_folder_is_always_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Profile.chosen("here").folder == tmp_path / "here"


def test_assets_are_delivered_with_the_code() -> None:
    assert (places.assets() / "weights.toml").is_file()


def test_weights_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARREL_WEIGHTS", str(tmp_path))
    assert places.weights() == tmp_path
