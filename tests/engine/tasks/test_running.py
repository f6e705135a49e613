from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.batches import HOPELESS_ROWS
from engine.database import Database
from engine.errors import (
    EngineError,
    InputUnreadable,
    LabelsUnfit,
    ModelBusy,
    ModelMissing,
    OutputInvalid,
    ProfileUnavailable,
    RecipeInvalid,
    RunUnknown,
    SchemaUnsupported,
)
from engine.tasks.recipe import Recipe
from engine.tasks.running import FEW_ROWS, MOST_STORED, Pace, run
from engine.tasks.runs import RunStore
from engine.tasks.values import (
    Conclusion,
    Item,
    LineId,
    RowsStored,
    RunCounts,
    RunEnded,
    RunEvent,
    RunStarted,
    TaskText,
)
from tests.engine.tasks.conftest import Clock
from tests.fakes.runs import RECIPE, make_run
from tests.fakes.tasks import WORDS, WordKind, never, row_text, tools


class Died(Exception):
    """The process that the model lives in."""


def words_run(runs: RunStore, texts: Mapping[int, str] | int) -> int:
    """A run whose inputs are those texts, or so many that say “word <number>”."""
    texts = {n: f"word {n}" for n in range(texts)} if isinstance(texts, int) else texts
    items = [Item(f"row-{n}", f"Row {n}", {"t": text}) for n, text in texts.items()]
    return make_run(runs, items, columns=WORDS)


def plain_text(item: Item) -> TaskText:
    return TaskText(item.values["t"], title=item.title)


def driven(
    runs: RunStore,
    run_id: int,
    kind: Any = None,
    *,
    texts: Callable[[Item], TaskText] = plain_text,
    cancelled: Callable[[], bool] = never,
    **options: Any,
) -> Iterator[RunEvent]:
    return run(
        runs, run_id, kind or WordKind(), RECIPE, tools(), texts, lost=(Died,), cancelled=cancelled, **options
    )


def states(runs: RunStore, run_id: int) -> list[str]:
    return [line.state for line in runs.lines(run_id, runs.line_ids(run_id)) if line.id.row >= 0]


# From start to end


def test_a_run_says_what_was_stored_and_ends_with_what_can_be_said_of_all(runs: RunStore) -> None:
    run_id = words_run(runs, {0: "one", 1: "two words", 2: "are there twice", 3: "nothing", 4: "un unsure"})
    started, *stored, ended = driven(runs, run_id)
    counts = RunCounts(total=5, done=5, lines=6, review=1)
    assert started == RunStarted(run_id, 5)
    assert ended == RunEnded(run_id, "done", counts)
    assert runs.run(run_id).state == "done"
    assert runs.run(run_id).counts == counts
    done = [row for event in stored if isinstance(event, RowsStored) for row in event.rows]
    assert sorted(done) == [0, 1, 2, 3, 4]
    together, first, *_ = runs.lines(run_id, runs.line_ids(run_id))
    assert together.id == LineId(-1)
    assert together.cells["words"].cell.value == 1 + 2 + 3 + 3 + 2
    assert first.cells["first"].cell.evidence[0].text == "one"


def test_an_unknown_run_is_said_to_be_unknown(runs: RunStore) -> None:
    with pytest.raises(RunUnknown):
        list(driven(runs, 5))


def test_a_run_that_is_done_is_not_concluded_again(runs: RunStore) -> None:
    run_id = words_run(runs, 2)
    list(driven(runs, run_id))
    kind = WordKind()
    assert [type(event) for event in driven(runs, run_id, kind)] == [RunStarted, RunEnded]
    assert kind.done == []


def test_an_input_at_fault_fails_with_its_reason_and_the_others_go_on(runs: RunStore) -> None:
    run_id = words_run(runs, dict(enumerate(["a", "bad", "b", "odd", "c", "unreadable"])))

    def text(item: Item) -> TaskText:
        if item.values["t"] == "unreadable":
            raise InputUnreadable("scan.pdf", "it is protected.")
        return plain_text(item)

    kind = WordKind({"bad": OutputInvalid("no JSON", "xx"), "odd": InputUnreadable("x", "y.")})
    *_, ended = driven(runs, run_id, kind, texts=text)
    assert ended == RunEnded(run_id, "done", RunCounts(total=6, done=3, failed=3, lines=4))
    assert states(runs, run_id) == ["done", "failed", "done", "failed", "done", "failed"]
    reasons = [line.reason for line in runs.lines(run_id, runs.line_ids(run_id, "failed"))]
    assert reasons == [
        "The model's reply does not fit the schema: no JSON",
        "x could not be read: y.",
        "scan.pdf could not be read: it is protected.",
    ]


