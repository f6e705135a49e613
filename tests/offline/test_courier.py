"""While the courier sends the app stays offline; nobody can look into it, and no key is in the app."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import loopback
from tests.fakes.loopback import Loopback
from tests.offline.watching import ROOT, run_watched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="enforced by Linux only")
LONG_S = 120.0

# The app of these tests. The key comes reversed over standard input, as no argument and no variable.
APP = """
import json, os, socket, sys
from pathlib import Path
from desktop.egress.door import open_door
from desktop.egress.egress import Egress
from desktop.keys.secret import Secret
from desktop.network import go_offline
from engine.frontier.values import Connecting, Provider, ResponseStarted, WireRequest

URL = sys.argv[2]


def reached():
    host, port = URL.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except OSError:
        return False
    return True


def can_be_written_to(pid):
    try:
        with open(f"/proc/{pid}/mem", "r+b"):
            return True
    except PermissionError:
        return False


def environment(pid):
    try:
        return len(Path(f"/proc/{pid}/environ").read_bytes())
    except PermissionError:
        return None


def held_here(backwards):
    "Whether the key stands anywhere in this process's memory. It is put together piece by piece."
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps.read().splitlines():
            area, rights, *_ = line.split()
            if not rights.startswith("rw") or "[v" in line:
                continue
            start, end = (int(one, 16) for one in area.split("-"))
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError):
                continue
            if _stands_in(data, backwards):
                return True
    return False


def _stands_in(data, backwards):
    first, rest = backwards[-1:], backwards[-2::-1]
    at = data.find(first + rest[:3])
    while at >= 0:
        if data[at + 4 : at + 4 + len(rest) - 3][::-1] == backwards[: len(rest) - 3]:
            return True
        at = data.find(first + rest[:3], at + 1)
    return False


if __name__ == "__main__":
    door = open_door(Path(sys.argv[1]))
    network = go_offline(door)
    egress = Egress(door=door, network=network)
    provider = Provider("near", "Near", "openai", URL, local=True)
    backwards = bytearray(os.read(0, 64))  # unbuffered: no copy of it anywhere
    key = bytearray(len(backwards))
    for place, byte in enumerate(reversed(backwards)):
        key[place] = byte
    control = held_here(backwards)
    secret = Secret(key)
    egress.set_online(True)
    egress._links[-1].ready.wait(30)
    egress.hold_key("near", provider.authority, secret)
    secret.wipe()
    request = WireRequest("POST", URL + "/v1", (), b"{}", "Authorization", "Bearer ")
    statuses, during = [], []
    for event in egress.carry(provider, request, Connecting("Asking")):
        if isinstance(event, ResponseStarted):
            statuses.append(event.status)
            during.append(reached())
    courier = egress._links[-1].pid
    limits = Path(f"/proc/{courier}/limits").read_text()
    found = {
        "statuses": statuses,
        "reached": [*during, reached()],
        "control": control,
        "held": held_here(backwards),
        "written": [can_be_written_to(pid) for pid in (door.pid, courier)],
        "environment": [environment(pid) for pid in (door.pid, courier)],
        "core": [line.split()[4:6] for line in limits.splitlines() if "core file" in line],
        "allowed": [one.host for one in network.entries() if one.allowed],
    }
    egress.close()
    door.close()
    print(json.dumps(found))
"""


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback().running() as running:
        yield running


@pytest.fixture
def command(server: Loopback, tmp_path: Path) -> list[str]:
    script = tmp_path / "app.py"
    script.write_text(APP, encoding="utf-8")
    (tmp_path / "models.toml").write_text("", encoding="utf-8")
    return [sys.executable, str(script), str(tmp_path / "models.toml"), server.url]


KEY = b"sk-planted-7c1e55d0a9"


@pytest.mark.timeout(150)
def test_the_courier_gets_out_and_nobody_gets_in(command: list[str], server: Loopback) -> None:
    server.script = [loopback.streams([b"one", b"two"])]
    # Who runs this as root may look into everything, and has to give that up first.
    plain = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if plain and shutil.which("setpriv") is None:
        pytest.skip("root without setpriv")
    done = subprocess.run(
        [*plain, *command],
        input=KEY[::-1],
        capture_output=True,
        timeout=LONG_S,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["statuses"] == [200]
    assert KEY in server.requests[0]
    assert found["reached"] == [False, False], "the app itself, during and after"
    assert found["allowed"] == ["127.0.0.1"]
    assert found["control"], "the search finds what is there"
    assert not found["held"], "the key is nowhere in the app's memory"
    assert found["written"] == [False, False], "doorkeeper and courier"
    assert found["environment"] == [None, None]
    assert found["core"] == [["0", "0"]]


STAYS = """
import sys
from pathlib import Path
from desktop.egress.door import open_door
from desktop.egress.egress import Egress
from desktop.network import go_offline

if __name__ == "__main__":
    door = open_door(Path(sys.argv[1]))
    egress = Egress(door=door, network=go_offline(door))
    egress.set_online(True)
    assert egress._links[-1].ready.wait(60)
    egress.close()
    door.close()
"""


@pytest.mark.timeout(150)
def test_a_courier_that_is_asked_for_nothing_tries_for_no_network(tmp_path: Path) -> None:
    script = tmp_path / "stays.py"
    script.write_text(STAYS, encoding="utf-8")
    (tmp_path / "models.toml").write_text("", encoding="utf-8")
    watched = run_watched([sys.executable, str(script), str(tmp_path / "models.toml")])
    assert watched.done.returncode == 0, watched.done.stderr
    assert watched.attempts == ()
