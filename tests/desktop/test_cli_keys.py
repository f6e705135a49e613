"""`carrel keys …` in this process, on a scripted cloud."""

from __future__ import annotations

import argparse
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from desktop.cli import keys, main
from engine.errors import CreditExhausted, KeyRefused, KeyringMissing
from tests.fakes.cloud import FakeCloud

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"
Give = Callable[[str], None]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    made = FakeCloud(is_online=False)

    @contextmanager
    def opened(_: argparse.Namespace) -> Iterator[FakeCloud]:
        yield made

    monkeypatch.setattr(keys, "opened_cloud", opened)
    return made


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Iterator[Give]:
    """Puts a text on standard input."""
    opened: list[Any] = []

    def put(text: str) -> None:
        read_end, write_end = os.pipe()
        os.write(write_end, text.encode())
        os.close(write_end)
        opened.append(io.TextIOWrapper(os.fdopen(read_end, "rb")))
        monkeypatch.setattr("sys.stdin", opened[-1])

    yield put
    for stream in opened:
        stream.close()


def test_a_key_comes_from_standard_input(
    cloud: FakeCloud, give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    give(f"  {KEY}\r\n")
    assert main(["keys", "set", "openai"]) == 0
    assert cloud.called("set_key") == [("openai", len(KEY), False)]
    assert (
        capsys.readouterr().out == "The key for OpenAI is kept in Secret Service, for api.openai.com alone.\n"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [("", "standard input"), ("two words", "not a key"), ("käse", "not a key"), ("k" * 1300, "longer")],
)
def test_what_is_no_key_is_refused_without_repeating_it(
    cloud: FakeCloud, give: Give, capsys: pytest.CaptureFixture[str], given: str, words: str
) -> None:
    give(given)
    assert main(["keys", "set", "openai"]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert not given or given not in said
    assert cloud.called("set_key") == []


def test_a_key_is_never_an_argument(cloud: FakeCloud) -> None:
    with pytest.raises(SystemExit):
        main(["keys", "set", "openai", KEY])


def test_an_unknown_provider_names_those_there_are(
    cloud: FakeCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "set", "opnai"]) == 1
    assert "openai" in capsys.readouterr().err


def test_the_list_says_where_keys_are(cloud: FakeCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "list"]) == 0
    assert cloud.called("look_for_keys"), "the keyring is asked, not remembered"
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["anthropic", "openai", "ollama"]
    assert "kept" in lines[0] and "no key" in lines[1] and "needs none" in lines[2]


def test_the_list_as_json(cloud: FakeCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["keyring"] == "Secret Service"
    assert document["providers"][0] == {
        "id": "anthropic",
        "name": "Anthropic",
        "host": "api.anthropic.com",
        "key": "keyring",
        "needs_key": True,
        "used": True,
    }


def test_a_key_that_works(cloud: FakeCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "test", "anthropic", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "provider": "anthropic",
        "works": True,
        "models": ["claude-sonnet-4-5"],
        "seconds": 0.4,
    }
    assert cloud.called("set_online") == [True, False], "online for the length of the test"


@pytest.mark.parametrize(
    ("error", "words"),
    [(KeyRefused("Anthropic"), "does not accept"), (CreditExhausted("Anthropic"), "no credit")],
)
def test_a_key_that_does_not_work_says_why(
    cloud: FakeCloud, capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    cloud.tests.append([error])
    assert main(["keys", "test", "anthropic"]) == 1
    assert words in capsys.readouterr().err
    assert not cloud.is_online


def test_without_a_keyring_nothing_is_kept(
    cloud: FakeCloud, give: Give, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise KeyringMissing

    monkeypatch.setattr(cloud, "set_key", refuse)
    give(KEY)
    assert main(["keys", "set", "openai"]) == 1
    assert "no keyring" in capsys.readouterr().err


def test_removing(cloud: FakeCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "remove", "anthropic"]) == 0
    assert main(["keys", "remove", "anthropic", "--json"]) == 0
    words, document = capsys.readouterr().out.split("\n", 1)
    assert words == "The key for Anthropic is removed."
    assert json.loads(document) == {"provider": "anthropic", "removed": False}
