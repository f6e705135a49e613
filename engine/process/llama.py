"""llama.cpp through its C interface, as objects that are closed. Imports the native library on first use.

Nothing here knows of messages, templates or requests. One thread at a time uses a model, its contexts
and samplers.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelUnsupported
from engine.values import Sampling

NO_TOKEN = -1
LOG_LINES = 50
PENALTY_TOKENS = 64  # how far back a repetition counts; llama.cpp's own default
_ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR
_ABORTED = 2
_SEQUENCE = 0  # one for now; a scheduler will have several in one context


@cache
def library() -> Any:
    """llama.cpp, loaded, initialised and silent. Its first use takes about a second."""
    import llama_cpp.llama_cpp as native

    native.llama_log_set(log().callback(native), None)
    native.llama_backend_init()
    return native


@cache
def log() -> Log:
    return Log()


class Log:
    """The last lines that llama.cpp would have printed: the only place where it says why a model fails."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, str]] = deque(maxlen=LOG_LINES)
        self._callback: Any = None

    def callback(self, native: Any) -> Any:
        self._callback = native.llama_log_callback(self._write)  # must outlive the library's use of it
        return self._callback

    def _write(self, level: int, text: bytes, _user_data: object) -> None:
        self._lines.append((level, text.decode("utf-8", "replace").strip()))

    def clear(self) -> None:
        self._lines.clear()

    def reason(self) -> str:
        """The last error, or the last line at all."""
        lines = [(level, line) for level, line in self._lines if line.strip(".")]
        errors = [line for level, line in lines if level == _ERROR_LEVEL]
        # The first error names the cause; those after it say only that loading failed.
        return errors[0] if errors else (lines[-1][1] if lines else "llama.cpp gives no reason")


