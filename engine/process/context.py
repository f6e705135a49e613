"""What a model remembers: the tokens of many sequences, in one memory that they share."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelUnsupported
from engine.process.llama import LoadedModel, library, log

SEQUENCES = 64
"""Sequences that there may be at a time; their tokens share the cells of one memory."""
STATES = 8
"""The same for a model that keeps a state for each sequence: those take memory of their own."""
OUTPUTS = 64
"""Tokens of one batch whose logits may be asked for; each makes room for the whole vocabulary."""

UNINTERRUPTED = 4
"""So few items are over before anybody could wish to stop them. Asking costs: 500 times a microsecond or two,
while the other threads wait, were 8 % of a step of a small model."""

Outcome = Literal["done", "full", "stopped"]
_FULL, _ABORTED = 1, 2
_FORGET_ALL = -1


@dataclass(frozen=True, slots=True)
class Item:
    """A token to evaluate at a position of one or more sequences; `wanted`: so are its logits."""

    token: int
    position: int
    sequences: tuple[int, ...]
    wanted: bool = False


class LlamaContext:
    """One memory of `cells` tokens. A cell that several sequences share is there once.

    It does not keep count of what each sequence holds: that is `prefixes.Sequences`.
    """

    def __init__(self, model: LoadedModel, cells: int, *, chunk_tokens: int, threads: int) -> None:
        """
        Raises:
            ModelUnsupported: llama.cpp makes no context for it (most often: too little memory).
        """
        self._native = library()
        self.cells = cells
        self.chunk_tokens = chunk_tokens
        self.sequences = STATES if model.keeps_one_state else SEQUENCES
        self.forgets_ends = not model.keeps_one_state
        self._vocabulary = model.token_count
        self._threads = threads
        self._stop: Callable[[], bool] = _never
        self._abort: Any = self._native.ggml_abort_callback(lambda _data: self._stop())
        self._no_abort: Any = ctypes.cast(0, self._native.ggml_abort_callback)
        self._asks = True  # whether llama.cpp calls `_abort`
        self._logits = ctypes.c_float * self._vocabulary
        self._context = self._native.llama_init_from_model(model.handle, self._parameters(threads))
        if not self._context:
            raise ModelUnsupported(model.path, log().reason())
        self._memory = self._native.llama_get_memory(self._context)
        self._batch = self._native.llama_batch_init(chunk_tokens, 0, self.sequences)

    def _parameters(self, threads: int) -> Any:
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = self.cells
        parameters.n_batch = parameters.n_ubatch = max(self.chunk_tokens, OUTPUTS, self.sequences)
        parameters.n_seq_max = self.sequences
        parameters.kv_unified = True
        # Else buffers are made for the logits of every token of a chunk: 80 MB for a large vocabulary.
        parameters.n_outputs_max = OUTPUTS
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.abort_callback = self._abort
        parameters.no_perf = True
        return parameters

    @property
    def handle(self) -> Any:
        return self._context

    @property
    def outputs(self) -> int:
        """Items of one batch that may be wanted."""
        return OUTPUTS

    def set_threads(self, threads: int) -> None:
        if threads != self._threads:
            self._threads = threads
            self._native.llama_set_n_threads(self._context, threads, threads)

    def decode(self, items: Sequence[Item], stop: Callable[[], bool]) -> Outcome:
        """Evaluate up to `chunk_tokens` items, of which up to `outputs` are wanted.

        “full”: there are too few free cells; nothing has changed. “stopped”: `stop` said so, which is asked
        some hundred times between the steps of the computation (not for `UNINTERRUPTED` items or fewer);
        what the sequences held before, the caller must `keep`, and only that.

        Raises:
            MemoryError: llama.cpp could not compute (it ran out of memory in the middle).
        """
        self._fill_batch(items)
        self._ask_to_stop(len(items) > UNINTERRUPTED)
        self._stop = stop
        try:
            outcome = self._native.llama_decode(self._context, self._batch)
        finally:
            self._stop = _never
        if outcome == 0:
            return "done"
        if outcome == _FULL:
            return "full"
        if outcome == _ABORTED:
            return "stopped"
        raise MemoryError(f"llama_decode returned {outcome}: {log().reason()}")

    def logits(self, index: int) -> NDArray[np.float32]:
        """`(vocabulary,)` float32, for what follows the wanted item at `index` of the last batch.

        It is llama.cpp's own memory: good until the next `decode`; what is changed in it, a sampler sees.
        """
        pointer = self._native.llama_get_logits_ith(self._context, index)
        memory: Any = self._logits.from_address(ctypes.addressof(pointer.contents))
        return np.frombuffer(memory, np.float32)

    def _ask_to_stop(self, asks: bool) -> None:
        if asks != self._asks:
            self._asks = asks
            callback = self._abort if asks else self._no_abort
            self._native.llama_set_abort_callback(self._context, callback, None)

    def _fill_batch(self, items: Sequence[Item]) -> None:
        batch = self._batch
        batch.n_tokens = len(items)
        for index, item in enumerate(items):
            batch.token[index] = item.token
            batch.pos[index] = item.position
            batch.n_seq_id[index] = len(item.sequences)
            for number, sequence in enumerate(item.sequences):
                batch.seq_id[index][number] = sequence
            batch.logits[index] = item.wanted

    # Sequences

    def copy(self, source: int, target: int, length: int) -> None:
        """Let the empty sequence `target` begin with the first `length` tokens of `source`."""
        self._native.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def keep(self, sequence: int, length: int) -> int:
        """Forget all but the first `length` tokens; return how many are left.

        That is 0 where the model cannot forget a part.
        """
        if self._native.llama_memory_seq_rm(self._memory, sequence, length, _FORGET_ALL):
            return length
        self._native.llama_memory_seq_rm(self._memory, sequence, 0, _FORGET_ALL)
        return 0

    def state(self, sequence: int) -> memoryview:
        """What the model remembers of a sequence, to be given to `restore` of an equal model."""
        size = self._native.llama_state_seq_get_size(self._context, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = self._native.llama_state_seq_get_data(self._context, buffer, size, sequence)
        return memoryview(buffer).cast("B")[:written]

    def restore(self, sequence: int, state: NDArray[np.uint8]) -> bool:
        """Fill an empty sequence with a `state`; False when it does not fit (then it stays empty)."""
        data = state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        read = self._native.llama_state_seq_set_data(self._context, data, len(state), sequence)
        if read != len(state):
            self.keep(sequence, 0)
        return bool(read == len(state))

    def close(self) -> None:
        if self._context:
            self._native.llama_batch_free(self._batch)
            self._native.llama_free(self._context)
            self._context = None


def _never() -> bool:
    return False
