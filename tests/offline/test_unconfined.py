"""The walls that `unconfined.py` takes down are down in the worker processes too, else it hides attempts."""

import sys
from pathlib import Path

import pytest

from tests.offline.watching import run_watched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs strace")

MAIN = """
import tests.offline.unconfined

if __name__ == "__main__":
    from desktop.network import go_offline
    from tests.offline.canary import in_a_worker
    go_offline()
    in_a_worker(9)
"""


def test_a_worker_s_connection_is_seen_with_the_walls_down(tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text(MAIN, encoding="utf-8")
    watched = run_watched([sys.executable, str(script)])
    assert any("connect(" in attempt for attempt in watched.attempts), watched
