"""States of Settings, Cloud, to be drawn (`preview.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QScrollArea

from desktop.cloud_settings.desk import CloudDesk
from desktop.window.ports import ProviderRow
from desktop.window.window import Window
from engine.errors import KeyRefused
from engine.frontier.values import Provider
from engine.routing.values import Policy, Rule, ThresholdEffect, ThresholdEffects
from tests.fakes.application import FakeApplication, FakeStatus, collection
from tests.fakes.cloud import ANTHROPIC, OLLAMA, OPENAI, FakeCloud
from tests.fakes.scripts import Gate

GOOGLE = Provider(
    "google", "Google", "google", "https://generativelanguage.googleapis.com", ("gemini-3-pro",),
    built_in=True, keys_page="aistudio.google.com",
)  # fmt: skip
MISTRAL = Provider(
    "mistral", "Mistral", "openai", "https://api.mistral.ai/v1", ("mistral-large",), built_in=True,
    keys_page="console.mistral.ai",
)  # fmt: skip
HOSTILE = Provider(
    "bad", "<img src='file:///etc/passwd'><b>Best\u202eprovider</b> " + "very " * 30 + "W" * 200, "openai",
    "https://" + "x" * 120 + ".example/v1", ("<b>model</b>" * 20,),
)  # fmt: skip
OWN = Provider(
    "office", "Office server", "openai", "http://192.168.1.20:8000/v1", ("qwen3-72b",), needs_key=False,
    local=True,
)  # fmt: skip
ROWS = [
    ProviderRow(ANTHROPIC, "keyring", used=True),
    ProviderRow(OPENAI),
    ProviderRow(GOOGLE),
    ProviderRow(MISTRAL, "keyring"),
    ProviderRow(OLLAMA),
    ProviderRow(OWN),
]
MODELS = tuple(f"claude-{name}-{n}" for name in ("opus", "sonnet", "haiku") for n in ("4-5", "4-1", "4"))


def offline(app: FakeApplication) -> None:
    app.library = [collection(name, 20) for name in ("Contracts", "Manuals", "Medical letters")]
    app.cloud = FakeCloud(is_online=False, rows=list(ROWS))
    app.cloud.now_policy = Policy(
        provider="anthropic", model="claude-sonnet-4-5", kept_here=frozenset({"Medical letters"})
    )
    app.cloud.effects = effects(120)


def effects(total: int) -> ThresholdEffects:
    return ThresholdEffects(tuple(effect(step, total) for step in range(21)))


def effect(step: int, total: int) -> ThresholdEffect:
    asked = total * step // 86
    return ThresholdEffect(step / 20, asked, total, asked * 24_000, min(5, step // 2), 7)


def online(app: FakeApplication) -> None:
    offline(app)
    app.cloud.is_online = True
    app.state = FakeStatus(connections=1, offline=False)
    app.cloud.now_policy = replace(app.cloud.now_policy, mode="automatic")


def refused(app: FakeApplication) -> None:
    online(app)
    app.cloud.tests = [[KeyRefused("Anthropic", "invalid x-api-key")]]


def testing(app: FakeApplication) -> None:
    online(app)
    app.cloud.tests = [[Gate()]]


def without_keyring(app: FakeApplication) -> None:
    offline(app)
    app.cloud.keyring_name = ""
    app.cloud.rows = [ProviderRow(ANTHROPIC, used=True), ProviderRow(OPENAI, "session"), *ROWS[2:3]]
    app.cloud.effects = effects(7)


def hostile(app: FakeApplication) -> None:
    online(app)
    app.cloud.rows = [ProviderRow(HOSTILE, "keyring", used=True)]
    app.cloud.now_policy = replace(app.cloud.now_policy, model="<b>model</b>" * 20)
    app.library = [collection("<img src='file:///etc/passwd'>" + "W" * 120, 3)]


def opened(window: Window) -> CloudDesk:
    window.show_place("cloud")
    return window.outside.cloud


def show(provider_id: str = "", *, test: bool = False, typed: bytes = b"") -> Callable[[Window], None]:
    def then(window: Window) -> None:
        desk = opened(window)
        if not provider_id:
            return
        desk.page.open_provider(provider_id)
        panel = desk.page.providers.entry(provider_id).panel
        if typed:
            panel.key.field._write(typed.decode())
            panel.key._reveal.setChecked(True)
        if test:
            panel.key.test_asked.emit()

    return then


def ruled(app: FakeApplication) -> None:
    online(app)
    rules = (Rule(longer_than=60), Rule(language="de"), Rule("documents", 40), Rule("x" * 300, 5, "<b>y</b>"))
    app.cloud.now_policy = replace(app.cloud.now_policy, rules=rules)


def new_rule(window: Window) -> None:
    desk = opened(window)
    rules = desk.page.allowed.rules
    rules.add.click()
    rules.new.what.choose("documents")
    rules.new.longer.setText("60")
    rules.new.language.choose("HIRAGANA")
    rules.new._give()
    area = desk.page.findChild(QScrollArea)
    assert area is not None
    QTimer.singleShot(100, rules.new, lambda: area.ensureWidgetVisible(rules.new, 0, 24))


def lower(part: str) -> Callable[[Window], None]:
    def then(window: Window) -> None:
        desk = opened(window)
        QApplication.processEvents()
        area = desk.page.findChild(QScrollArea)
        assert area is not None
        if part == "end":
            desk.page.advanced.set_open(True)
            QApplication.processEvents()
            QApplication.processEvents()
            area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        else:
            top = desk.page.allowed.mapTo(area.widget(), desk.page.allowed.rect().topLeft()).y()
            area.verticalScrollBar().setValue(top - 12)

    return then


def new(window: Window) -> None:
    desk = opened(window)
    desk.page.providers._add.click()
    QApplication.processEvents()
    area = desk.page.findChild(QScrollArea)
    assert area is not None
    area.ensureWidgetVisible(desk.page.providers._new, 0, 24)


STATES = {
    "cloud": (offline, show()),
    "cloud-key": (offline, show("openai", typed=b"sk-proj-" + b"x" * 80 + b"w3Xy")),
    "cloud-works": (online, show("anthropic", test=True)),
    "cloud-key-refused": (refused, show("anthropic", test=True)),
    "cloud-testing": (testing, show("anthropic", test=True)),
    "cloud-session": (without_keyring, show("anthropic")),
    "cloud-own": (online, show("office")),
    "cloud-new": (offline, new),
    "cloud-allowed": (online, lower("allowed")),
    "cloud-few": (without_keyring, lower("allowed")),
    "cloud-rules": (ruled, new_rule),
    "cloud-no-rules": (online, new_rule),
    "cloud-end": (offline, lower("end")),
    "cloud-hostile": (hostile, show("bad")),
}
