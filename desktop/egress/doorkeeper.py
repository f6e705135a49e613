"""The doorkeeper's life: a fork of the app from before it had opened anything. See `door.py` for why."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from desktop.downloads import process as download
from desktop.downloads.messages import Fetch
from desktop.egress import courier
from desktop.egress.key_sources import SessionKeys
from desktop.egress.messages import AT_THE_DOOR, FROM_THE_DOOR, KEY_BYTES, Carry, DropKey, HoldKey, Listen
from desktop.egress.refusals import Refusals
from desktop.network import Attempt
from desktop.processes.codec import NO_REQUEST, MalformedMessage
from desktop.processes.sandbox import call_itself, die_with, hide
from engine.errors import EngineError
from engine.models.catalogue import read

_PACKET_BYTES = KEY_BYTES + (1 << 16)


def keep_the_door(control: socket.socket, catalogue: Path, app: int) -> None:
    """The whole life. Does not return: nothing of the app that it came from may run on."""
    try:
        _shed(control.fileno(), app)
        _Doorkeeper(control, read_catalogue(catalogue), app).serve()
    finally:
        os._exit(0)


def read_catalogue(catalogue: Path) -> download.Models:
    try:
        return read(catalogue)
    except EngineError as error:
        return error


def _shed(control: int, app: int) -> None:
    """Give up what came from the app by chance, and close the window into this process."""
    call_itself("door")
    hide()
    die_with(app)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the app decides
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system collects the ended
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.closerange(3, control)
    os.closerange(control + 1, os.sysconf("SC_OPEN_MAX"))
    # The courier starts a process to ask the keyring; what serves the app's own in this has just been closed.
    vars(resource_tracker._resource_tracker).update(_fd=None, _pid=None)


class _Doorkeeper:
    """One thread: it forks, and a fork has no other."""

    def __init__(self, control: socket.socket, models: download.Models, app: int) -> None:
        self._app = app
        self._control = control
        self._models = models
        self._session = SessionKeys()
        self._refusals: Refusals | None = None
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        """Until the app closes its end."""
        while True:
            for descriptor, events in self._poll.poll():
                if descriptor != self._control.fileno():
                    self._refuse(descriptor, events)
                elif not self._obey():
                    return

    def _obey(self) -> bool:
        """Take one packet; False: the app has gone."""
        packet, baggage, _, _ = socket.recv_fds(self._control, _PACKET_BYTES, 1)
        if not packet:
            return False
        # The closed pipe says what went wrong.
        with suppress(MalformedMessage, OSError, struct.error):
            length = struct.unpack_from("!I", packet)[0] + 4
            _, message = AT_THE_DOOR.decode(packet[4:length])
            self._do(message, baggage, packet[length:])
        for descriptor in baggage:
            os.close(descriptor)
        return True

    def _do(self, message: Any, baggage: list[int], key: bytes) -> None:
        if isinstance(message, HoldKey):
            self._session.hold(message.provider_id, message.authority, key)
        elif isinstance(message, DropKey):
            self._session.drop(message.provider_id, message.authority)
        elif not baggage:
            return
        elif isinstance(message, Listen):
            self._listen(os.dup(baggage[0]))
        elif os.fork() == 0:
            self._let_out(message, Connection(baggage[0]))

    def _let_out(self, message: Any, pipe: Connection) -> None:
        """In the process that goes out. Does not return."""
        try:
            self._control.close()
            if self._refusals is not None:
                self._refusals.close()
            if isinstance(message, Fetch):
                call_itself("download")
                download.run(pipe, message, self._models)
            elif isinstance(message, Carry):
                call_itself("courier")
                die_with(os.getppid())
                courier.run(pipe, message, self._session)
        finally:
            os._exit(0)

    # What the kernel refuses

    def _listen(self, kernel: int) -> None:
        self._refusals = Refusals(kernel, self._app)
        self._poll.register(kernel, select.POLLIN)

    def _refuse(self, descriptor: int, events: int) -> None:
        assert self._refusals is not None
        if not events & select.POLLIN:  # nobody is left whom the filter holds
            self._poll.unregister(descriptor)
            self._refusals.close()
            self._refusals = None
        elif attempt := self._refusals.answer():
            self._tell(attempt)

    def _tell(self, attempt: Attempt) -> None:
        """Without waiting: an app that does not listen must hold up nobody who is to be refused."""
        with suppress(OSError):
            self._control.send(FROM_THE_DOOR.encode(NO_REQUEST, attempt), socket.MSG_DONTWAIT)
