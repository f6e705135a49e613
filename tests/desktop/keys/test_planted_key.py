"""A key is set, used and removed in a real app, and looked for everywhere meanwhile."""

from __future__ import annotations

import contextlib
import http.server
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.keys.system_keyring import Keyring
from tests.fakes.secret_service import RunningKeyring

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PIECE = 12
"""A copy is found by any of its pieces: what is freed loses its beginning."""

NOWHERE: dict[str, list[str]] = {
    "shown": [],
    "kept": [],
    "tested: Works: 1 model to choose from.": [],
    "removed": [],
}

OWNER = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
qt = QApplication(["owner"])
window = QWidget()
window.show()
def give():
    qt.clipboard().setText(sys.stdin.readline().strip())
    print("ready", flush=True)
QTimer.singleShot(100, give)
qt.exec()
"""


def pieces(key: bytes) -> set[bytes]:
    """In the forms in which Python and Qt hold text."""
    texts = [key[at : at + PIECE].decode() for at in range(2 * PIECE, len(key) - PIECE + 1, 3 * PIECE)]
    return {text.encode(form) for text in texts for form in ("utf-8", "utf-16-le", "utf-32-le")}


def holds(data: bytes, wanted: set[bytes]) -> bool:
    return any(piece in data for piece in wanted)


def places_in_memory(pid: int, wanted: set[bytes]) -> list[str]:
    """The writable mappings of a process that hold a piece."""
    found = []
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            addresses, access, *rest = line.split(maxsplit=5)
            if not access.startswith("rw"):
                continue
            start, end = (int(address, 16) for address in addresses.split("-"))
            with contextlib.suppress(OSError, ValueError, OverflowError):  # devices, and what has just gone
                memory.seek(start)
                if holds(memory.read(end - start), wanted):
                    found.append(rest[-1].strip() if len(rest) > 3 else addresses)
    return found


def files_with(folder: Path, wanted: set[bytes]) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and holds(path.read_bytes(), wanted)]


class ProcessWatch:
    """Looks at what every process was started with, again and again, until it is closed."""

    def __init__(self, wanted: set[bytes]) -> None:
        self.found: set[str] = set()
        self.seen: set[str] = set()
        self._wanted = wanted
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="process watch")
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.03):
            for process in Path("/proc").glob("[0-9]*"):
                for what in ("environ", "cmdline"):
                    with contextlib.suppress(OSError):
                        data = (process / what).read_bytes()
                        self.seen.add(data.replace(b"\0", b" ").decode(errors="replace"))
                        if holds(data, self._wanted):
                            self.found.add(f"{what} of {process.name}")

    def close(self) -> None:
        self._over.set()
        self._thread.join()


class _Listener(http.server.BaseHTTPRequestHandler):
    heard: list[str]

    def do_GET(self) -> None:
        self.heard.append(self.headers.get("Authorization", ""))
        body = b'{"object": "list", "data": [{"id": "planted-1", "object": "model"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def provider() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this computer, and the keys that it hears."""
    heard: list[str] = []
    server = http.server.HTTPServer(("127.0.0.1", 0), type("Listener", (_Listener,), {"heard": heard}))
    thread = threading.Thread(target=server.serve_forever, name="provider")
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", heard
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of its own."""
    if not shutil.which("Xvfb"):
        reason = "Xvfb is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write_end,), stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


def walk(
    profile: Path, how: str, address: str, variables: dict[str, str], key: bytes
) -> Iterator[tuple[str, int]]:
    """What the app has done, and its process; goes on when asked for the next."""
    command = [sys.executable, "-m", "tests.fakes.planting", str(profile), how, address]
    with (profile.parent / "said.txt").open("wb") as said:
        app = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=os.environ | variables
        )
    assert app.stdin is not None and app.stdout is not None
    try:
        for line in app.stdout:
            yield line.decode().strip(), app.pid
            more = key + b"\n" if line.startswith(b"shown") and how == "typed" else b""
            app.stdin.write(b"." + more)
            app.stdin.flush()
        assert app.wait(30) == 0, (profile.parent / "said.txt").read_text()
    finally:
        app.kill()
        app.wait()
        app.stdin.close()
        app.stdout.close()


def plant(
    folder: Path, how: str, address: str, heard: list[str], key: bytes, variables: dict[str, str]
) -> dict[str, list[str]]:
    """Where in the app's memory the key was, after each step; nowhere else may it be at any time."""
    wanted = pieces(key)
    profile = folder / "profile"
    profile.mkdir()
    authority = address.removeprefix("http://")
    watch = ProcessWatch(wanted)
    memory: dict[str, list[str]] = {}
    try:
        for done, pid in walk(profile, how, address, variables, key):
            memory[done] = places_in_memory(pid, wanted)
            assert files_with(folder, wanted) == []
            assert Keyring().has("planted", authority) == done.startswith(("kept", "tested"))
    finally:
        watch.close()
    assert heard == [f"Bearer {key.decode()}"]
    assert watch.found == set()
    assert any("tests.fakes.planting" in each for each in watch.seen), "it did look"
    assert any("multiprocessing" in each for each in watch.seen), "the keyring's process was seen"
    assert "an unexpected error" in (profile / "logs" / "carrel.log").read_text()
    assert "a bug beside" in (profile / "crash.txt").read_text()
    return memory


def new_key() -> bytes:
    return f"sk-{secrets.token_urlsafe(96)}".encode()


def test_a_key_that_is_typed_is_found_nowhere_once_it_is_kept(
    gnome_keyring: RunningKeyring, tmp_path: Path, provider: tuple[str, list[str]]
) -> None:
    address, heard = provider
    key = new_key()
    memory = plant(tmp_path, "typed", address, heard, key, {"QT_QPA_PLATFORM": "offscreen"})
    assert len(memory.pop(f"written {len(key)}")) == 1, "where it stands in the field, and nowhere else"
    assert memory == NOWHERE


@pytest.mark.window
def test_a_key_that_is_pasted_from_another_program_is_found_nowhere_once_it_is_kept(
    gnome_keyring: RunningKeyring, tmp_path: Path, provider: tuple[str, list[str]], display: str
) -> None:
    address, heard = provider
    key = new_key()
    variables = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | variables,
    )
    assert owner.stdin is not None and owner.stdout is not None
    try:
        owner.stdin.write(key + b"\n")
        owner.stdin.flush()
        owner.stdout.readline()
        memory = plant(tmp_path, "pasted", address, heard, key, variables)
    finally:
        owner.kill()
        owner.wait()
        owner.stdin.close()
        owner.stdout.close()
    assert memory.pop(f"written {len(key)}") != [], "it stands in the field"
    assert memory == NOWHERE
