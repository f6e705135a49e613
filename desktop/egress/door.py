"""How anything gets out of an app that has denied itself the network for good.

On Linux the app gives up all sockets but local ones before it does anything else, and whatever it starts
inherits that (`desktop/network.py`). What goes out nevertheless, when the person asks for it, is started by
a *doorkeeper*: a small process that the app splits off while there still is a network, and that waits at a
local socket. It can start two things: a process that fetches a model of the catalogue
(`desktop/downloads/process.py`), and the courier, which sends to providers while the person is online
(`desktop/egress/courier.py`). It also answers the kernel when that refuses somebody a socket, and tells the
app of it (`desktop/egress/refusals.py`).

What stays blocked: the app itself, with all its threads, and the workers, before, during and after. The
doorkeeper itself connects to nothing. Each request that leaves stands in the app's network log.

What somebody could do who has taken over the app: what the person can do with it, going online and sending
to an address included; a key goes along only where one is kept for that very host. Who has taken over a
process that reads documents or runs models can do nothing of this: those have no way to this door, and no
socket to look for another. Neither the doorkeeper nor what it starts can be looked into or written to by
others of the same person (PR_SET_DUMPABLE), nor traced by the app (its filter). A thread without the filter
in the app would have been simpler, and worthless: threads share memory, so whoever has the app has the
thread. What this does not stop is what no wall of the app stops: whoever is asked learns who asks.

For a download it is less still: the request is the id of an entry and a folder, no address, no header, no
data; the doorkeeper has read the catalogue before the app opened any document, and reads no other.

Elsewhere than on Linux the system does not block the app's network (`Confinement` says so), and the
processes that go out are started like the workers are.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import struct
import sys
import threading
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from desktop.downloads import process as download
from desktop.downloads.messages import Fetch
from desktop.egress import courier
from desktop.egress.doorkeeper import keep_the_door, read_catalogue
from desktop.egress.key_sources import SessionKeys
from desktop.egress.messages import AT_THE_DOOR, FROM_THE_DOOR, Carry, DropKey, HoldKey, Listen
from desktop.keys.secret import Secret
from desktop.network import Attempt
from desktop.processes.codec import NO_REQUEST, MalformedMessage

PACKET_BYTES = 1 << 17
_END_S = 3.0


class Door(Protocol):
    """Starts the processes that go out. Called from any thread."""

    def fetch(self, request: Fetch) -> Connection:
        """Start a process that fetches this; the app's end of its pipe, over which it answers.

        Raises:
            OSError: no process could be started.
        """
        ...

    def carry(self, request: Carry) -> Connection:
        """Start a courier; the app's end of its pipe.

        Raises:
            OSError: no process could be started.
        """
        ...

    def hold_key(self, provider_id: str, authority: str, key: Secret) -> None:
        """Have couriers to come know a key until Carrel closes. `key` stays the caller's.

        Raises:
            OSError: the door is closed.
        """
        ...

    def drop_key(self, provider_id: str, authority: str) -> None:
        """
        Raises:
            OSError: the door is closed.
        """
        ...

    def listen(self, kernel: int, tell: Callable[[Attempt], None]) -> None:
        """Have what the kernel refuses answered and told. Takes over `kernel`, the filter's listener.

        Raises:
            OSError: nobody is there who could.
        """
        ...

    def close(self) -> None:
        """Start none any more. Those that run end when their pipes are closed."""
        ...


def open_door(catalogue: Path) -> Door | None:
    """The way out; to be called before the process goes offline and before it has threads.

    None where the system gives no process for it: all but what goes out works without.
    """
    if sys.platform != "linux":
        return SpawnedDoor(catalogue)
    try:
        return KeptDoor(catalogue)
    except OSError:
        return None


class KeptDoor:
    """Linux: a doorkeeper split off while there still is a network."""

    def __init__(self, catalogue: Path) -> None:
        # One message, one packet, with what belongs to it in its baggage.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        app = os.getpid()
        try:
            self.pid = os.fork()
        except OSError:
            ours.close()
            theirs.close()
            raise
        if self.pid == 0:
            keep_the_door(theirs, catalogue, app)
        theirs.close()
        self._control = ours
        self._listener: threading.Thread | None = None

    def fetch(self, request: Fetch) -> Connection:
        return self._start(request)

    def carry(self, request: Carry) -> Connection:
        return self._start(request)

    def _start(self, request: Fetch | Carry) -> Connection:
        ours, theirs = Pipe(duplex=True)
        try:
            self._say(request, [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def hold_key(self, provider_id: str, authority: str, key: Secret) -> None:
        with key.view() as view:
            self._say(HoldKey(provider_id, authority), key=view)

    def drop_key(self, provider_id: str, authority: str) -> None:
        self._say(DropKey(provider_id, authority))

    def _say(self, message: Any, baggage: Sequence[int] = (), key: memoryview | None = None) -> None:
        data = AT_THE_DOOR.encode(NO_REQUEST, message)
        attached = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", baggage))] if baggage else []
        # In pieces: the key is copied into the kernel and nowhere else.
        self._control.sendmsg([struct.pack("!I", len(data)), data, key or b""], attached)

    def listen(self, kernel: int, tell: Callable[[Attempt], None]) -> None:
        try:
            self._say(Listen(), [kernel])
        finally:
            os.close(kernel)
        self._listener = threading.Thread(target=self._hear, args=(tell,), name="door", daemon=True)
        self._listener.start()

    def _hear(self, tell: Callable[[Attempt], None]) -> None:
        with suppress(OSError):
            while data := self._control.recv(PACKET_BYTES):
                with suppress(MalformedMessage):
                    tell(FROM_THE_DOOR.decode(data)[1])

    def close(self) -> None:
        if self._control.fileno() < 0:
            return
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)  # wakes whoever listens
        if self._listener is not None:
            self._listener.join()
        self._control.close()
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)  # it holds nothing; quitting waits for nobody
            os.waitpid(self.pid, 0)


class SpawnedDoor:
    """Systems without a wall around the app: the process is started when it is needed.

    Keys of the session are kept here: there is no process before the courier that could.
    """

    def __init__(self, catalogue: Path) -> None:
        self._catalogue = catalogue
        self._processes: list[BaseProcess] = []
        self._session = SessionKeys()

    def fetch(self, request: Fetch) -> Connection:
        return self._start("carrel-download", _fetched, (request, self._catalogue))

    def carry(self, request: Carry) -> Connection:
        return self._start("carrel-courier", _carried, (request, self._session.all()))

    def _start(self, name: str, target: Callable[..., None], arguments: tuple[Any, ...]) -> Connection:
        ours, theirs = Pipe(duplex=True)
        started = multiprocessing.get_context("spawn").Process(
            target=target, args=(theirs, *arguments), name=name, daemon=True
        )
        try:
            started.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._processes = [*(one for one in self._processes if one.is_alive()), started]
        return ours

    def hold_key(self, provider_id: str, authority: str, key: Secret) -> None:
        with key.view() as view:
            self._session.hold(provider_id, authority, bytes(view))

    def drop_key(self, provider_id: str, authority: str) -> None:
        self._session.drop(provider_id, authority)

    def listen(self, kernel: int, tell: Callable[[Attempt], None]) -> None:
        os.close(kernel)
        raise OSError("there is no doorkeeper")

    def close(self) -> None:
        for started in self._processes:
            started.join(_END_S)
            if started.is_alive():
                started.kill()
                started.join()
            started.close()
        self._processes.clear()


def _fetched(pipe: Connection, request: Fetch, catalogue: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    download.run(pipe, request, read_catalogue(catalogue))


def _carried(pipe: Connection, request: Carry, keys: list[tuple[str, str, bytes]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    multiprocessing.current_process().daemon = False  # those may start none, and the keyring is asked by one
    session = SessionKeys()
    for key in keys:
        session.hold(*key)
    courier.run(pipe, request, session)
