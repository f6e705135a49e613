import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.egress.door import Door, KeptDoor, SpawnedDoor
from desktop.egress.egress import Egress
from desktop.keys.secret import Secret
from desktop.network import NetworkLog
from engine.frontier.values import (
    Connecting,
    Provider,
    ResponseData,
    ResponseEnded,
    ResponseEvent,
    ResponseStarted,
    WireRequest,
)
from tests.fakes import loopback
from tests.fakes.loopback import Loopback

LONG_S = 20.0
DOORS = [
    pytest.param(KeptDoor, marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux's door")),
    SpawnedDoor,
]
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux's processes")


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback().running() as running:
        yield running


@pytest.fixture
def provider(server: Loopback) -> Provider:
    return Provider("near", "Near", "openai", f"{server.url}/v1", local=True)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "models.toml"
    path.write_text("", encoding="utf-8")
    return path


@pytest.fixture
def door(catalogue: Path) -> Iterator[Door]:
    kind = KeptDoor if sys.platform == "linux" else SpawnedDoor
    opened = kind(catalogue)
    yield opened
    opened.close()


@pytest.fixture
def network() -> NetworkLog:
    return NetworkLog()


@pytest.fixture
def egress(door: Door, network: NetworkLog) -> Iterator[Egress]:
    made = Egress(door=door, network=network)
    made.set_online(True)
    yield made
    made.close()


def asking(provider: Provider, body: bytes = b'{"q":1}', **changes: str) -> WireRequest:
    headers = (("Content-Type", "application/json"), ("User-Agent", "Carrel"))
    return WireRequest("POST", f"{provider.base_url}/chat", headers, body, **changes)


def carried(egress: Egress, provider: Provider, **changes: str) -> list[ResponseEvent]:
    return list(egress.carry(provider, asking(provider, **changes), Connecting("Asking")))


def hold(egress: Egress, provider: Provider, key: bytes) -> None:
    egress.hold_key(provider.id, provider.authority, Secret(bytearray(key)))


KEYED = {"key_header": "Authorization", "key_prefix": "Bearer "}


@pytest.mark.parametrize("kind", DOORS)
def test_a_request_goes_out_as_it_stands_and_its_reply_comes_back(
    kind: Callable[[Path], Door], catalogue: Path, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.streams([b"one", b"two"])]
    door = kind(catalogue)
    egress = Egress(door=door, network=NetworkLog())
    try:
        egress.set_online(True)
        hold(egress, provider, b"sk-planted")
        started, *data, ended = carried(egress, provider, **KEYED)
    finally:
        egress.close()
        door.close()
    assert isinstance(started, ResponseStarted)
    assert (started.status, started.headers) == (200, (("transfer-encoding", "chunked"),))
    assert b"".join(piece.data for piece in data if isinstance(piece, ResponseData)) == b"onetwo"
    assert server.requests == [
        f"POST /v1/chat HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode()
        + b"Content-Type: application/json\r\nUser-Agent: Carrel\r\nContent-Length: 7\r\n"
        b'Authorization: Bearer sk-planted\r\n\r\n{"q":1}'
    ]
    assert isinstance(ended, ResponseEnded)
    assert ended.bytes_out == len(server.requests[0])
    assert ended.bytes_in > len(b"onetwo")
