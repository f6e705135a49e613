"""The rules of conftest.py catch what they are there for: each runs a bad test in a pytest of its own."""

from __future__ import annotations

import shutil
import sys
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


@pytest.mark.skipif(sys.platform == "win32", reason="there one process runs all tests")
def test_a_test_marked_alone_meets_no_other_of_the_other_process(pytester: pytest.Pytester) -> None:
    shutil.copy(CONFTEST, pytester.path / "conftest.py")
    pytester.makeini("[pytest]\nmarkers = alone\ntimeout = 60")
    room = pytester.mkdir("room")
    body = f"""
        import os, pathlib, pytest, time

        @pytest.fixture
        def others():
            own = pathlib.Path({str(room)!r}, str(os.getpid()))
            own.touch()
            yield lambda: [path.name for path in own.parent.iterdir() if path != own]
            own.unlink()

        def test_runs_beside_another(others):
            while not others():
                time.sleep(0.001)
            time.sleep(0.1)  # until the other has seen this one

        @pytest.mark.parametrize("number", range(60))
        def test_may_meet_another(number, others):
            time.sleep(0.005)

        @pytest.mark.alone
        @pytest.mark.parametrize("number", range(20))
        def test_meets_none(number, others):
            time.sleep(0.005)
            assert not others()
        """
    before = body.replace("def test_may", "def of_the_other_only")  # so that the two meet in all ways
    pytester.makepyfile(test_one=body, test_two=before)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile")
    result.assert_outcomes(passed=2 * 21 + 60)
