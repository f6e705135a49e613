"""`carrel usage`, as others run it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from engine.frontier.values import ReplyUsage
from engine.usage.values import Estimate, Origin
from tests.desktop.cli_process import carrel, carrel_json
from tests.fakes.ledger import make_ledger


def used(profile: Path) -> None:
    """A profile in which one call was paid, one has no price, one is under way, and three answers came from
    this computer."""
    import time

    profile.mkdir(exist_ok=True)
    estimate = Estimate(1_000, 100, 2_800, 10_000)
    with closing(make_ledger(profile / "usage.db", clock=time.time)) as ledger:
        call_id = ledger.reserve(Origin("task", 1, 1, "Triage"), "openai", "gpt-x", estimate, automatic=True)
        ledger.settle(call_id, "done", usage=ReplyUsage(1_000_000, 0))
        call_id = ledger.reserve(
            Origin("chat", 1), "azure", "mine", Estimate(10, 1, None, None), automatic=False
        )
        ledger.settle(call_id, "done", usage=ReplyUsage(10, 5))
        ledger.reserve(Origin("chat", 1), "openai", "gpt-x", estimate, automatic=True)
        ledger.local(Origin("chat", 1), prompt_tokens=900, completion_tokens=80, seconds=4.0, answers=3)


def test_usage_tells_tokens_cost_and_budget(tmp_path: Path) -> None:
    used(tmp_path)
    document = carrel_json("usage", profile=tmp_path)
    assert (document["calls"], document["unpriced"]) == (3, 1)
    assert document["tokens"] == {"prompt": 1_000_010, "completion": 5}
    rate = document["currency"]["per_dollar"]
    assert document["cost"] == {"currency": "EUR", "amount": round(2.01 * rate, 6)}
    assert document["budget"]["day"] == {"spent": round(2.01 * rate, 6), "limit": 2.0}
    assert document["budget"]["run"] == {"limit": 5.0}
    assert [day["answers"] for day in document["local"]] == [3]
    words = carrel("usage", profile=tmp_path).stdout
    assert "1 calls whose price is not known" not in words
    assert "1 call whose price is not known" in words
    assert "3 answers on this computer" in words


def test_a_call_that_is_under_way_stays_so(tmp_path: Path) -> None:
    used(tmp_path)
    carrel_json("usage", profile=tmp_path)
    with closing(make_ledger(tmp_path / "usage.db")) as ledger:
        assert ledger.calls()[0].state == "reserved"


def test_limits_are_set_in_the_persons_currency_and_lifted(tmp_path: Path) -> None:
    done = carrel_json("usage", "--limits", "day=2.50", "month=none", profile=tmp_path)
    assert done["budget"]["day"]["limit"] == 2.5
    assert done["budget"]["month"]["limit"] is None
    assert done["budget"]["run"]["limit"] == 5.0
    assert carrel_json("usage", profile=tmp_path)["budget"] == done["budget"]


def test_what_is_no_limit_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for wrong in ("day=much", "day=-1"):
        done = carrel("usage", "--limits", wrong, profile=tmp_path)
        assert done.returncode == 2
        assert "no amount of money" in done.stderr
    assert carrel("usage", "--limits", "week=2", profile=tmp_path).returncode == 2
