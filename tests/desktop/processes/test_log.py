import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

CODE = """
import os, subprocess, sys
from pathlib import Path
from desktop.processes.log import LogFile
log = LogFile(Path(sys.argv[1]), limit_bytes=1000)
log.take_over()
print("from Python")
os.write(2, b"from native code\\n")
subprocess.run([sys.executable, "-c", "print('from a child')"])
for line in range(200):
    print(f"line {line} \\udc80 {'x' * 20}")
    log.keep_small()
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "worker.log"
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(path)], capture_output=True, cwd=ROOT, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    return path


def test_a_growing_log_is_set_aside_and_stays_small(log: Path) -> None:
    before = log.with_name("worker.log.1")
    assert {path.name for path in log.parent.iterdir()} == {"worker.log", "worker.log.1"}
    assert log.stat().st_size + before.stat().st_size < 2500


def test_the_last_words_are_in_the_log(log: Path) -> None:
    assert "line 199 \\udc80" in log.with_name("worker.log.1").read_text() + log.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_the_log_is_for_its_owner_only(log: Path) -> None:
    assert log.stat().st_mode & 0o077 == 0


def test_python_native_code_and_children_write_to_it(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    code = CODE.partition("for line")[0]
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, timeout=60, check=True)
    assert path.read_text().splitlines() == ["from Python", "from native code", "from a child"]
