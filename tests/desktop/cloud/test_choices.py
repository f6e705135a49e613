"""`desktop/cloud/choices.py`: what the settings of a profile are read as."""

from __future__ import annotations

from typing import Any

import msgspec

from desktop.cloud.choices import POLICY, CloudChoices
from engine.routing.values import Policy, Rule


class Kept(dict[str, Any]):
    def setting(self, key: str, default: Any) -> Any:
        return self.get(key, default)

    def put_setting(self, key: str, value: Any) -> None:
        self[key] = value


def test_a_policy_with_more_in_its_rules_than_there_is_today_is_read() -> None:
    kept = msgspec.to_builtins(Policy(mode="automatic", rules=(Rule(longer_than=60),)))
    kept["rules"][0]["image"] = False
    policy = CloudChoices(Kept({POLICY: kept})).policy()
    assert (policy.mode, policy.rules) == ("automatic", (Rule(longer_than=60),))


def test_a_policy_that_cannot_be_understood_allows_nothing() -> None:
    policy = CloudChoices(Kept({POLICY: {"mode": "everything"}})).policy()
    assert (policy.mode, policy.tasks) == ("never", "never")
