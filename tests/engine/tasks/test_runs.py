from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from engine.database import Database
from engine.errors import NoInputs, RunUnknown
from engine.tasks.recipes import BIN_S, RecipeStore
from engine.tasks.results import FinishedRow, count_anew
from engine.tasks.runs import GATHERED, RunStore
from engine.tasks.values import (
    Conclusion,
    CountQuestion,
    Item,
    LineId,
    Quote,
    RunCounts,
    RunSource,
    StoredLine,
)
from engine.values import Tokens
from tests.engine.tasks.conftest import Clock
from tests.fakes.runs import COLUMNS, RECIPE, cell, failed, finished, item, line, make_run, outcome


def only(runs: RunStore, run_id: int, row: int = 0, place: int = 0) -> StoredLine:
    (found,) = runs.lines(run_id, [LineId(row, place)])
    return found


def ids(runs: RunStore, run_id: int, *choice: str) -> list[tuple[int, int]]:
    return [(id_.row, id_.line) for id_ in runs.line_ids(run_id, *choice)]  # type: ignore[arg-type]


# Made, listed, deleted


def test_a_run_says_what_it_is_of(runs: RunStore, recipes: RecipeStore, clock: Clock) -> None:
    recipe_id = recipes.save(RECIPE).id
    question = CountQuestion("How many end in 2025?", "end", "between", "2025-01-01", "2025-12-31")
    source = RunSource(("/d",), "Contracts", {"text": "body"}, "Sheet", 5)
    run_id = runs.create(
        recipe_id, RECIPE, source, ("body",), COLUMNS, "Contracts", "tiny", question, items=[item(0)]
    )
    run = runs.run(run_id)
    assert (run.recipe_id, run.recipe_name, run.kind, run.title) == (
        recipe_id, "Support triage", "classify", "Contracts",
    )  # fmt: skip
    assert (run.source, run.input_columns, run.columns) == (source, ("body",), COLUMNS)
    assert (run.state, run.reason, run.model, run.question) == ("paused", "", "tiny", question)
    assert run.counts == RunCounts(total=1)
    assert run.created == run.updated == clock.now
    assert runs.runs() == [run]
    assert runs.recipe(run_id) == RECIPE
    assert recipes.list()[0].runs == 1


def test_a_run_outlives_its_recipe(runs: RunStore, recipes: RecipeStore, clock: Clock) -> None:
    recipe_id = recipes.save(RECIPE).id
    run_id = make_run(runs, recipe_id=recipe_id)
    recipes.delete(recipe_id)
    clock.now += BIN_S
    assert recipes.purge() == 1
    assert (runs.run(run_id).recipe_id, runs.run(run_id).recipe_name) == (None, "Support triage")
    assert runs.recipe(run_id) == RECIPE


def test_inputs_are_kept_as_they_were(runs: RunStore) -> None:
    items = [
        Item("1", "First", {"a": "x “y”\n寸法", "b": ""}),
        Item("/d/scan.pdf", "scan.pdf", path="/d/scan.pdf"),
        Item("bad\ud800", "bad\ud800", {"a": "\udfff"}),
    ]
    run_id = make_run(runs, items)
    assert list(runs.pending(run_id)) == [
        (0, items[0]),
        (1, items[1]),
        (2, Item("bad?", "bad?", {"a": "?"})),
    ]


def test_a_run_without_inputs_is_none(runs: RunStore) -> None:
    with pytest.raises(NoInputs):
        make_run(runs, 0)
    assert runs.runs() == []


def test_a_run_is_there_when_all_its_inputs_are(runs: RunStore, database: Database) -> None:
    seen = []

    def items() -> Iterator[Item]:
        for number in range(GATHERED + 1):
            yield item(number)
        seen.extend(runs.runs())

    run_id = make_run(runs, items())
    assert seen == []
    assert runs.run(run_id).counts.total == GATHERED + 1


