import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from desktop.egress.door import Door, KeptDoor
from desktop.egress.egress import Egress
from desktop.errors import NoWayOut
from desktop.network import NetworkLog
from engine.errors import (
    Offline,
    ProviderUnreachable,
)
from engine.frontier.values import (
    Connecting,
    Provider,
    ResponseData,
)
from tests.desktop.egress.asking import LONG_S, asking, carried, courier_id, hold, linux
from tests.fakes import loopback
from tests.fakes.loopback import Loopback


@pytest.mark.alone
@pytest.mark.parametrize("after", [b"", b"half"], ids=["before the reply", "within it"])
def test_cancelling_closes_the_connection_at_once(
    after: bytes, egress: Egress, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.stalls(after)]
    cancelled_at = 0.0

    def cancelled() -> bool:
        nonlocal cancelled_at
        if not cancelled_at and server.requests:
            cancelled_at = time.monotonic()
        return cancelled_at > 0

    list(egress.carry(provider, asking(provider), Connecting("Asking"), cancelled=cancelled))
    assert time.monotonic() - cancelled_at < 1.0
    _wait_for_close(server)
    assert server.closed_at[0] - cancelled_at < 0.2
    assert carried(egress, provider)[1] == ResponseData(b"hello"), "the courier goes on"


def _wait_for_close(server: Loopback) -> None:
    deadline = time.monotonic() + LONG_S
    while not server.closed_at and time.monotonic() < deadline:
        time.sleep(0.005)
    assert server.closed_at


@pytest.mark.alone
def test_whoever_reads_no_further_closes_the_connection(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.stalls(b"half")]
    events = egress.carry(provider, asking(provider), Connecting("Asking"))
    next(events)
    at = time.monotonic()
    events.close()
    _wait_for_close(server)
    assert server.closed_at[0] - at < 0.2


def test_going_offline_ends_what_is_under_way(egress: Egress, provider: Provider, server: Loopback) -> None:
    server.otherwise = loopback.stalls(b"half")
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            carried(egress, provider)
        except Offline as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    server.wait_for_requests(3)
    at = time.monotonic()
    egress.set_online(False)
    for thread in threads:
        thread.join()
    assert time.monotonic() - at < 1.0
    assert [str(failure) for failure in failures] == ["Carrel went offline while 127.0.0.1 was asked"] * 3
    assert not egress.online
    _wait_for_close(server)


def test_offline_nothing_is_tried_and_it_is_written_down(
    door: Door, provider: Provider, server: Loopback, network: NetworkLog
) -> None:
    egress = Egress(door=door, network=network)
    assert not egress.online
    with pytest.raises(Offline):
        carried(egress, provider)
    assert server.connections == 0
    (attempt,) = network.entries()
    assert (attempt.host, attempt.purpose, attempt.allowed) == ("127.0.0.1", "Asking", False)


def test_without_a_door_there_is_no_going_online(provider: Provider) -> None:
    egress = Egress(door=None, network=NetworkLog())
    with pytest.raises(NoWayOut, match="could not be started"):
        egress.set_online(True)
    assert not egress.online
    with pytest.raises(NoWayOut):
        hold(egress, provider, b"sk")
    with pytest.raises(Offline):
        carried(egress, provider)


def test_a_closed_door_is_said(catalogue: Path) -> None:
    door = KeptDoor(catalogue) if sys.platform == "linux" else None
    if door is None:
        pytest.skip("needs the doorkeeper")
    egress = Egress(door=door, network=NetworkLog())
    door.close()
    with pytest.raises(NoWayOut):
        egress.set_online(True)
    assert not egress.online


def test_a_killed_courier_fails_its_requests_and_another_takes_the_next(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.stalls(b"half")]
    events = egress.carry(provider, asking(provider), Connecting("Asking"))
    next(events)
    killed = courier_id(egress)
    os.kill(killed, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    with pytest.raises(ProviderUnreachable, match="ended unexpectedly") as caught:
        list(events)
    assert caught.value.sent
    assert carried(egress, provider)[1] == ResponseData(b"hello")
    assert courier_id(egress) != killed


@linux
def test_the_courier_ends_with_the_doorkeeper(catalogue: Path) -> None:
    door = KeptDoor(catalogue)
    egress = Egress(door=door, network=NetworkLog())
    egress.set_online(True)
    pid = courier_id(egress)
    door.close()
    deadline = time.monotonic() + LONG_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{pid}").exists()
    egress.close()
