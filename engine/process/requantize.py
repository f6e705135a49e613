"""Writes a model anew with smaller or quicker numbers, through llama.cpp."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from engine.errors import ConversionFailed, NotEnoughSpace
from engine.models import conversion
from engine.models.gguf import GgufHeader, inspect
from engine.process import threads
from engine.process.llama import library, log
from engine.process.messages import Requantize, Requantized, Requantizing

# llama.cpp would otherwise hold up to 8 GiB of rows before it writes them.
BUFFER_BYTES = 512 << 20
_STEP = re.compile(r"\[\s*(\d+)/\s*(\d+)\]")
_ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR
_END_OF_LAYERS = -1
_GGML_TYPE_Q4_0 = 2  # the quickest to write


def requantize(request: Requantize) -> Iterator[Requantizing | Requantized]:
    """Convert, and tell of each tensor. Cannot be stopped but with its process: llama.cpp asks nobody.

    Raises:
        ModelError: the model cannot be read.
        ConversionFailed: llama.cpp does not do it, or it would bring nothing.
        NotEnoughSpace: the disk filled up.
    """
    began = time.perf_counter()
    header = inspect(request.path)
    conversion.check(header, request.quantization)
    progress = _Progress()
    with ThreadPoolExecutor(1, thread_name_prefix="requantize") as pool:
        future = pool.submit(_quantize, header, request, progress)
        future.add_done_callback(progress.end)
        yield from iter(progress.steps.get, None)
    _finish(request, future.result(), progress.reason)
    yield Requantized(request.target, Path(request.target).stat().st_size, time.perf_counter() - began)


def _finish(request: Requantize, outcome: int, reason: str) -> None:
    """Bring what was written to the disk; remove it, and say why, when llama.cpp failed.

    Of a full disk it says only “iostream error”; so where the whole would not fit even now, that is why.
    """
    target = Path(request.target)
    if outcome == 0:
        with target.open("rb+") as file:
            os.fsync(file.fileno())
        return
    with suppress(OSError):
        target.unlink()
    _refuse_full_disk(target.parent, Path(request.path).stat().st_size)
    raise ConversionFailed(request.path, reason)


def _refuse_full_disk(folder: Path, needed_bytes: int) -> None:
    with suppress(FileNotFoundError):  # then that is the reason, and llama.cpp's words have to do
        free = shutil.disk_usage(folder).free
        if free < needed_bytes:
            raise NotEnoughSpace(str(folder), needed_bytes, free)


def _quantize(header: GgufHeader, request: Requantize, progress: _Progress) -> int:
    native = library()
    callback = native.llama_log_callback(progress.hear)  # must outlive the call
    native.llama_log_set(callback, None)
    try:
        parameters = _parameters(native, header, request)
        return int(
            native.llama_model_quantize(
                os.fsencode(request.path), os.fsencode(request.target), ctypes.byref(parameters)
            )
        )
    finally:
        native.llama_log_set(log().callback(native), None)


def _parameters(native: Any, header: GgufHeader, request: Requantize) -> Any:
    parameters = native.llama_model_quantize_default_params()
    parameters.ftype = conversion.file_type(request.quantization)
    parameters.nthread = threads.choose(0)
    parameters.allow_requantize = True  # from what the person has; the originals are many times as large
    parameters.max_buf_size = BUFFER_BYTES
    if 0 < request.layers < header.layers:
        pruned = (*range(request.layers, header.layers), _END_OF_LAYERS)
        numbers = (ctypes.c_int32 * len(pruned))(*pruned)
        parameters.prune_layers = ctypes.cast(numbers, ctypes.POINTER(ctypes.c_int32))
        # The vocabulary is as large as ten layers, slow to convert well, and nothing that is tried here.
        parameters.token_embedding_type = parameters.output_tensor_type = _GGML_TYPE_Q4_0
    return parameters


class _Progress:
    """Carries llama.cpp's log lines from its thread: they alone say how far it is, and what is wrong."""

    def __init__(self) -> None:
        self.steps: SimpleQueue[Requantizing | None] = SimpleQueue()
        self.reason = "llama.cpp gives no reason."

    def hear(self, level: int, text: bytes, _user_data: object) -> None:
        line = text.decode("utf-8", "replace").strip()
        if step := _STEP.match(line):
            self.steps.put(Requantizing(int(step[1]), int(step[2])))
        elif level == _ERROR_LEVEL and line:
            self.reason = line.partition(": ")[2] or line  # without the function's name before it

    def end(self, _future: Future[int]) -> None:
        self.steps.put(None)
