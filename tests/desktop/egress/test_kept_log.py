import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.egress.kept_log import KeptLog
from desktop.network import KEPT, Attempt, NetworkLog

ROOT = Path(__file__).parents[3]


def attempt(number: int = 0, **changes: object) -> Attempt:
    made = Attempt(1_700_000_000.0 + number, "send", f"host{number}.example", 443, "here", "Asking", True)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "network.jsonl"


def test_attempts_are_kept_across_starts(path: Path) -> None:
    KeptLog(path).add(attempt(1))
    KeptLog(path).add(attempt(2, allowed=False))
    assert KeptLog(path).entries() == [attempt(1), attempt(2, allowed=False)]


def test_one_object_a_line(path: Path) -> None:
    KeptLog(path).add(attempt(1))
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["host"] == "host1.example"


def test_nothing_kept_yet_is_no_error(path: Path) -> None:
    assert KeptLog(path).entries() == []


def test_what_is_told_twice_counts_once(path: Path) -> None:
    log = KeptLog(path)
    log.add(attempt(1, id="a"))
    log.add(attempt(2))
    log.add(attempt(1, id="a", bytes_out=7))
    assert KeptLog(path).entries() == [attempt(1, id="a", bytes_out=7), attempt(2)]


def test_a_torn_last_line_costs_itself_alone(path: Path) -> None:
    KeptLog(path).add(attempt(1))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    KeptLog(path).add(attempt(2))
    KeptLog(path).add(attempt(3))
    assert KeptLog(path).entries() == [attempt(1), attempt(2), attempt(3)]


@pytest.mark.parametrize(
    "nonsense", [b"\xff\xfe\n", b"[]\n", b'{"when": "soon"}\n', b"\n", b"\0" * 100 + b"\n"]
)
def test_lines_that_are_none_are_passed_over(nonsense: bytes, path: Path) -> None:
    KeptLog(path).add(attempt(1))
    path.write_bytes(nonsense + path.read_bytes())
    assert KeptLog(path).entries() == [attempt(1)]


def test_the_latest_ten_thousand_are_kept_and_the_files_stay_small(path: Path) -> None:
    log = KeptLog(path)
    for number in range(2 * KEPT + 5_000):
        log.add(attempt(number))
    entries = log.entries()
    assert len(entries) == KEPT
    assert entries[-1] == attempt(2 * KEPT + 4_999)
    assert sum(file.stat().st_size for file in path.parent.iterdir()) < 9 << 20


def test_long_and_broken_names_are_cut_and_mended(path: Path) -> None:
    KeptLog(path).add(attempt(host="a" * 100_000, caller="\udcff\n"))
    (kept,) = KeptLog(path).entries()
    assert (kept.host, kept.caller) == ("a" * 200, "?\n")
    assert path.read_bytes().count(b"\n") == 1


def test_what_was_before_is_kept_too_and_nothing_twice(path: Path) -> None:
    network = NetworkLog()
    network.add(attempt(1))
    log = KeptLog(path)
    threads = [threading.Thread(target=network.add, args=(attempt(number),)) for number in range(2, 60)]
    for thread in threads[:30]:
        thread.start()
    log.follow(network)
    for thread in threads[30:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.host for one in log.entries()) == sorted(one.host for one in network.entries())


def test_a_folder_that_is_not_there_costs_the_line_and_nothing_else(tmp_path: Path) -> None:
    KeptLog(tmp_path / "absent" / "network.jsonl").add(attempt())


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_whoever_is_killed_while_writing_loses_no_finished_line(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from desktop.egress.kept_log import KeptLog; from desktop.network import Attempt\n"
        "log = KeptLog(Path(sys.argv[1]), file_bytes=50_000)\n"
        "for number in range(10**9):\n"
        "    log.add(Attempt(float(number), 'send', 'host', 443, '', '', True))\n"
        "    print(number, flush=True)\n"
    )
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as child:
            assert child.stdout
            last = 0
            deadline = time.monotonic() + 0.3
            while time.monotonic() < deadline:
                last = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            last = max([last, *(int(line) for line in child.stdout.read().split("\n")[:-1])])
        assert any(one.when >= last for one in KeptLog(path).entries())
