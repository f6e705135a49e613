"""Requests as these tests make them."""

import sys

import pytest

from desktop.egress.egress import Egress
from desktop.keys.secret import Secret
from engine.frontier.values import (
    Connecting,
    Provider,
    ResponseEvent,
    Timeouts,
    WireRequest,
)

LONG_S = 20.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux's processes")


def asking(provider: Provider, body: bytes = b'{"q":1}', **changes: str) -> WireRequest:
    headers = (("Content-Type", "application/json"), ("User-Agent", "Carrel"))
    return WireRequest("POST", f"{provider.base_url}/chat", headers, body, **changes)


def carried(egress: Egress, provider: Provider, **changes: str) -> list[ResponseEvent]:
    return list(egress.carry(provider, asking(provider, **changes), Connecting("Asking")))


def hold(egress: Egress, provider: Provider, key: bytes) -> None:
    egress.hold_key(provider.id, provider.authority, Secret(bytearray(key)))


KEYED = {"key_header": "Authorization", "key_prefix": "Bearer "}
QUICK = Timeouts(connect=5.0, silence=0.3)


def courier_id(egress: Egress) -> int:
    link = egress._links[-1]
    assert link.ready.wait(LONG_S)
    assert link.pid
    return link.pid
