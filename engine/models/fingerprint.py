"""Which model a file holds, found without reading all of it."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

# The beginning says what model it is, and between two models of one family all tensors differ: so both ends
# and samples in between. Together 2 MB, some milliseconds.
END_BYTES = 256 << 10
SAMPLE_BYTES = 16 << 10
SAMPLES = 96


def fingerprint(path: str | Path) -> str:
    """Names the contents of a model file: equal for a copy, another one for a changed file.

    Not its path and its date, which change when a model is moved or copied back, and need not change when
    another file is put in its place (copies and archives keep dates). Two files that differ only between
    the samples would be taken for one; re-trained, re-quantized, cut or damaged models differ everywhere.

    Raises:
        OSError: it cannot be read.
    """
    status = Path(path).stat()
    return _fingerprint(os.fspath(path), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _fingerprint(path: str, size: int, _mtime_ns: int) -> str:
    digest = hashlib.sha256(size.to_bytes(8, "little"))
    with Path(path).open("rb", buffering=0) as file:
        for start, length in _samples(size):
            file.seek(start)
            digest.update(file.read(length))
    return digest.hexdigest()


def _samples(size: int) -> list[tuple[int, int]]:
    """Places to read and how much there; a small file is read whole."""
    if size <= 2 * END_BYTES + SAMPLES * SAMPLE_BYTES:
        return [(0, size)]
    step = (size - 2 * END_BYTES) // SAMPLES
    between = [(END_BYTES + index * step, SAMPLE_BYTES) for index in range(SAMPLES)]
    return [(0, END_BYTES), *between, (size - END_BYTES, END_BYTES)]
