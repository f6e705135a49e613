"""A watcher that sees nothing proves nothing: what reaches out must be caught."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.offline.watching import run_watched, run_without_network

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's namespaces and strace")
CANARY = str(Path(__file__).with_name("canary.py"))
LOUD = ["python", "libc", "child", "thread"]


@pytest.fixture
def port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@pytest.mark.parametrize("way", [*LOUD, "datagram", "offline", "worker"])
def test_strace_catches_what_tries(way: str, port: str) -> None:
    assert run_watched([sys.executable, CANARY, way, port]).attempts


@pytest.mark.parametrize("way", LOUD)
def test_the_canary_does_reach_its_listener_where_nothing_stops_it(way: str, port: str) -> None:
    watched = run_watched([sys.executable, CANARY, way, port])
    assert watched.done.returncode == 0
    assert any("connect(" in attempt for attempt in watched.attempts)


@pytest.mark.parametrize("way", ["python", "libc", "child", "datagram"])
def test_nothing_is_reached_without_a_network(way: str, port: str) -> None:
    done = run_without_network([sys.executable, CANARY, way, port])
    assert done.returncode != 0
    assert "unreachable" in done.stderr or "OSError" in done.stderr or "CalledProcessError" in done.stderr


def test_a_program_that_stays_at_home_is_not_accused() -> None:
    code = (
        "import socket; a, b = socket.socketpair(); a.close(); b.close(); print(open('/etc/hosts').read(1))"
    )
    watched = run_watched([sys.executable, "-c", code])
    assert watched.done.returncode == 0
    assert watched.attempts == ()
