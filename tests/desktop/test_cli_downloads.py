"""`carrel models catalogue` and `carrel models download` as processes of their own, with a real server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import file_server
from tests.fakes.catalogue import write_catalogue
from tests.fakes.file_server import FileServer, catalogue_model

ROOT = Path(__file__).parents[2]
CONTENT = file_server.model_bytes()
LONG_S = 60.0

# The functions behind the commands, below what turns errors into sentences: as `desktop.cli.main` does.
RUN = """
import argparse, sys
from pathlib import Path
from desktop.cli import downloads
from desktop.cli.output import fail

if __name__ == "__main__":
    words = argparse.Namespace(profile=None, json="--json" in sys.argv, id=sys.argv[2])
    try:
        sys.exit(getattr(downloads, "run_" + sys.argv[1])(words))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(fail(error, Path("carrel.log")))
"""


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(CONTENT).running() as running:
        yield running


@pytest.fixture
def environment(server: FileServer, tmp_path: Path) -> dict[str, str]:
    catalogue = write_catalogue(tmp_path / "models.toml", catalogue_model(CONTENT, server.url))
    changes = {"CARREL_HOME": str(tmp_path), "CARREL_CATALOGUE": str(catalogue), "PYTHONPATH": str(ROOT)}
    return os.environ | changes


def start(environment: dict[str, str], tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=LONG_S)
    return process.returncode, out, err


def test_a_model_is_fetched_and_its_place_said(
    environment: dict[str, str], tmp_path: Path, server: FileServer
) -> None:
    status, out, err = finished(start(environment, tmp_path, "download", "tiny", "--json"))
    assert status == 0, err
    path = tmp_path / "models" / "tiny.gguf"
    assert json.loads(out) == {"model": "tiny", "path": str(path), "size_bytes": len(CONTENT)}
    assert path.read_bytes() == CONTENT
    assert "https://example.org/licence" in err


def test_the_catalogue_says_what_is_here_and_what_is_begun(
    environment: dict[str, str], tmp_path: Path, server: FileServer
) -> None:
    status, out, err = finished(start(environment, tmp_path, "catalogue", "", "--json"))
    assert status == 0, err
    (row,) = json.loads(out)["models"]
    assert (row["id"], row["installed"], row["partial_bytes"]) == ("tiny", False, 0)
    assert server.requests == []
    finished(start(environment, tmp_path, "download", "tiny"))
    _, out, _ = finished(start(environment, tmp_path, "catalogue", ""))
    assert "Tiny, MIT  (here)" in out


def test_stopped_with_ctrl_c_it_keeps_what_has_come_and_goes_on(
    environment: dict[str, str], tmp_path: Path, server: FileServer
) -> None:
    server.otherwise = file_server.slowly(10_000, 0.05, at=200_000)
    process = start(environment, tmp_path, "download", "tiny")
    part = tmp_path / "models" / "tiny.gguf.part"
    deadline = time.monotonic() + LONG_S
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert finished(process)[0] == 130
    had = part.stat().st_size
    assert had > 0
    server.otherwise = file_server.honest
    assert finished(start(environment, tmp_path, "download", "tiny"))[0] == 0
    assert server.ranges[-1] == f"bytes={had}-"


def test_a_failure_is_one_sentence(environment: dict[str, str], tmp_path: Path, server: FileServer) -> None:
    server.otherwise = file_server.status(404)
    status, out, err = finished(start(environment, tmp_path, "download", "tiny"))
    assert (status, out) == (1, "")
    assert "carrel: The download from 127.0.0.1 failed: the file is not there (404)." in err
    assert "Traceback" not in err


def test_killed_it_leaves_nothing_running(
    environment: dict[str, str], tmp_path: Path, server: FileServer
) -> None:
    server.otherwise = file_server.stalls(1000)
    process = start(environment, tmp_path, "download", "tiny")
    deadline = time.monotonic() + LONG_S
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    family = _descendants(process.pid)
    process.kill()
    finished(process)
    while (left := [pid for pid in family if _runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left
    assert len(family) == 2 or not Path("/proc/self/task").is_dir(), "the doorkeeper and the download"


def _descendants(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    children = [int(word) for word in path.read_text().split()] if path.exists() else []
    return children + [grandchild for child in children for grandchild in _descendants(child)]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
