import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from desktop.egress import key_sources
from desktop.egress.door import Door, KeptDoor, SpawnedDoor
from desktop.egress.egress import Egress
from desktop.errors import NoWayOut, WorkerBug
from desktop.keys.secret import Secret
from desktop.network import NetworkLog
from engine.errors import (
    KeyMissing,
    KeyringLocked,
    KeyringMissing,
    Offline,
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
    Timeouts,
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
QUICK = Timeouts(connect=5.0, silence=0.3)


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


# --- what goes out ------------------------------------------------------------------------------------


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


# --- keys ---------------------------------------------------------------------------------------------


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


# --- what goes wrong ----------------------------------------------------------------------------------


def test_nobody_there_is_said_and_nothing_was_sent(egress: Egress) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    gone = Provider("near", "Near", "openai", f"http://127.0.0.1:{port}", local=True)
    with pytest.raises(ProviderUnreachable, match="nothing answers") as caught:
        carried(egress, gone)
    assert not caught.value.sent


def test_a_reply_cut_off_is_said_after_what_came(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.breaks_off(b"half")]
    events = egress.carry(provider, asking(provider), Connecting("Asking"))
    assert isinstance(next(events), ResponseStarted)
    assert next(events) == ResponseData(b"half")
    with pytest.raises(ProviderUnreachable, match="connection broke") as caught:
        next(events)
    assert caught.value.sent


def test_a_connection_cut_before_any_reply_may_have_been_answered(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.breaks_off()]
    with pytest.raises(ProviderUnreachable) as caught:
        carried(egress, provider)
    assert caught.value.sent


@pytest.mark.parametrize("after", [b"", b"half"], ids=["before the reply", "within it"])
def test_silence_ends_the_request(after: bytes, egress: Egress, provider: Provider, server: Loopback) -> None:
    server.script = [loopback.stalls(after)]
    began = time.monotonic()
    with pytest.raises(ProviderUnreachable, match=r"nothing came for 0\.3 seconds") as caught:
        list(egress.carry(provider, asking(provider), Connecting("Asking", QUICK)))
    assert caught.value.sent
    assert time.monotonic() - began < 5.0


def test_a_slow_reply_is_no_silence(egress: Egress, provider: Provider, server: Loopback) -> None:
    server.script = [loopback.streams([b"a"] * 8, pause_s=0.1)]
    events = list(egress.carry(provider, asking(provider), Connecting("Asking", QUICK)))
    assert sum(isinstance(event, ResponseData) for event in events) == 8


# --- plain text ---------------------------------------------------------------------------------------


def test_plain_http_is_refused_for_whoever_is_not_local(
    egress: Egress, provider: Provider, server: Loopback, network: NetworkLog
) -> None:
    foreign = Provider("far", "Far", "openai", provider.base_url)
    hold(egress, foreign, b"sk-planted")
    with pytest.raises(ProviderInvalid, match="must begin with https://"):
        carried(egress, foreign, **KEYED)
    assert server.connections == 0
    assert [(one.host, one.allowed) for one in network.entries()] == [("127.0.0.1", False)]


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/", "file:///etc/passwd", "nonsense"]
)
def test_an_address_that_is_none_is_refused(url: str, egress: Egress, provider: Provider) -> None:
    with pytest.raises(ProviderInvalid):
        list(egress.carry(provider, WireRequest("GET", url), Connecting("Asking")))


# --- stopping -----------------------------------------------------------------------------------------


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
    assert [str(failure) for failure in failures] == ["Carrel is offline, so 127.0.0.1 was not asked"] * 3
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


def _courier(egress: Egress) -> int:
    link = egress._links[-1]
    assert link.ready.wait(LONG_S)
    assert link.pid
    return link.pid


def test_a_killed_courier_fails_its_requests_and_another_takes_the_next(
    egress: Egress, provider: Provider, server: Loopback
) -> None:
    server.script = [loopback.stalls(b"half")]
    events = egress.carry(provider, asking(provider), Connecting("Asking"))
    next(events)
    killed = _courier(egress)
    os.kill(killed, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    with pytest.raises(ProviderUnreachable, match="ended unexpectedly") as caught:
        list(events)
    assert caught.value.sent
    assert carried(egress, provider)[1] == ResponseData(b"hello")
    assert _courier(egress) != killed


@linux
def test_the_courier_ends_with_the_doorkeeper(catalogue: Path) -> None:
    door = KeptDoor(catalogue)
    egress = Egress(door=door, network=NetworkLog())
    egress.set_online(True)
    pid = _courier(egress)
    door.close()
    deadline = time.monotonic() + LONG_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{pid}").exists()
    egress.close()


# --- the log ------------------------------------------------------------------------------------------


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


# --- the way out --------------------------------------------------------------------------------------


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
    former = _courier(egress)
    egress.restart()
    assert carried(egress, provider)[1] == ResponseData(b"hello")
    assert _courier(egress) != former
    assert b"".join(event.data for event in events if isinstance(event, ResponseData)) == b"onetwo"
