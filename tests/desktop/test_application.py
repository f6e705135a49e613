"""The whole application without a screen, on real processes and the small real model."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from desktop.application import Application
from desktop.compose import compose
from desktop.errors import ProfileInUse, WorkerLost
from desktop.network import NetworkLog
from desktop.places import Profile
from engine.answering import Answered
from engine.chats.store import Scope
from engine.usage.values import Estimate, Origin
from engine.values import TextDelta
from tests.desktop.cli_process import SMALL

pytestmark = pytest.mark.model


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "profile")


@pytest.fixture
def application(profile: Profile, weights: Path) -> Iterator[Application]:
    application = compose(profile, network=NetworkLog())
    application.use_model(SMALL)
    yield application
    application.close()


def _text(events: Iterator[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_a_model_killed_in_the_middle_of_an_answer_is_said_and_the_next_answer_comes(
    application: Application,
) -> None:
    heard: list[str] = []
    application.add_listener(lambda worker, event: heard.append(f"{worker} {type(event).__name__}"))
    chat = application.new_chat(Scope("none"))
    events = application.send(chat, "Tell me a long story about a lighthouse.")
    for event in events:
        if isinstance(event, TextDelta):
            break
    os.kill(application.model_process_id(), signal.SIGKILL)
    with pytest.raises(WorkerLost) as lost:
        for _ in events:
            pass
    assert "started again" in application.explain(lost.value).advice
    failed = application.messages(chat)[-1]
    assert failed.state == "failed"
    assert failed.text and failed.reason
    assert "model Lost" in heard

    assert _text(application.send(chat, "Say hello."))
    assert application.messages(chat)[-1].state == "complete"


def test_a_stopped_answer_is_kept_as_far_as_it_came(application: Application) -> None:
    chat = application.new_chat(Scope("none"))
    seen: list[str] = []
    for event in application.send(chat, "Count to one hundred.", cancelled=lambda: len(seen) > 3):
        if isinstance(event, TextDelta):
            seen.append(event.text)
    kept = application.messages(chat)[-1]
    assert kept.state == "stopped"
    assert kept.text.startswith(seen[0].lstrip()[:1])


def test_a_follow_up_evaluates_only_what_is_new(application: Application) -> None:
    chat = application.new_chat(Scope("none"))
    for _ in application.send(chat, "Name a colour."):
        pass
    answered = [event for event in application.send(chat, "Another?") if isinstance(event, Answered)]
    tokens = answered[0].answer.tokens
    assert tokens.cached > tokens.prompt // 2


def test_what_is_answered_here_is_counted(application: Application) -> None:
    chat = application.new_chat(Scope("none"))
    answered = [event for event in application.send(chat, "Say yes.") if isinstance(event, Answered)]
    for _ in application.ask("Say no.", Scope("none")):
        pass
    asked, said = sorted(application.cloud.usage(1).local, key=lambda day: day.origin, reverse=True)
    assert (asked.origin, asked.answers, said.origin, said.answers) == ("question", 1, "chat", 1)
    assert said.prompt_tokens == answered[0].answer.tokens.prompt
    assert application.cloud.spent().day == 0


def test_a_chat_that_is_gone_keeps_no_receipt(application: Application) -> None:
    binned, gone = application.new_chat(Scope("none")), 99
    application.delete_chat(binned)
    ledger = application.cloud._money._ledger
    calls = []
    for chat in (binned, gone):
        calls.append(
            ledger.reserve(Origin("chat", chat), "openai", "m", Estimate(1, 1, 1, 1), automatic=False)
        )
        ledger.settle(calls[-1], "done", request=b"{}", response="said")
    application.warm()
    assert [application.cloud.receipt_of_call(call) is None for call in calls] == [False, True]


def test_what_changes_in_watched_folders_is_followed_and_what_was_taken_out_stays_out(
    application: Application, tmp_path: Path
) -> None:
    folder = tmp_path / "Contracts"
    folder.mkdir()
    for name in ("lease", "pets"):
        (folder / f"{name}.txt").write_text(f"The {name} are on the table.")
    list(application.index([folder]))
    application.set_watched("Contracts", True)
    due: SimpleQueue[str] = SimpleQueue()
    application.watch(due.put)  # closed with the application
    assert due.get(timeout=30) == "Contracts"
    assert application.remove_documents([str(folder / "pets.txt")]) == 1
    (folder / "rent.txt").write_text("The rent is due on Monday.")
    assert due.get(timeout=30) == "Contracts"
    *_, done = application.refresh()
    assert (done.ready, done.unchanged) == (1, 1)
    assert [row.name for row in application.documents()] == ["lease.txt", "rent.txt"]
    *_, done = application.rebuild_collection("Contracts")
    assert (done.ready, done.failed) == (2, 0)


def test_a_second_carrel_on_the_same_profile_is_refused(application: Application, profile: Profile) -> None:
    with pytest.raises(ProfileInUse):
        compose(profile, network=NetworkLog())


def test_closing_is_quick_and_leaves_the_profile_free(profile: Profile, weights: Path) -> None:
    first = compose(profile, network=NetworkLog())
    first.use_model("smollm2-135m")
    first.warm()
    began = time.monotonic()
    first.close()
    assert time.monotonic() - began < 5
    compose(profile, network=NetworkLog()).close()


_ASK_AND_SAY_WHEN_TEXT_COMES = """
import sys
from desktop.compose import compose
from desktop.network import NetworkLog
from desktop.places import Profile
from engine.chats.store import Scope
from engine.values import TextDelta

if __name__ == "__main__":
    application = compose(Profile.chosen(sys.argv[1]), network=NetworkLog())
    application.use_model(sys.argv[2])
    chat = application.new_chat(Scope("none"))
    length = 0
    for event in application.send(chat, "Tell me a long story about a lighthouse."):
        if isinstance(event, TextDelta):
            length += len(event.text)
            print(length, flush=True)
"""


def test_killing_carrel_in_the_middle_of_an_answer_keeps_what_was_shown(
    profile: Profile, tmp_path: Path, weights: Path
) -> None:
    script = tmp_path / "ask.py"
    script.write_text(_ASK_AND_SAY_WHEN_TEXT_COMES, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(script), str(profile.folder), SMALL]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert any(int(line) > 120 for line in child.stdout)  # kept at the first text, and twice a second
        child.kill()
        child.stdout.close()
    application = compose(profile, network=NetworkLog())
    try:
        [chat] = application.chats()
        question, answer = application.messages(chat.id)
        assert question.text == "Tell me a long story about a lighthouse."
        assert answer.state == "interrupted"
        assert answer.text.strip()
    finally:
        application.close()