def test_what_fails_while_it_is_gathered_leaves_nothing(runs: RunStore, database: Database) -> None:
    def items() -> Iterator[Item]:
        yield from (item(number) for number in range(GATHERED + 5))
        raise OSError("the stick was pulled out")

    with pytest.raises(OSError, match="stick"):
        make_run(runs, items())
    with database.reading() as connection:
        for table in ("runs", "rows", "lines"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_what_a_killed_app_left_is_set_right(runs: RunStore, database: Database) -> None:
    running, done, half = make_run(runs), make_run(runs), make_run(runs)
    runs.set_state(running, "running")
    runs.set_state(done, "done")
    with database.transaction() as connection:
        connection.execute("UPDATE runs SET ready = 0 WHERE id = ?", (half,))
    assert runs.recover() == 1
    assert {run.id: run.state for run in runs.runs()} == {running: "paused", done: "done"}


def test_a_deleted_run_can_be_had_back_for_thirty_days(runs: RunStore, clock: Clock) -> None:
    run_id = make_run(runs)
    runs.delete(run_id)
    assert runs.runs() == []
    with pytest.raises(RunUnknown):
        runs.run(run_id)
    runs.restore(run_id)
    assert runs.run(run_id).id == run_id
    runs.delete(run_id)
    clock.now += BIN_S
    assert runs.purge() == 1
    for call in (runs.run, runs.recipe, lambda id_: runs.lines(id_, [])):
        with pytest.raises(RunUnknown, match=f"no run {run_id}"):
            call(run_id)


def test_runs_are_listed_latest_first_and_by_recipe(
    runs: RunStore, recipes: RecipeStore, clock: Clock
) -> None:
    recipe_id = recipes.save(RECIPE).id
    first = make_run(runs, recipe_id=recipe_id)
    clock.now += 1
    second = make_run(runs)
    assert [run.id for run in runs.runs()] == [second, first]
    assert [run.id for run in runs.runs(recipe_id)] == [first]


# Results


def test_a_done_input_has_its_cells_as_they_came(runs: RunStore) -> None:
    run_id = make_run(runs)
    quote = Quote("1.940,00 €", 3, 13, 2, "body", "/d/x.pdf")
    cells = (
        cell("category", "billing", "unsure"),
        cell("amount", {"value": 1940.0, "currency": "EUR"}, "not_in_text", "incomplete", evidence=[quote]),
    )
    counts = runs.finish(
        run_id, [FinishedRow(1, outcome(cells, notes=("Page 3 is empty.",)), seconds=1.5)], 2
    )
    assert counts == runs.run(run_id).counts == RunCounts(total=3, done=1, lines=1, review=1)
    found = only(runs, run_id, 1)
    assert (found.item, found.state, found.model) == (item(1), "done", "tiny")
    assert (found.seconds, found.tokens, found.notes) == (1.5, Tokens(100, 90, 3), ("Page 3 is empty.",))
    assert tuple(stored.cell for stored in found.cells.values()) == cells
    assert runs.run(run_id).seconds == 2
    assert [number for number, _ in runs.pending(run_id)] == [0, 2]


def test_a_failed_input_keeps_its_reason(runs: RunStore) -> None:
    run_id = make_run(runs)
    assert runs.finish(run_id, [failed(2, "It is protected.")]) == RunCounts(total=3, failed=1)
    found = only(runs, run_id, 2)
    assert (found.state, found.reason, found.cells) == ("failed", "It is protected.", {})
    assert ids(runs, run_id, "failed") == [(2, 0)]


def test_nothing_is_done_twice(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0, line("billing")), failed(1)])
    before = runs.lines(run_id, runs.line_ids(run_id))
    again = [finished(0, line("support"), line("network")), finished(1, line()), failed(0)]
    assert runs.finish(run_id, again) == RunCounts(total=3, done=1, failed=1, lines=1)
    assert runs.lines(run_id, runs.line_ids(run_id)) == before


def test_a_group_is_stored_whole_or_not_at_all(runs: RunStore) -> None:
    run_id = make_run(runs)
    with pytest.raises(KeyError, match="no such column"):
        runs.finish(run_id, [finished(0, line()), finished(1, (cell("no such column", 1),))])
    assert runs.run(run_id).counts == RunCounts(total=3)
    assert only(runs, run_id).cells == {}


def test_an_input_may_hold_several_things_or_none(runs: RunStore) -> None:
    run_id = make_run(runs)
    counts = runs.finish(run_id, [finished(0, line("billing"), line("network", 5)), finished(1)])
    assert counts == RunCounts(total=3, done=2, lines=2)
    assert ids(runs, run_id) == [(0, 0), (0, 1), (1, 0), (2, 0)]
    assert only(runs, run_id, 0, 1).cells["amount"].cell.value == {"value": 5, "currency": "EUR"}
    assert (only(runs, run_id, 1).state, only(runs, run_id, 1).cells) == ("done", {})


