"""Which number formats a model can be converted to, and which of them may be quicker."""

from __future__ import annotations

from engine.errors import ConversionFailed
from engine.models import ggml
from engine.models.gguf import GgufHeader

# What llama.cpp writes from the weights alone (those below need no statistics of a text), and the bits of
# one number in most of its tensors. Source: ggml.BLOCKS.
BITS: dict[str, float] = {
    "F16": 16.0,
    "BF16": 16.0,
    "Q8_0": 8.5,
    "Q6_K": 6.5625,
    "Q5_K_M": 5.5,
    "Q5_K_S": 5.5,
    "Q5_1": 6.0,
    "Q5_0": 5.5,
    "Q4_1": 5.0,
    "Q4_K_M": 4.5,
    "Q4_K_S": 4.5,
    "Q4_0": 4.5,
    "IQ4_NL": 4.5,
    "IQ4_XS": 4.25,
    "Q3_K_L": 3.4375,
    "Q3_K_M": 3.4375,
    "Q3_K_S": 3.4375,
    "Q2_K": 2.625,
}
_NUMBERS = {name: number for number, name in ggml.QUANTIZATIONS.items() if name in BITS}
# Formats that llama.cpp rearranges at loading for the widest instructions of most processors, and writes
# in a minute or so (IQ4_NL, as quick to compute with, takes many). Better ones first: of two that are
# equally quick, the first is taken.
QUICK = ("Q4_K_M", "Q4_0")
# There is nothing quicker to make of these, or not without loss.
_QUICKEST = ("Q4_0", "IQ4_NL")


def file_type(quantization: str) -> int | None:
    """llama.cpp's number of a format that can be written; None for any other."""
    return _NUMBERS.get(quantization)


def check(header: GgufHeader, quantization: str) -> None:
    """
    Raises:
        ConversionFailed: the format cannot be written, or the model would only become larger: numbers
            that were rounded away do not come back.
    """
    if file_type(quantization) is None:
        raise ConversionFailed(header.path, f"“{quantization}” is no form that a model can be written in.")
    if quantization == header.quantization:
        raise ConversionFailed(header.path, f"It is {quantization} already.")
    if BITS[quantization] > _bits(header):
        raise ConversionFailed(
            header.path, f"As {quantization} it would be larger than it is, and no better."
        )


def quicker_candidates(header: GgufHeader) -> tuple[str, ...]:
    """Formats that this model might be quicker in; none for one that has such numbers, or smaller ones."""
    if header.quantization in _QUICKEST:
        return ()
    if header.quantization.startswith("Q4_K"):
        return ("Q4_0",)
    return tuple(name for name in QUICK if BITS[name] <= _bits(header))


def _bits(header: GgufHeader) -> float:
    """Of most of the model's numbers; from the size of the file where the format has no name here."""
    average = header.size_bytes * 8 / max(header.parameters, 1)
    return BITS.get(header.quantization, average)