def test_what_could_not_be_read_of_an_input_is_kept_with_it(runs: RunStore) -> None:
    run_id = words_run(runs, 1)

    def cut(item: Item) -> TaskText:
        return TaskText(item.values["t"], title=item.title, notes=("Only its first 7 rows were read.",))

    list(driven(runs, run_id, texts=cut))
    _, line = runs.lines(run_id, runs.line_ids(run_id))
    assert line.notes == ("Only its first 7 rows were read.",)


def test_retried_inputs_are_done_and_all_is_concluded_anew(runs: RunStore) -> None:
    run_id = words_run(runs, {0: "bad one", 1: "good"})
    list(driven(runs, run_id, WordKind({"bad": InputUnreadable("x", "y.")})))
    assert runs.retry(run_id) == 1
    kind = WordKind()
    *_, ended = driven(runs, run_id, kind)
    assert kind.done == ["Row 0"]
    assert ended == RunEnded(run_id, "done", RunCounts(total=2, done=2, lines=3))
    assert runs.lines(run_id, [LineId(-1)])[0].cells["words"].cell.value == 3


def test_what_waits_again_while_the_run_goes_on_is_done_in_the_same_go(runs: RunStore) -> None:
    run_id = words_run(runs, 20)
    retried = False
    for event in driven(runs, run_id, WordKind(pause_s=0.01), in_flight=1):
        if isinstance(event, RowsStored) and not retried:
            retried = runs.retry(run_id, event.rows) > 0
    assert retried
    assert isinstance(event, RunEnded)
    assert event.counts == RunCounts(total=20, done=20, lines=21)


# Paused


def test_a_cancelled_run_is_paused_and_goes_on_where_it_was(runs: RunStore) -> None:
    run_id = words_run(runs, 60)
    stop = threading.Event()
    first = WordKind(pause_s=0.02)
    for event in driven(runs, run_id, first, in_flight=4, cancelled=stop.is_set):
        if isinstance(event, RowsStored):
            assert runs.run(run_id).state == "running"
            stop.set()
    assert isinstance(event, RunEnded)
    assert (event.state, event.reason) == ("paused", "")
    assert runs.run(run_id).state == "paused"
    done = event.counts.done
    assert 0 < done < 60
    second = WordKind()
    *_, ended = driven(runs, run_id, second)
    assert ended == RunEnded(run_id, "done", RunCounts(total=60, done=60, lines=61))
    assert len(second.done) == 60 - done


def test_a_run_whose_iterator_is_closed_is_paused_and_keeps_what_was_done(runs: RunStore) -> None:
    run_id = words_run(runs, 40)
    events = driven(runs, run_id, WordKind(pause_s=0.02), in_flight=2)
    assert isinstance(next(events), RunStarted)
    assert isinstance(next(events), RowsStored)
    events.close()  # type: ignore[attr-defined]
    found = runs.run(run_id)
    assert found.state == "paused"
    assert found.counts.done >= 1
    assert found.seconds > 0


def test_a_model_that_cannot_be_used_pauses_the_run(runs: RunStore) -> None:
    run_id = words_run(runs, dict.fromkeys(range(30), "word") | {20: "gone"})
    kind = WordKind({"gone": ModelMissing("/m.gguf")})
    *_, ended = driven(runs, run_id, kind, in_flight=1)
    assert isinstance(ended, RunEnded)
    assert (ended.state, ended.reason) == ("paused", "There is no model file at /m.gguf.")
    assert runs.run(run_id).reason == ended.reason
    assert ended.counts == runs.run(run_id).counts == RunCounts(total=30, done=20, lines=20)
    *_, ended = driven(runs, run_id)
    assert ended == RunEnded(run_id, "done", RunCounts(total=30, done=30, lines=31))
    assert runs.run(run_id).reason == ""


@pytest.mark.parametrize(
    "error", [RecipeInvalid("no labels."), SchemaUnsupported("$ref", "#"), LabelsUnfit("none."),
              ProfileUnavailable("carrel.db", "disk full")]
)  # fmt: skip
def test_what_would_fail_every_row_pauses_the_run_instead(runs: RunStore, error: EngineError) -> None:
    run_id = words_run(runs, {0: "fine", 1: "all", 2: "all"})
    *_, ended = driven(runs, run_id, WordKind({"all": error}), in_flight=1)
    assert isinstance(ended, RunEnded)
    assert (ended.state, ended.reason) == ("paused", str(error))
    assert ended.counts == RunCounts(total=3, done=1, lines=1)


