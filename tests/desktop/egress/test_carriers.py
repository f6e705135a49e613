"""The courier and the scripted carrier that stands for it in other tests: they do the same."""

import pytest

from desktop.egress.egress import Egress
from engine.frontier.values import Provider
from tests.contracts.carrier import CarrierContract
from tests.fakes import loopback
from tests.fakes.egress import FakeCarrier, Reply
from tests.fakes.loopback import Loopback


class TestEgress(CarrierContract):
    @pytest.fixture
    def carrier(self, egress: Egress, server: Loopback) -> Egress:
        server.otherwise = loopback.streams([b"one", b"two"])
        return egress

    @pytest.fixture
    def offline(self, egress: Egress) -> Egress:
        egress.set_online(False)
        return egress


class TestFakeCarrier(CarrierContract):
    @pytest.fixture
    def carrier(self) -> FakeCarrier:
        return FakeCarrier(otherwise=Reply((b"one", b"two")))

    @pytest.fixture
    def offline(self) -> FakeCarrier:
        return FakeCarrier(online=False)

    @pytest.fixture
    def provider(self) -> Provider:
        return Provider("far", "Far", "openai", "https://api.example/v1")
