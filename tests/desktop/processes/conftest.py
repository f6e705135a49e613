"""A supervisor on the misbehaving service, stopped when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.processes.service import ServiceDescription
from desktop.processes.supervisor import Supervisor
from tests.fakes.service import describe

Supervise = Callable[..., Supervisor]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    """Makes supervisors; every one is stopped at the end."""
    made: list[Supervisor] = []

    def make(description: ServiceDescription | None = None, **options: object) -> Supervisor:
        made.append(Supervisor(description or describe(), tmp_path / "model.log", **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop(grace_s=1.0)


@pytest.fixture
def supervisor(supervise: Supervise) -> Supervisor:
    return supervise()
