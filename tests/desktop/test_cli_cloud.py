"""`carrel cloud …` in this process, on a scripted application; and once as others run it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.cli import cloud, cloud_rules, main
from engine.frontier.values import Provider
from engine.routing.values import Rule
from tests.desktop.cli_process import carrel, carrel_json
from tests.fakes.application import FakeApplication, collection
from tests.fakes.cloud import FakeCloud

Output = pytest.CaptureFixture[str]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    application = FakeApplication()
    application.library = [collection(name, 3) for name in ("Contracts", "Letters, old")]
    application.cloud = FakeCloud(is_online=False)

    @contextmanager
    def opened(_: argparse.Namespace) -> Iterator[FakeApplication]:
        yield application

    for module in (cloud, cloud_rules):
        monkeypatch.setattr(module, "opened", opened)
    return application.cloud


def test_what_is_allowed_is_told(fake: FakeCloud, capsys: Output) -> None:
    kept = frozenset({"Letters, old", "Contracts"})
    rules = (Rule(longer_than=60), Rule(language="de"))
    fake.now_policy = replace(fake.now_policy, rules=rules, kept_here=kept, masked=frozenset({"IBAN"}))
    assert main(["cloud"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "network      offline: nothing can leave this computer",
        "questions    asked every time",
        "tasks        asked every time",
        "provider     anthropic claude-sonnet-4-5",
        "threshold    answers less sure than 0.5 are hard",
        "always hard  questions of more than 60 words",
        "             questions in German",
        "masked       IBAN",
        "kept here    Contracts",
        "             Letters, old",
    ]


def test_what_is_allowed_as_json(fake: FakeCloud, capsys: Output) -> None:
    fake.now_policy = replace(fake.now_policy, rules=(Rule(language="de"),))
    assert main(["cloud", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "online": False,
        "mode": "ask",
        "tasks": "ask",
        "provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "threshold": 0.5,
        "rules": [
            {
                "kind": "",
                "longer_than": None,
                "language": "de",
                "words": "questions in German",
            }
        ],
        "masked": ["PERSON", "EMAIL", "PHONE", "ADDRESS", "IBAN", "CARD", "ID"],
        "kept_here": [],
    }


def test_all_is_set_at_once_and_told(fake: FakeCloud, capsys: Output) -> None:
    fake.now_policy = replace(
        fake.now_policy, kept_here=frozenset({"Gone"}), rules=(Rule(language="de"),), masked=frozenset()
    )
    wanted = ["--mode", "automatic", "--tasks", "never", "--provider", "openai", "--model", "gpt-x"]
    more = ["--threshold", "0", "--keep-here", "Contracts", "--let-go", "Gone", "--json"]
    assert main(["cloud", "set", *wanted, *more]) == 0
    policy = fake.now_policy
    assert (policy.mode, policy.tasks, policy.provider, policy.model) == (
        "automatic", "never", "openai", "gpt-x"
    )  # fmt: skip
    assert (policy.threshold, policy.kept_here) == (0.0, {"Contracts"})
    assert (policy.rules, policy.masked) == ((Rule(language="de"),), frozenset()), "the rest stays"
    assert json.loads(capsys.readouterr().out)["kept_here"] == ["Contracts"]


def test_another_provider_does_not_keep_the_formers_model(fake: FakeCloud) -> None:
    assert main(["cloud", "set", "--provider", "openai"]) == 0
    suggested = next(row.provider.models[0] for row in fake.rows if row.provider.id == "openai")
    assert (fake.now_policy.provider, fake.now_policy.model) == ("openai", suggested)
    fake.rows = [replace(row, provider=replace(row.provider, models=())) for row in fake.rows]
    assert main(["cloud", "set", "--provider", "anthropic"]) == 2
    assert fake.now_policy.provider == "openai"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--provider", "opnai"], 1, "there is no provider “opnai”; there are: anthropic, openai"),
        (["--keep-here", "Contract"], 1, "There is no collection named “Contract”."),
        (["--mode", "never", "--let-go", "Contract"], 1, "There is no collection named “Contract”."),
        (["--keep-here", "Contracts", "--let-go", "Contracts"], 2, "cannot both be kept here and let go"),
        (["--model", " "], 2, "Name a model of Anthropic"),
        ([], 2, "Say what to set"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    fake: FakeCloud, capsys: Output, arguments: list[str], status: int, words: str
) -> None:
    assert main(["cloud", "set", *arguments]) == status
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert fake.called("set_policy") == []


def test_a_model_needs_a_provider(fake: FakeCloud, capsys: Output) -> None:
    fake.now_policy = replace(fake.now_policy, provider="", model="")
    assert main(["cloud", "set", "--model", "gpt-x"]) == 2
    assert "--provider" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["1.2", "-0.1", "nan", "half"])
def test_a_threshold_is_a_number_from_0_to_1(fake: FakeCloud, capsys: Output, wrong: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cloud", "set", f"--threshold={wrong}"])
    assert ended.value.code == 2
    assert "must be a number from 0 to 1" in capsys.readouterr().err
    assert fake.called("set_policy") == []


def test_a_server_of_ones_own_is_added(fake: FakeCloud) -> None:
    for port in (8000, 8001):
        assert main(["cloud", "add", "Office", f"http://192.168.1.20:{port}/v1"]) == 0
    assert main(["cloud", "add", "Mine", "http://127.0.0.1:1", "--local", "--format", "anthropic"]) == 0
    assert fake.called("save_provider") == [
        Provider("office", "Office", "openai", "http://192.168.1.20:8000/v1", local=True),
        Provider("office-2", "Office", "openai", "http://192.168.1.20:8001/v1", local=True),
        Provider("mine", "Mine", "anthropic", "http://127.0.0.1:1", needs_key=False, local=True),
    ]


def test_what_came_with_carrel_is_not_removed(fake: FakeCloud, capsys: Output) -> None:
    fake.rows = [replace(row, provider=replace(row.provider, built_in=True)) for row in fake.rows]
    assert main(["cloud", "remove", "openai"]) == 2
    assert main(["cloud", "remove", "opnai"]) == 1
    assert "came with Carrel" in capsys.readouterr().err
    assert fake.called("remove_provider") == []


# Rules


def test_rules_are_told_with_their_numbers(fake: FakeCloud, capsys: Output) -> None:
    assert main(["cloud", "rules"]) == 0
    assert capsys.readouterr().out == "Nothing is always hard.\n"
    fake.now_policy = replace(fake.now_policy, rules=(Rule(longer_than=60), Rule(language="de")))
    for command in (["cloud", "rules"], ["cloud", "rules", "list"]):
        assert main(command) == 0
        assert capsys.readouterr().out.splitlines() == [
            "  1  questions of more than 60 words",
            "  2  questions in German",
        ]


def test_a_rule_is_added_below_the_others(fake: FakeCloud, capsys: Output) -> None:
    fake.now_policy = replace(fake.now_policy, mode="never", rules=(Rule(longer_than=60),))
    wanted = ["--kind", "documents", "--longer-than", "40", "--language", "german"]
    assert main(["cloud", "rules", "add", *wanted, "--json"]) == 0
    assert fake.now_policy.rules == (Rule(longer_than=60), Rule("documents", 40, "de"))
    assert fake.now_policy.mode == "never", "the rest stays"
    assert json.loads(capsys.readouterr().out)["rules"][1] == {
        "number": 2,
        "kind": "documents",
        "longer_than": 40,
        "language": "de",
        "words": "questions about documents in German of more than 40 words",
    }


@pytest.mark.parametrize(("name", "code"), [("de", "de"), ("German", "de"), ("japanese", "HIRAGANA")])
def test_a_language_is_named_by_its_code_or_its_name(fake: FakeCloud, name: str, code: str) -> None:
    assert main(["cloud", "rules", "add", "--language", name]) == 0
    assert fake.now_policy.rules == (Rule(language=code),)


def test_rules_are_removed_by_their_numbers(fake: FakeCloud, capsys: Output) -> None:
    rules = tuple(Rule(longer_than=number) for number in (10, 20, 30, 40))
    fake.now_policy = replace(fake.now_policy, rules=rules)
    assert main(["cloud", "rules", "remove", "3", "1"]) == 0
    assert fake.now_policy.rules == (rules[1], rules[3])
    assert "  2  questions of more than 40 words" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add"], "That would be every question"),
        (["add", "--longer-than", "0"], "The number of words must be from 1 to 5,000."),
        (["add", "--longer-than", "5", "--language", "Japanese"], "its words cannot be counted"),
        (
            ["add", "--language", "Klingon"],
            "“Klingon” is not among the languages that are told: English, Ger",
        ),
        (["add", "--longer-than", "60"], "There is this rule already: questions of more than 60 words."),
        (["remove", "1", "2"], "There is no rule 2."),
    ],
)
def test_what_is_no_rule_is_one_sentence_and_changes_nothing(
    fake: FakeCloud, capsys: Output, arguments: list[str], words: str
) -> None:
    fake.now_policy = replace(fake.now_policy, rules=(Rule(longer_than=60),))
    assert main(["cloud", "rules", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert fake.called("set_policy") == []


@pytest.mark.parametrize("wrong", ["0", "-1", "first", "1.5", "1" * 5_000])
def test_a_rule_is_removed_by_a_whole_number(fake: FakeCloud, capsys: Output, wrong: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cloud", "rules", "remove", "--", wrong])
    assert ended.value.code == 2
    assert "must be a whole number, 1 or more" in capsys.readouterr().err
    assert fake.called("set_policy") == []


def test_from_outside_rules_are_added_kept_and_removed(tmp_path: Path) -> None:
    added = carrel_json("cloud", "rules", "add", "--longer-than", "60", profile=tmp_path)
    assert [rule["words"] for rule in added["rules"]] == ["questions of more than 60 words"]
    assert carrel_json("cloud", "rules", profile=tmp_path) == added
    kept = carrel_json("cloud", profile=tmp_path)["rules"]
    assert [rule["longer_than"] for rule in kept] == [60]
    assert carrel_json("cloud", "rules", "remove", "1", profile=tmp_path) == {"rules": []}


def test_from_outside_a_server_is_added_used_and_removed(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/v1"
    added = carrel_json("cloud", "add", "Test server", f"{url}/", "--local", profile=tmp_path)
    assert added == {
        "id": "test-server", "name": "Test server", "format": "openai", "url": url, "local": True,
        "needs_key": False,
    }  # fmt: skip
    command = ["cloud", "set", "--provider", "test-server", "--model", "m", "--mode", "automatic"]
    done = carrel_json(*command, profile=tmp_path)
    assert carrel_json("cloud", profile=tmp_path) == done
    assert (done["online"], done["provider"], done["model"]) == (False, "test-server", "m")
    refused = carrel("cloud", "add", "Far", "http://example.com/v1", profile=tmp_path)
    assert refused.returncode == 1 and "must begin with https://" in refused.stderr
    far = carrel("cloud", "add", "Far", "https://example.com/v1", "--local", profile=tmp_path)
    assert far.returncode == 1 and "neither this computer nor in your own network" in far.stderr
    assert carrel_json("cloud", "remove", "test-server", profile=tmp_path) == {"removed": "test-server"}
    after = carrel_json("cloud", profile=tmp_path)
    assert (after["provider"], after["model"], after["mode"]) == (None, None, "automatic")
