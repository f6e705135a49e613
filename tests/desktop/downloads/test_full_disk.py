"""A disk that is really full: a small one in memory, in a world of its own."""

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

ROOT = Path(__file__).parents[3]
CONTENT = file_server.model_bytes(600_000)
MOUNT = 'mount -t tmpfs -o size=256k none "$1" && shift && exec "$@"'

SCRIPT = """
import sys
from pathlib import Path
from desktop.downloads import partial
from desktop.egress.door import open_door
from desktop.downloads.downloads import Downloads
from desktop.network import NetworkLog
from engine.errors import NotEnoughSpace

if __name__ == "__main__":
    catalogue, folder = Path(sys.argv[1]), Path(sys.argv[2])
    # As if the disk had filled up after it was looked at.
    partial.Partial.require_space = lambda self: None
    downloads = Downloads(
        catalogue=catalogue, models=folder, network=NetworkLog(), door=open_door(catalogue)
    )
    try:
        list(downloads.download("tiny", cancelled=lambda: False))
    except NotEnoughSpace as error:
        print(error.needed_bytes, error.free_bytes, downloads.partial_bytes("tiny"))
    finally:
        downloads.close()
"""


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(CONTENT).running() as running:
        yield running


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's namespaces")
def test_a_disk_that_fills_up_keeps_what_it_took(server: FileServer, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "-rm", "sh", "-c", MOUNT, "sh", str(folder), "true"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no file system of its own can be made here")
    catalogue = write_catalogue(tmp_path / "models.toml", catalogue_model(CONTENT, server.url))
    script = tmp_path / "fill.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), str(catalogue), str(folder)]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT, "sh", str(folder), *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    needed, free, kept = (int(word) for word in done.stdout.split())
    assert free == 0
    assert 100_000 < kept < 256 * 1024
    assert needed == len(CONTENT) - kept
