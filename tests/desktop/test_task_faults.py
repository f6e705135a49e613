"""A run's lines through the whole way to a provider on the loopback, which fails in every way it can."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from desktop.cloud.tasks import TaskFrontier
from engine.database import Database
from engine.frontier.calling import Calls
from engine.frontier.drafts import Drafts
from engine.frontier.retrying import Patience
from engine.frontier.values import Timeouts
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.runs import RunStore
from tests.benchmarks.escalation import ask, make_run
from tests.fakes.ledger import make_ledger
from tests.fakes.wire import (
    LoopbackCarrier,
    PlainRestorer,
    WireServer,
    breaks_off,
    masking_of,
    reply,
    says,
    stalls,
    status,
)

ROWS = 12
SELLER = "Seller 3 Ltd"
FAULTS = {1: "429", 2: "500", 4: "cut", 5: "stall", 6: "wrong json", 8: "400", 9: "401 later"}


class Provider:
    """Answers by the row that is asked about; `tried` counts how often each was."""

    def __init__(self, server: WireServer) -> None:
        self.server = server
        self.tried: Counter[int] = Counter()
        self.bodies: list[bytes] = []

    def __call__(self, handler: Any) -> None:
        body = self.server.captured[-1].body
        self.bodies.append(body)
        said = " ".join(message["content"] for message in json.loads(body)["messages"])
        row = int(said.rpartition(" asks for ")[2].split()[0]) - 100
        self.tried[row] += 1
        whole = reply("openai", [f'{{"seller": "Seller {row} Ltd", "total": "{row + 100}"}}'])
        first = self.tried[row] == 1
        match FAULTS.get(row):
            case "429" if first:
                status(429, {"error": {"message": "slow down"}}, retry_after="0")(handler)
            case "500" if first:
                status(500)(handler)
            case "cut":
                breaks_off(whole[: len(whole) // 2])(handler)
            case "stall":
                stalls(whole[:20])(handler)
            case "wrong json" if first:
                says([reply("openai", ["this is no JSON"])])(handler)
            case "400":
                status(400, {"error": {"message": "too long"}})(handler)
            case "401 later" if first:
                status(401, {"error": {"message": "no such key"}})(handler)
            case _:
                says([whole])(handler)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[RunStore]:
    with closing(Database(tmp_path / "tasks.db", MIGRATIONS)) as database:
        yield RunStore(database)


def test_no_line_is_lost_to_a_fault_and_none_is_paid_twice(runs: RunStore, tmp_path: Path) -> None:
    run_id = make_run(runs, ROWS)
    with WireServer().running() as server, closing(make_ledger(tmp_path / "usage.db")) as ledger:
        server.otherwise = provider = Provider(server)
        calls = Calls(
            LoopbackCarrier(),
            ledger,
            PlainRestorer,
            Patience(tries=2, first_pause_s=0.01),
            Timeouts(silence=0.3),
        )
        drafts = Drafts(masking_of(SELLER), ledger._prices)
        asked = server.provider("openai", id="openai")
        frontier = TaskFrontier(calls, drafts, asked, "gpt-x", ledger=ledger, choices=ledger._choices)
        first = ask(runs, run_id, frontier, in_flight=1)
        assert (first.state, runs.run(run_id).asks) == ("paused", 3), "the key was refused at row 9"
        assert "does not accept the key: 3 lines wait." in first.reason
        second = ask(runs, run_id, frontier, in_flight=1)
        assert second.state == "done"
        lines = runs.lines(run_id, runs.line_ids(run_id))
        assert len(lines) == ROWS
        for line in lines:
            total = line.cells["total"]
            if FAULTS.get(line.id.row) in ("cut", "stall", "400"):
                assert total.local is None
                assert len(line.notes) == 1
            else:
                assert (total.cell.value, total.model) == (line.id.row + 100, "gpt-x")
        done = Counter(call.origin.row for call in ledger.calls(1_000) if call.state == "done")
        assert done == {row: 2 if FAULTS.get(row) == "wrong json" else 1 for row in done}
        assert provider.tried[4] == provider.tried[5] == 1, "it may have been billed"
        assert runs.run(run_id).cost == ledger.spent_on_run(run_id)
        assert not any(SELLER.encode() in body for body in provider.bodies), "it went out masked"
