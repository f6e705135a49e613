"""What the courier costs: going online and offline, each request beside `httpx` alone, and memory.

    python -m tests.benchmarks.courier

Over the loopback, from an app that the kernel keeps offline; needs Linux.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from desktop.egress.door import KeptDoor
from desktop.egress.egress import Egress
from desktop.network import go_offline
from engine.frontier.values import Connecting, Provider, WireRequest

REQUESTS = 300
BODY = b"x" * 4_000
SERVE = """
import sys
from tests.fakes.loopback import Loopback
with Loopback().running() as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    with _server() as url, tempfile.TemporaryDirectory() as folder:
        alone = _alone(url)
        catalogue = Path(folder) / "models.toml"
        catalogue.touch()
        began = perf_counter()
        door = KeptDoor(catalogue)
        network = go_offline(door)
        print(f"doorkeeper and walls    {1e3 * (perf_counter() - began):6.1f} ms")
        egress = Egress(door=door, network=network)
        online, offline = zip(*(_switched(egress) for _ in range(9)), strict=True)
        print(f"online, courier ready   {median(online):6.1f} ms")
        print(f"offline, courier gone   {median(offline):6.1f} ms")
        egress.set_online(True)
        near = Provider("near", "Near", "openai", url, local=True)
        request = WireRequest("POST", url, (), BODY)
        carried = _milliseconds(lambda: list(egress.carry(near, request, Connecting("Measuring"))))
        print(f"a request, httpx alone  {alone:6.2f} ms")
        print(f"a request, courier      {carried:6.2f} ms")
        for name, pid in (("doorkeeper", door.pid), ("courier", egress._links[-1].pid or 0)):
            print(f"{name:23} {_own_mb(pid):6.1f} MB of its own")
        egress.close()
        door.close()


def _switched(egress: Egress) -> tuple[float, float]:
    began = perf_counter()
    egress.set_online(True)
    egress._links[-1].ready.wait(60)
    online = perf_counter()
    egress.set_online(False)
    return 1e3 * (online - began), 1e3 * (perf_counter() - online)


def _milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(REQUESTS):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return 1e3 * median(taken)


def _alone(url: str) -> float:
    """In another process: what this one had imported, the courier would have for nothing."""
    code = "import sys; from tests.benchmarks import courier; print(courier.alone(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, url], env=_environment(), capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def alone(url: str) -> float:
    import httpx

    with httpx.Client(trust_env=False) as client:
        return _milliseconds(lambda: client.post(url, content=BODY))


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def _own_mb(pid: int) -> float:
    """Memory that the process shares with nobody; seen by root alone, as nobody else may look into it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return float("nan")
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


@contextmanager
def _server() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as server:
        assert server.stdin and server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


if __name__ == "__main__":
    main()
