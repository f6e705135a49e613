import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.egress.door import Door, KeptDoor, SpawnedDoor
from desktop.egress.egress import Egress
from desktop.network import NetworkLog
from engine.errors import (
    ProviderInvalid,
    ProviderUnreachable,
)
from engine.frontier.values import (
    Connecting,
    Provider,
    Proxy,
    ResponseData,
    ResponseEnded,
    ResponseEvent,
    ResponseStarted,
)
from tests.desktop.egress.asking import KEYED, LONG_S, asking, carried, courier_id, hold
from tests.fakes import loopback
from tests.fakes.loopback import Loopback

DOORS = [
    pytest.param(KeptDoor, marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux's door")),
    SpawnedDoor,
]


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


def test_many_requests_run_at_once(egress: Egress, provider: Provider, server: Loopback) -> None:
    everybody = threading.Barrier(12)

    def answer(line: loopback.Line) -> None:
        everybody.wait(LONG_S)  # broken, unless all twelve are here
        loopback.says(b"done")(line)

    server.otherwise = answer
    replies: list[list[ResponseEvent]] = []
    threads = [threading.Thread(target=lambda: replies.append(carried(egress, provider))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply[1] for reply in replies] == [ResponseData(b"done")] * 12


def test_a_connection_is_used_again(egress: Egress, provider: Provider, server: Loopback) -> None:
    for _ in range(3):
        carried(egress, provider)
    assert len(server.requests) == 3
    assert server.connections == 1


def test_a_large_body_arrives_whole(egress: Egress, provider: Provider, server: Loopback) -> None:
    body = os.urandom(3 << 20)
    list(egress.carry(provider, asking(provider, body), Connecting("Asking")))
    assert server.requests[0].endswith(b"\r\n\r\n" + body)


def test_a_reply_that_nobody_takes_is_not_piled_up(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    given = 0

    def answer(line: loopback.Line) -> None:
        nonlocal given
        line.say(loopback.head(Content_Length=str(1 << 30)))
        while given < 64 << 20:
            line.say(bytes(1 << 20))
            given += 1 << 20

    server.otherwise = answer
    events = egress.carry(provider, asking(provider), Connecting("Asking"))
    next(events)
    time.sleep(0.5)
    held = given
    assert held < 40 << 20, "what the sockets hold, and 4 MB"
    for _ in range(1_000):
        next(events)
    assert given > held
    events.close()


def test_a_redirect_is_not_followed(egress: Egress, provider: Provider, server: Loopback) -> None:
    hold(egress, provider, b"sk-planted")
    server.script = [loopback.says(b"", 307, Location=f"{server.url}/elsewhere")]
    started, *_ = carried(egress, provider, **KEYED)
    assert isinstance(started, ResponseStarted)
    assert started.status == 307
    assert len(server.requests) == 1


def test_nothing_of_the_environment_is_heeded(
    catalogue: Path, provider: Provider, server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets"
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SSLKEYLOGFILE", str(secrets))
    door = SpawnedDoor(catalogue)
    egress = Egress(door=door, network=NetworkLog())
    egress.set_online(True)
    assert carried(egress, provider)[1] == ResponseData(b"hello")
    egress.close()
    door.close()
    assert not secrets.exists()


def test_every_request_stands_in_the_log_once_with_its_bytes(
    egress: Egress, provider: Provider, server: Loopback, network: NetworkLog
) -> None:
    told: list[tuple[int, int]] = []
    network.add_listener(lambda attempt: told.append((attempt.bytes_out, attempt.bytes_in)))
    ended = carried(egress, provider)[-1]
    assert isinstance(ended, ResponseEnded)
    (attempt,) = network.entries()
    assert (attempt.process, attempt.purpose, attempt.action) == ("courier", "Asking", "send")
    assert (attempt.host, attempt.port, attempt.allowed) == ("127.0.0.1", server.port, True)
    assert told == [(0, 0), (ended.bytes_out, ended.bytes_in)], "before it goes out, and after"
    assert (attempt.bytes_out, attempt.bytes_in) == told[-1]
    assert network.count() == 1


def test_a_proxy_is_used_for_whoever_is_not_local(door: Door, server: Loopback, provider: Provider) -> None:
    server.otherwise = loopback.says(b"", 502)
    proxy = Proxy(url=f"http://someone:pass%40word@127.0.0.1:{server.port}")
    egress = Egress(door=door, network=NetworkLog(), proxy=lambda: proxy)
    egress.set_online(True)
    far = Provider("far", "Far", "openai", "https://api.example")
    with pytest.raises(ProviderUnreachable, match="proxy refuses") as caught:
        carried(egress, far)
    assert not caught.value.sent
    (request,) = server.requests
    assert request.startswith(b"CONNECT api.example:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic c29tZW9uZTpwYXNzQHdvcmQ=" in request
    server.otherwise = loopback.says(b"hello")
    carried(egress, provider)
    assert server.requests[-1].startswith(b"POST /v1/chat"), "asked straight"
    egress.close()


@pytest.mark.parametrize(
    "proxy",
    [Proxy("socks5://127.0.0.1:9"), Proxy("http://[nonsense"), Proxy(certificates="/nowhere.pem")],
    ids=["socks", "nonsense", "no certificates"],
)
def test_a_way_out_that_cannot_be_is_said_to_whoever_asks(
    proxy: Proxy, door: Door, provider: Provider
) -> None:
    egress = Egress(door=door, network=NetworkLog(), proxy=lambda: proxy)
    egress.set_online(True)
    with pytest.raises(ProviderInvalid):
        carried(egress, provider)
    egress.close()


def test_another_way_out_lets_what_is_under_way_finish(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.streams([b"one", b"two"], pause_s=0.2)]
    events = egress.carry(provider, asking(provider), Connecting("Asking"))
    next(events)
    former = courier_id(egress)
    egress.restart()
    assert carried(egress, provider)[1] == ResponseData(b"hello")
    assert courier_id(egress) != former
    assert b"".join(event.data for event in events if isinstance(event, ResponseData)) == b"onetwo"