def test_inputs_that_wait_are_given_in_order_whatever_is_stored_meanwhile(runs: RunStore) -> None:
    run_id = make_run(runs, 450)
    given = []
    for number, _ in runs.pending(run_id):
        given.append(number)
        runs.finish(run_id, [finished(number, line())])
    assert given == list(range(450))


def test_lines_come_as_they_are_asked_for(runs: RunStore) -> None:
    run_id = make_run(runs, 5)
    wanted = [LineId(4), LineId(0), LineId(9), LineId(2, 3), LineId(2)]
    assert [found.id.row for found in runs.lines(run_id, wanted)] == [4, 0, 2]


# Filters


def test_each_filter_gives_its_lines(runs: RunStore) -> None:
    run_id = make_run(runs, 4)
    runs.finish(run_id, [finished(0, line("billing"), line("network", None, "unsure")), failed(1)])
    runs.finish(run_id, [finished(2, line("support"))])
    runs.correct(run_id, LineId(2), "category", "billing")
    assert ids(runs, run_id, "all") == [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0)]
    assert ids(runs, run_id, "review") == [(0, 1)]
    assert ids(runs, run_id, "corrected") == [(2, 0)]
    assert ids(runs, run_id, "failed") == [(1, 0)]


def test_a_search_finds_words_in_the_input_and_in_the_cells(runs: RunStore) -> None:
    items = [item(0, "Der Router ist kaputt: ÄRGER"), item(1, "100 % of it_self"), item(2, "寸法が違う")]
    run_id = make_run(runs, items)
    runs.finish(run_id, [finished(0, line("network", 1940)), finished(1, line("billing", None, "unsure"))])
    for search, rows in {
        "ärger": [0],
        "router 1940": [0],
        "ROUTER billing": [],
        "0 %": [1],
        "t_s": [1],
        "寸法": [2],
        "ticket": [0, 1, 2],
        "body": [],  # a column's name is no content
        '"': [],
        "  ": [0, 1, 2],
    }.items():
        assert [id_.row for id_ in runs.line_ids(run_id, "all", search)] == rows, search
    assert ids(runs, run_id, "review", "self") == [(1, 0)]
    assert ids(runs, run_id, "review", "router") == []


def test_a_search_finds_what_was_corrected_and_no_longer_what_was_there(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0, line("network"))])
    runs.correct(run_id, LineId(0), "category", "support")
    assert ids(runs, run_id, "all", "support router") == [(0, 0)]
    assert ids(runs, run_id, "all", "network") == []
    runs.undo(run_id, LineId(0), "category")
    assert ids(runs, run_id, "all", "network") == [(0, 0)]


# Corrections


def test_a_correction_keeps_what_was_there(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0, line("network", None, "unsure"))])
    for value in ("billing", "support"):
        stored = runs.correct(run_id, LineId(0), "category", value).cells["category"]
        assert (stored.cell.value, stored.first, stored.corrected) == (value, "network", True)
    assert stored.cell.doubts == ("unsure",)
    assert runs.run(run_id).counts == RunCounts(total=3, done=1, lines=1, review=0, corrected=1)
    back = runs.undo(run_id, LineId(0), "category")
    assert back == only(runs, run_id)
    assert (back.cells["category"].cell.value, back.cells["category"].corrected) == ("network", False)
    assert runs.run(run_id).counts == RunCounts(total=3, done=1, lines=1, review=1)
    assert runs.undo(run_id, LineId(0), "category") == back


def test_a_line_found_right_needs_no_review(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0, line("network", None, "unsure"))])
    assert runs.accept(run_id, LineId(0)).accepted
    assert ids(runs, run_id, "review") == []
    assert runs.run(run_id).counts.review == 0
    assert runs.accept(run_id, LineId(0), False).needs_review
    assert ids(runs, run_id, "review") == [(0, 0)]


def test_what_an_input_holds_can_be_added_where_nothing_was_found(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0)])
    runs.correct(run_id, LineId(0), "category", "billing")
    assert runs.run(run_id).counts == RunCounts(total=3, done=1, lines=1, corrected=1)
    assert only(runs, run_id).cells["category"].first is None
    runs.correct(run_id, LineId(0), "category", "support")
    assert runs.undo(run_id, LineId(0), "category").cells == {}
    assert runs.run(run_id).counts == RunCounts(total=3, done=1)


