"""The rules of conftest.py catch what they are there for: each runs a bad test in a pytest of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).with_name("conftest.py")


def outcome(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    shutil.copy(CONFTEST, pytester.path / "conftest.py")
    pytester.makepyfile(body)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider")


def test_thread_left_running_fails_its_test(pytester: pytest.Pytester) -> None:
    result = outcome(
        pytester,
        """
        import conftest, threading
        conftest.GRACE_S = 0.1

        def test_leaves_a_thread():
            threading.Thread(target=threading.Event().wait, daemon=True, name="forgotten").start()
        """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*threads left behind: forgotten*"])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads child processes from /proc")
def test_process_left_running_fails_its_test(pytester: pytest.Pytester) -> None:
    result = outcome(
        pytester,
        """
        import conftest, subprocess, sys
        conftest.GRACE_S = 0.1
        started = []

        def test_leaves_a_process():
            started.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))

        def test_cleans_up():
            started[0].communicate()
        """,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*processes left behind:*input()*"])


def test_connection_to_another_computer_fails_its_test_even_when_swallowed(pytester: pytest.Pytester) -> None:
    result = outcome(
        pytester,
        """
        import contextlib, socket

        def test_connects():
            with contextlib.suppress(BaseException), socket.socket() as one:
                one.connect(("192.0.2.1", 9))

        def test_looks_up_a_name():
            with contextlib.suppress(BaseException):
                socket.getaddrinfo("example.org", 80)
        """,
    )
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["*socket.connect ('192.0.2.1', 9)*", "*socket.getaddrinfo ('example.org'*"])


def test_loopback_stays_allowed() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
