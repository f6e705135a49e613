"""What a person does with Carrel in one session, offline: the real application in its real window.

    python -m tests.offline.person FOLDER --seconds N [--walls-down]

Goes through everything again and again until the time is over, at least once. Then it says so by a call that
nobody else makes (`END`), and tries to get out in every way there is, so that whoever watched can show that
they would have seen it. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop import places
from desktop.application import Application
from desktop.compose import compose
from desktop.egress.door import Door, open_door
from desktop.network import go_offline
from desktop.places import Profile
from desktop.theme.fonts import load_fonts
from desktop.theme.theme import Theme
from desktop.window.window import Window
from engine.errors import Offline
from engine.frontier.values import Provider, Proxy
from engine.routing.values import Policy
from engine.tasks.values import RunEnded, RunSource
from engine.usage.values import Limits, Price
from tests.desktop.cli_process import SMALL
from tests.offline import canary

if "--walls-down" in sys.argv:  # in the worker processes too, which then run this part of the file
    from tests.offline import unconfined  # noqa: F401

T = TypeVar("T")

END = "/nowhere/the session ends here"
"""The name of a local socket that nobody listens at."""

QUESTIONS = (
    "How many days of written notice end the Brightwave agreement?",
    "How is the espresso machine descaled?",
    "Who won the chess tournament in Reykjavik?",
)
PAGES = ("documents", "tasks", "models", "settings", "privacy", "cloud", "usage", "chat")
MAILS = places.recipes() / "samples" / "email-routing"


class Person:
    """One session. `done` counts what was done."""

    def __init__(self, folder: Path, *, door: Door | None) -> None:
        network = go_offline(door)
        self._folder = folder
        self._qt = QApplication(["carrel"])
        load_fonts()
        self.application: Application = compose(Profile(folder / "profile"), network=network, door=door)
        self.application.use_model(SMALL)
        self._window = Window(self.application, Theme(self._qt, "light", 1.0))
        self.done: dict[str, int] = {}

    def begin(self) -> None:
        self._window.show()
        self._window.begin()
        self._wait("both processes are warm", lambda: not self._window.lanes.warming.is_busy)
        self._watched = self._made(
            "Watched folder", "first.md", "# First\n\nThe boathouse is let to Ida Brandt.\n"
        )
        self._add([places.assets() / "samples"], "Samples")
        self._add([self._watched], "Watched")
        self._window.watching.set_watched("Watched", True)
        self._allow()
        self._follow_mails()

    def go_round(self, number: int) -> None:
        self._look_around()
        chat_id = self._ask(QUESTIONS[number % len(QUESTIONS)])
        self._draft(chat_id)
        self._preview(chat_id)
        self._change_the_cloud_s_settings()
        self._change_the_documents(number)
        self._run_a_task()
        self._put_a_mail_down(number)
        self._look_at_models()
        self._look_around()
        self.application.delete_chat(chat_id)

    # Documents

    def _made(self, folder: str, name: str, text: str) -> Path:
        made = self._folder / folder
        made.mkdir(exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
        return made

    def _add(self, paths: list[Path], collection: str) -> None:
        self._work(f"{collection} is read", lambda: self.application.index(paths, collection))
        assert self.application.documents(collection)
        self._count("collections read")

    def _change_the_documents(self, number: int) -> None:
        """A file turns up in the folder that is watched; another collection is read anew."""
        before = len(self.application.documents("Watched"))
        self._made(self._watched.name, f"note {number}.md", f"# Note {number}\n\nBerth {number} is free.\n")
        self._wait("the new file is read", lambda: len(self.application.documents("Watched")) > before)
        self._count("files noticed in a watched folder")
        if number % 5 == 4:
            self._work("Samples are read anew", lambda: self.application.rebuild_collection("Samples"))
            self._count("collections read")

    # Chats

    def _ask(self, question: str) -> int:
        self._window.new_chat()
        self._pump(0.1)
        editor = self._window.focusWidget()
        QTest.keyClicks(editor, question)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        self._wait("the answer runs", lambda: self._window.conversation.runs.any)
        self._wait("the answer is there", lambda: not self._window.conversation.runs.any)
        chat_id = self._window.conversation.chat_id
        assert chat_id is not None
        assert self.application.messages(chat_id)[-1].text
        self._count("questions answered")
        return chat_id

    def _draft(self, chat_id: int) -> None:
        """What would be sent is made, and cannot be sent."""
        (draft,) = self._work("the draft is made", lambda: self.application.cloud.draft(chat_id))
        assert draft.request.body
        try:
            self._work("it is refused", lambda: self.application.cloud.send_draft(chat_id, draft))
        except Offline:
            self._count("drafts made and not sent")
        else:
            raise AssertionError("a draft was sent offline")

    def _preview(self, chat_id: int) -> None:
        asking = self._window.asking
        asking.show_preview(chat_id)
        self._wait("the preview shows a draft", lambda: asking.preview.draft is not None)
        self._pump(0.2)
        assert asking.sheet.texts
        asking.sheet.close_sheet()
        self._count("previews looked at")

    # What can leave this computer

    def _allow(self) -> None:
        rows = self.application.cloud.providers()
        asked = next(row.provider for row in rows if row.provider.models)
        self.application.cloud.set_policy(Policy(provider=asked.id, model=asked.models[0], threshold=1.0))

    def _change_the_cloud_s_settings(self) -> None:
        """Everything that may be chosen, without going online."""
        cloud = self.application.cloud
        self._work("the keyring is asked", lambda: _once(cloud.look_for_keys))
        cloud.save_provider(Provider("near", "Near", "openai", "http://127.0.0.1:9/v1", ("any",), local=True))
        cloud.set_price("near", "any", Price(1.0, 2.0))
        cloud.remove_provider("near")
        cloud.set_proxy(Proxy("http://127.0.0.1:9"))
        cloud.set_proxy(Proxy())
        cloud.set_policy(replace(cloud.policy(), threshold=0.9))
        cloud.set_policy(replace(cloud.policy(), threshold=1.0))
        cloud.set_limits(Limits(day=5_000_000, month=None, run=1_000_000))
        cloud.set_currency(cloud.currencies()[0])
        cloud.threshold_effects()
        assert cloud.prices() and cloud.usage().local and cloud.held()
        cloud.export_usage(self._folder / "usage.csv")
        cloud.export_attempts(self._folder / "attempts.csv")
        assert not cloud.online()
        self._count("rounds through the cloud's settings")

    # Tasks

    def _run_a_task(self) -> None:
        recipe = self.application.tasks.named("email-routing")
        source = RunSource((str(MAILS),), limit=2)
        run = lambda: self.application.tasks.run_recipe(recipe.id, source, model_id=SMALL)  # noqa: E731
        ended = self._work("the run is over", run)[-1]
        assert isinstance(ended, RunEnded)
        self._count("runs of a task")

    def _follow_mails(self) -> None:
        self._mails = self._folder / "Mails"
        self._mails.mkdir()
        self._routed = self._folder / "routed.csv"
        recipe = self.application.tasks.named("email-routing")
        (task,) = self._work(
            "the folder is watched",
            lambda: _once(lambda: self.application.tasks.watch_task(recipe.id, self._mails, self._routed)),
        )
        self._window.tasks.desk.following.look(task.id)

    def _put_a_mail_down(self, number: int) -> None:
        """Into a folder that a task follows: its line is added to the task's file."""
        before = self._routed.stat().st_size if self._routed.exists() else 0
        mails = sorted(MAILS.iterdir())
        shutil.copyfile(mails[number % len(mails)], self._mails / f"{number}.eml")
        self._wait(
            "its line is written", lambda: self._routed.exists() and self._routed.stat().st_size > before
        )
        self._count("files that a task followed")

    # Looking

    def _look_around(self) -> None:
        for page in PAGES:
            self._window.show_place(page)
            self._pump(0.2)
            self._count("pages looked at")

    def _look_at_models(self) -> None:
        for model in self.application.models():
            self.application.model_fit(model.id)
        assert self.application.catalogue()

    # Tools

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def _work(self, what: str, produce: Callable[[], Iterable[T]]) -> list[T]:
        """All that it gives, made on a thread while the window runs on."""
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(lambda: list(produce()))
            self._wait(what, made.done)
        return made.result()

    def _pump(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._qt.processEvents()
            time.sleep(0.01)

    def _wait(self, until: str, true: Callable[[], object], timeout_s: float = 120) -> None:
        end = time.monotonic() + timeout_s
        while not true():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {timeout_s:.0f} s until {until}")
            self._pump(0.02)

    def close(self) -> None:
        self._window.close()
        self._window.lanes.cancel_all()
        self.application.close()
        self._window.lanes.close(2.0)


def _once(work: Callable[[], T]) -> Iterator[T]:
    yield work()


def session(folder: Path, seconds: float, *, walls: bool) -> dict[str, Any]:
    began = time.monotonic()
    door = open_door(places.catalogue())
    person = Person(folder, door=door)
    rounds = 0
    try:
        person.begin()
        while rounds == 0 or time.monotonic() - began < seconds:
            person.go_round(rounds)
            rounds += 1
        listed = [asdict(attempt) for attempt in person.application.cloud.attempts()]
        lasted = time.monotonic() - began
        _say_that_it_ends()
        tries = list(person.application.cloud.prove()) if walls else []
        if not walls:
            with suppress(OSError):
                canary.by_python(9)
    finally:
        person.close()
        if door is not None:
            door.close()
    return {
        "rounds": rounds,
        "seconds": round(lasted, 1),
        "done": person.done,
        "listed": listed,
        "tries": [asdict(one) for one in tries],
    }


def _say_that_it_ends() -> None:
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.connect(END)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.offline.person", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--walls-down", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = session(arguments.folder, arguments.seconds, walls=not arguments.walls_down)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
