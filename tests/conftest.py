"""Rules for every test: no thread or process stays behind, and nothing reaches beyond this computer."""

from __future__ import annotations

import ipaddress
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read once, when the library is imported

# A run in the background inherits “ignored” for Ctrl-C, and passes that on to every process of a test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SMALL_MODEL = "smollm2-135m-instruct-q4_1.gguf"
DEFAULT_MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
EMBEDDERS = ("multilingual-e5-small", "all-minilm-l6-v2")

GRACE_S = 5.0  # for a thread or process that has been told to end and is on its way out

# --- side by side ------------------------------------------------------------------------------------

# `run.py test` has several processes test at once. llama.cpp's threads wait actively, so those of one would
# keep the others' from computing: each has one thread, its children's too. Read when OpenMP is loaded.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")


@pytest.hookimpl(wrapper=True, tryfirst=True)  # the test's time limit begins when its turn has come
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test marked `alone` waits until the other processes have ended theirs, and keeps them waiting."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    folder = Path(item.config.option.basetemp).parent  # that of the whole run: each process has its own in it
    with _turn(folder, alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """The room for one alone or for several others. Who waits for it holds the door, so none goes ahead."""
    import fcntl  # not on Windows, where nothing runs side by side

    with (folder / "room.lock").open("w") as room:
        with (folder / "door.lock").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(room, fcntl.LOCK_UN)  # closing is not enough where a test has forked


# --- weights -----------------------------------------------------------------------------------------


def _present(*names: str) -> Path:
    """The weights folder if it holds all `names`; skips the test, or fails it where they must be there."""
    from desktop.places import weights

    folder = weights()
    absent = [name for name in names if not (folder / name).exists()]
    if not absent:
        return folder
    reason = f"{', '.join(absent)} not in {folder}; `python3 run.py test` fetches the small model"
    if os.environ.get("CARREL_WEIGHTS_REQUIRED"):  # run.py test sets it, so that CI cannot skip quietly
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder with the small model and the embedders."""
    return _present(SMALL_MODEL, *EMBEDDERS)


@pytest.fixture(scope="session")
def default_model() -> Path:
    """The file of the default model. Never required: CI fetches the small model only."""
    from desktop.places import weights

    path = weights() / DEFAULT_MODEL
    if not path.exists():
        pytest.skip(f"{path} is not there; `python3 run.py` fetches it")
    return path


# --- the person's own data -------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _profile_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the profile of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARREL_HOME", str(tmp_path_factory.mktemp("profile")))
        yield


# --- nothing reaches out -----------------------------------------------------------------------------

_outside: list[str] = []


class OutsideConnectionError(AssertionError):
    """A test of ours tried to reach another computer. No OSError: production code must not swallow it."""


def _is_loopback(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _forbid_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        connection, address = arguments
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or _is_loopback(address[0]):
            return
    elif event == "socket.getaddrinfo":
        address = arguments[:2]
        if _is_loopback(address[0]):
            return
    else:
        return
    _outside.append(f"{event} {address}")
    raise OutsideConnectionError(_outside[-1])


# Stays for the whole run: an audit hook cannot be taken away. It sees this process's Python code;
# native code and child processes are the business of tests/offline.
sys.addaudithook(_forbid_outside)


@pytest.fixture
def outside_connections() -> list[str]:
    """What was tried beyond this computer, so far. A test that provokes one checks it and clears the list."""
    return _outside


@pytest.fixture(autouse=True)
def _stays_on_this_computer() -> Iterator[None]:
    _outside.clear()
    yield
    attempts = list(_outside)
    _outside.clear()
    assert not attempts, f"reached out to other computers: {attempts}"


# --- nothing stays behind ----------------------------------------------------------------------------


def _threads() -> set[threading.Thread]:
    # A dummy stands for a thread that Python did not start (Qt's own) and outlives it.
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


def _children() -> dict[int, str]:
    """Child processes by id, with their command. Ended ones that wait to be collected do not count."""
    multiprocessing.active_children()  # collects those that have ended
    if not sys.platform.startswith("linux"):
        return {child.pid: child.name for child in multiprocessing.active_children() if child.pid}
    # Serves all of multiprocessing from the first spawn to the end of the run.
    tracker = getattr(resource_tracker._resource_tracker, "_pid", None)
    found = {}
    for task in Path("/proc/self/task").iterdir():
        for pid in _read(task / "children").split():
            state = _read(Path("/proc", pid, "stat")).rpartition(")")[2].split()
            if state and state[0] not in "ZX" and int(pid) != tracker:
                found[int(pid)] = _read(Path("/proc", pid, "cmdline")).replace("\0", " ").strip()
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # ended between two looks
        return ""


def _where(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    stack = "".join(traceback.format_stack(frame, limit=6)) if frame else ""
    return f"{thread.name}, now at\n{stack}"


@pytest.fixture(autouse=True)
def _nothing_stays_behind() -> Iterator[None]:
    """Fails the test that leaves a thread or a child process. Those of wider fixtures are there before."""
    threads, children = _threads(), set(_children())
    yield
    deadline = time.monotonic() + GRACE_S
    for thread in _threads() - threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    while (left := {pid: name for pid, name in _children().items() if pid not in children}) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.01)
    running = [_where(thread) for thread in _threads() - threads]
    assert not running, "threads left behind: " + "\n".join(running)
    assert not left, f"processes left behind: {left}"
