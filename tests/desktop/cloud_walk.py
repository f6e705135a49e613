"""A hard question in the real app in a real window: key, preview, courier, receipt, privacy, usage, a run.

    xvfb-run -s "-screen 0 1400x900x24" python -m tests.desktop.cloud_walk PROFILE
        [--model ID] [--size 900x600] [--pictures DIR] [--short]

As `walk.py`, whose steps up to the documents come after the first. Everything is pressed and typed as a
person would, and nothing is pressed that is not on the screen. The provider is one on the loopback
(`walk_provider.py`). Prints one JSON document with what was seen. `--short` leaves out the run
(`test_cloud_walk.py`).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from desktop.chat.cloud_answer import CloudAnswer
from desktop.settings_screen.page import SettingsPage
from desktop.theme.switch import Switch
from tests.desktop.walk import Walk, main_of
from tests.desktop.walk_provider import KEY, WalkProvider, provider

QUESTION = "Whom must I write to, and by when, to end the Brightwave agreement at the end of 2026?"
SECOND = "Summarise what the staff handbook says about working from home, in detail."
THIRD = "Which of our agreements is the riskiest?"
RECIPE = "support-triage"


class CloudWalk(Walk):
    def __init__(self, arguments: argparse.Namespace) -> None:
        self._server = provider()
        self.provider: WalkProvider = self._server.__enter__()  # before the process goes offline
        super().__init__(arguments)

    def run(self) -> dict[str, Any]:
        self.open()
        self.find_cloud()
        self.add_provider()
        self.give_key()
        self.go_online()
        self.test_key()
        self.choose_model()
        self.go_offline_again()
        self.add_documents()
        self.ask_locally("local", QUESTION)
        self.preview()
        self.send()
        self.receipt()
        self.privacy()
        self.go_offline_while_it_answers()
        self.usage()
        if not self.is_short:
            self.escalate()
        self.automatic()
        self.measure()
        return self.seen

    # Settings, Cloud

    def find_cloud(self) -> None:
        """From the strip's money to nothing sent; from Settings to Cloud."""
        self.window.show_place("usage")
        self.pump(0.4)
        self.picture("usage-empty")
        self.window.show_place("settings")
        self.pump(0.2)
        self.picture("settings")
        self.press(self.page(SettingsPage), "Open providers and keys")
        self.wait("the keyring was asked", lambda: not self.window.lanes.errands.is_busy)
        self.pump(0.2)
        assert self.window.place == "cloud"
        assert "Carrel is offline" in self.texts(self.cloud.way_out)
        self.picture("cloud")

    def add_provider(self) -> None:
        providers = self.cloud.providers
        self.press(providers, "Add a server of your own…")
        self.pump(0.2)
        part = providers._new
        self.type(part.name, self.provider.name)
        self.type(part.address, self.provider.address)
        if not part._needs_key.isChecked():
            self.press(part, "It asks for a key")
        self.pump(0.2)
        self.picture("cloud-new")
        self.press(part, "Save the address")
        self.wait("it is in the list", lambda: self.provider_id() in providers._entries)
        self.pump(0.3)
        assert providers.entry(self.provider_id()).is_open
        self.picture("cloud-added")

    def give_key(self) -> None:
        key = self.cloud.providers.entry(self.provider_id()).panel.key
        self.type(key.field, KEY)
        self.pump(0.1)
        self.picture("cloud-key")
        self.press(key, "Use for this session only")
        self.wait("it is kept", lambda: "Kept" in key.said)
        assert len(key.field) == 0
        self.pump(0.2)
        self.picture("cloud-kept")

    def go_online(self) -> None:
        self.press(self.cloud.way_out, "Go online")
        self.wait("Carrel is online", lambda: "Carrel is online" in self.texts(self.cloud.way_out))
        self.pump(0.2)
        self.picture("cloud-online")

    def test_key(self) -> None:
        key = self.cloud.providers.entry(self.provider_id()).panel.key
        began = time.monotonic()
        self.press(key, "Test")
        self.wait("it was tested", lambda: key.said.startswith("Works"), 30)
        self.seen["test_key"] = {"said": key.said, "seconds": round(time.monotonic() - began, 2)}
        self.pump(0.2)
        self.picture("cloud-tested")

    def choose_model(self) -> None:
        panel = self.cloud.providers.entry(self.provider_id()).panel
        self.press(panel, "Use for hard questions")
        self.wait("it is chosen", lambda: self.application.cloud.policy().provider == self.provider_id())
        self.pump(0.3)
        self.picture("cloud-chosen")
        slider = self.cloud.allowed.threshold.slider
        slider.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(slider, Qt.Key.Key_End)
        self.pump(0.3)
        self.show_widget(self.cloud._area, self.cloud.allowed)
        self.picture("cloud-allowed")
        assert self.application.cloud.policy().threshold == 1.0

    def go_offline_again(self) -> None:
        self.press(self.cloud.way_out, "Go offline")
        self.wait("Carrel is offline", lambda: not self.application.cloud.online())
        self.pump(0.2)

    # A question

    def ask_locally(self, name: str, question: str) -> None:
        """The local answer comes first; then it is offered to ask the provider."""
        self.ask(name, question)
        view = self.window.chat.transcript.last_answer
        assert view is not None
        chat_id = self.chat_id()
        route = self.application.cloud.route(chat_id)
        self.seen[name]["confidence"] = round(route.confidence or 0.0, 3)
        self.seen[name]["offer"] = view.offer.words if view.offer.isVisible() else ""
        assert view.offer.isVisible(), self.seen[name]
        assert "hard" in view.offer.words

    def preview(self) -> None:
        """What would be sent; a mask is switched, and a passage stays here."""
        view = self.window.chat.transcript.last_answer
        assert view is not None
        sheet = self.window.outside.asking.sheet
        began = time.monotonic()
        self.press(view.offer, "See what would be sent")
        self.wait("the sheet is there", sheet.isVisible)
        appeared = time.monotonic() - began
        self.picture("preview-waiting")
        longest = self.wait(
            "the draft is there", lambda: self.window.outside.asking.preview.draft is not None, 60
        )
        self.seen["preview"] = {
            "sheet_ms": round(appeared * 1000),
            "draft_ms": round((time.monotonic() - began) * 1000),
            "longest_pause_ms": round(longest * 1000),
        }
        self.pump(0.3)
        draft = self.window.outside.asking.preview.draft
        assert draft is not None
        self.seen["preview"]["masks"] = [(mask.kind, mask.original) for mask in draft.masks]
        self.seen["preview"]["unsought"] = draft.unsought
        self.picture("preview")
        sheet.choose_view("Raw request")
        self.pump(0.2)
        self.picture("preview-raw")
        sheet.choose_view("Messages")
        self.switch_mask()
        self.leave_a_passage_out()

    def switch_mask(self) -> None:
        sheet, preview = self.window.outside.asking.sheet, self.window.outside.asking.preview
        if not sheet.masks.switches:
            return
        self.press_widget(sheet.masks.switches[0])
        self.pump(0.2)
        draft = preview.draft
        assert draft is not None
        let_through = [mask for mask in draft.masks if not mask.on]
        assert let_through and let_through[0].original in "".join(message.text for message in draft.sent)
        self.picture("preview-unmasked")
        self.press_widget(sheet.masks.switches[0])
        self.pump(0.1)

    def leave_a_passage_out(self) -> None:
        sheet, preview = self.window.outside.asking.sheet, self.window.outside.asking.preview
        before = preview.draft
        assert before is not None
        number, switch = list(sheet.passages.switches.items())[-1]
        began = time.monotonic()
        self.press_widget(switch)
        self.wait("it is drafted anew", lambda: preview.draft is not None and preview.draft is not before)
        self.seen["preview"]["anew_ms"] = round((time.monotonic() - began) * 1000)
        after = preview.draft
        assert after is not None
        assert number not in after.passages
        assert len(after.request.body) < len(before.request.body)
        self.pump(0.2)
        self.picture("preview-passage")

    def send(self) -> None:
        """Online by the press on the button, and the answer comes below this computer's own."""
        sheet = self.window.outside.asking.sheet
        draft = self.window.outside.asking.preview.draft
        assert draft is not None
        self.sent = draft.request.body
        began = time.monotonic()
        self.press(sheet, "Go online and send")
        assert not sheet.isVisible()
        self.wait("it runs", lambda: self.window.conversation.runs.any)
        self.wait("a word is there", lambda: self.cloud_text() or not self.window.conversation.runs.any)
        self.seen["cloud"] = {"first_word_ms": round((time.monotonic() - began) * 1000)}
        self.pump(0.3)
        self.picture("cloud-answer-streaming")
        self.wait("it is there", lambda: not self.window.conversation.runs.any)
        self.pump(0.3)
        self.picture("cloud-answer")
        message = self.application.messages(self.chat_id())[-1]
        self.seen["cloud"] |= {
            "header": self.cloud_answer().header,
            "text": message.text,
            "tier": message.tier,
            "state": message.state,
            "reason": message.reason,
            "sentences": [item.state for item in message.answer.sentences] if message.answer else [],
            "seconds": round(time.monotonic() - began, 2),
        }

    def receipt(self) -> None:
        self.press(self.cloud_answer(), "Receipt")
        self.pump(0.2)
        sheet = self.window.outside.asking.receipt
        assert sheet.isVisible()
        self.picture("receipt")
        receipt = self.application.cloud.receipt(self.application.messages(self.chat_id())[-1].id)
        assert receipt is not None
        self.seen["receipt"] = {"same_bytes": receipt.request == self.sent}
        self.press(sheet, "Close the receipt")

    # Privacy and usage

    def privacy(self) -> None:
        self.window.show_place("privacy")
        self.pump(0.3)
        page = self.window.outside.privacy.page
        said = self.texts(page)
        assert "Carrel is online" in said
        self.seen["privacy"] = {"connections": said}
        self.picture("privacy-online")
        self.press(page, "Try to get out")
        self.pump(0.05)
        self.picture("privacy-trying")
        button = page.proofs._button
        longest = self.wait("it was tried", button.isEnabled, 60)
        self.pump(0.3)
        self.picture("privacy-proved")
        self.seen["privacy"] |= {
            "proved": page.proofs._words.text(),
            "longest_pause_ms": round(longest * 1000),
        }

    def go_offline_while_it_answers(self) -> None:
        """The courier is killed in the middle; what had come is kept, and the local answer stands."""
        self.ask_locally("second", SECOND)
        view = self.window.chat.transcript.last_answer
        assert view is not None
        self.press(view.offer, "See what would be sent")
        self.wait("the draft is there", lambda: self.window.outside.asking.preview.draft is not None, 60)
        self.pump(0.2)
        self.press(self.window.outside.asking.sheet, "Send")
        self.wait("a word is there", lambda: self.cloud_text() or not self.window.conversation.runs.any)
        chat_id = self.chat_id()
        self.window.show_place("privacy")
        self.pump(0.05)
        began = time.monotonic()
        self.press(self.window.outside.privacy.page, "Go offline")
        self.wait("it has ended", lambda: not self.window.conversation.runs.any, 20)
        stopped = time.monotonic() - began
        self.pump(0.3)
        self.picture("privacy-offline")
        self.window.show_place("chat")
        self.pump(0.2)
        self.picture("offline-in-the-middle")
        _, local, *asked = self.application.messages(chat_id)
        self.seen["offline"] = {
            "seconds": round(stopped, 2),
            "local": local.state,
            "state": asked[-1].state,
            "reason": asked[-1].reason,
            "kept": asked[-1].text,
        }

    def usage(self) -> None:
        began = time.monotonic()
        self.window.show_place("usage")
        self.qt.processEvents()
        self.seen["usage"] = {"shown_ms": round((time.monotonic() - began) * 1000)}
        self.pump(0.4)
        self.picture("usage")
        page = self.window.outside.usage.page
        said = self.texts(page)
        assert self.provider.name in said, said
        self.show_widget(self.scroll_of(page), page.calls)
        self.picture("usage-calls")
        receipts = [made for made in self.buttons(page.calls) if "eceipt" in self.name_of(made)]
        if receipts:
            self.press_widget(receipts[0])
            self.pump(0.3)
            self.picture("usage-receipt")
            self.window._escape()
            self.pump(0.1)

    # A run

    def escalate(self) -> None:
        page = self.window.tasks.page
        self.window.show_place("tasks")
        ready = next(one for one in self.application.tasks.gallery() if one.key == RECIPE)
        page.try_ready(ready)
        self.wait("the trial has ended", lambda: not self.window.lanes.answers.is_busy, 240)
        assert page.editor.save()
        recipe_id = page.editor.recipe_id
        assert recipe_id is not None
        page.set_up(recipe_id)
        page.setup.choose_paths([Path(ready.sample)])
        self.wait("the table is looked at", lambda: page.setup.can_start)
        page.setup.start()
        self.wait("a run is there", lambda: bool(self.application.tasks.runs(recipe_id)))
        self.wait("it has ended", lambda: not self.window.tasks.desk.running.all, 400)
        self.pump(0.6)
        self.picture("run")
        view = page.run_place.view
        run = view.run
        assert run is not None
        self.seen["run"] = {"review": run.counts.review, "cells": self.application.tasks.cells_to_ask(run.id)}
        if not run.counts.review:
            return
        self.press(view._facts, "Ask ", beginning=True)
        self.wait("the plan is there", self.window.sheet.isVisible)
        self.pump(0.3)
        self.picture("run-plan")
        if not self.application.cloud.online():
            self.seen["run"]["plan"] = self.texts(self.window.sheet)
        before = time.monotonic()
        verb = "Ask" if self.application.cloud.online() else "Go online and ask"
        self.press(self.window.sheet, f"{verb} {self.provider.name}")
        self.pump(0.5)
        self.picture("run-asking")
        self.wait("it was asked", lambda: not self.window.tasks.desk.asking.all, 400)
        self.pump(0.5)
        self.picture("run-asked")
        after = self.application.tasks.run(run.id)
        assert after.counts.cloud, f"nobody answered: {after.asks_reason}"
        self.seen["run"] |= {
            "asked_seconds": round(time.monotonic() - before, 1),
            "review_after": after.counts.review,
            "cloud": after.counts.cloud,
            "reason": after.asks_reason,
        }
        view.table.setFocus(Qt.FocusReason.OtherFocusReason)
        QTest.keyClick(view.table, Qt.Key.Key_Space)
        self.pump(0.4)
        self.picture("run-details")

    # By itself

    def automatic(self) -> None:
        self.window.show_place("cloud")
        self.pump(0.3)
        option = self.cloud.allowed.modes.option("automatic")
        self.show_widget(self.cloud._area, option)
        self.press_widget(option)
        self.pump(0.2)
        assert self.application.cloud.policy().mode == "automatic"
        if not self.application.cloud.online():
            self.press(self.cloud.way_out, "Go online")
            self.wait("Carrel is online", self.application.cloud.online)
        self.pump(0.2)
        self.show_widget(self.cloud._area, option)
        self.picture("cloud-automatic")
        self.ask("automatic", THIRD)
        messages = self.application.messages(self.chat_id())
        self.seen["automatic"] |= {
            "tiers": [message.tier for message in messages],
            "reason": messages[-1].reason,
        }
        self.picture("automatic-answer")
        self.window.show_place("privacy")
        self.pump(0.2)
        self.press(self.window.outside.privacy.page, "Go offline")
        self.wait("Carrel is offline", lambda: not self.application.cloud.online())
        self.pump(0.3)
        self.picture("privacy-end")

    # Tools

    @property
    def cloud(self) -> Any:
        return self.window.outside.cloud.page

    def page(self, kind: type[QWidget]) -> QWidget:
        return next(page for page in self.window._pages.values() if isinstance(page, kind))

    def provider_id(self) -> str:
        rows = self.application.cloud.providers()
        found = [row.provider.id for row in rows if row.provider.base_url == self.provider.address]
        return found[0] if found else ""

    def cloud_answer(self) -> CloudAnswer:
        return self.window.chat.transcript.cloud_answers[-1]

    def cloud_text(self) -> str:
        answers = self.window.chat.transcript.cloud_answers
        return answers[-1].text if answers else ""

    @staticmethod
    def name_of(made: QAbstractButton) -> str:
        return made.accessibleName() or made.text().replace("&", "")

    @staticmethod
    def buttons(part: QWidget) -> list[QAbstractButton]:
        return [made for made in part.findChildren(QAbstractButton) if made.isVisible()]

    def press(self, part: QWidget, words: str, *, beginning: bool = False) -> None:
        """A button that is there, by what is written on it or what a screen reader says."""

        def says(made: QAbstractButton) -> bool:
            said = (made.text().replace("&", ""), made.accessibleName())
            return any(one.startswith(words) if beginning else one == words for one in said)

        found = [made for made in self.buttons(part) if says(made)]
        assert found, (words, [self.name_of(made) for made in self.buttons(part)])
        self.press_widget(found[0])

    def press_widget(self, made: QWidget) -> None:
        assert made.isVisible() and made.isEnabled(), made.accessibleName()
        where = made.rect().center()
        if isinstance(made, Switch):
            where.setX(12)
        QTest.mouseClick(made, Qt.MouseButton.LeftButton, pos=where)

    def type(self, field: QWidget, text: str) -> None:
        assert field.isVisible()
        field.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClicks(field, text)

    @staticmethod
    def texts(part: QWidget) -> str:
        """All that is written on it."""
        said = [made.text() for made in part.findChildren(QLabel) if made.isVisible()]
        return "\n".join(one.replace("\u200b", "") for one in said if one)

    def scroll_of(self, page: QWidget) -> Any:
        from PySide6.QtWidgets import QScrollArea

        return page.findChild(QScrollArea)

    def show_widget(self, area: Any, part: QWidget) -> None:
        area.ensureWidgetVisible(part, 0, 24)
        self.pump(0.1)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._server.__exit__(None, None, None)


if __name__ == "__main__":
    sys.exit(main_of(CloudWalk, __doc__))