def test_a_bug_pauses_the_run_and_travels_up(runs: RunStore) -> None:
    run_id = words_run(runs, {0: "fine", 1: "bug", 2: "fine"})
    with pytest.raises(ZeroDivisionError):
        list(driven(runs, run_id, WordKind({"bug": ZeroDivisionError()}), in_flight=1))
    assert runs.run(run_id).state == "paused"
    assert states(runs, run_id) == ["done", "waiting", "waiting"]


def test_a_conclusion_that_fails_pauses_the_run_with_every_row_done(runs: RunStore) -> None:
    class Inconclusive(WordKind):
        def conclude(self, *_: Any, **__: Any) -> Conclusion:
            raise OutputInvalid("no JSON", "")

    run_id = words_run(runs, 3)
    *_, ended = driven(runs, run_id, Inconclusive())
    assert isinstance(ended, RunEnded)
    assert (ended.state, ended.counts) == ("paused", RunCounts(total=3, done=3, lines=3))
    assert ended.reason == "The model's reply does not fit the schema: no JSON"
    *_, ended = driven(runs, run_id)
    assert isinstance(ended, RunEnded)
    assert ended.state == "done"


def test_a_full_disk_pauses_the_run_and_loses_nothing_that_was_stored(
    runs: RunStore, database: Database
) -> None:
    run_id = words_run(runs, {n: f"word {n} {'x' * 900}" for n in range(800)})
    with database.transaction() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    database._connection.execute(f"PRAGMA max_page_count = {pages + 60}")
    *_, ended = driven(runs, run_id)
    assert isinstance(ended, RunEnded)
    assert ended.state == "paused"
    assert "database or disk is full" in ended.reason
    found = runs.run(run_id)
    assert (found.state, found.reason, found.counts) == ("paused", ended.reason, ended.counts)
    assert found.counts.done < 800
    assert states(runs, run_id).count("done") == found.counts.done
    database._connection.execute(f"PRAGMA max_page_count = {pages * 100}")
    *_, ended = driven(runs, run_id)
    assert ended == RunEnded(run_id, "done", RunCounts(total=800, done=800, lines=801))


def test_a_run_that_cannot_even_be_marked_is_paused_all_the_same(
    runs: RunStore, database: Database, tmp_path: Path
) -> None:
    run_id = words_run(runs, 5)
    runs.set_state(run_id, "running")
    other = sqlite3.connect(tmp_path / "tasks.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")  # somebody else writes, for longer than we wait
        database._connection.execute("PRAGMA busy_timeout = 10")
        runs.pause(run_id, "The disk is full.")
        assert (runs.run(run_id).state, runs.runs()[0].reason) == ("paused", "The disk is full.")
    finally:
        other.close()
    runs.set_state(run_id, "running")
    assert runs.run(run_id).state == "running"


# The model process dies


class Mortal(WordKind):
    """Its process dies at the word “deadly” always, and at “shaky” the first time."""

    def __init__(self) -> None:
        super().__init__()
        self._shaken: set[str] = set()

    def work(self, recipe: Recipe, text: TaskText, *arguments: Any, **options: Any) -> Any:
        if "deadly" in text.text:
            raise Died("The model has stopped.")
        if "shaky" in text.text and text.title not in self._shaken:
            self._shaken.add(text.title)
            raise Died("The model has stopped.")
        return super().work(recipe, text, *arguments, **options)


def test_a_row_that_kills_the_process_again_fails_and_the_others_are_done(runs: RunStore) -> None:
    texts = dict.fromkeys(range(40), "fine") | {7: "deadly", 9: "shaky", 39: "deadly"}
    run_id = words_run(runs, texts)
    *_, ended = driven(runs, run_id, Mortal())
    assert ended == RunEnded(run_id, "done", RunCounts(total=40, done=38, failed=2, lines=39))
    failed = runs.lines(run_id, runs.line_ids(run_id, "failed"))
    assert [(line.id.row, line.reason) for line in failed] == [
        (7, "The model has stopped."),
        (39, "The model has stopped."),
    ]


def test_a_process_that_always_dies_pauses_the_run_and_blames_no_row(runs: RunStore) -> None:
    texts = dict.fromkeys(range(3), "fine") | dict.fromkeys(range(3, 10 + HOPELESS_ROWS), "deadly")
    run_id = words_run(runs, texts)
    *_, ended = driven(runs, run_id, Mortal(), in_flight=1)
    assert isinstance(ended, RunEnded)
    assert (ended.state, ended.reason) == ("paused", "The model has stopped.")
    assert ended.counts == RunCounts(total=len(texts), done=3, lines=3)
    assert states(runs, run_id)[3:] == ["waiting"] * (len(texts) - 3)


