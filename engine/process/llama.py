"""llama.cpp's library, its log and a loaded model. Imports the native library on first use.

`context.py` and `sampler.py` have the rest of what is native. Nothing in the three knows of messages,
templates or requests. Any thread may use a model's vocabulary; one at a time a context or a sampler.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

from engine.errors import ModelUnsupported

NO_TOKEN = -1
LOG_LINES = 50
_ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR


@cache
def library() -> Any:
    """llama.cpp, loaded, initialised and silent. Its first use takes about a second."""
    # Where it aborts, it would start a debugger to print where: seconds that the restart has to wait.
    os.environ["GGML_NO_BACKTRACE"] = "1"
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

    def __init__(self, path: str, on_progress: Callable[[float], bool], *, repacked: bool = True) -> None:
        """Blocks while it loads. `on_progress` hears 0..1 on this thread; False stops the loading.

        `repacked`: rearranged for the processor's widest instructions, where llama.cpp can; otherwise
        computed with as they stand in the file. Which is quicker depends on both (`models/quickening.py`).

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
        parameters.use_extra_bufts = repacked
        # Not mapped: a mapped file stays beside the repacked copy (the default model took 1,934 MB mapped,
        # 1,336 MB so).
        parameters.load_mode = self._native.LLAMA_LOAD_MODE_NONE
        self._model = self._native.llama_model_load_from_file(os.fsencode(path), parameters)
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

    @property
    def keeps_one_state(self) -> bool:
        """Whether it remembers a state instead of every token (Mamba and its kin), at least in part.

        Then nothing can be forgotten from the end, and a beginning cannot be had out of something longer.
        """
        native = self._native
        return bool(native.llama_model_is_recurrent(self._model) or native.llama_model_is_hybrid(self._model))

    @cached_property
    def endings(self) -> tuple[int, ...]:
        """The tokens with which a reply usually ends."""
        native = self._native
        found = (self.eos, int(native.llama_vocab_eot(self._vocabulary)))
        return tuple(sorted({token for token in found if token != NO_TOKEN}))

    def close(self) -> None:
        if self._model:
            self._native.llama_model_free(self._model)
            self._model = None
