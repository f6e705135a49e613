"""The life of a process that fetches one model: Carrel's only process with a way to the network.

It reads nothing but the answers of the servers it asks, keeps to the hosts of one catalogue entry, tells the
app of every connection before it makes it, and ends with the download, with the app, or when told to.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from desktop.downloads.messages import REQUEST, Fetch, codec
from desktop.network import NetworkLog, quiet_hubs
from desktop.processes.codec import End
from desktop.processes.sandbox import confine
from desktop.processes.service import Limits
from engine.errors import EngineError, ModelUnknown
from engine.models.values import CatalogueModel, ModelAdded

STOP_S = 0.04
"""After this a download that is told to stop is ended: it may be waiting for a server that says nothing."""

_FILE_MARGIN_BYTES = 1 << 20
_OPEN_FILES = 64

Models = Sequence[CatalogueModel] | EngineError
"""The catalogue, or why it could not be read."""


def run(pipe: Connection, request: Fetch, models: Models) -> None:
    """Fetch, answer, and end the process. Does not return."""
    out = _Out(pipe)
    stopped = threading.Event()
    threading.Thread(target=_obey, args=(pipe, stopped), name="download stop", daemon=True).start()
    try:
        _fetch(request, models, out, stopped)
    except BaseException as error:  # the process boundary
        out.fail(error)
    else:
        out.send(End())
    os._exit(0)


def _obey(pipe: Connection, stopped: threading.Event) -> None:
    """Wait until the app says stop, or is no more. What has come by then is whole on the disk as it is."""
    with suppress(EOFError, OSError):
        pipe.recv_bytes()
    stopped.set()
    time.sleep(STOP_S)
    os._exit(0)


def _fetch(request: Fetch, models: Models, out: _Out, stopped: threading.Event) -> None:
    from desktop.downloads.fetch import download
    from desktop.downloads.gate import Gate

    model = _named(request.model_id, models)
    confine(Limits(network=True, file_bytes=model.size_bytes + _FILE_MARGIN_BYTES, open_files=_OPEN_FILES))
    quiet_hubs()
    log = NetworkLog()
    log.add_listener(out.send)
    log.watch()
    for event in download(model, Path(request.folder), transport=Gate(model, log), cancelled=stopped.is_set):
        out.send(event)
    if not stopped.is_set():
        out.send(ModelAdded(model.id))


def _named(model_id: str, models: Models) -> CatalogueModel:
    if isinstance(models, EngineError):
        raise models
    for model in models:
        if model.id == model_id:
            return model
    raise ModelUnknown(model_id, tuple(model.id for model in models))


class _Out:
    """The pipe to the app, written to by the download and by the network's hook."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._codec = codec()
        self._lock = threading.Lock()

    def send(self, body: Any) -> None:
        self._write(self._codec.to_app.encode(REQUEST, body))

    def fail(self, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        self._write(self._codec.encode_failure(REQUEST, error, trace))

    def _write(self, data: bytes) -> None:
        with self._lock:
            try:
                self._pipe.send_bytes(data)
            except OSError:
                os._exit(0)  # the app has gone
