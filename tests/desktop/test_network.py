import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.network import Attempt, NetworkBlocked, NetworkLog, _display_is_remote, purpose

linux = pytest.mark.skipif(sys.platform != "linux", reason="enforced by Linux only")
ROOT = Path(__file__).parents[2]
LONG_S = 60.0


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def log() -> Iterator[NetworkLog]:
    with NetworkLog().watching() as log:
        yield log


def test_a_connection_is_blocked_and_written_down_while_offline(
    log: NetworkLog, server: socket.socket
) -> None:
    port = server.getsockname()[1]
    with (
        purpose("a test"),
        socket.socket() as connection,
        pytest.raises(NetworkBlocked, match=f"127.0.0.1:{port}"),
    ):
        connection.connect(("127.0.0.1", port))
    (attempt,) = log.entries()
    assert (attempt.action, attempt.host, attempt.port) == ("connect", "127.0.0.1", port)
    assert (attempt.purpose, attempt.allowed) == ("a test", False)
    assert "test_network:" in attempt.caller
    assert log.count() == 1


def test_the_block_is_an_error_that_libraries_know(log: NetworkLog) -> None:
    with pytest.raises(PermissionError):
        socket.create_connection(("127.0.0.1", 9))


def test_names_are_not_looked_up_while_offline(log: NetworkLog) -> None:
    with pytest.raises(NetworkBlocked):
        socket.getaddrinfo("localhost", 443)
    with pytest.raises(NetworkBlocked):
        socket.gethostbyname("localhost")
    assert [attempt.action for attempt in log.entries()] == ["look up", "look up"]


def test_datagrams_are_blocked_while_offline(log: NetworkLog) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection, pytest.raises(NetworkBlocked):
        connection.sendto(b"x", ("127.0.0.1", 9))
    assert log.entries()[0].action == "send"


def test_when_online_attempts_are_written_down_and_go_on(server: socket.socket) -> None:
    with NetworkLog(offline=False).watching() as log:
        socket.create_connection(server.getsockname(), 5).close()
    assert [attempt.allowed for attempt in log.entries()] == [True] * log.count()
    assert log.entries()[-1].action == "connect"


