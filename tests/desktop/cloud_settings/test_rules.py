"""“Always hard”: rules are read, made and removed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.cloud_settings.rules import RulesPart
from desktop.theme.focus import reading_order
from engine.routing.values import Rule
from tests.desktop.cloud_settings.conftest import Open
from tests.fakes.cloud import FakeCloud

LONG, GERMAN = Rule(longer_than=60), Rule(language="de")


def part(open_page: Open, cloud: FakeCloud, *rules: Rule) -> RulesPart:
    cloud.now_policy = replace(cloud.now_policy, rules=rules)
    return open_page(cloud).page.allowed.rules


def said(rules: RulesPart) -> list[str]:
    return [line.words.text() for line in rules.lines]


def make(rules: RulesPart, what: str, longer: str, language: str) -> None:
    rules.add.click()
    rules.new.what.pick(what)
    rules.new.longer.setText(longer)
    rules.new.language.pick(language)
    QTest.keyClick(rules.new.longer, Qt.Key.Key_Return)


def test_rules_are_told_in_words(open_page: Open) -> None:
    rules = part(open_page, FakeCloud(), LONG, GERMAN, Rule("documents", 40))
    assert said(rules) == [
        "Questions of more than 60 words",
        "Questions in German",
        "Questions about documents of more than 40 words",
    ]
    assert rules.lines[1].remove.accessibleName() == "Remove the rule: Questions in German"


def test_a_rule_is_made_and_kept_at_once(open_page: Open) -> None:
    cloud = FakeCloud()
    rules = part(open_page, cloud, LONG)
    make(rules, "documents", " 40 ", "fr")
    assert cloud.now_policy.rules == (LONG, Rule("documents", 40, "fr"))
    assert said(rules)[1] == "Questions about documents in French of more than 40 words"
    assert rules.new.isHidden() and rules.add.isVisible()


@pytest.mark.parametrize(
    ("what", "longer", "language", "why"),
    [
        ("", "", "", "That would be every question"),
        ("", "0", "", "from 1 to 5,000"),
        ("chat", "999999", "", "from 1 to 5,000"),
        ("", "many", "", "as a number"),
        ("", "-3", "de", "as a number"),
        ("", "٣", "", "as a number"),
        ("", "5", "HIRAGANA", "Japanese is written without spaces"),
        ("", "60", "", "You have this rule already."),
    ],
)
def test_what_is_no_rule_says_why(open_page: Open, what: str, longer: str, language: str, why: str) -> None:
    cloud = FakeCloud()
    rules = part(open_page, cloud, LONG)
    make(rules, what, longer, language)
    assert why in rules.new.why
    assert rules.new.isVisible()
    assert cloud.called("set_policy") == []


def test_a_new_rule_begins_empty(open_page: Open) -> None:
    rules = part(open_page, FakeCloud())
    make(rules, "chat", "many", "de")
    rules._close()
    rules.add.click()
    new = rules.new
    assert (new.what.value, new.longer.text(), new.language.value, new.why) == ("", "", "", "")


def test_a_rule_is_removed_and_the_keyboard_stays_near(open_page: Open) -> None:
    cloud = FakeCloud()
    rules = part(open_page, cloud, LONG, GERMAN)
    rules.lines[0].remove.click()
    assert cloud.now_policy.rules == (GERMAN,)
    assert said(rules) == ["Questions in German"]
    assert QApplication.focusWidget() is rules.lines[0].remove
    rules.lines[0].remove.click()
    assert cloud.now_policy.rules == ()
    assert QApplication.focusWidget() is rules.add


def test_a_rule_is_made_in_reading_order(open_page: Open) -> None:
    rules = part(open_page, FakeCloud(), LONG)
    rules.add.click()
    QApplication.processEvents()
    assert [each.accessibleName() for each in reading_order(rules)] == [
        "Remove the rule: Questions of more than 60 words",
        "Which questions: Any question",
        "Longer than so many words; empty for any length",
        "Language: Any language",
        "Cancel the new rule",
        "Add this rule",
    ]


def test_where_nothing_is_asked_rules_wait(open_page: Open) -> None:
    cloud = FakeCloud()
    cloud.now_policy = replace(cloud.now_policy, mode="never")
    rules = part(open_page, cloud, LONG)
    assert not rules.add.isEnabled() and said(rules)


def test_a_rule_out_of_a_foreign_file_is_plain_text_and_does_not_widen_the_page(open_page: Open) -> None:
    rules = part(open_page, FakeCloud(), Rule("W" * 500, language="<b>y</b>"))
    assert rules.lines[0].words.textFormat() == Qt.TextFormat.PlainText
    assert rules.minimumSizeHint().width() <= 600
