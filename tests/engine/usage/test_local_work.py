from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.answering import Answered, AnswerEvent, Searching
from engine.errors import ProfileUnavailable
from engine.tasks.values import RowsStored, RunCounts, RunEnded, RunEvent, RunStarted
from engine.usage.ledger import Ledger
from engine.usage.local_work import LocalWork
from engine.usage.values import LocalDay, Origin
from engine.values import Answer, Seconds, Tokens
from tests.fakes.ledger import make_ledger

CHAT, RUN = Origin("chat", 1), Origin("task", 7, name="Triage")
ANSWER = Answer(
    "90 days.", False, True, (), (), "qwen", "local", Tokens(900, 400, 80), Seconds(0.1, 1.0, 4.0)
)
COUNTS = RunCounts(3, 3, 0)
EVENTS: list[RunEvent] = [
    RunStarted(7, 3),
    RowsStored(7, (0, 1), COUNTS, 1.0, None),
    RowsStored(7, (2,), COUNTS, 1.0, None),
    RunEnded(7, "done", COUNTS),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(make_ledger(tmp_path / "usage.db")) as made:
        yield made


def test_an_answer_of_this_computer_is_counted_and_passed_on(ledger: Ledger) -> None:
    events: list[AnswerEvent] = [Searching(), Answered(ANSWER)]
    work = LocalWork(ledger, counters=dict)
    assert list(work.answer(CHAT, iter(events))) == events
    (day,) = ledger.report(30).local
    assert day == LocalDay(day.day, "chat", "", 1, 900, 80, 4.0)
    assert ledger.report(30).energy_wh is None


def test_what_a_provider_answered_is_not_work_of_this_computer(ledger: Ledger) -> None:
    list(LocalWork(ledger).answer(CHAT, iter([Answered(replace(ANSWER, tier="frontier"))])))
    assert ledger.report(30).local == ()


def test_inputs_of_a_run_are_counted_when_they_are_stored(ledger: Ledger) -> None:
    asked = []

    def tokens_of(run_id: int, rows: Any) -> list[tuple[Tokens, float]]:
        asked.append((run_id, tuple(rows)))
        return [(Tokens(100, 0, 10), 0.5) for _ in rows]

    readings = iter([{"cpu": 0}, {"cpu": 1_800_000_000}, {"cpu": 3_600_000_000}])
    work = LocalWork(ledger, counters=lambda: next(readings))
    passed = work.run(RUN, iter(EVENTS), tokens_of)
    assert [next(passed), next(passed)] == EVENTS[:2]
    assert [(day.name, day.answers) for day in ledger.report(30).local] == [("Triage", 2)]
    assert list(passed) == EVENTS[2:]
    (day,) = ledger.report(30).local
    assert (day.answers, day.prompt_tokens, day.completion_tokens, day.seconds) == (3, 300, 30, 1.5)
    assert ledger.report(30).energy_wh == pytest.approx(1.0)
    assert asked == [(7, (0, 1)), (7, (2,))]


def test_a_full_disk_spoils_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Full:
        def local(self, origin: Origin, **_: Any) -> None:
            raise ProfileUnavailable("usage.db", "database or disk is full")

    assert list(LocalWork(Full()).answer(CHAT, iter([Answered(ANSWER)]))) == [Answered(ANSWER)]
    assert "disk is full" in caplog.text
