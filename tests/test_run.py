from __future__ import annotations

import ast
import errno
import subprocess
import sys
from pathlib import Path

import pytest

import run
from installers.checkout import environment
from installers.checkout.console import SetupError
from installers.checkout.weights import Weight, WeightStore

SOURCE = Path(run.__file__)


def test_old_python_gets_one_sentence(tmp_path: Path) -> None:
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 8))
    pretend = f"import runpy, sys; sys.version_info = (3, 8, 18); runpy.run_path({str(SOURCE)!r})"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, cwd=SOURCE.parent)
    assert done.returncode == 1
    assert done.stderr.startswith("Carrel runs on Python 3.11, 3.12 or 3.13 and this is 3.8:")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "small", "passed_on"),
    [
        ([], False, []),
        (["--model", "small"], True, []),
        (["--model", "small", "ask", "Who?"], True, ["ask", "Who?"]),
        (["--model", "default", "ask"], False, ["ask"]),
        (["ask", "Who?", "--model", "smollm2-135m"], False, ["ask", "Who?", "--model", "smollm2-135m"]),
    ],
)
def test_model_before_the_command_chooses_the_weights(
    arguments: list[str], small: bool, passed_on: list[str]
) -> None:
    assert run.model_choice(arguments) == (small, passed_on)


def test_unknown_model_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--model", "huge"]) == 1
    assert capsys.readouterr().err == "Carrel set-up: --model is followed by `small` or `default`.\n"


@pytest.mark.parametrize(
    ("raised", "status", "told"),
    [
        (SetupError("no compiler."), 1, "Carrel set-up: no compiler.\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "Carrel set-up: the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "Permission denied (/x)"),
        (KeyboardInterrupt(), 130, "Stopped."),
    ],
)
def test_every_expected_end_is_a_sentence_and_a_status(
    raised: BaseException,
    status: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(run, "set_up", fail)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert run.main([]) == status
    assert told in capsys.readouterr().err


class Recorder:
    """Stands for the environment and the weights; lists what set-up did with them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.done: list[str] = []
        self.ready: set[str] = set()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(environment, "is_ready", lambda name: name in self.ready)
        monkeypatch.setattr(environment, "make", self._make)
        monkeypatch.setattr(WeightStore, "is_ready", lambda _, weight: weight.file in self.ready)
        monkeypatch.setattr(WeightStore, "missing_bytes", lambda *_: 0)
        monkeypatch.setattr(WeightStore, "provide", lambda _, weight: self._provide(weight))

    def _make(self, requirements: str) -> None:
        self.done.append(requirements)
        self.ready.add(requirements)

    def _provide(self, weight: Weight) -> None:
        self.done.append(weight.file)
        self.ready.add(weight.file)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    return Recorder(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("small", "model"),
    [(True, "smollm2-135m-instruct-q4_1.gguf"), (False, "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")],
)
def test_environment_comes_before_the_embedder_and_the_one_model_chosen(
    recorder: Recorder, small: bool, model: str
) -> None:
    run.set_up("app", small=small)
    assert recorder.done[0] == "app"
    assert set(recorder.done[1:]) == {model, "multilingual-e5-small", "all-minilm-l6-v2"}


def test_second_start_does_nothing_and_takes_no_lock(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.set_up("app", small=True)
    recorder.done.clear()
    monkeypatch.setattr(run, "only_one", None)
    run.set_up("app", small=True)
    assert recorder.done == []


def test_what_another_set_up_did_meanwhile_is_not_done_again(recorder: Recorder) -> None:
    recorder.ready.add("app")
    run.set_up("app", small=True)
    assert "app" not in recorder.done


def test_every_check_runs_after_one_has_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []

    def fake_run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 1 if command[0].endswith("deptry") else 0)

    monkeypatch.setattr(subprocess, "run", fake_run)
    monkeypatch.setattr(environment, "program", lambda name: sys.executable if name == "mypy" else name)
    monkeypatch.setattr(run, "BESIDE", ("types", ["mypy", "-c", "print('two errors'); exit(1)"]))
    assert run.run_checks(["-k", "store"]) == 1
    assert [command[0] for command in commands] == ["ruff", "ruff", "lint-imports", "deptry", "pytest"]
    assert commands[-1][-2:] == ["-k", "store"]
    said = capsys.readouterr()
    assert said.out == "two errors\n"
    assert said.err.endswith("── types ──\nFailed: declared dependencies, types.\n")


def test_the_check_beside_the_others_ends_with_them_when_they_are_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "program", lambda name: sys.executable if name == "mypy" else name)
    monkeypatch.setattr(run, "BESIDE", ("types", ["mypy", "-c", "import time; time.sleep(600)"]))
    monkeypatch.setattr(run, "failing", stopped)
    with pytest.raises(KeyboardInterrupt):
        run.run_checks([])  # a process that is left behind fails the test


@pytest.mark.parametrize(("cores", "processes"), [(1, None), (2, "2"), (64, "4")])
@pytest.mark.skipif(run.WINDOWS, reason="there one process runs all tests")
def test_as_many_tests_run_at_once_as_there_are_cores_up_to_four(
    cores: int, processes: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert run.side_by_side()[1:2] == ([processes] if processes else [])
