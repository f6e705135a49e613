from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from engine.frontier.values import ReplyUsage
from engine.usage.migrations import MIGRATIONS
from engine.usage.values import Estimate, Origin
from tests.fakes.ledger import Clock, make_ledger

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_every_released_schema_is_brought_to_the_present(tmp_path: Path, version: int) -> None:
    """The kept databases hold the same few things; a new schema adds its own (`python -m` this module)."""
    path = tmp_path / "usage.db"
    shutil.copy(SCHEMAS / f"usage-{version}.db", path)
    with closing(make_ledger(path)) as ledger:
        reserved, unpriced, done = ledger.calls()
        assert (done.origin, done.state, done.amount, done.exact) == (
            Origin("task", 7, 3, "Support triage"), "done", 2_100, True,
        )  # fmt: skip
        assert (unpriced.model, unpriced.amount, unpriced.state) == ("gpt-y", None, "failed")
        assert (reserved.state, reserved.amount, reserved.exact) == ("reserved", 10_000, False)
        receipt = ledger.receipt_of_message(42)
        assert receipt is not None
        assert (receipt.request, receipt.placeholders) == (b"{}", (("⟨PERSON_1⟩", "Marie Dupont"),))
        (day,) = ledger.report(100_000).local
        assert (day.origin, day.answers, day.prompt_tokens, day.seconds) == ("chat", 1, 900, 2.5)


def write_sample(path: Path) -> None:
    """The database that a release leaves in tests/data/schemas."""
    clock = Clock(time.mktime((2026, 11, 24, 12, 0, 0, 0, 0, -1)))
    with closing(make_ledger(path, clock=clock)) as ledger:
        run, chat = Origin("task", 7, 3, "Support triage"), Origin("chat", 1, name="Notice periods")
        known, unknown = Estimate(1_000, 100, 2_800, 10_000), Estimate(1_000, 100, None, None)
        call_id = ledger.reserve(run, "openai", "gpt-x", known, automatic=False)
        ledger.settle(
            call_id,
            "done",
            usage=ReplyUsage(1_000, 50, cached=200),
            request=b"{}",
            response="⟨PERSON_1⟩",
            restored="Marie Dupont",
            placeholders=(("⟨PERSON_1⟩", "Marie Dupont"),),
        )
        ledger.link(call_id, 42)
        call_id = ledger.reserve(chat, "openai", "gpt-y", unknown, automatic=False)
        ledger.settle(call_id, "failed", response="begun", reason="The reply was cut off.")
        ledger.reserve(chat, "openai", "gpt-x", known, automatic=False)
        ledger.local(chat, prompt_tokens=900, completion_tokens=80, seconds=2.5)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")


if __name__ == "__main__":
    (SCHEMAS / f"usage-{len(MIGRATIONS)}.db").unlink(missing_ok=True)
    write_sample(SCHEMAS / f"usage-{len(MIGRATIONS)}.db")
