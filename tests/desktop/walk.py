"""The real app in a real window, used as a person would: drop, ask, click, crash, go on.

    xvfb-run -s "-screen 0 1400x900x24" python -m tests.desktop.walk PROFILE [--model ID] [--pictures DIR]

Prints one JSON document with what was seen and how long it took; `test_window.py` runs it with the small
model. With `--pictures` each step is drawn into a PNG, in light and dark.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

STARTED = time.monotonic()

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl  # noqa: E402 (the start is being timed)
from PySide6.QtGui import QDragEnterEvent, QDropEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from desktop import places  # noqa: E402
from desktop.application import Application  # noqa: E402
from desktop.compose import compose  # noqa: E402
from desktop.egress.door import open_door  # noqa: E402
from desktop.network import go_offline  # noqa: E402
from desktop.places import Profile  # noqa: E402
from desktop.resources import resident_bytes  # noqa: E402
from desktop.theme.fonts import load_fonts  # noqa: E402
from desktop.theme.theme import Theme  # noqa: E402
from desktop.window.window import Window  # noqa: E402
from tests.own_time import own_time  # noqa: E402

QUESTION = "How many days of written notice end the Brightwave agreement?"
UNANSWERABLE = "Who won the chess tournament in Reykjavik?"


class Walk:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.door = open_door(places.catalogue())
        network = go_offline(self.door)
        self.qt = QApplication(["carrel"])
        load_fonts()
        self.application: Application = compose(
            Profile.chosen(arguments.profile), network=network, door=self.door
        )
        if arguments.model:
            self.application.use_model(arguments.model)
        self.application.put_setting("window.size", [int(part) for part in arguments.size.split("x")])
        self.theme = Theme(self.qt, "light", 1.0)
        self.window = Window(self.application, self.theme)
        self.pictures = Path(arguments.pictures) if arguments.pictures else None
        self.is_short: bool = arguments.short
        self.seen: dict[str, Any] = {}
        self.first_text_s = 0.0

    def run(self) -> dict[str, Any]:
        self.open()
        self.add_documents()
        self.ask("answer", QUESTION)
        self.open_source()
        self.ask("unanswerable", UNANSWERABLE)
        self.kill_the_model()
        self.ask("after_crash", QUESTION)
        self.measure()
        return self.seen

    # Steps

    def open(self) -> None:
        self.window.show()
        self.wait("the window is drawn", self.window.isVisible)
        self.qt.processEvents()
        self.seen["window_seconds"] = round(time.monotonic() - STARTED, 2)
        self.window.begin()
        self.picture("first")
        self.wait("the model is ready", lambda: self.application.status().model == "ready")
        self.wait("both processes are warm", lambda: not self.window.lanes.warming.is_busy)
        self.seen["warm_seconds"] = round(time.monotonic() - STARTED, 2)

    def add_documents(self) -> None:
        """Drop the sample documents and a broken file on the window, as from a file manager."""
        broken = self.application.profile.folder / "Broken offer.pdf"
        broken.write_bytes(b"%PDF-1.7\nnothing more came")
        samples = sorted((places.assets() / "samples").iterdir())
        self.drop([*samples, broken])
        self.window.show_place("documents")
        self.wait("indexing has begun", lambda: self.window.activity.reading is not None)
        self.pump(0.4)
        self.picture("indexing")
        longest = self.wait("indexing is over", lambda: self.window.activity.reading is None)
        [collection] = self.application.collections()
        self.seen["indexing"] = {
            "ready": collection.ready,
            "problems": [problem.reason for problem in collection.problems],
            "longest_pause_ms": round(longest * 1000),
        }
        self.pump(0.3)
        self.picture("documents")

    def ask(self, name: str, question: str) -> None:
        self.window.new_chat()
        self.pump(0.2)
        self.picture(f"{name}-before")
        editor = self.window.focusWidget()  # a bare X server gives no window the focus
        asked = time.monotonic()
        QTest.keyClicks(editor, question)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        self.wait("the answer runs", lambda: self.window.conversation.runs.any)
        self.wait("some of it is there", lambda: self.answer_text() or not self.window.conversation.runs.any)
        first_text = time.monotonic() - asked
        self.picture(f"{name}-streaming")
        self.wait("the answer is there", lambda: not self.window.conversation.runs.any)
        self.pump(0.3)
        self.picture(name)
        message = self.application.messages(self.chat_id())[-1]
        self.seen[name] = {
            "text": message.text,
            "state": message.state,
            "abstained": bool(message.answer and message.answer.abstained),
            "sources": [source.document for source in message.answer.sources] if message.answer else [],
            "sentences": [item.state for item in message.answer.sentences] if message.answer else [],
            "first_text_seconds": round(first_text, 2),
            "tokens": asdict(message.answer.tokens) if message.answer else {},
            "seconds": round(time.monotonic() - asked, 2),
        }

    def open_source(self) -> None:
        """The first source is opened in its document, and left again."""
        self.window.chat.set_sources_open(True)
        self.pump(0.3)
        self.picture("sources")
        self.seen["sources_open"] = self.window.chat.sources_open
        viewer = self.window.viewing.viewer
        asked = time.monotonic()
        self.window.chat.sources.open(0)
        longest = self.wait("the page is drawn", lambda: viewer._picture(viewer.number or 1), 60)
        self.seen["viewer"] = {
            "page": viewer.number,
            "lit": len(viewer._marks_of(viewer.number or 1).lit),
            "seconds": round(time.monotonic() - asked, 2),
            "longest_pause_ms": round(longest * 1000),
        }
        self.pump(0.3)
        self.picture("viewer")
        self.window._escape()

    def kill_the_model(self) -> None:
        """The model process dies in the middle of an answer; the window says so and goes on."""
        self.window.new_chat()
        self.pump(0.1)
        editor = self.window.focusWidget()  # a bare X server gives no window the focus
        QTest.keyClicks(editor, QUESTION)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        self.wait("the answer runs", lambda: self.window.conversation.runs.any)
        self.wait("the model works", lambda: self.answer_text() or not self.window.conversation.runs.any)
        process = self.application.model_process_id()
        if process:
            os.kill(process, signal.SIGKILL)
        self.wait("the loss is noticed", lambda: not self.window.conversation.runs.any)
        self.pump(0.4)
        self.picture("crash")
        message = self.application.messages(self.chat_id())[-1]
        self.seen["crash"] = {"state": message.state, "reason": message.reason}

    def measure(self) -> None:
        status = self.application.status()
        app, model = resident_bytes(), resident_bytes(self.application.model_process_id())
        reader = status.memory_bytes - app - model
        self.seen["memory_mb"] = {"app": app >> 20, "model": model >> 20, "reader": reader >> 20}
        self.seen["connections"] = status.connections

    # Tools

    def chat_id(self) -> int:
        chat_id = self.window.conversation.chat_id
        assert chat_id is not None
        return chat_id

    def answer_text(self) -> str:
        if self.window.conversation.chat_id is None:
            return ""
        messages = self.application.messages(self.chat_id())
        return messages[-1].text if messages and messages[-1].role == "assistant" else ""

    def drop(self, paths: list[Path]) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        buttons, keys, copy = (
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.DropAction.CopyAction,
        )
        where = QPoint(600, 400)
        self.qt.sendEvent(self.window, QDragEnterEvent(where, copy, data, buttons, keys))
        self.pump(0.1)
        self.picture("drop")
        self.qt.sendEvent(self.window, QDropEvent(QPointF(where), copy, data, buttons, keys))

    def pump(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.qt.processEvents()
            time.sleep(0.005)

    def wait(self, what: str, true: Callable[[], object], timeout_s: float = 180) -> float:
        """Run the window until something is true; gives the longest time one turn of its loop took."""
        end, longest = time.monotonic() + timeout_s, 0.0
        while not true():
            if time.monotonic() > end:
                self.picture("gave-up")
                raise TimeoutError(f"waited {timeout_s:.0f} s until {what}")
            began = own_time()
            self.qt.processEvents()
            longest = max(longest, own_time() - began)
            time.sleep(0.005)
        return longest

    def picture(self, name: str) -> None:
        if self.pictures is None:
            return
        self.pictures.mkdir(parents=True, exist_ok=True)
        for appearance in ("dark", "light"):
            self.theme.set_appearance(appearance)
            self.pump(0.05)
            self.window.grab().save(str(self.pictures / f"{name}-{appearance}.png"))

    def close(self) -> None:
        self.window.lanes.cancel_all()
        self.application.close()
        self.window.lanes.close(2.0)
        self.window.close()
        if self.door is not None:
            self.door.close()


def main_of(walk_class: type[Walk], words: str | None) -> int:
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("profile")
    parser.add_argument("--model")
    parser.add_argument("--pictures")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--short", action="store_true")
    walk = walk_class(parser.parse_args())
    try:
        sys.stdout.write(json.dumps(walk.run(), indent=2) + "\n")
    finally:
        walk.close()
    return 0


if __name__ == "__main__":
    sys.exit(main_of(Walk, __doc__))
