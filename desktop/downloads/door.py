"""How a download gets out of an app that has denied itself the network for good.

On Linux the app gives up all sockets but local ones before it does anything else, and whatever it starts
inherits that (`desktop/network.py`). A download must go out nevertheless, when the person asks for one. So
before the app gives up the network it splits off a *doorkeeper*: a small process that waits at a local
socket and can do one thing, start a process that fetches a model of the catalogue.

What stays blocked: the app itself, with all its threads, and the workers, before, during and after a
download. The doorkeeper itself connects to nothing. The process that fetches may reach the hosts of the one
entry it was asked for, and ends with the download; each of its connections stands in the app's network log.

What somebody could do who has taken over the app: have models of the catalogue fetched, from the catalogue's
servers, and so learn and tell them which ones and when. Not more: the request is the id of an entry and a
folder, no address, no header, no data; the doorkeeper has read the catalogue before the app opened any
document, and reads no other; neither process can be looked into or written to by others of the same person
(PR_SET_DUMPABLE), nor traced by the app (its filter). A thread without the filter in the app would have been
simpler, and worthless: threads share memory, so whoever has the app has the thread. What this does not stop
is what no wall of the app stops: a server of the catalogue's learns the address of whoever fetches.

Elsewhere than on Linux the system does not block the app's network (`Confinement` says so), and the process
that fetches is started like the workers are.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import socket
import sys
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

import msgspec

from desktop.downloads import process
from desktop.downloads.messages import Fetch
from desktop.processes.sandbox import die_with
from engine.errors import EngineError
from engine.models.catalogue import read

_PR_SET_DUMPABLE, _PR_SET_NAME = 4, 15
_REQUEST_BYTES = 1 << 16
_END_S = 3.0


class Door(Protocol):
    """Starts processes that fetch. Called from any thread."""

    def fetch(self, request: Fetch) -> Connection:
        """Start a process for this request; the app's end of its pipe, over which it answers.

        Raises:
            OSError: no process could be started.
        """
        ...

    def close(self) -> None:
        """Start none any more. Those that run end when their pipes are closed."""
        ...


def open_door(catalogue: Path) -> Door | None:
    """The way out for downloads; to be called before the process goes offline and before it has threads.

    None where the system gives no process for it: all but downloads works without.
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
        # One message, one request, with the pipe for the answer in its baggage.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        app = os.getpid()
        try:
            self.pid = os.fork()
        except OSError:
            ours.close()
            theirs.close()
            raise
        if self.pid == 0:
            _keep_the_door(theirs, catalogue, app)
        theirs.close()
        self._control = ours

    def fetch(self, request: Fetch) -> Connection:
        ours, theirs = Pipe(duplex=True)
        try:
            socket.send_fds(self._control, [msgspec.msgpack.encode(request)], [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def close(self) -> None:
        if self._control.fileno() < 0:
            return
        self._control.close()
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)  # it holds nothing; quitting waits for nobody
            os.waitpid(self.pid, 0)


def _keep_the_door(control: socket.socket, catalogue: Path, app: int) -> None:
    """The doorkeeper's whole life. Does not return: nothing of the app that it came from may run on."""
    try:
        _shed(control.fileno(), app)
        models = _read(catalogue)
        while True:
            data, pipes, _, _ = socket.recv_fds(control, _REQUEST_BYTES, 1)
            if not data:
                break
            _let_out(control, data, pipes, models)
    finally:
        os._exit(0)


def _shed(control: int, app: int) -> None:
    """Give up what came from the app by chance, and close the window into this process."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NAME, ctypes.c_char_p(b"carrel-door"))
    libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0))
    die_with(app)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the app decides
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system collects the ended
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.closerange(3, control)
    os.closerange(control + 1, os.sysconf("SC_OPEN_MAX"))


def _read(catalogue: Path) -> process.Models:
    try:
        return read(catalogue)
    except EngineError as error:
        return error


def _let_out(control: socket.socket, data: bytes, pipes: list[int], models: process.Models) -> None:
    try:
        request = msgspec.msgpack.decode(data, type=Fetch)
        if pipes and os.fork() == 0:
            control.close()
            process.run(Connection(pipes[0]), request, models)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError):
        pass  # the closed pipe says it
    finally:
        for descriptor in pipes:
            os.close(descriptor)


class SpawnedDoor:
    """Systems without a wall around the app: the process is started when it is needed."""

    def __init__(self, catalogue: Path) -> None:
        self._catalogue = catalogue
        self._processes: list[BaseProcess] = []

    def fetch(self, request: Fetch) -> Connection:
        ours, theirs = Pipe(duplex=True)
        started = multiprocessing.get_context("spawn").Process(
            target=_spawned, args=(theirs, request, self._catalogue), name="carrel-download", daemon=True
        )
        try:
            started.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._processes.append(started)
        return ours

    def close(self) -> None:
        for started in self._processes:
            started.join(_END_S)
            if started.is_alive():
                started.kill()
                started.join()
            started.close()
        self._processes.clear()


def _spawned(pipe: Connection, request: Fetch, catalogue: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.run(pipe, request, _read(catalogue))
