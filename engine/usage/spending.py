"""What is spent and held, added up from the calls themselves: there is no second number that could differ."""

from __future__ import annotations

import sqlite3
import time

from engine.usage.values import Money, Origin


def day_of(now: float) -> str:
    """The day, where the person is, as the ledger writes it: “2026-11-24”."""
    return time.strftime("%Y-%m-%d", time.localtime(now))


def spent_by(connection: sqlite3.Connection, today: str, origin: Origin | None = None) -> dict[str, Money]:
    """Of “day” and “month”, and of “run” where `origin` is a task's. `today` is “2026-11-24”."""
    month = today[:7]
    spent = {
        "day": _sum(connection, "day = ?", today),
        # Every day of a month is between these; they are compared as texts.
        "month": _sum(connection, "day BETWEEN ? AND ?", f"{month}-01", f"{month}-31"),
    }
    if origin is not None and origin.kind == "task" and origin.subject is not None:
        spent["run"] = _sum(connection, "kind = 'task' AND subject = ?", origin.subject)
    return spent


def _sum(connection: sqlite3.Connection, condition: str, *values: object) -> Money:
    (found,) = connection.execute(
        f"SELECT COALESCE(SUM(amount), 0) FROM calls WHERE {condition}", values
    ).fetchone()
    return int(found)
