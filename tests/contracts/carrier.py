"""What every `engine.frontier.ports.Carrier` does.

A subclass gives the fixtures `carrier`, which answers each request with 200 and “one”, “two”, the fixture
`offline`, the same while Carrel is offline, and `provider`, whom they reach.
"""

from __future__ import annotations

import threading

import pytest

from engine.errors import Offline
from engine.frontier.ports import Carrier
from engine.frontier.values import (
    Connecting,
    Provider,
    ResponseData,
    ResponseEnded,
    ResponseEvent,
    ResponseStarted,
    WireRequest,
)

ASKING = Connecting("Asking")


def request(provider: Provider) -> WireRequest:
    return WireRequest("POST", f"{provider.base_url}/chat", (("Content-Type", "application/json"),), b"{}")


def text(events: list[ResponseEvent]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, ResponseData))


class CarrierContract:
    def test_a_response_has_a_start_its_data_and_an_end(self, carrier: Carrier, provider: Provider) -> None:
        started, *data, ended = carrier.carry(provider, request(provider), ASKING)
        assert isinstance(started, ResponseStarted)
        assert started.status == 200
        assert text(data) == b"onetwo"
        assert isinstance(ended, ResponseEnded)
        assert ended.bytes_out >= len(b"{}")
        assert ended.bytes_in >= len(b"onetwo")

    def test_several_at_once_do_not_mix(self, carrier: Carrier, provider: Provider) -> None:
        replies: list[bytes] = []

        def ask() -> None:
            replies.append(text(list(carrier.carry(provider, request(provider), ASKING))))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert replies == [b"onetwo"] * 4

    def test_whoever_cancels_gets_no_end(self, carrier: Carrier, provider: Provider) -> None:
        events = list(carrier.carry(provider, request(provider), ASKING, cancelled=lambda: True))
        assert not any(isinstance(event, ResponseEnded) for event in events)

    def test_it_may_be_left_at_any_event(self, carrier: Carrier, provider: Provider) -> None:
        for taken in range(3):
            events = carrier.carry(provider, request(provider), ASKING)
            for _ in range(taken):
                next(events)
            events.close()  # type: ignore[attr-defined]
        assert text(list(carrier.carry(provider, request(provider), ASKING))) == b"onetwo"

    def test_offline_nothing_is_tried(self, offline: Carrier, provider: Provider) -> None:
        with pytest.raises(Offline):
            list(offline.carry(provider, request(provider), ASKING))
