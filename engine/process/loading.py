"""A model is loaded while its progress is told: llama.cpp blocks, so it works on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from engine.errors import ModelUnsupported, NotEnoughMemory
from engine.models.gguf import GgufHeader
from engine.process import memory
from engine.process.llama import LoadedModel
from engine.values import ModelLoading

STEP = 0.02  # llama.cpp tells of every tensor


def check_memory(header: GgufHeader, context_tokens: int, available: int | None) -> None:
    """
    Raises:
        NotEnoughMemory: the model would push everything else out, or get its process killed.
    """
    needed = memory.needed_bytes(header, context_tokens)
    if available is not None and needed > available:
        raise NotEnoughMemory(needed, available)


def load(
    path: str, cancelled: Callable[[], bool], *, repacked: bool = True
) -> Generator[ModelLoading, None, LoadedModel | None]:
    """Load a model and return it; None when it was cancelled. Closing the generator stops the loading.

    Raises:
        ModelUnsupported: llama.cpp does not load it.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="load") as pool:
        told = _Told(cancelled)
        future = pool.submit(LoadedModel, path, told.hear, repacked=repacked)
        future.add_done_callback(lambda _: told.end())
        try:
            for done in iter(told.steps.get, None):
                yield ModelLoading(done)
        except GeneratorExit:
            told.stopped = True
            _discard(future)
            raise
    try:
        return future.result()
    except ModelUnsupported:
        if told.stopped:
            return None
        raise


class _Told:
    """Carries progress from llama.cpp's thread to the generator, and the wish to stop back."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self.steps: SimpleQueue[float | None] = SimpleQueue()
        self.stopped = False
        self._cancelled = cancelled
        self._last = -1.0

    def hear(self, done: float) -> bool:
        if done - self._last >= STEP or (done >= 1.0 > self._last):
            self._last = done
            self.steps.put(done)
        self.stopped = self.stopped or self._cancelled()
        return not self.stopped

    def end(self) -> None:
        self.steps.put(None)


def _discard(future: Future[LoadedModel]) -> None:
    """Wait for the loading to notice that nobody wants it, and free what it loaded all the same."""
    error = future.exception()
    if error is None:
        future.result().close()
