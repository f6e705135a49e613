from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from installers.checkout import compiler, environment
from installers.checkout.console import SetupError
from installers.checkout.pip import explained


@pytest.fixture
def pip_runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What pip would be asked; making the empty environment really makes one, without its pip."""
    runs: list[list[str]] = []
    monkeypatch.setattr(environment, "run_pip", lambda _pip, arguments, *_: runs.append(arguments))
    monkeypatch.setattr(environment, "check_compiler", lambda: None)
    find_spec = importlib.util.find_spec
    without_ensurepip = lambda name: None if name == "ensurepip" else find_spec(name)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", without_ensurepip)
    return runs


def test_environment_is_made_once(checkout: Path, pip_runs: list[list[str]]) -> None:
    assert not environment.is_ready("app")
    environment.make("app")
    assert environment.is_ready("app")
    assert Path(environment.program("python")).exists()
    assert not environment.is_ready("test")


def test_only_hashed_requirements_are_installed_and_then_the_checkout(
    checkout: Path, pip_runs: list[list[str]]
) -> None:
    environment.make("app")
    *locked, itself = pip_runs
    assert [Path(run[-1]).name for run in locked] == ["build.txt", "app.txt"]
    assert all({"--require-hashes", "--no-deps"} <= set(run) for run in locked)
    assert itself[-2:] == ["--editable", str(checkout)]


def test_what_the_tests_need_is_enough_for_the_app(checkout: Path, pip_runs: list[list[str]]) -> None:
    environment.make("test")
    assert environment.is_ready("test")
    assert environment.is_ready("app")


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/app.txt", "requirements/build.txt"])
def test_changed_requirements_are_installed_into_the_same_environment(
    checkout: Path, pip_runs: list[list[str]], changed: str
) -> None:
    environment.make("app")
    kept = environment.FOLDER / "kept"
    kept.touch()
    (checkout / changed).write_text("# changed")
    assert not environment.is_ready("app")
    environment.make("app")
    assert environment.is_ready("app")
    assert kept.exists()


def test_interrupted_installation_is_made_anew(
    checkout: Path, pip_runs: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.make("app")
    (checkout / "requirements" / "app.txt").write_text("# changed")
    half_installed = environment.FOLDER / "half-installed"

    def killed(*_: Any) -> None:
        half_installed.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(environment, "run_pip", killed)
        environment.make("app")
    assert not environment.is_ready("app")
    environment.make("app")
    assert environment.is_ready("app")
    assert not half_installed.exists()


@pytest.mark.parametrize("bound_to", [["3.10", "here"], ["3.11", "/where/it/was/before"]])
def test_environment_of_another_python_or_place_is_made_anew(
    checkout: Path, pip_runs: list[list[str]], bound_to: list[str]
) -> None:
    environment.make("app")
    record = json.loads(environment.RECORD.read_text())
    environment.RECORD.write_text(json.dumps({**record, "bound_to": bound_to}))
    old = environment.FOLDER / "old"
    old.touch()
    assert not environment.is_ready("app")
    environment.make("app")
    assert environment.is_ready("app")
    assert not old.exists()


def test_environment_whose_python_was_removed_is_not_ready(checkout: Path, pip_runs: list[list[str]]) -> None:
    environment.make("app")
    Path(environment.program("python")).unlink()
    assert not environment.is_ready("app")


def test_python_without_ensurepip_and_pip_is_one_sentence_with_the_command(
    checkout: Path, pip_runs: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SetupError, match="sudo apt install python3-venv"):
        environment.make("app")


@pytest.mark.parametrize("system", ["linux", "darwin", "win32", "freebsd14"])
def test_missing_compiler_is_one_sentence_that_says_how_to_get_it(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PROGRAMFILES(X86)", "/nowhere")
    monkeypatch.setattr(compiler, "output_of", lambda _: (2, ""))
    monkeypatch.setattr("sys.platform", system)
    with pytest.raises(SetupError) as raised:
        compiler.check_compiler()
    assert str(raised.value).endswith("and start again.")


def test_own_cmake_arguments_come_last_and_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_CUDA=on")
    assert environment._cmake_arguments().endswith(" -DGGML_CUDA=on")


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk"),
        ("NewConnectionError('…: Failed to establish a new connection')", "check the connection"),
        ("something never seen before", "could not get"),
    ],
)
def test_what_pip_prints_becomes_what_a_person_can_do(printed: str, told: str) -> None:
    assert told in explained(printed)
