from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ConversionFailed
from engine.models.conversion import BITS, check, file_type, quicker_candidates
from engine.models.ggml import QUANTIZATIONS
from engine.models.gguf import GgufHeader, inspect
from tests.fakes.gguf import UINT32, small_model

Q8_0, Q4_K_M, Q4_1, Q4_0, Q2_K, MADE_UP = 7, 15, 3, 2, 10, 99


def header(tmp_path: Path, kind: int) -> GgufHeader:
    return inspect(small_model().set("general.file_type", UINT32, kind).write(tmp_path / "model.gguf"))


def test_every_format_that_is_offered_is_one_that_llama_cpp_numbers() -> None:
    assert set(BITS) <= set(QUANTIZATIONS.values())
    assert [file_type(name) for name in ("Q4_0", "Q8_0", "IQ4_NL")] == [2, 7, 25]


@pytest.mark.parametrize("name", ["", "Q4", "IQ1_S", "F32", "q4_0; rm -rf", "../Q4_0"])
def test_nonsense_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConversionFailed, match="no form"):
        check(header(tmp_path, Q4_K_M), name)


@pytest.mark.parametrize("name", ["F16", "Q8_0", "Q5_K_M", "Q4_1"])
def test_a_model_is_not_made_larger(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConversionFailed, match="larger"):
        check(header(tmp_path, Q4_K_M), name)


def test_a_model_is_not_made_into_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ConversionFailed, match="already"):
        check(header(tmp_path, Q4_0), "Q4_0")


@pytest.mark.parametrize("name", ["Q4_0", "IQ4_NL", "Q4_K_S", "Q2_K"])
def test_smaller_and_equal_formats_are_allowed(tmp_path: Path, name: str) -> None:
    check(header(tmp_path, Q4_K_M), name)


def test_a_format_without_a_name_is_judged_by_the_size_of_its_file(tmp_path: Path) -> None:
    check(header(tmp_path, MADE_UP), "Q8_0")  # the file holds 32-bit floats


@pytest.mark.parametrize(
    ("kind", "candidates"),
    [
        (Q8_0, ("Q4_K_M", "Q4_0")),
        (Q4_1, ("Q4_K_M", "Q4_0")),
        (Q4_K_M, ("Q4_0",)),
        (Q4_0, ()),
        (Q2_K, ()),
    ],
)
def test_only_what_may_be_quicker_and_not_larger_is_tried(
    tmp_path: Path, kind: int, candidates: tuple[str, ...]
) -> None:
    assert quicker_candidates(header(tmp_path, kind)) == candidates
