"""Downloads as the application offers them: by the id of a model, in a process of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from desktop.downloads.messages import STOP, Fetch, codec
from desktop.downloads.partial import Partial
from desktop.egress.door import Door
from desktop.network import Attempt, NetworkLog
from desktop.processes.codec import End, MalformedMessage
from engine.errors import DownloadFailed, ModelUnknown
from engine.models.catalogue import read
from engine.models.values import CatalogueModel, Downloading, ModelAdded

POLL_S = 0.02
STOPPING_S = 5.0
"""A process that was told to stop has ended long before, unless the computer stands still."""

_MESSAGE_BYTES = 1 << 16


class Downloads:
    """Fetches models of the catalogue into a folder. Thread-safe: each download has a process of its own.

    `door` is None where the network is out of reach for good: then nothing can be fetched, and the
    catalogue and what lies half fetched on the disk can still be looked at.
    """

    def __init__(self, *, catalogue: Path, models: Path, network: NetworkLog, door: Door | None) -> None:
        self._catalogue = catalogue
        self._folder = models
        self._network = network
        self._door = door
        self._models: list[CatalogueModel] | None = None

    def catalogue(self) -> list[CatalogueModel]:
        """What can be fetched; read once.

        Raises:
            CatalogueDamaged: it cannot be read.
        """
        if self._models is None:
            self._models = read(self._catalogue)
        return self._models

    def is_installed(self, model: CatalogueModel) -> bool:
        return (self._folder / model.file).is_file()

    def partial_bytes(self, model_id: str) -> int:
        """How much of a model has come already, of a download that was paused or broke off.

        Raises:
            ModelUnknown: the catalogue has no such model.
        """
        return Partial(self.model(model_id), self._folder).size_bytes()

    def discard(self, model_id: str) -> int:
        """Throw away what has come of a model; returns the bytes that this frees.

        Raises:
            ModelUnknown: the catalogue has no such model.
            DownloadRunning: it is being fetched.
            ModelUnwritable: the folder does not allow it.
        """
        partial = Partial(self.model(model_id), self._folder)
        with partial.held():
            return partial.delete()

    def download(
        self, model_id: str, *, cancelled: Callable[[], bool]
    ) -> Generator[Downloading | ModelAdded, None, None]:
        """Fetch a model; `ModelAdded` comes last. What has come is kept when it is cancelled or closed.

        Raises:
            ModelUnknown, NotEnoughSpace, ModelUnwritable, DownloadRunning, DownloadFailed, DownloadDamaged
        """
        model = self.model(model_id)
        if self.is_installed(model):
            yield ModelAdded(model.id)
            return
        pipe = self._begin(model)
        try:
            yield from self._follow(pipe, model, cancelled)
        finally:
            _stop(pipe)

    def close(self) -> None:
        if self._door is not None:
            self._door.close()

    def model(self, model_id: str) -> CatalogueModel:
        """
        Raises:
            ModelUnknown: the catalogue has no such model.
        """
        models = self.catalogue()
        for model in models:
            if model.id == model_id:
                return model
        raise ModelUnknown(model_id, tuple(model.id for model in models))

    def _begin(self, model: CatalogueModel) -> Connection:
        if self._door is None:
            raise _failed(model, "this Carrel was started without a way to the network")
        try:
            return self._door.fetch(Fetch(model.id, str(self._folder)))
        except OSError as error:
            raise _failed(model, f"no process could be started for it ({error.strerror})") from error

    def _follow(
        self, pipe: Connection, model: CatalogueModel, cancelled: Callable[[], bool]
    ) -> Iterator[Downloading | ModelAdded]:
        messages = codec()
        while not cancelled():
            if not pipe.poll(POLL_S):
                continue
            try:
                _, body = messages.decode_reply(pipe.recv_bytes(_MESSAGE_BYTES))
            except (EOFError, OSError, MalformedMessage) as error:
                raise _failed(model, "the process that fetched it ended unexpectedly") from error
            if isinstance(body, Exception):
                raise body
            if isinstance(body, End):
                return
            if isinstance(body, Attempt):
                self._network.add(body)
            elif isinstance(body, Downloading | ModelAdded):
                yield body


def _failed(model: CatalogueModel, detail: str) -> DownloadFailed:
    return DownloadFailed(urlsplit(model.url).hostname or model.url, detail, can_resume=True)


def _stop(pipe: Connection) -> None:
    """Tell the process to stop and see it end: it holds the model's lock until then."""
    deadline = time.monotonic() + STOPPING_S
    try:
        pipe.send_bytes(STOP)
        while pipe.poll(max(0.0, deadline - time.monotonic())):
            pipe.recv_bytes(_MESSAGE_BYTES)
    except (EOFError, OSError):
        pass  # it has ended
    finally:
        pipe.close()
