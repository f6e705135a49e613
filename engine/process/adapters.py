"""LoRA adapters of the loaded model: read once, switched for each request, let go when others come.

llama.cpp owns an adapter together with its model: freeing the model frees its adapters, so `close` comes
before that. A context still names the adapters that it last used; `close` and letting go take them off first.
"""

from __future__ import annotations

import ctypes
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import AdapterUnfit, ModelMissing
from engine.models.adapters import inspect_adapter
from engine.process.llama import LoadedModel, library, log
from engine.values import Adapter

KEPT = 4
"""Adapters that stay loaded; each takes about the size of its file."""


@dataclass(frozen=True, slots=True)
class _Identity:
    """Which file it is: one that was replaced under its name is another adapter."""

    path: str
    size_bytes: int
    mtime_ns: int


class LoadedAdapters:
    """The adapters of one model, and which of them its context computes with. For one thread.

    Handles are the native pointers of a model and its context. An adapter that a running request uses must
    be named by `use` or `load` before each batch in turn; at least the two latest stay loaded.
    """

    def __init__(self, model: LoadedModel, context: Any, *, kept: int = KEPT) -> None:
        self._native = library()
        self._model = model
        self._context = context
        self._kept = max(kept, 2)
        self._loaded: OrderedDict[_Identity, Any] = OrderedDict()  # least recently used first
        self._named: dict[str, _Identity] = {}  # as of the latest `load`
        self._in_use: tuple[_Identity, float] | None = None

    def load(self, adapter: Adapter) -> None:
        """Read it, unless it is loaded; afterwards `use` takes no time.

        Raises:
            ModelMissing, ModelDamaged, AdapterUnfit: it cannot be used with this model.
        """
        identity = _identify(adapter.path)
        self._handle(identity)
        self._named[adapter.path] = identity

    def use(self, adapter: Adapter | None) -> None:
        """Let the next batch be computed with it, or with none. Costs nothing while it stays the same.

        After `load` the file is not looked at again: it may be gone by then.

        What a sequence has evaluated with one adapter is of no use under another.

        Raises:
            ModelMissing, ModelDamaged, AdapterUnfit: as `load`.
        """
        wanted = (self._identity(adapter.path), adapter.scale) if adapter and adapter.scale else None
        if wanted == self._in_use:
            return
        if wanted is None:
            self._set([], [])
        else:
            self._set([self._handle(wanted[0])], [wanted[1]])
        self._in_use = wanted

    def close(self) -> None:
        """Take them off the context and free them; before context and model are closed."""
        if self._in_use:
            self._set([], [])
            self._in_use = None
        while self._loaded:
            _, handle = self._loaded.popitem()
            self._native.llama_adapter_lora_free(handle)

    def _identity(self, path: str) -> _Identity:
        return self._named.get(path) or _identify(path)

    def _handle(self, identity: _Identity) -> Any:
        if identity not in self._loaded:
            self._loaded[identity] = self._read(identity.path)
        self._loaded.move_to_end(identity)
        self._let_go()
        return self._loaded[identity]

    def _read(self, path: str) -> Any:
        inspect_adapter(path, self._model.path)
        log().clear()
        handle = self._native.llama_adapter_lora_init(self._model.handle, os.fsencode(path))
        if not handle:
            raise AdapterUnfit(path, log().reason())
        return handle

    def _let_go(self) -> None:
        used = self._in_use[0] if self._in_use else None
        idle = [identity for identity in self._loaded if identity != used][
            :-1
        ]  # the latest is about to be used
        for identity in idle[: max(0, len(self._loaded) - self._kept)]:
            self._native.llama_adapter_lora_free(self._loaded.pop(identity))

    def _set(self, handles: list[Any], scales: list[float]) -> None:
        count = len(handles)
        pointers = (ctypes.POINTER(ctypes.c_void_p) * max(count, 1))(*handles)
        factors = (ctypes.c_float * max(count, 1))(*scales)
        if self._native.llama_set_adapters_lora(self._context, pointers, count, factors):
            raise AssertionError("llama.cpp refused adapters that it had loaded")


def _identify(path: str) -> _Identity:
    try:
        stat = Path(path).stat()
    except OSError as error:
        raise ModelMissing(path) from error
    return _Identity(path, stat.st_size, stat.st_mtime_ns)