class LoadedModel:
    """The weights and the vocabulary of a model."""

    def __init__(self, path: str, on_progress: Callable[[float], bool]) -> None:
        """Blocks while it loads. `on_progress` hears 0..1 on this thread; False stops the loading.

        Raises:
            ModelUnsupported: llama.cpp does not load it (or was stopped).
        """
        self._native = library()
        self.path = path
        log().clear()
        parameters = self._native.llama_model_default_params()
        # Held in a name: ctypes does not keep a callback alive by itself.
        progress = self._native.llama_progress_callback(lambda done, _user_data: on_progress(done))
        parameters.progress_callback = progress
        self._model = self._native.llama_model_load_from_file(path.encode(), parameters)
        if not self._model:
            raise ModelUnsupported(path, log().reason())
        self._vocabulary = self._native.llama_model_get_vocab(self._model)

    @property
    def handle(self) -> Any:
        return self._model

    def tokenize(self, text: str, *, control: bool) -> list[int]:
        """The tokens of a text, without any at its beginning or end that it does not contain.

        With `control`, “<|im_end|>” becomes the control token; without, the characters that it is.
        """
        data = text.encode("utf-8", "replace")  # lone surrogates, from file names, become “?”
        room = len(data) + 8  # a token is at least a byte; a few models put a space in front
        tokens = (ctypes.c_int32 * room)()
        count = self._native.llama_tokenize(self._vocabulary, data, len(data), tokens, room, False, control)
        if count < 0:
            raise AssertionError(f"{len(data)} bytes gave {-count} tokens")
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for a control token. They may end inside a character."""
        return self._piece(token, special=False)

    def text_of(self, token: int) -> str:
        """A control token as templates write it; empty for a token that the model does not have."""
        return "" if token == NO_TOKEN else self._piece(token, special=True).decode("utf-8", "replace")

    def _piece(self, token: int, *, special: bool) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = self._native.llama_token_to_piece(self._vocabulary, token, buffer, room, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def ends_generation(self, token: int) -> bool:
        return bool(self._native.llama_vocab_is_eog(self._vocabulary, token))

    def is_control(self, token: int) -> bool:
        return bool(self._native.llama_vocab_is_control(self._vocabulary, token))

    @property
    def token_count(self) -> int:
        """How many different tokens there are."""
        return int(self._native.llama_vocab_n_tokens(self._vocabulary))

    @property
    def bos(self) -> int:
        return int(self._native.llama_vocab_bos(self._vocabulary))

    @property
    def eos(self) -> int:
        return int(self._native.llama_vocab_eos(self._vocabulary))

    @property
    def wants_bos(self) -> bool:
        """Whether a prompt must begin with the `bos` token even where the template names none."""
        return bool(self._native.llama_vocab_get_add_bos(self._vocabulary))

    def close(self) -> None:
        if self._model:
            self._native.llama_model_free(self._model)
            self._model = None


class LlamaContext:
    """What a model remembers: the tokens that it has evaluated, and what comes after them."""

    def __init__(self, model: LoadedModel, context_tokens: int, *, chunk_tokens: int, threads: int) -> None:
        """
        Raises:
            ModelUnsupported: llama.cpp makes no context for it (most often: too little memory).
        """
        self._native = library()
        self.context_tokens = context_tokens
        self.chunk_tokens = chunk_tokens
        self._vocabulary = model.token_count
        self._tokens: list[int] = []
        self._cancelled: Callable[[], bool] = _never
        self._abort = self._native.ggml_abort_callback(lambda _data: self._cancelled())
        self._context = self._native.llama_init_from_model(model.handle, self._parameters(threads))
        if not self._context:
            raise ModelUnsupported(model.path, log().reason())
        self._memory = self._native.llama_get_memory(self._context)
        self._batch = self._native.llama_batch_init(chunk_tokens, 0, 1)

    def _parameters(self, threads: int) -> Any:
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = self.context_tokens
        parameters.n_batch = parameters.n_ubatch = self.chunk_tokens
        parameters.n_seq_max = 1
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.abort_callback = self._abort
        parameters.no_perf = True
        return parameters

    @property
    def handle(self) -> Any:
        return self._context

    @property
    def tokens(self) -> Sequence[int]:
        """The tokens that it holds."""
        return self._tokens

    def set_threads(self, threads: int) -> None:
        self._native.llama_set_n_threads(self._context, threads, threads)

    def keep_prefix(self, tokens: Sequence[int]) -> int:
        """Forget all but the longest common beginning with `tokens`; return its length.

        At least the last of `tokens` is left to be evaluated: what follows it is not remembered.
        """
        common = 0
        for held, wanted in zip(self._tokens, tokens[:-1], strict=False):
            if held != wanted:
                break
            common += 1
        self._truncate(common)
        return len(self._tokens)

    def evaluate(self, tokens: Sequence[int], cancelled: Callable[[], bool]) -> bool:
        """Evaluate up to `chunk_tokens` more tokens; False when it was cancelled, then none was added.

        `cancelled` is asked between the steps of the computation, some hundred times for each call.

        Raises:
            MemoryError: llama.cpp could not compute (it ran out of memory in the middle).
        """
        start = len(self._tokens)
        self._fill_batch(tokens, start)
        self._cancelled = cancelled
        try:
            outcome = self._native.llama_decode(self._context, self._batch)
        finally:
            self._cancelled = _never
        if outcome == 0:
            self._tokens += tokens
            return True
        self._truncate(start)
        if outcome == _ABORTED:
            return False
        raise MemoryError(f"llama_decode returned {outcome}: {log().reason()}")

    def logits(self) -> NDArray[np.float32]:
        """`(vocabulary,)` float32, for the token after those held: llama.cpp's own memory, to be read only,
        and good until the next `evaluate`."""
        pointer = self._native.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._vocabulary,))

    def _fill_batch(self, tokens: Sequence[int], start: int) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = start + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = _SEQUENCE
            batch.logits[index] = index == len(tokens) - 1

    def _truncate(self, length: int) -> None:
        """Forget all from position `length` on; everything, where a model cannot forget a part."""
        if not self._native.llama_memory_seq_rm(self._memory, _SEQUENCE, length, -1):
            self._native.llama_memory_clear(self._memory, True)
            length = 0
        del self._tokens[length:]

    def close(self) -> None:
        if self._context:
            self._native.llama_batch_free(self._batch)
            self._native.llama_free(self._context)
            self._context = None


class Sampler:
    """Draws the next token. Greedy at temperature 0; the same seed draws the same tokens."""

    def __init__(self, sampling: Sampling, model: LoadedModel) -> None:
        native = self._native = library()
        parameters = native.llama_sampler_chain_default_params()
        parameters.no_perf = True
        self._chain = native.llama_sampler_chain_init(parameters)
        for link in _links(native, sampling, model.token_count):
            native.llama_sampler_chain_add(self._chain, link)  # which frees it from now on

    def draw(self, context: LlamaContext) -> int:
        """The token after those that the context holds."""
        return int(self._native.llama_sampler_sample(self._chain, context.handle, -1))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._native.llama_sampler_free(self._chain)


def _links(native: Any, sampling: Sampling, token_count: int) -> list[Any]:
    """The chain in llama.cpp's own order. The penalty looks at generated tokens, not at the prompt."""
    links = []
    if sampling.repeat_penalty != 1.0:
        links.append(
            native.llama_sampler_init_penalties(
                token_count, PENALTY_TOKENS, sampling.repeat_penalty, 0.0, 0.0
            )
        )
    if sampling.temperature <= 0:
        return [*links, native.llama_sampler_init_greedy()]
    return [
        *links,
        native.llama_sampler_init_top_p(sampling.top_p, 1),
        native.llama_sampler_init_temp(sampling.temperature),
        native.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF),
    ]


def _never() -> bool:
    return False