def test_a_busy_model_is_asked_again(runs: RunStore) -> None:
    refused = []

    class Busy(WordKind):
        def work(self, recipe: Recipe, text: TaskText, *arguments: Any, **options: Any) -> Any:
            if len(refused) < 3:
                refused.append(text.title)
                raise ModelBusy(200)
            return super().work(recipe, text, *arguments, **options)

    run_id = words_run(runs, 3)
    *_, ended = driven(runs, run_id, Busy())
    assert isinstance(ended, RunEnded)
    assert ended.counts.done == 3


def test_the_person_corrects_while_the_run_goes_on(runs: RunStore) -> None:
    """From another thread, as the window does: neither loses what the other one writes."""
    run_id = words_run(runs, 400)
    corrected = set()

    def drive() -> None:
        for _ in driven(runs, run_id, WordKind(pause_s=0.005), in_flight=4):
            pass

    thread = threading.Thread(target=drive)
    thread.start()
    while thread.is_alive():
        done = [line for line in runs.lines(run_id, runs.line_ids(run_id)) if line.cells and line.id.row >= 0]
        for line in done[-3:]:
            runs.correct(run_id, line.id, "words", 99)
            corrected.add(line.id)
    thread.join()
    assert corrected
    assert set(runs.line_ids(run_id, "corrected")) == corrected
    assert runs.run(run_id).counts == RunCounts(total=400, done=400, lines=401, corrected=len(corrected))


# Groups


def test_quick_rows_are_stored_in_groups(runs: RunStore) -> None:
    run_id = words_run(runs, 2_000)
    groups = [len(event.rows) for event in driven(runs, run_id) if isinstance(event, RowsStored)]
    assert sum(groups) == 2_000
    assert len(groups) < 200
    assert max(groups) <= MOST_STORED


def test_a_row_is_stored_though_the_next_one_takes_its_time(runs: RunStore) -> None:
    """Five at once, then one that does not end: the five are stored while it goes on."""
    run_id = words_run(runs, 6)
    release = threading.Event()

    class OneSlow(WordKind):
        def work(self, recipe: Recipe, text: TaskText, *arguments: Any, **options: Any) -> Any:
            if text.title == "Row 5":
                release.wait(30)
            return super().work(recipe, text, *arguments, **options)

    done = 0
    for event in driven(runs, run_id, OneSlow()):
        if isinstance(event, RowsStored):
            done = event.counts.done
            if done == 5:
                assert runs.run(run_id).counts.done == 5
                release.set()
    assert done == 6


def test_a_pace_is_that_of_the_last_minute() -> None:
    pace = Pace(0.0)
    assert pace.rows_per_second == 0
    for second in range(1, 301):
        pace.add(10, float(second))
    assert pace.rows_per_second == pytest.approx(10)
    for second in range(310, 610, 10):
        pace.add(10, float(second))
    assert pace.rows_per_second == pytest.approx(1)


def test_a_pace_of_slow_rows_is_that_of_some_rows() -> None:
    pace = Pace(0.0)
    for number in range(1, 41):
        pace.add(1, number * 100.0)
    assert pace.rows_per_second == pytest.approx(1 / 100)
    assert len(pace._marks) <= 22


def test_time_left_is_told_once_some_rows_are_done(runs: RunStore) -> None:
    clock = Clock()

    class Slow(WordKind):
        def work(self, *arguments: Any, **options: Any) -> Any:
            clock.now += 6.0
            return super().work(*arguments, **options)

    run_id = words_run(runs, 12)
    events = [
        event
        for event in driven(runs, run_id, Slow(), in_flight=1, clock=clock)
        if isinstance(event, RowsStored)
    ]
    left = {event.counts.done: event.seconds_left for event in events}
    assert all(left[done] is None for done in left if done < FEW_ROWS)
    assert {done: left[done] for done in left if done >= FEW_ROWS} == {
        done: pytest.approx(6.0 * (12 - done)) for done in left if done >= FEW_ROWS
    }
    assert [event.rows_per_minute for event in events] == [pytest.approx(10)] * len(events)
    assert runs.run(run_id).seconds == pytest.approx(72)
    assert runs.lines(run_id, [LineId(3)])[0].seconds == pytest.approx(6)


def test_rows_of_a_table_are_read_with_their_columns(runs: RunStore) -> None:
    run_id = words_run(runs, {0: "some text"})
    list(driven(runs, run_id, texts=row_text))
    (found,) = runs.lines(run_id, [LineId(0)])
    assert found.cells["words"].cell.value == 3
