"""`carrel cloud rules …`: which questions are always hard, however sure the answer on this computer is.

With `--json` each prints one document, of how the rules stand once it is done:

    rules     number (from 1, as `remove` takes it), kind, longer_than, language, and words that say it
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from desktop.cli.output import show_json
from desktop.cli.session import opened
from desktop.errors import UsageError
from desktop.window.ports import Cloud
from engine.language import NAMES
from engine.routing.routing import in_words, why_no_rule
from engine.routing.values import Rule


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        rules = application.cloud.policy().rules
    _show(rules, arguments)
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    """Only what is a rule on the screen, too: what would hold for everything or for nothing is refused."""
    rule = Rule(arguments.kind or "", arguments.longer_than, _language(arguments.language or ""))
    wrong = why_no_rule(rule)
    if wrong:
        raise UsageError(wrong)
    with opened(arguments) as application:
        rules = application.cloud.policy().rules
        if rule in rules:
            raise UsageError(f"There is this rule already: {in_words(rule)}.")
        rules = _keep(application.cloud, (*rules, rule))
    _show(rules, arguments)
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """All that are named, or none."""
    with opened(arguments) as application:
        rules = application.cloud.policy().rules
        for number in arguments.numbers:
            if number > len(rules):
                raise UsageError(f"There is no rule {number}.")
        left = [rule for number, rule in enumerate(rules, 1) if number not in arguments.numbers]
        rules = _keep(application.cloud, left)
    _show(rules, arguments)
    return 0


def facts(rule: Rule) -> dict[str, Any]:
    """A rule in JSON."""
    return asdict(rule) | {"words": in_words(rule)}


def _keep(cloud: Cloud, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    cloud.set_policy(replace(cloud.policy(), rules=tuple(rules)))
    return cloud.policy().rules


def _language(wanted: str) -> str:
    """By its code or its English name: “de”, “German”."""
    codes = {code.casefold(): code for code in NAMES} | {
        name.casefold(): code for code, name in NAMES.items()
    }
    if wanted and wanted.casefold() not in codes:
        raise UsageError(f"“{wanted}” is not among the languages that are told: {', '.join(NAMES.values())}.")
    return codes.get(wanted.casefold(), "")


def _show(rules: Sequence[Rule], arguments: argparse.Namespace) -> None:
    if arguments.json:
        show_json({"rules": [{"number": number} | facts(rule) for number, rule in enumerate(rules, 1)]})
        return
    for number, rule in enumerate(rules, 1):
        print(f"{number:3}  {in_words(rule)}")
    if not rules:
        print("Nothing is always hard.")
