"""Where connections may lead, with look-ups that answer as told: nothing here leaves this computer."""

import socket
import threading
from typing import Any

import httpcore
import pytest

from desktop.egress.connections import Backend, Passage, TooFar, serving
from desktop.egress.hosts import target
from desktop.egress.messages import Send
from desktop.egress.sending import Sender
from desktop.keys.secret import Secret
from desktop.network import NetworkLog
from engine.errors import ProviderInvalid, ProviderUnreachable
from engine.frontier.providers import is_local_number
from engine.frontier.values import Connecting, Provider, Proxy, Timeouts, WireRequest

NEAR = [
    "127.0.0.1",
    "127.8.9.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.7",
    "169.254.1.1",
    "::1",
    "fe80::1%eth0",
]
FAR = ["8.8.8.8", "172.32.0.1", "100.64.0.1", "0.0.0.0", "240.0.0.1", "::ffff:8.8.8.8", "2606:4700::1111"]


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have every name mean these addresses."""

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        family = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(kind, 1, 6, "", (address, port)) for kind, address in zip(family, addresses, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("address", NEAR)
def test_this_computer_and_the_local_network_are_near(address: str) -> None:
    assert is_local_number(address)


@pytest.mark.parametrize("address", [*FAR, "localhost", ""])
def test_all_else_is_far(address: str) -> None:
    assert not is_local_number(address)


@pytest.mark.parametrize("address", FAR)
def test_plain_http_leaves_no_local_network_whatever_a_name_means(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, "127.0.0.1", address)
    with serving(Passage(near=True)), pytest.raises(TooFar):
        Backend().connect_tcp("ollama.lan", 9, timeout=5.0)


class NoKeys:
    def read(self, provider_id: str, authority: str) -> Secret | None:
        return None


def send(provider: Provider, url: str) -> Send:
    return Send(provider, WireRequest("GET", url), Connecting("Asking", Timeouts(2.0, 2.0)))


def test_plain_http_to_a_foreign_host_is_refused_and_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "8.8.8.8")
    log = NetworkLog()
    sender = Sender(Proxy(), NoKeys(), log=log, tell=log.add)
    so_called = Provider("near", "Near", "openai", "http://ollama.lan", local=True)
    with pytest.raises(ProviderInvalid, match=r"ollama\.lan is not in the local network"):
        list(sender.send(send(so_called, so_called.base_url), Passage()))
    (attempt,) = log.entries()
    assert (attempt.host, attempt.allowed, attempt.bytes_out) == ("ollama.lan", False, 0)
    sender.close()


def test_a_name_without_an_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    sender = Sender(Proxy(), NoKeys(), log=NetworkLog(), tell=lambda attempt: None)
    far = Provider("far", "Far", "openai", "https://nobody.example")
    with pytest.raises(ProviderUnreachable, match="no address for its name") as caught:
        list(sender.send(send(far, far.base_url), Passage()))
    assert not caught.value.sent
    sender.close()


def test_a_look_up_that_hangs_takes_no_longer_than_a_connection_may(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: end.wait(20) and [])
    try:
        with serving(Passage()), pytest.raises(httpcore.ConnectTimeout):
            Backend().connect_tcp("slow.example", 443, timeout=0.2)
    finally:
        end.set()


def test_the_second_address_is_tried_when_the_first_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answers(monkeypatch, "::1", "127.0.0.1")
        with serving(Passage(near=True)):
            stream = Backend().connect_tcp("localhost", server.getsockname()[1], timeout=5.0)
        stream.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://user@api.example/v1",
        "https://api.example:443/v1",
        "HTTPS://API.example/v1",
        "https://api.example/v1#x",
    ],
)
def test_the_key_is_for_the_host_that_is_connected_to(url: str) -> None:
    goal = target(Provider("far", "Far", "openai", "https://api.example"), url)
    assert (goal.host, goal.port, goal.path, goal.authority) == ("api.example", 443, "/v1", "api.example")
    assert goal.host_header == goal.authority


@pytest.mark.parametrize(
    "url",
    ["https://evil.example\\@api.example/", "https://api.example.evil.example/", "https://api.example:8443/"],
)
def test_what_only_looks_like_a_host_gets_no_key_of_its(url: str) -> None:
    try:
        goal = target(Provider("far", "Far", "openai", "https://api.example"), url)
    except ProviderInvalid:
        return
    assert goal.authority != "api.example" or goal.host == "api.example"
    assert goal.authority == (goal.host if goal.port == 443 else f"{goal.host}:{goal.port}")
