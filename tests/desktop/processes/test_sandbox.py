import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.processes import seccomp
from desktop.processes.sandbox import Confinement
from desktop.processes.service import Limits
from desktop.processes.supervisor import Supervisor
from tests.desktop.processes.conftest import Supervise
from tests.fakes.service import Die, Echo, Echoed, Reach, Reached, Refused, Report, Reported, describe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="enforced by Linux only")
LONG_S = 30.0
ROOT = Path(__file__).parents[3]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def reach(supervisor: Supervisor, how: str, server: socket.socket) -> Reached:
    (reached,) = supervisor.call(Reach(how, server.getsockname()[1]), timeout_s=LONG_S)
    return reached


@pytest.mark.parametrize("how", ["python", "libc", "child", "udp", "unix", "uring"])
def test_a_worker_reaches_nobody(supervisor: Supervisor, listener: socket.socket, how: str) -> None:
    reached = reach(supervisor, how, listener)
    assert not reached.yes
    assert "not permitted" in reached.detail or "non-zero exit" in reached.detail


@pytest.mark.parametrize("how", ["python", "libc", "child", "udp", "unix", "pair"])
def test_the_ways_out_are_ways_out_where_the_network_is_allowed(
    supervise: Supervise, listener: socket.socket, how: str
) -> None:
    supervisor = supervise(describe(limits=Limits(network=True)))
    assert reach(supervisor, how, listener) == Reached(True, "")


def test_unnamed_pairs_of_local_sockets_go_on_working(
    supervisor: Supervisor, listener: socket.socket
) -> None:
    assert reach(supervisor, "pair", listener).yes


def test_the_worker_says_what_is_in_force(supervise: Supervise) -> None:
    supervisor = supervise(describe(limits=Limits(memory_bytes=4 << 30, file_bytes=1 << 20, open_files=64)))
    assert supervisor.confinement is None
    (report,) = supervisor.call(Report(), timeout_s=LONG_S)
    assert isinstance(report, Reported)
    assert (report.open_files, report.file_bytes) == (64, 1 << 20)
    assert supervisor.confinement == Confinement(True, True, True, "")


def test_a_worker_with_the_network_says_so(supervise: Supervise) -> None:
    supervisor = supervise(describe(limits=Limits(network=True)))
    list(supervisor.call(Echo("x"), timeout_s=LONG_S))
    assert supervisor.confinement is not None
    assert not supervisor.confinement.network_blocked
    assert "may use the network" in supervisor.confinement.words


def test_the_factory_is_imported_after_the_walls_are_up(supervise: Supervise) -> None:
    description = replace(describe(), factory="tests.fakes.nosy_service:build")
    assert list(supervise(description).call(Echo("x"), timeout_s=LONG_S)) == [Echoed("x")]
    free = replace(description, limits=Limits(network=True))
    with pytest.raises(Refused, match="a socket while imported"):
        list(supervise(free).call(Echo("x"), timeout_s=LONG_S))


def test_a_core_file_is_never_written(
    supervise: Supervise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    supervisor = supervise()
    with pytest.raises(Exception, match="unexpectedly"):
        list(supervisor.call(Die("abort"), timeout_s=LONG_S))
    assert [path.name for path in tmp_path.iterdir()] == ["model.log"]


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        cwd=ROOT,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def test_threads_that_run_already_are_confined_too() -> None:
    done = run_python("""
import queue, socket, threading
from desktop.processes.seccomp import deny_network
go, result = threading.Event(), queue.Queue()
def late():
    go.wait()
    try: result.put(socket.socket())
    except PermissionError: result.put("denied")
thread = threading.Thread(target=late)
thread.start()
deny_network(local_sockets=True)
go.set()
print(result.get())
thread.join()
socket.socket(socket.AF_UNIX).close()
""")
    assert done.stdout.strip() == "denied", done.stderr


@pytest.mark.parametrize("number", [101, 310, 311, 425, 426, 427, 438])
def test_detours_are_denied(number: int) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("numbers of x86-64")
    done = run_python(f"""
import ctypes, errno
from desktop.processes.seccomp import deny_network
deny_network(local_sockets=True)
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall({number}, 0, 0, 0, 0, 0, 0), ctypes.get_errno() == errno.EPERM)
print(libc.syscall(0x40000000 | 41, 2, 1, 0), ctypes.get_errno() == errno.EPERM)  # x32
""")
    assert done.stdout.split() == ["-1", "True"] * 2, done.stderr


def test_another_system_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    with pytest.raises(seccomp.SeccompUnavailable, match="riscv64"):
        seccomp.deny_network(local_sockets=True)


def test_a_process_that_may_be_sacrificed_is_the_first_to_go_when_memory_runs_out(
    supervise: Supervise,
) -> None:
    (report,) = supervise(describe(limits=Limits(sacrificed=True))).call(Report(), timeout_s=30)
    assert report.oom_score == "1000"
    (report,) = supervise(describe()).call(Report(), timeout_s=30)
    assert report.oom_score == Path("/proc/self/oom_score_adj").read_text().strip()