@linux
def test_local_sockets_are_no_network(log: NetworkLog, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as connection:
        listening.bind(path)
        listening.listen()
        connection.connect(path)
    assert log.count() == 0


def test_listeners_hear_of_each_attempt_on_the_thread_that_tries(log: NetworkLog) -> None:
    heard: list[tuple[str, int]] = []
    log.add_listener(lambda attempt: heard.append((attempt.host, threading.get_ident())))
    with pytest.raises(NetworkBlocked):
        socket.create_connection(("127.0.0.1", 9))
    assert heard[0] == ("127.0.0.1", threading.get_ident())


def test_a_host_can_be_opened_for_a_moment_and_stands_there_by_its_name(
    log: NetworkLog, server: socket.socket
) -> None:
    with log.opened_to("example.org"):
        socket.create_connection(server.getsockname(), 5).close()
    with pytest.raises(NetworkBlocked):
        socket.create_connection(server.getsockname(), 5)
    opened, blocked = (attempt for attempt in log.entries() if attempt.action == "look up")
    assert (opened.host, opened.allowed) == ("example.org", True)
    assert (blocked.host, blocked.allowed) == ("127.0.0.1", False)


def test_a_host_is_opened_to_this_thread_alone(log: NetworkLog, server: socket.socket) -> None:
    errors: list[Exception] = []

    def elsewhere() -> None:
        try:
            socket.create_connection(server.getsockname(), 5).close()
        except NetworkBlocked as error:
            errors.append(error)

    with log.opened_to("example.org"):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert len(errors) == 1


def test_what_somebody_else_writes_down_is_let_through_unwritten(
    log: NetworkLog, server: socket.socket
) -> None:
    with log.opened_to("127.0.0.1", noted=False):
        socket.create_connection(("127.0.0.1", server.getsockname()[1])).close()
    assert log.count() == 0
    with pytest.raises(NetworkBlocked):
        socket.create_connection(("127.0.0.1", 9))


def test_an_attempt_that_is_told_twice_is_one(log: NetworkLog) -> None:
    before = Attempt(1.0, "send", "api.example", 443, "", "Asking", True, "courier", id="a")
    after = replace(before, bytes_out=12, bytes_in=34)
    other = replace(before, id="b")
    for attempt in (before, other, after):
        log.add(attempt)
    assert log.entries() == [after, other]
    assert log.count() == 2


def test_a_follower_hears_of_what_has_been_as_well(log: NetworkLog) -> None:
    attempts = [Attempt(float(number), "open", "", None, "", "", False) for number in range(3)]
    heard: list[Attempt] = []
    log.add(attempts[0])
    log.add(attempts[1])
    log.add_follower(heard.append)
    log.add(attempts[2])
    assert heard == attempts


def test_what_other_processes_tell_of_is_written_down_too(log: NetworkLog) -> None:
    heard: list[Attempt] = []
    log.add_listener(heard.append)
    told = Attempt(1.0, "connect", "example.org", 443, "a:1", "a download", True)
    log.add(told)
    assert log.entries() == heard == [told]
    assert log.count() == 1


def test_a_log_that_no_longer_watches_hears_nothing(server: socket.socket) -> None:
    with NetworkLog().watching() as log:
        pass
    socket.create_connection(server.getsockname(), 5).close()
    assert log.count() == 0


@pytest.mark.parametrize(
    ("display", "remote"),
    [
        *((local, False) for local in ("", ":0", ":99.0", "unix:0", "/tmp/x:0")),
        *((distant, True) for distant in ("localhost:10.0", "desk:0", "[::1]:0")),
    ],
)
def test_a_display_on_another_computer_is_told_from_a_local_one(display: str, remote: bool) -> None:
    assert _display_is_remote(display) is remote


# --- the whole process -------------------------------------------------------------------------------


def run_offline(code: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of its own that goes offline first."""
    script = tmp_path / "offline.py"
    script.write_text(
        "from desktop.network import go_offline\n"
        "if __name__ == '__main__':\n    log = go_offline()\n"
        + "".join(f"    {line}\n" for line in code.strip().splitlines())
    )
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


@linux
def test_native_code_and_children_are_blocked_in_the_app_too(tmp_path: Path, server: socket.socket) -> None:
    code = f"""
import ctypes, subprocess, sys
print(log.confinement.network_blocked, log.offline)
print(ctypes.CDLL(None).socket(2, 1, 0))
connect = "import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}))"
print(subprocess.run([sys.executable, "-c", connect], stderr=subprocess.DEVNULL).returncode)
"""
    done = run_offline(code, tmp_path)
    assert done.stdout.split() == ["True", "True", "-1", "1"], done.stderr


@linux
def test_worker_processes_work_under_an_app_that_is_offline(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from desktop.processes.supervisor import Supervisor
from tests.fakes.service import Echo, describe
supervisor = Supervisor(describe(), Path({str(tmp_path / "model.log")!r}))
print(list(supervisor.call(Echo("hello"), timeout_s=30))[0].text, supervisor.confinement.network_blocked)
supervisor.stop()
print(log.count())
"""
    done = run_offline(code, tmp_path)
    assert done.stdout.split() == ["hello", "True", "0"], done.stderr


@linux
def test_a_remote_display_leaves_the_kernel_s_wall_out_and_says_so(tmp_path: Path) -> None:
    done = run_offline("print(log.confinement)\nprint(log.offline)", tmp_path, DISPLAY="desk:0")
    assert "network_blocked=False" in done.stdout
    assert "screen" in done.stdout
    assert done.stdout.strip().endswith("True")


@linux
@pytest.mark.window
def test_qt_opens_a_window_on_a_local_display_while_offline(tmp_path: Path, xvfb: str) -> None:
    code = """
from PySide6.QtNetwork import QTcpSocket
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
label = QLabel("Carrel")
label.show()
application.processEvents()
print(application.platformName(), label.isVisible(), label.grab().width() > 0)
connection = QTcpSocket()
connection.connectToHost("127.0.0.1", 9)
print(connection.waitForConnected(2000), connection.errorString().replace(" ", "_"))
print(log.confinement.network_blocked)
"""
    done = run_offline(code, tmp_path, DISPLAY=xvfb, QT_QPA_PLATFORM="xcb")
    words = done.stdout.split()
    assert words[:4] == ["xcb", "True", "True", "False"], done.stderr
    assert words[-1] == "True"


@pytest.fixture
def xvfb() -> Iterator[str]:
    """An X server that also would take TCP connections, so that a client could choose them."""
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)