def test_only_a_line_that_is_done_can_be_corrected(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0, line()), failed(1)])
    for line_id, column in ((LineId(1), "category"), (LineId(2), "category"), (LineId(0, 1), "category"),
                            (LineId(0), "nothing")):  # fmt: skip
        with pytest.raises(LookupError):
            runs.correct(run_id, line_id, column, "billing")
    with pytest.raises(RunUnknown):
        runs.correct(99, LineId(0), "category", "billing")


def test_the_review_filter_agrees_with_every_line_and_counts_with_the_table(
    runs: RunStore, database: Database
) -> None:
    """Random work on a run; after each step everything that is kept twice says the same."""
    chance = random.Random(5)
    run_id = make_run(runs, 12)
    for _ in range(250):
        _step(runs, run_id, chance)
        shown = runs.lines(run_id, runs.line_ids(run_id))
        assert runs.line_ids(run_id, "review") == [line.id for line in shown if line.needs_review]
        corrected = [line.id for line in shown if any(cell.corrected for cell in line.cells.values())]
        assert runs.line_ids(run_id, "corrected") == corrected
        counts = runs.run(run_id).counts
        assert counts.lines == sum(bool(line.cells) for line in shown)
        assert counts.failed == sum(line.state == "failed" for line in shown)
        assert (counts.review, counts.corrected) == (len(runs.line_ids(run_id, "review")), len(corrected))
        with database.transaction() as connection:
            count_anew(connection, run_id, 0)
        assert runs.run(run_id).counts == counts


def _step(runs: RunStore, run_id: int, chance: random.Random) -> None:
    row = chance.randrange(-1, 12)
    place = LineId(row, chance.randrange(2))
    lines = [line("billing", *(() if chance.random() < 0.5 else (1.0, "unsure"))) for _ in range(row % 3)]
    steps = [
        lambda: runs.finish(run_id, [finished(max(row, 0), *lines)]),
        lambda: runs.finish(run_id, [failed(max(row, 0))]),
        lambda: runs.correct(run_id, place, chance.choice(("category", "amount")), None),
        lambda: runs.undo(run_id, place, "category"),
        lambda: runs.accept(run_id, place, chance.random() < 0.7),
        lambda: runs.retry(run_id, chance.choice((None, [row]))),
        lambda: runs.conclude(run_id, Conclusion(tuple(lines), (place, LineId(1)))),
    ]
    with suppress(LookupError):
        chance.choice(steps)()


# Examples


def test_a_correction_is_remembered_with_what_is_right_of_its_line(
    runs: RunStore, recipes: RecipeStore
) -> None:
    recipe_id = recipes.save(RECIPE).id
    run_id = make_run(runs, recipe_id=recipe_id)
    runs.finish(run_id, [finished(0, line("network", 5), text="The text")])
    runs.correct(run_id, LineId(0), "category", "billing")
    (example,) = recipes.get(recipe_id).examples
    assert (example.input, example.output) == (
        "The text", {"category": "billing", "amount": {"value": 5.0, "currency": "EUR"}},
    )  # fmt: skip
    runs.undo(run_id, LineId(0), "category")
    assert recipes.get(recipe_id).examples == ()


def test_a_cell_in_doubt_is_no_example_until_the_line_is_accepted(
    runs: RunStore, recipes: RecipeStore
) -> None:
    recipe_id = recipes.save(RECIPE).id
    run_id = make_run(runs, recipe_id=recipe_id)
    runs.finish(run_id, [finished(0, line("network", 5, "unsure"))])
    runs.correct(run_id, LineId(0), "amount", None)
    assert recipes.get(recipe_id).examples[0].output == {"amount": None}
    runs.accept(run_id, LineId(0))
    assert recipes.get(recipe_id).examples[0].output == {"category": "network", "amount": None}
    runs.accept(run_id, LineId(0), False)
    assert recipes.get(recipe_id).examples[0].output == {"amount": None}


