import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.egress.door import Door, KeptDoor, SpawnedDoor
from desktop.egress.egress import Egress
from desktop.network import NetworkLog
from engine.frontier.values import (
    Provider,
)
from tests.fakes.loopback import Loopback


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
