"""Memory of a fresh process before a model is loaded, while it works, and after it was unloaded.

    python -m tests.benchmarks.memory MODEL.gguf [--rounds 3]

Each round is a process of its own that loads, scores and writes rows, unloads, and does all of it once more:
what stays after the first time is the price of the library, what the second adds would be a leak.
"""

from __future__ import annotations

import gc

import psutil

from engine.settings import ModelSettings
from tests.benchmarks import materials
from tests.benchmarks.harness import Apart, Spread, arguments_of, table
from tests.benchmarks.ways import Carrel, Place

CONTEXT_TOKENS = 4096
TIMES = 2


class Cycle:
    """Carrel's service from nothing, with a look at the memory at each step."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def megabytes(self) -> list[float]:
        """Before loading, then at work and after unloading, as often as `TIMES`."""
        from engine.process import service

        service.build(ModelSettings()).close()
        seen = [_resident_mb()]
        carrel = Carrel(self._place)
        for _ in range(TIMES):
            _work(carrel)
            seen.append(_resident_mb())
            carrel.unload()
            gc.collect()
            seen.append(_resident_mb())
        carrel.close()
        return seen


def _work(carrel: Carrel) -> None:
    rows = [materials.sorting(0, ticket) for ticket in materials.tickets(0, 8)]
    carrel.classify(rows, materials.LABELS)
    orders = [materials.entering(0, order) for order in materials.orders(0, 4)]
    carrel.extract(orders, materials.SCHEMA, 32)
    carrel.chat("one", materials.opening(0, 10), 16)


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


def main() -> None:
    arguments = arguments_of(__doc__).parse_args()
    place = Place(str(arguments.model), CONTEXT_TOKENS, arguments.threads, arguments.at_once)
    rounds = []
    for _ in range(arguments.rounds):
        with Apart(Cycle, place) as process:
            rounds.append(process.call("megabytes"))
    names = ["before loading", *("at work", "after unloading") * TIMES]
    columns = list(zip(*rounds, strict=True))
    lines = [
        [
            name,
            Spread.of(column),
            Spread.of([now - then for now, then in zip(column, columns[0], strict=True)]),
        ]
        for name, column in zip(names, columns, strict=True)
    ]
    print(f"{arguments.model.stem}, {arguments.rounds} processes")
    print(table(["", "MB", "more than before"], lines))


if __name__ == "__main__":
    main()