def test_what_another_run_said_of_the_same_input_stays(runs: RunStore, recipes: RecipeStore) -> None:
    recipe_id = recipes.save(RECIPE).id
    one, other = make_run(runs, recipe_id=recipe_id), make_run(runs, recipe_id=recipe_id)
    for run_id in (one, other):
        runs.finish(run_id, [finished(0, line("network", 5, "unsure"), text="The text")])
    runs.correct(one, LineId(0), "category", "billing")
    runs.correct(other, LineId(0), "category", "support")
    runs.undo(one, LineId(0), "category")
    assert recipes.get(recipe_id).examples[0].output["category"] == "support"


@pytest.mark.parametrize("why", ["long", "several lines", "several things", "no recipe", "all inputs"])
def test_what_cannot_be_shown_as_an_example_is_corrected_all_the_same(
    runs: RunStore, recipes: RecipeStore, why: str
) -> None:
    recipe_id = recipes.save(RECIPE).id
    recipe = replace(RECIPE, several_lines=why == "several things")
    run_id = make_run(runs, recipe_id=None if why == "no recipe" else recipe_id, recipe=recipe)
    text = "x" * (4_001 if why == "long" else 4_000)
    lines = [line()] * (2 if why == "several lines" else 1)
    runs.finish(run_id, [finished(0, *lines, text=text)])
    runs.conclude(run_id, Conclusion((line(),)))
    row = -1 if why == "all inputs" else 0
    assert runs.correct(run_id, LineId(row), "category", "billing").cells["category"].corrected
    assert recipes.get(recipe_id).examples == ()


# Conclusions


def test_a_conclusion_adds_lines_and_hides_those_that_say_again(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(row, line("billing", row, "unsure")) for row in range(3)])
    counts = runs.conclude(run_id, Conclusion((line("support"),), (LineId(1), LineId(2))))
    assert counts == RunCounts(total=3, done=3, lines=2, review=1)
    assert ids(runs, run_id) == [(-1, 0), (0, 0)]
    assert (only(runs, run_id, -1).item.title, only(runs, run_id, -1).state) == ("All inputs", "done")
    assert only(runs, run_id, 1).cells["category"].cell.value == "billing"
    assert runs.run(run_id).state == "done"


def test_a_later_conclusion_takes_the_place_of_the_former(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0, line()), finished(1, line()), failed(2)])
    runs.conclude(run_id, Conclusion((line("support"), line("billing")), (LineId(1),)))
    assert runs.retry(run_id) == 1
    assert runs.run(run_id).state == "paused"
    runs.finish(run_id, [finished(2, line())])
    runs.conclude(run_id, Conclusion((line("network"),), (LineId(2),)))
    assert ids(runs, run_id) == [(-1, 0), (0, 0), (1, 0)]
    assert only(runs, run_id, -1).cells["category"].cell.value == "network"


def test_what_the_inputs_gave_is_read_as_it_is_now(runs: RunStore) -> None:
    run_id = make_run(runs, 700)
    runs.finish(run_id, [finished(row, line("billing", row)) for row in range(699)])
    runs.correct(run_id, LineId(1), "category", "support")
    runs.conclude(run_id, Conclusion((line(),), (LineId(3),)))
    lines = runs.done_lines(run_id)
    assert len(lines) == 699
    assert [id_.row for id_, _ in lines] == list(range(699))
    assert [cell.value for cell in lines[1][1]] == ["support", {"value": 1.0, "currency": "EUR"}]
    assert [id_.row for id_, _ in lines[-2:]] == [697, 698]


# Again


def test_failed_inputs_wait_again(runs: RunStore) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [failed(0), failed(1), finished(2, line())])
    assert runs.retry(run_id, [1, 77]) == 1
    assert runs.run(run_id).counts == RunCounts(total=3, done=1, failed=1, lines=1)
    assert (only(runs, run_id, 1).state, only(runs, run_id, 1).reason) == ("waiting", "")
    assert runs.retry(run_id) == 1
    assert [number for number, _ in runs.pending(run_id)] == [0, 1]
    assert runs.retry(run_id) == 0


