import socket
import time

import pytest

from desktop.egress.egress import Egress
from desktop.network import NetworkLog
from engine.errors import (
    ProviderInvalid,
    ProviderUnreachable,
)
from engine.frontier.values import (
    Connecting,
    Provider,
    ResponseData,
    ResponseStarted,
    WireRequest,
)
from tests.desktop.egress.asking import KEYED, QUICK, asking, carried, hold
from tests.fakes import loopback
from tests.fakes.loopback import Loopback


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
    "url",
    [
        "ftp://127.0.0.1/",
        "http://",
        "http://127.0.0.1:99999/",
        "http://[nonsense",
        "file:///etc/passwd",
        "nonsense",
    ],
)
def test_an_address_that_is_none_is_refused(url: str, egress: Egress, provider: Provider) -> None:
    with pytest.raises(ProviderInvalid):
        list(egress.carry(provider, WireRequest("GET", url), Connecting("Asking")))
