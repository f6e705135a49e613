"""What the benchmarks compute with, and that a way in a process of its own answers, fails and ends."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from engine.tasks.values import Cell
from engine.values import Confidence, Generated, Message, Sampling, TextDelta, TokenLogprob
from tests.benchmarks import harness, materials
from tests.benchmarks.abstention import regress
from tests.benchmarks.batched_output import parted
from tests.benchmarks.classify import share
from tests.benchmarks.extract import fits, parsed
from tests.benchmarks.harness import Apart, FailedApart, Spread, alternate, table, times_faster
from tests.benchmarks.plain_loop import shared_beginnings
from tests.benchmarks.planted import Planted, altered, is_marked, reworded
from tests.benchmarks.recorded import Recorded
from tests.benchmarks.tasks_classify import Done, Row, drawn, read, right, sample, write
from tests.benchmarks.tasks_extract import Counts, Receipt, count_cell, fits_types, plain, stands
from tests.benchmarks.tasks_schemas import said
from tests.fakes.filling import FillingModel
from tests.fakes.model import ScriptedModel


class Counter:
    """Counts the letters that it is given."""

    def __init__(self, start: int) -> None:
        if start < 0:
            raise ValueError("not below nothing")
        self._count = start

    def add(self, text: str) -> int:
        self._count += len(text)
        return self._count


def test_a_way_apart_keeps_its_state_and_says_what_failed() -> None:
    with Apart(Counter, 5) as way:
        assert way.call("add", "abc") == 8
        with pytest.raises(FailedApart, match="TypeError"):
            way.call("add", 3)
        assert way.call("add", "d") == 9


def test_a_way_that_cannot_be_made_says_why() -> None:
    with pytest.raises(FailedApart, match="not below nothing"):
        Apart(Counter, -1)


def test_every_round_asks_every_way_once_and_another_one_first() -> None:
    asked: list[str] = []
    ways = {name: lambda number, name=name: asked.append(f"{name}{number}") for name in "ab"}
    assert alternate(ways, 2) == {"a": [None, None], "b": [None, None]}
    assert asked == ["b-1", "a-1", "a0", "b0", "b1", "a1"]


def test_ratios_are_taken_within_a_round() -> None:
    # The machine was ten times slower in the second round, for both.
    assert times_faster([1.0, 10.0, 2.0], [3.0, 30.0, 4.0]) == Spread(3.0, 2.0, 3.0)
    assert str(Spread.of([1.234, 0.5, 7.0])) == "1.23 (0.50–7.00)"


def test_own_work_does_not_count_as_that_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = {"_busy_s": [100.0, 130.0], "_own_s": [7.0, 25.0]}
    for name, seconds in clocks.items():
        monkeypatch.setattr(harness, name, iter(seconds).__next__)
    monkeypatch.setattr(harness.time, "monotonic", iter([0.0, 10.0]).__next__)
    assert harness.Machine().others() == pytest.approx(1.2)


def test_columns_stand_below_one_another() -> None:
    assert table(["way", "s"], [["a", 10], ["bcde", 1]]) == "way    s\na     10\nbcde   1"


def test_of_replies_only_what_leads_to_a_parting_is_counted() -> None:
    assert shared_beginnings([[1, 2, 3], [1, 2, 4], [5, 6]]) == [[1, 2], [1, 2], []]
    assert shared_beginnings([[1, 2], [1, 2, 3]]) == [[1, 2], [1, 2]]
    assert shared_beginnings([[1, 2]]) == [[]]


def test_rows_of_two_rounds_or_seeds_differ() -> None:
    first, second = materials.tickets(1, 24), materials.tickets(2, 24)
    assert first == materials.tickets(1, 24)
    assert len({ticket.text for ticket in first}) > 20
    assert not {ticket.text for ticket in first} >= {ticket.text for ticket in second}
    assert {ticket.label for ticket in first} == set(materials.LABELS)
    assert materials.orders(1, 8) != materials.orders(2, 8)


def test_a_label_counts_however_it_is_written_but_only_whole() -> None:
    assert share([["Billing.", "bill"]], [["billing", "billing"]]) == 0.5


def test_what_is_no_json_or_does_not_fit_is_not_valid() -> None:
    Draft202012Validator.check_schema(parsed(materials.SCHEMA))
    order = '{"customer": "A", "company": "B", "product": "C", "quantity": 2, "priority": "low"}'
    assert fits(parsed(order))
    assert not fits(parsed(order[:-1]))
    assert not fits(parsed(order.replace("2", '"two"')))


def written(*tokens: tuple[str, float, tuple[tuple[str, float], ...]]) -> list[TokenLogprob]:
    return [TokenLogprob(text, logprob, others) for text, logprob, others in tokens]


def test_where_two_writings_part_is_said_with_how_close_it_was() -> None:
    single = written(("a", -0.1, ()), ("b", -0.7, (("c", -0.72),)), ("d", -1.0, ()))
    batched = written(("a", -0.11, ()), ("c", -0.7, ()), ("d", -1.0, ()))
    found = parted(single, batched)
    assert found.token == 1
    assert found.gap == pytest.approx(0.02)
    assert found.drift == pytest.approx(0.01)
    assert parted(single, single).token is None
    assert parted(single, single[:2]).token == 2
    assert parted(single, written(("a", -0.1, ()), ("x", -0.7, ()))).gap == float("inf")


CLAUSE = "On October 14, 2026 the supplier was paid 1,240 euros by Barclays within five days."


def test_what_is_planted_is_false_and_each_kind_is_altered_once() -> None:
    elsewhere = "The tower of Oyelaran was built by Lindqvist."
    found = {item.kind: item.text for item in altered(CLAUSE, [CLAUSE], elsewhere, random.Random(1))}
    assert found.keys() == {"date", "number", "name", "negation"}
    assert all(text != CLAUSE for text in found.values())
    assert "was not paid" in found["negation"]
    assert "Barclays" not in found["name"]


def test_what_is_reworded_stays_true() -> None:
    said = [text for _, text in reworded(CLAUSE, random.Random(1))]
    assert len(said) >= 4
    assert all(is_marked(Planted("true", text, (CLAUSE,))) is False for text in said)


def test_a_recorded_reply_is_asked_for_once(tmp_path: Path) -> None:
    scripted = ScriptedModel(["One.", "Two."], confidence=Confidence(-1.0, -2.0, -0.5, -3.0))
    messages, sampling = [Message("user", "Count.")], Sampling(weighed="Count.")
    first = list(Recorded(scripted, tmp_path / "replies").generate(messages, sampling))
    again = list(Recorded(None, tmp_path / "replies").generate(messages, sampling))
    assert [event for event in first if isinstance(event, Generated)] == again[-1:]
    assert again[0] == TextDelta("One.")
    with pytest.raises(LookupError):
        list(Recorded(None, tmp_path / "replies").generate(messages, Sampling()))


def test_a_recorded_reply_belongs_to_its_schema_and_keeps_its_logprobs(tmp_path: Path) -> None:
    filling = FillingModel(lambda _text: '{"a": 1}')
    messages, sampling = [Message("user", "<text>\nA\n</text>")], Sampling(logprobs=0)
    recorded = Recorded(filling, tmp_path / "replies")
    for schema in ("{}", '{"type": "object"}', "{}"):
        list(recorded.generate(messages, sampling, schema=schema))
    assert filling.schemas == ["{}", '{"type": "object"}']
    *_, end = Recorded(None, tmp_path / "replies").generate(messages, sampling, schema="{}")
    assert [token.text for token in end.logprobs] == [" ", "1", "}"]


def test_recorded_shares_of_labels_are_told_again_and_count_as_no_reply(tmp_path: Path) -> None:
    filling = FillingModel(lambda _text: "{}", agrees=lambda _question: 0.75)
    messages = [Message("user", "Does it end?")]
    first = Recorded(filling, tmp_path / "replies").score(messages, ("Yes", "No"))
    recorded = Recorded(None, tmp_path / "replies")
    assert recorded.score(messages, ("Yes", "No")) == first
    assert (first.scores[0].probability, recorded.known) == (0.75, 0)
    with pytest.raises(LookupError):
        recorded.score(messages, ("No", "Yes"))


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [("company", "A.B. Ltd", "a b LTD."), ("date", "05 MAR 2018", "2018-03-05"),
     ("date", "05/03/18", "2018-03-05"), ("date", "20180305", "2018-03-05"),
     ("total", "RM 1,007.50", "1007.5")],
)  # fmt: skip
def test_fields_of_receipts_are_compared_by_what_they_mean(column: str, one: str, other: str) -> None:
    assert plain(column, one) == (other if column == "date" else plain(column, other))


def test_a_field_of_a_receipt_is_right_wrong_or_rightly_absent() -> None:
    receipt = Receipt("1", "9.50", {"company": "", "date": "", "address": "", "total": "9.50"})
    count = Counts()
    count_cell(count, Cell("total", {"value": 9.5, "currency": "MYR"}), receipt)
    count_cell(count, Cell("total", {"value": 9.0, "currency": ""}), receipt)
    count_cell(count, Cell("company", None), receipt)
    assert (count.right, count.given, count.expected, len(count.wrong)) == (1, 2, 2, 1)
    assert count.f1 == 0.5


def test_what_stands_in_a_receipt_is_looked_up_without_what_is_measured() -> None:
    text = "TOTAL RM1,007.50 ON 05-MAR-18"
    assert stands(Cell("total", {"value": 1007.5, "currency": ""}), text)
    assert not stands(Cell("total", {"value": 1007.0, "currency": ""}), text)
    assert stands(Cell("date", "2018-03-05"), text)
    assert not stands(Cell("date", "2018-05-03"), text)
    assert fits_types([Cell("total", "much", doubts=("invalid",))])
    assert not fits_types([Cell("total", "much")])


def test_the_text_for_a_schema_says_what_its_instance_does() -> None:
    row = {"tests": [{"valid": False, "data": 1}, {"valid": True, "data": {"a": [{"b": 1}, {"b": None}]}}]}
    assert said(row) == "a b: 1\na b: None"


def test_a_regression_finds_what_decides() -> None:
    draw = np.random.default_rng(1)
    features = draw.normal(size=(400, 2))
    weights = regress(features, (features[:, 0] > 0.5).astype(float))
    assert weights[0] > 10 * abs(weights[1])
    assert -weights[2] / weights[0] == pytest.approx(0.5, abs=0.15)


def test_examples_are_drawn_for_each_label_and_never_tested() -> None:
    rows = [Row(f"text {number}", "ab"[number % 2]) for number in range(40)]
    shown = drawn(rows, 5)
    assert [row.label for row in shown] == ["a"] * 5 + ["b"] * 5
    assert drawn(rows, 5) == shown
    tested = sample(rows, shown, 30)
    assert len({row.text for row in tested}) == 30
    assert not set(tested) & set(shown)


def test_a_benchmark_of_rows_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    done = {3: Done("a", True, 0.9, True, 100, 50), 5: Done("b", False, 0.4, False, 90, 60)}
    write(tmp_path / "done", "one", done, 12.5)
    write(tmp_path / "done", "other", {}, 1.0)
    assert read(tmp_path / "done", "one") == (done, 12.5)
    assert read(tmp_path / "absent", "one") == ({}, 0.0)
    assert (right(list(done.values())), right([])) == ("0.500", "–")