def test_a_done_input_is_done_again_only_when_it_is_named_and_nobody_said_anything_of_it(
    runs: RunStore,
) -> None:
    run_id = make_run(runs, 4)
    runs.finish(run_id, [finished(row, line("billing"), line("support")) for row in range(4)])
    runs.correct(run_id, LineId(1, 1), "category", "network")
    runs.accept(run_id, LineId(2))
    assert runs.retry(run_id) == 0
    assert runs.retry(run_id, [0, 1, 2]) == 1
    assert [number for number, _ in runs.pending(run_id)] == [0]
    assert ids(runs, run_id)[:2] == [(0, 0), (1, 0)]
    assert ids(runs, run_id, "all", "router 0") == [(0, 0)]
    runs.finish(run_id, [finished(0, line("network"))])
    assert runs.run(run_id).counts == RunCounts(total=4, done=4, lines=7, corrected=1)


# Compared


def test_two_runs_are_compared_by_key_and_line(runs: RunStore) -> None:
    one = make_run(runs, [item(0), item(1), item(2)])
    other = make_run(runs, [item(2), item(1), item(3)])
    runs.finish(one, [finished(0, line("billing")), finished(1, line("billing", 1940))])
    runs.finish(one, [finished(2, line("support"), line("network"))])
    runs.finish(other, [finished(0, line("support")), finished(1, line("network", 1940.0))])
    runs.finish(other, [finished(2, line("billing"))])
    found = runs.compare(one, other)
    assert (found.cells, found.same) == (10, 6)
    assert [(d.key, d.column, d.one, d.other, d.one_line, d.other_line) for d in found.differences] == [
        ("row-0", "category", "billing", None, LineId(0), None),
        ("row-1", "category", "billing", "network", LineId(1), LineId(1)),
        ("row-2", "category", "network", None, LineId(2, 1), None),
        ("row-3", "category", None, "billing", None, LineId(2)),
    ]
    assert found.differences[0].title == "Ticket 0"


def test_values_are_compared_by_their_type(runs: RunStore) -> None:
    pairs = [
        (1940, 1940.0, True),
        (1, True, False),
        ({"value": 1940, "currency": "EUR"}, {"currency": "EUR", "value": 1940.0}, True),
        ({"value": 1940, "currency": "EUR"}, {"value": 1940, "currency": "USD"}, False),
        (["a", "b"], ["b", "a"], False),
        (None, "", False),
        ("2026-11-24", "2026-11-24", True),
    ]
    one, other = make_run(runs, len(pairs)), make_run(runs, len(pairs))
    for run_id, which in ((one, 0), (other, 1)):
        runs.finish(run_id, [finished(n, (cell("amount", pair[which]),)) for n, pair in enumerate(pairs)])
    different = {difference.key for difference in runs.compare(one, other).differences}
    assert different == {f"row-{number}" for number, pair in enumerate(pairs) if not pair[2]}


def test_labels_that_apply_have_no_order(runs: RunStore) -> None:
    one, other = make_run(runs, 1), make_run(runs, 1)
    runs.finish(one, [finished(0, (cell("category", ["a", "b"]),))])
    runs.finish(other, [finished(0, (cell("category", ["b", "a"]),))])
    assert runs.compare(one, other).differences == ()


def test_inputs_that_wait_and_columns_of_one_run_alone_are_not_compared(runs: RunStore) -> None:
    one = make_run(runs, 2)
    other = make_run(runs, 2, columns=COLUMNS[:1])
    runs.finish(one, [finished(0, line("billing", 5)), finished(1, line("billing"))])
    runs.finish(other, [finished(0, (cell("category", "billing"),))])
    assert runs.compare(one, other) == runs.compare(one, other)
    assert (runs.compare(one, other).cells, runs.compare(one, other).differences) == (1, ())
    runs.finish(other, [failed(1)])
    assert [d.other for d in runs.compare(one, other).differences] == [None]


# A connection of its own for reading


def test_a_table_is_read_while_a_run_is_stored(runs: RunStore, database: Database) -> None:
    run_id = make_run(runs)
    with database.transaction() as connection:
        connection.execute("UPDATE runs SET title = 'other' WHERE id = ?", (run_id,))
        assert runs.run(run_id).title == "tickets.csv"
        assert len(runs.lines(run_id, runs.line_ids(run_id))) == 3


def test_foreign_keys_take_all_of_a_run_along(runs: RunStore, database: Database, clock: Clock) -> None:
    run_id = make_run(runs)
    runs.finish(run_id, [finished(0, line())])
    runs.delete(run_id)
    clock.now += BIN_S
    runs.purge()
    with database.reading() as connection:
        for table in ("rows", "lines", "cells"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
