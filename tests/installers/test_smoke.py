from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from installers import build, smoke
from installers.checkout.weights import read_weights
from tests.fakes import secret_service

EMBEDDERS = ("multilingual-e5-small", "all-minilm-l6-v2")
GOOD: dict[str, Any] = {
    "answer": "Maud Harrow built it.",
    "abstained": False,
    "sentences": [{"text": "Maud Harrow built it.", "state": "found", "sources": [0]}],
    "sources": [{"document": "note.md", "page": None, "quote": "built in 1874 by Maud Harrow", "score": 1.0}],
    "tokens": {"prompt": 90, "cached": 0, "completion": 6},
}


def test_page_made_for_the_smoke_test_is_a_pdf_with_its_text() -> None:
    with pypdfium2.PdfDocument(smoke.one_page_pdf(smoke.LEASE)) as pdf:
        assert len(pdf) == 1
        assert pdf[0].get_textpage().get_text_bounded().strip() == smoke.LEASE


def test_good_answer_passes() -> None:
    smoke.check_answer(GOOD, Path("note.md"), "Maud Harrow")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("abstained",), True),
        (("answer",), "  "),
        (("sentences",), []),
        (("sources", 0, "document"), "lease.pdf"),
        (("sources", 0, "quote"), "something else"),
        (("tokens", "completion"), 0),
    ],
)
def test_answer_that_is_wrong_in_one_place_fails(path: tuple[Any, ...], value: Any) -> None:
    reply = copy.deepcopy(GOOD)
    target: Any = reply
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(smoke.Failed):
        smoke.check_answer(reply, Path("note.md"), "Maud Harrow")


def test_one_failing_check_of_the_doctor_fails() -> None:
    smoke.check_doctor(
        {"ok": True, "checks": [{"name": "Keyring", "ok": None}, {"name": "Model", "ok": True}]}
    )
    with pytest.raises(smoke.Failed, match="Model"):
        smoke.check_doctor({"ok": False, "checks": [{"name": "Model", "ok": False}]})


@pytest.mark.parametrize(
    ("model", "taken"),
    [
        ("default", {"qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", *EMBEDDERS}),
        ("small", {"smollm2-135m-instruct-q4_1.gguf", *EMBEDDERS}),
        ("none", {*EMBEDDERS}),
    ],
)
def test_bundle_takes_the_embedder_and_the_model_chosen(model: str, taken: set[str]) -> None:
    assert {weight.file for weight in read_weights() if build.is_chosen(weight, model)} == taken


def test_weights_are_taken_along_without_taking_the_space_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "CONTENTS", tmp_path)
    weight = tmp_path / "model.gguf"
    weight.write_bytes(b"weights")
    build.take_along([weight])
    taken = tmp_path / "weights" / "model.gguf"
    assert taken.read_bytes() == b"weights"
    assert taken.samefile(weight)
    assert build.size_bytes(tmp_path) == len(b"weights")


@pytest.mark.frozen
@pytest.mark.timeout(900)
def test_frozen_app_works_without_anything_of_ours(capfd: pytest.CaptureFixture[str]) -> None:
    if not smoke.program_of(smoke.BUNDLE).exists():
        pytest.skip("dist/carrel is not there; `python -m installers.build --model small` makes it")
    assert smoke.main([]) == 0, capfd.readouterr().err


GOOD_ROW = {"outcome": "allowed", "process": "courier", "port": smoke.PORT}


@pytest.mark.parametrize(
    "other", [{"outcome": "blocked"}, {"process": "app"}, {"port": smoke.PORT + 1}], ids=str
)
def test_only_a_request_that_the_courier_sent_counts(other: dict[str, Any]) -> None:
    assert smoke.is_the_courier_s(GOOD_ROW)
    assert not smoke.is_the_courier_s(GOOD_ROW | other)


def test_a_way_out_that_is_open_or_not_listed_fails() -> None:
    ways = [{"name": str(number), "blocked": True, "listed": True} for number in range(5)]
    smoke.check_proof({"ok": True, "checks": ways})
    for report in ({"ok": False, "checks": ways}, {"ok": True, "checks": ways[1:]}):
        with pytest.raises(smoke.Failed):
            smoke.check_proof(report)


IMPORTED = """
import importlib, multiprocessing, multiprocessing.popen_spawn_posix, pathlib, sys
sys.frozen = True  # else a process is started as Python starts one
inside = pathlib.Path(sys.argv[1]).with_name("_internal")
# The process started takes over where modules are looked for: nowhere but in the bundle.
library = inside / f"python3.{sys.version_info.minor}" / "lib-dynload"
own, sys.path = sys.path, [str(inside / "base_library.zip"), str(library), str(inside)]
multiprocessing.set_executable(sys.argv[1])
process = multiprocessing.get_context("spawn").Process(target=importlib.import_module, args=(sys.argv[2],))
process.start()
sys.path = own
process.join(60)
sys.exit(process.exitcode)
"""


def imported(module: str) -> int:
    """How a process of the frozen program ends that imports a module."""
    program = str(smoke.program_of(smoke.BUNDLE))
    command = [sys.executable, "-c", IMPORTED, program, module]
    # A frozen program has none of Python's flags, and would not know them.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, capture_output=True, timeout=90, check=False, env=plain).returncode


@pytest.fixture
def bundle() -> Path:
    program = smoke.program_of(smoke.BUNDLE)
    if not program.exists():
        pytest.skip("dist/carrel is not there; `python -m installers.build --model small` makes it")
    return program


@pytest.mark.frozen
@pytest.mark.parametrize("module", ["desktop.usage.plot", "desktop.egress.courier", "desktop.keys.back_ends"])
def test_what_is_imported_late_is_in_the_bundle(bundle: Path, module: str) -> None:
    assert imported(module) == 0


@pytest.mark.frozen
@pytest.mark.parametrize(
    "module",
    ["keyrings.alt", "keyring.backends.kwallet", "pyqtgraph.opengl", "openai", "anthropic", "readline"],
)
def test_what_is_left_out_is_not_in_the_bundle(bundle: Path, module: str) -> None:
    assert imported(module) == 1


@pytest.mark.frozen
def test_frozen_app_keeps_a_key_in_the_system_s_keyring(bundle: Path, tmp_path: Path) -> None:
    if reason := secret_service.absent():
        pytest.skip(reason)
    home, folder = tmp_path / "home", tmp_path / "keyring"
    home.mkdir()
    folder.mkdir()
    with secret_service.running_keyring(folder) as keyring:
        carrel = smoke.Runner(bundle, home, {"DBUS_SESSION_BUS_ADDRESS": keyring.address})
        carrel.run("keys", "set", "openai", given=b"sk-planted-4711")
        found = json.loads(carrel.run("keys", "list", "--json"))
    assert found["keyring"] == "Secret Service"
    assert [row["id"] for row in found["providers"] if row["key"]] == ["openai"]
