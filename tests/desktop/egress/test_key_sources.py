import multiprocessing
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from desktop.egress import key_sources
from desktop.egress.door import KeptDoor
from desktop.egress.egress import Egress
from desktop.errors import WorkerBug
from desktop.keys.secret import Secret
from desktop.network import NetworkLog
from engine.errors import (
    KeyMissing,
    KeyringLocked,
    KeyringMissing,
    ProviderInvalid,
)
from engine.frontier.values import (
    Connecting,
    Provider,
    WireRequest,
)
from tests.desktop.egress.asking import KEYED, carried, hold, linux
from tests.fakes.loopback import Loopback


def test_a_key_goes_to_the_host_that_it_is_for_and_to_no_other(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    hold(egress, provider, b"sk-planted")
    with Loopback().running() as other:
        elsewhere = WireRequest("GET", f"{other.url}/v1/models", **KEYED)
        with pytest.raises((KeyMissing, KeyringMissing, KeyringLocked, WorkerBug)):
            list(egress.carry(provider, elsewhere, Connecting("Asking")))
        assert other.requests == []
    carried(egress, provider, **KEYED)
    assert b"Bearer sk-planted" in server.requests[0]


def _nothing() -> None:
    pass


def _from_a_process(provider_id: str, authority: str) -> Secret | None:
    """As the system's keyring is asked: through a process that the courier starts."""
    started = multiprocessing.get_context("spawn").Process(target=_nothing)
    started.start()
    started.join()
    return Secret(bytearray(f"{provider_id}@{authority}".encode()))


@linux
def test_a_key_comes_from_the_keyring_where_the_session_has_none(
    catalogue: Path, provider: Provider, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource_tracker.ensure_running()  # as where the app has started processes before
    monkeypatch.setattr(key_sources, "_kept", _from_a_process)
    door = KeptDoor(catalogue)  # and with it the courier: forks of this process
    egress = Egress(door=door, network=NetworkLog())
    egress.set_online(True)
    carried(egress, provider, **KEYED)
    assert f"Bearer near@127.0.0.1:{server.port}\r\n".encode() in server.requests[0]
    hold(egress, provider, b"sk-planted")
    carried(egress, provider, **KEYED)
    assert b"Bearer sk-planted" in server.requests[1]
    egress.close()
    door.close()


@linux
def test_the_keyring_is_asked_once_a_minute_and_anew_after_a_change(
    catalogue: Path, provider: Provider, server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"sk-first")
    monkeypatch.setattr(key_sources, "_kept", lambda *_: Secret(bytearray(kept.read_bytes())))
    door = KeptDoor(catalogue)
    egress = Egress(door=door, network=NetworkLog())
    egress.set_online(True)
    carried(egress, provider, **KEYED)
    kept.write_bytes(b"sk-second")
    carried(egress, provider, **KEYED)
    egress.drop_key(provider.id, provider.authority)
    carried(egress, provider, **KEYED)
    assert [request.partition(b"Bearer ")[2].partition(b"\r")[0] for request in server.requests] == [
        b"sk-first",
        b"sk-first",
        b"sk-second",
    ]
    egress.close()
    door.close()


def test_a_key_that_was_dropped_is_gone(egress: Egress, provider: Provider, server: Loopback) -> None:
    hold(egress, provider, b"sk-planted")
    egress.drop_key(provider.id, provider.authority)
    with pytest.raises((KeyMissing, KeyringMissing, KeyringLocked, WorkerBug)):
        carried(egress, provider, **KEYED)
    assert server.requests == []


def test_a_session_s_key_outlives_the_courier_and_going_offline(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    hold(egress, provider, b"sk-planted")
    egress.set_online(False)
    egress.set_online(True)
    carried(egress, provider, **KEYED)
    assert b"Bearer sk-planted" in server.requests[0]


def test_a_key_that_cannot_stand_in_a_header_is_named_by_nothing_of_it(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    hold(egress, provider, b"sk-planted\nX-Other: 1")
    with pytest.raises(ProviderInvalid) as caught:
        carried(egress, provider, **KEYED)
    assert "planted" not in str(caught.value)
    assert server.requests == []
