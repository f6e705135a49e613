from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from installers import build, smoke
from installers.checkout.weights import read_weights

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
