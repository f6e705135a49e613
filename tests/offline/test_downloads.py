"""A download gets out, and nothing else does: not before it, not during it, not after it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import file_server
from tests.fakes.catalogue import write_catalogue
from tests.fakes.file_server import FileServer, catalogue_model
from tests.offline.watching import ROOT, run_watched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="enforced by Linux only")
CONTENT = file_server.model_bytes()
LONG_S = 120.0

# The app of this test. What it finds out goes to standard output as one JSON document.
APP = """
import ctypes, json, socket, subprocess, sys
from pathlib import Path
from desktop.egress.door import open_door
from desktop.downloads.downloads import Downloads
from desktop.network import go_offline
from desktop.processes.supervisor import Supervisor
from tests.fakes.service import Reach, describe

catalogue, folder, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
CONNECT = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"


def reached(worker):
    "The ways by which this process, a child of it or a worker gets out."
    found = []
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        found.append("python")
    except OSError:
        pass
    libc = ctypes.CDLL(None)
    found += [f"libc {family}" for family in (2, 10, 16, 17) if libc.socket(family, 2, 0) >= 0]
    if subprocess.run([sys.executable, "-c", CONNECT], stderr=subprocess.DEVNULL).returncode == 0:
        found.append("child")
    for how in ("python", "libc", "child", "udp", "uring"):
        if next(worker.call(Reach(how, port), timeout_s=60)).yes:
            found.append(f"worker {how}")
    return found


if __name__ == "__main__":
    door = open_door(catalogue)
    network = go_offline()
    assert network.confinement.network_blocked
    worker = Supervisor(describe(), folder / "worker.log")
    downloads = Downloads(catalogue=catalogue, models=folder, network=network, door=door)
    try:
        before = reached(worker)
        blocked = network.count()
        during, events = [], downloads.download("tiny", cancelled=lambda: False)
        for event in events:
            if getattr(event, "phase", "") == "fetching" and not during:
                during = [reached(worker)]
        after = reached(worker)
    finally:
        worker.stop()
        downloads.close()
    log = [(attempt.host, attempt.port, attempt.allowed, attempt.purpose) for attempt in network.entries()]
    print(json.dumps({"before": before, "during": during, "after": after, "blocked": blocked,
                      "log": log, "offline": network.offline}))
"""


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(CONTENT).running() as running:
        yield running


@pytest.fixture
def catalogue(server: FileServer, tmp_path: Path) -> Path:
    return write_catalogue(tmp_path / "models.toml", catalogue_model(CONTENT, server.url))


@pytest.fixture
def command(catalogue: Path, server: FileServer, tmp_path: Path) -> list[str]:
    script = tmp_path / "app.py"
    script.write_text(APP, encoding="utf-8")
    folder = tmp_path / "models"
    folder.mkdir()
    return [sys.executable, str(script), str(catalogue), str(folder), str(server.port)]


@pytest.mark.timeout(150)
def test_a_download_gets_out_and_the_app_does_not(
    command: list[str], server: FileServer, tmp_path: Path
) -> None:
    server.otherwise = file_server.slowly(30_000, 0.3)  # about three seconds: long enough to look
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["before"], found["during"], found["after"]) == ([], [[]], [])
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == CONTENT
    assert len(server.requests) == 1, "the one of the download"
    assert found["offline"], "the app itself"
    assert found["blocked"] == 1, "its own Python's try before"
    allowed = {tuple(entry) for entry in found["log"] if entry[2]}
    assert allowed == {("127.0.0.1", server.port, True, "Downloading Tiny")}


STAYS = """
import sys
from pathlib import Path
from desktop.egress.door import open_door
from desktop.network import go_offline

if __name__ == "__main__":
    door = open_door(Path(sys.argv[1]))
    go_offline()
    door.close()
"""


def test_an_open_door_that_nobody_uses_tries_for_no_network(catalogue: Path, tmp_path: Path) -> None:
    script = tmp_path / "stays.py"
    script.write_text(STAYS, encoding="utf-8")
    watched = run_watched([sys.executable, str(script), str(catalogue)])
    assert watched.done.returncode == 0, watched.done.stderr
    assert watched.attempts == ()


OUTSIDE = """
import sys
from pathlib import Path
from desktop.egress.door import open_door
from desktop.downloads.downloads import Downloads
from desktop.network import go_offline

if __name__ == "__main__":
    catalogue, folder = Path(sys.argv[1]), Path(sys.argv[2])
    door = open_door(catalogue)
    downloads = Downloads(catalogue=catalogue, models=folder, network=go_offline(), door=door)
    list(downloads.download("tiny", cancelled=lambda: False))
    downloads.close()
"""


def test_all_that_a_download_reaches_is_its_server(
    catalogue: Path, server: FileServer, tmp_path: Path
) -> None:
    script = tmp_path / "outside.py"
    script.write_text(OUTSIDE, encoding="utf-8")
    watched = run_watched([sys.executable, str(script), str(catalogue), str(tmp_path / "models")])
    assert watched.done.returncode == 0, watched.done.stderr
    # Looking up a number as a name, the system's library asks itself for its own addresses.
    connects = [line for line in watched.attempts if "connect(" in line]
    assert connects
    assert all(f"sin_port=htons({server.port})" in line for line in connects), connects
    assert all("127.0.0.1" in line for line in connects)
    assert not any("sendto(" in line and "AF_INET" in line for line in watched.attempts)


LOOKS_IN = """
import subprocess, sys
from pathlib import Path
from desktop.egress.door import open_door
from desktop.network import go_offline


def can_be_written_to(pid):
    try:
        with open(f"/proc/{pid}/mem", "r+b"):
            return True
    except PermissionError:
        return False


if __name__ == "__main__":
    door = open_door(Path(sys.argv[1]))
    go_offline()
    other = subprocess.Popen(["sleep", "60"])
    print(can_be_written_to(other.pid), can_be_written_to(door.pid))
    other.kill()
    other.wait()
    door.close()
"""


def test_nobody_of_the_same_person_can_reach_into_the_doorkeeper(catalogue: Path, tmp_path: Path) -> None:
    script = tmp_path / "looks_in.py"
    script.write_text(LOOKS_IN, encoding="utf-8")
    # Who runs this as root may look into everything, and has to give that up first.
    plain = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if plain and shutil.which("setpriv") is None:
        pytest.skip("root without setpriv")
    done = subprocess.run(
        [*plain, sys.executable, str(script), str(catalogue)],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    # The first shows that it would be seen; where the system protects even children, both are False.
    assert done.stdout.split() in (["True", "False"], ["False", "False"]), done.stderr
