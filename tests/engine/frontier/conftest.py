from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.wire import WireServer


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer().running() as running:
        yield running
