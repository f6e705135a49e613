"""Whatever tries to get out of an offline app is blocked *and listed*: real processes, whatever the way."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.offline.watching import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="enforced by Linux only")
LONG_S = 120.0

# The app of these tests: each way is tried once. What it finds goes to standard output as one document.
APP = """
import ctypes, json, os, shutil, socket, subprocess, sys, threading, time, urllib.request
from dataclasses import asdict
from pathlib import Path
from desktop.egress.door import open_door
from desktop.egress.kept_log import KeptLog
from desktop.network import go_offline
from desktop.processes.supervisor import Supervisor
from tests.fakes.service import Reach, describe

CATALOGUE, FOLDER, PORT = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
CONNECT = f"import socket; socket.create_connection(('127.0.0.1', {PORT}), 5)"


def libc_socket(family=2, kind=1):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.socket(family, kind, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def libc_getaddrinfo():
    result = ctypes.c_void_p()
    if ctypes.CDLL(None).getaddrinfo(b"somebody.example", b"80", None, ctypes.byref(result)):
        raise OSError("no address")


def in_thread(work):
    failed = []

    def run():
        try:
            work()
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def program(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr)


def in_worker(how):
    worker = Supervisor(describe(), FOLDER / "worker.log")
    try:
        (reached,) = worker.call(Reach(how, PORT), timeout_s=60)
    finally:
        worker.stop()
    if not reached.yes:
        raise OSError(reached.detail)


WAYS = {
    "python": lambda: socket.create_connection(("127.0.0.1", PORT), 5),
    "a socket": socket.socket,
    "a datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT)),
    "a thread": lambda: in_thread(lambda: socket.create_connection(("127.0.0.1", PORT), 5)),
    "native in a thread": lambda: in_thread(libc_socket),
    "urllib": lambda: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5),
    "DNS": lambda: socket.getaddrinfo("somebody.example", 80),
    "native DNS": libc_getaddrinfo,
    "native": libc_socket,
    "native IPv6": lambda: libc_socket(10, 2),
    "packets": lambda: libc_socket(17, 3),
    "python child": lambda: program(sys.executable, "-c", CONNECT),
    "curl": lambda: program("curl", "-sS", "--ipv4", f"http://127.0.0.1:{PORT}/"),
    "worker": lambda: in_worker("python"),
    "worker native": lambda: in_worker("libc"),
    "worker child": lambda: in_worker("child"),
    "netlink": lambda: libc_socket(16, 3),
    "io_uring": lambda: in_worker("uring"),
}
QUIET = ("netlink", "io_uring")


def tried(network, name):
    before = network.count()
    try:
        WAYS[name]()
        blocked = False
    except OSError:
        blocked = True
    # What the kernel refuses is told by another process, where it lives and where it is told of at all.
    waits = network.told_of and name not in QUIET and "kill the doorkeeper" not in sys.argv
    end = time.monotonic() + (20 if waits else 0)
    while network.count() == before and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)  # what is told twice is told by now
    return {"blocked": blocked, "listed": [asdict(one) for one in network.entries()[before:]]}


if __name__ == "__main__":
    door = open_door(CATALOGUE)
    network = go_offline(door)
    kept = KeptLog(FOLDER / "network.jsonl")
    kept.follow(network)
    for name in sys.argv[4:]:
        if name == "kill the doorkeeper":
            os.kill(door.pid, 9)
            time.sleep(0.1)
    if not shutil.which("curl"):
        del WAYS["curl"]
    found = {name: tried(network, name) for name in WAYS}
    print(json.dumps({"told_of": network.told_of, "blocked": network.confinement.network_blocked,
                      "app": os.getpid(), "ways": found, "kept": len(kept.entries())}))
    door.close()
"""


def run_app(tmp_path: Path, *words: str, before: str = "") -> dict[str, Any]:
    script = tmp_path / "app.py"
    script.write_text(before + APP, encoding="utf-8")
    catalogue = tmp_path / "models.toml"
    catalogue.write_text("", encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", "import http.server as s; s.test(bind='127.0.0.1', port=0)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout
        port = server.stdout.readline().split("port ")[1].split()[0]
        done = subprocess.run(
            [sys.executable, str(script), str(catalogue), str(tmp_path), port, *words],
            capture_output=True,
            text=True,
            timeout=LONG_S,
            check=False,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        server.kill()
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["blocked"]
    return found


QUIET = ("netlink", "io_uring")
"""Refused like the others, and no way to a network by themselves."""


@pytest.mark.timeout(200)
def test_every_way_out_is_blocked_and_listed(tmp_path: Path) -> None:
    found = run_app(tmp_path)
    if not found["told_of"]:
        pytest.skip("this kernel does not tell of what it refuses")
    ways = found["ways"]
    assert [name for name, way in ways.items() if not way["blocked"]] == []
    assert [name for name, way in ways.items() if not way["listed"]] == list(QUIET)
    assert not any(attempt["allowed"] for way in ways.values() for attempt in way["listed"])

    def who(name: str) -> set[str]:
        return {attempt["process"] for attempt in ways[name]["listed"]}

    for name in ("python", "a thread", "urllib", "DNS", "native", "native in a thread", "native DNS"):
        assert who(name) == {"app"}, name
    for name in ("worker", "worker native"):
        assert who(name) == {"model"}, name
    assert who("curl") in ({"curl"}, set()) if "curl" in ways else True
    assert ways["native"]["listed"][0]["caller"] == f"process {found['app']}: a socket for IPv4 TCP"
    assert "thread" in ways["native in a thread"]["listed"][0]["caller"]
    assert found["kept"] == sum(len(way["listed"]) for way in ways.values())


@pytest.mark.timeout(200)
def test_what_python_s_own_hook_sees_is_listed_once(tmp_path: Path) -> None:
    ways = run_app(tmp_path)["ways"]
    for name in ("python", "a socket", "a datagram", "a thread", "urllib", "DNS"):
        (attempt,) = ways[name]["listed"]
        assert attempt["caller"].startswith("__main__:"), name


@pytest.mark.timeout(200)
def test_without_its_doorkeeper_all_stays_blocked(tmp_path: Path) -> None:
    found = run_app(tmp_path, "kill the doorkeeper")
    assert [name for name, way in found["ways"].items() if not way["blocked"]] == []


OLDER_KERNEL = """
from desktop.processes import sandbox
from desktop.processes.seccomp import SeccompUnavailable

def refuse():
    raise SeccompUnavailable("as on a kernel before 5.7")

sandbox.deny_network_telling = refuse
"""


@pytest.mark.timeout(200)
def test_a_kernel_that_does_not_tell_blocks_all_the_same(tmp_path: Path) -> None:
    found = run_app(tmp_path, before=OLDER_KERNEL)
    assert not found["told_of"]
    ways = found["ways"]
    assert [name for name, way in ways.items() if not way["blocked"]] == []
    assert [name for name, way in ways.items() if way["listed"]] == [
        "python",
        "a socket",
        "a datagram",
        "a thread",
        "urllib",
        "DNS",
    ]
