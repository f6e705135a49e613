"""`carrel ask --cloud`, as scripts use it: a process of its own, a provider on the loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desktop.cloud.choices import CloudChoices
from engine.chats.store import ChatStore
from engine.routing.values import Policy
from tests.desktop.cli_process import SMALL, carrel
from tests.fakes.wire import WireServer, reply, says, status

pytestmark = pytest.mark.model

QUESTION = "What is seventeen times three?"


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer().running() as running:
        yield running


@pytest.fixture
def profile(tmp_path: Path, server: WireServer) -> Path:
    """With a server of the person's own as the provider for hard questions."""
    folder = tmp_path / "profile"
    folder.mkdir()
    with closing(ChatStore(folder / "carrel.db")) as settings:
        choices = CloudChoices(settings)
        choices.save_provider(server.provider("openai", id="near", name="Near", local=True, needs_key=False))
        choices.set_policy(Policy(provider="near", model="large"))
    return folder


def test_the_provider_answers_and_its_price_and_tier_are_told(profile: Path, server: WireServer) -> None:
    server.script = [says([reply("openai", ["It is ", "51."])])]
    done = carrel("ask", QUESTION, "--model", SMALL, "--cloud", "--yes", "--json", profile=profile)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["answer"], told["tier"], told["model"]) == ("It is 51.", "frontier", "near/large")
    assert told["cost"] == {"amount": 0.0, "currency": "EUR"}
    (captured,) = server.captured
    assert captured.value["messages"][-1] == {"role": "user", "content": QUESTION}


def test_nothing_is_sent_that_nobody_could_look_at(profile: Path, server: WireServer) -> None:
    done = carrel("ask", QUESTION, "--model", SMALL, "--cloud", "near/other", profile=profile)
    assert done.returncode == 2
    assert "To Near (127.0.0.1" in done.stderr and QUESTION in done.stderr and "add --yes" in done.stderr
    assert server.captured == []


def test_where_the_provider_fails_the_local_answer_is_given_and_why_is_said(
    profile: Path, server: WireServer
) -> None:
    server.otherwise = status(401)
    done = carrel("ask", QUESTION, "--model", SMALL, "--cloud", "--yes", "--json", profile=profile)
    assert done.returncode == 0
    assert json.loads(done.stdout)["tier"] == "local"
    assert "Near does not accept the key. This is the answer of the model on this computer." in done.stderr


def test_cells_in_doubt_go_out_to_the_provider(profile: Path, server: WireServer, tmp_path: Path) -> None:
    table = tmp_path / "mails.csv"
    table.write_text('id,message\n1,"Our bill no. 88 for gardening comes to 320 euros."\n', encoding="utf-8")
    output = str(tmp_path / "out.csv")
    ran = carrel(
        "tasks", "run", "invoices", str(table), "--output", output, "--model", SMALL, profile=profile
    )
    assert ran.returncode == 0, ran.stderr
    server.otherwise = says([reply("openai", ['{"supplier": null, "total": "320 euros"}'])])
    asked = carrel("tasks", "escalate", "1", "--yes", "--json", profile=profile)
    assert server.captured, asked.stderr
    assert json.loads(asked.stdout)["cloud_model"] == "large"
