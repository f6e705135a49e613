"""Settings, Cloud: the way out, keys and what becomes of them, what is allowed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.cloud_settings import words
from desktop.cloud_settings.desk import CloudDesk
from desktop.cloud_settings.key_part import KeyPart
from desktop.lanes import Lane
from desktop.theme.focus import reading_order
from desktop.window.ports import KeyTested, ProviderRow
from engine.errors import (
    CreditExhausted,
    KeyRefused,
    KeyringLocked,
    KeyringMissing,
    Offline,
    ProviderInvalid,
    RateLimited,
)
from engine.frontier.values import Provider
from engine.routing.values import ThresholdEffect, ThresholdEffects
from tests.desktop.cloud_settings.conftest import Open
from tests.fakes.cloud import ANTHROPIC, OPENAI, FakeCloud
from tests.fakes.scripts import Gate

KEY = "sk-proj-abcdefghijklmnopqrstuvw3Xy"


def press(root: QWidget, name: str) -> None:
    found = [b for b in root.findChildren(QAbstractButton) if b.accessibleName() == name and b.isVisible()]
    assert found, f"no button “{name}”"
    found[0].click()


def key_of(desk: CloudDesk, provider_id: str) -> KeyPart:
    return desk.page.providers.entry(provider_id).panel.key


def idle(qtbot: QtBot, desk: CloudDesk) -> None:
    qtbot.waitUntil(lambda: not desk._lane.is_busy)


def put_key(qtbot: QtBot, desk: CloudDesk, provider_id: str, button: str) -> None:
    desk.page.open_provider(provider_id)
    QTest.keyClicks(key_of(desk, provider_id).field, KEY)
    press(key_of(desk, provider_id), button)
    idle(qtbot, desk)


# The way out


def test_the_way_out_is_opened_and_closed(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud(is_online=False)
    desk = open_page(cloud)
    texts = [each.text() for each in desk.page.way_out.findChildren(QLabel)]
    assert "Carrel is offline" in texts and "Nothing can leave this computer." in texts
    with qtbot.waitSignal(desk.changed):
        press(desk.page, "Go online")
    assert cloud.is_online
    with qtbot.waitSignal(desk.changed):
        press(desk.page, "Go offline")
    assert cloud.called("set_online") == [True, False]


# Keys


def test_a_key_is_kept_then_tested(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    cloud.tests = [[KeyTested(tuple(f"gpt-{n}" for n in range(43)), 0.41)]]
    desk = open_page(cloud)
    put_key(qtbot, desk, "openai", "Keep in the system's keyring")
    qtbot.waitUntil(lambda: key_of(desk, "openai").said == "Works: 43 models to choose from.")
    assert cloud.called("set_key") == [("openai", len(KEY), False)]
    assert len(key_of(desk, "openai").field) == 0
    assert "gpt-42" in desk.page.providers.entry("openai").panel.model._names


@pytest.mark.parametrize(
    ("models", "seconds", "said"),
    [
        (("a", "b"), 0.02, "Works: 2 models to choose from."),
        (("a",), 4.2, "Works: 1 model to choose from. It took 4 s to answer."),
        ((), 0.4, "Works."),
    ],
)
def test_a_test_is_told_as_a_person_would(models: tuple[str, ...], seconds: float, said: str) -> None:
    assert words.tested(KeyTested(models, seconds)) == said


def test_offline_a_key_is_kept_and_not_tested(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud(is_online=False)
    desk = open_page(cloud)
    put_key(qtbot, desk, "openai", "Keep in the system's keyring")
    assert "Go online" in key_of(desk, "openai").said
    assert cloud.called("test_key") == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyRefused("OpenAI"), "does not accept the key"),
        (CreditExhausted("OpenAI"), "no credit left"),
        (RateLimited("OpenAI", "", 20.0), "asks to wait 20 s"),
        (Offline("api.openai.com"), "offline"),
    ],
)
def test_each_way_to_fail_has_its_own_sentence(
    qtbot: QtBot, open_page: Open, error: Exception, words: str
) -> None:
    cloud = FakeCloud()
    cloud.rows = [ProviderRow(OPENAI, "keyring")]
    cloud.tests = [[error]]
    desk = open_page(cloud)
    desk.page.open_provider("openai")
    press(key_of(desk, "openai"), "Test")
    qtbot.waitUntil(lambda: words in key_of(desk, "openai").said)
    assert key_of(desk, "openai")._test.isEnabled()


def test_a_bug_is_shown_as_one(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    cloud.rows = [ProviderRow(OPENAI, "keyring")]
    cloud.tests = [[RuntimeError("boom")]]
    desk = open_page(cloud)
    desk.page.open_provider("openai")
    with qtbot.waitSignal(desk.failed):
        press(key_of(desk, "openai"), "Test")


def test_while_a_key_is_tested_it_says_so(qtbot: QtBot, open_page: Open) -> None:
    gate = Gate()
    cloud = FakeCloud()
    cloud.rows = [ProviderRow(OPENAI, "keyring")]
    cloud.tests = [[gate, KeyTested(("gpt-5",), 1.0)]]
    desk = open_page(cloud)
    desk.page.open_provider("openai")
    press(key_of(desk, "openai"), "Test")
    assert key_of(desk, "openai").said == "Asking OpenAI…"
    assert not key_of(desk, "openai")._test.isEnabled()
    gate.open()
    qtbot.waitUntil(lambda: key_of(desk, "openai").said.startswith("Works: 1 model to choose"))


def test_without_a_keyring_a_key_is_for_the_session(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud(keyring_name="", is_online=False)
    desk = open_page(cloud)
    desk.page.open_provider("openai")
    assert key_of(desk, "openai")._no_keyring.isVisible()
    put_key(qtbot, desk, "openai", "Use for this session only")
    assert cloud.called("set_key") == [("openai", len(KEY), True)]


@pytest.mark.parametrize("error", [KeyringMissing(), KeyringLocked("Secret Service", "dismissed")])
def test_a_keyring_that_refuses_is_told_and_the_key_wiped(
    qtbot: QtBot, open_page: Open, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    cloud = FakeCloud()
    given: list[object] = []

    def refuse(provider_id: str, key: object, *, session: bool = False) -> None:
        given.append(key)
        raise error

    monkeypatch.setattr(cloud, "set_key", refuse)
    desk = open_page(cloud)
    put_key(qtbot, desk, "openai", "Keep in the system's keyring")
    qtbot.waitUntil(lambda: "keyring" in key_of(desk, "openai").said.casefold())
    assert [len(key) for key in given] == [0]  # type: ignore[arg-type]


def test_a_key_is_removed_after_a_question(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    desk.page.open_provider("anthropic")
    press(key_of(desk, "anthropic"), "Remove")
    assert cloud.called("remove_key") == []
    with qtbot.waitSignal(desk.changed):
        press(desk._sheet, "Remove key")
    assert cloud.called("remove_key") == ["anthropic"]


def test_a_key_that_is_half_written_is_wiped_by_leaving(qtbot: QtBot, open_page: Open) -> None:
    desk = open_page(FakeCloud())
    desk.page.open_provider("openai")
    field = key_of(desk, "openai").field
    QTest.keyClicks(field, KEY)
    desk.page.providers.open("")
    assert not any(field._key)
    QTest.keyClicks(field, KEY)
    desk.page.hide()
    assert not any(field._key)


def test_replacing_keeps_the_old_key_until_there_is_a_new_one(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    desk.page.open_provider("anthropic")
    key = key_of(desk, "anthropic")
    press(key, "Replace…")
    assert key.field.isVisible() and not key._test.isVisible()
    press(key, "Cancel")
    assert key._test.isVisible()
    assert cloud.called("set_key") == []


# Providers and models


def test_hard_questions_go_where_the_person_says(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    cloud.rows = [ProviderRow(ANTHROPIC, "keyring", used=True), ProviderRow(OPENAI, "keyring")]
    desk = open_page(cloud)
    desk.page.open_provider("openai")
    panel = desk.page.providers.entry("openai").panel
    panel.model.line.setText("gpt-5-mini")
    press(panel, "Use for hard questions")
    assert (cloud.now_policy.provider, cloud.now_policy.model) == ("openai", "gpt-5-mini")


def test_another_model_of_the_one_that_is_used_counts_at_once(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    desk.page.open_provider("anthropic")
    line = desk.page.providers.entry("anthropic").panel.model.line
    line.setText("claude-haiku-4-5")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert cloud.now_policy.model == "claude-haiku-4-5"


def test_a_provider_without_a_key_is_not_used(qtbot: QtBot, open_page: Open) -> None:
    desk = open_page(FakeCloud())
    desk.page.open_provider("openai")
    assert not desk.page.providers.entry("openai").panel._use.isEnabled()


def test_a_server_of_ones_own_is_added(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    press(desk.page, "Add a server of your own…")
    new = desk.page.providers._new
    new.name.setText("Büro & Co")
    new.address.setText("http://192.168.1.20:8000/v1/")
    new._needs_key.click()
    press(new, "Save the address")
    idle(qtbot, desk)
    assert cloud.called("save_provider") == [
        Provider("b-ro-co", "Büro & Co", "openai", "http://192.168.1.20:8000/v1", needs_key=False, local=True)
    ]
    qtbot.waitUntil(lambda: desk.page.providers.entry("b-ro-co").is_open)


def in_sight(part: QWidget, area: QScrollArea) -> bool:
    return area.viewport().rect().contains(part.rect().translated(part.mapTo(area.viewport(), QPoint(0, 0))))


@pytest.mark.parametrize("needs_key", [True, False])
def test_after_a_server_is_saved_its_key_is_next_or_a_test(
    qtbot: QtBot, open_page: Open, needs_key: bool
) -> None:
    desk = open_page(FakeCloud())
    desk.page.window().resize(720, 560)
    press(desk.page, "Add a server of your own…")
    new = desk.page.providers._new
    new.name.setText("Office")
    new.address.setText("https://office.example/v1")
    if not needs_key:
        new._needs_key.click()
    press(new, "Save the address")
    idle(qtbot, desk)
    key, area = key_of(desk, "office"), desk.page.findChild(QScrollArea)
    next_step, other = (key.field, key._test) if needs_key else (key._test, key.field)
    qtbot.waitUntil(lambda: next_step.isVisible() and next_step.hasFocus())
    qtbot.waitUntil(lambda: in_sight(key, area))
    assert not other.isVisible()


def test_a_server_that_asks_for_no_key_may_be_given_one(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    desk.page.open_provider("ollama")
    key = key_of(desk, "ollama")
    assert not key.field.isVisible() and key._test.isVisible()
    press(key, "Add a key…")
    QTest.keyClicks(key.field, KEY)
    press(key, "Keep in the system's keyring")
    idle(qtbot, desk)
    assert cloud.called("set_key") == [("ollama", len(KEY), False)]


def test_a_second_server_of_the_same_name_is_another(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    for port in (8000, 8001):
        press(desk.page, "Add a server of your own…")
        desk.page.providers._new.name.setText("Office")
        desk.page.providers._new.address.setText(f"http://192.168.1.20:{port}/v1")
        press(desk.page.providers._new, "Save the address")
        idle(qtbot, desk)
    assert [provider.id for provider in cloud.called("save_provider")] == ["office", "office-2"]


def test_a_built_in_server_may_stand_at_another_port(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    desk.page.open_provider("ollama")
    desk.page.providers.entry("ollama").panel.address.address.setText("http://127.0.0.1:9999/v1")
    press(desk.page.providers.entry("ollama").panel, "Save the address")
    idle(qtbot, desk)
    assert [provider.base_url for provider in cloud.called("save_provider")] == ["http://127.0.0.1:9999/v1"]
    desk.page.open_provider("anthropic")
    assert not desk.page.providers.entry("anthropic").panel.address.isVisible(), "a key goes to one host"


def test_before_the_keyring_has_answered_nobody_is_told_that_there_is_none(
    qtbot: QtBot, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    cloud = FakeCloud(keyring_name="", rows=[ProviderRow(OPENAI)])
    monkeypatch.setattr(cloud, "look_for_keys", lambda: gate.wait(lambda: False))
    monkeypatch.setattr(Lane, "is_busy", False)
    desk = open_page(cloud)
    desk.page.open_provider("openai")
    assert not key_of(desk, "openai")._no_keyring.isVisible()
    gate.open()
    qtbot.waitUntil(key_of(desk, "openai")._no_keyring.isVisible)


def test_an_address_that_cannot_be_is_told_where_it_was_written(
    qtbot: QtBot, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = FakeCloud()

    def refuse(_: Provider) -> None:
        raise ProviderInvalid("“nowhere” is no address")

    monkeypatch.setattr(cloud, "save_provider", refuse)
    desk = open_page(cloud)
    press(desk.page, "Add a server of your own…")
    press(desk.page.providers._new, "Save the address")
    qtbot.waitUntil(lambda: "is no address" in desk.page.providers._new._wrong.text())


# What is allowed


def test_what_is_allowed_is_kept_at_once(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    allowed = desk.page.allowed
    allowed.modes.option("automatic").click()
    allowed.tasks.option("never").click()
    allowed.kind("PHONE").click()
    allowed.collection("Medical letters").click()
    policy = cloud.now_policy
    assert (policy.mode, policy.tasks) == ("automatic", "never")
    assert "PHONE" not in policy.masked and "IBAN" in policy.masked
    assert policy.kept_here == {"Medical letters"}


def test_the_slider_says_what_it_would_have_meant(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    cloud.effects = ThresholdEffects(
        tuple(ThresholdEffect(n / 20, 2 * n, 120, 33_000 * n, 0, 0) for n in range(21))
    )
    desk = open_page(cloud)
    threshold = desk.page.allowed.threshold
    threshold.slider.setValue(7)
    assert threshold.said == "14 of your last 120 answers would have gone, for about €0.21."
    assert cloud.now_policy.threshold == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("asked", "total", "amount", "wrong", "said"),
    [
        (3, 7, 1, (0, 0), "There are too few answers of yours to say what that means (7 so far)."),
        (0, 0, 0, (0, 0), "There are too few answers of yours to say what that means (none so far)."),
        (0, 90, 0, (0, 0), "None of your last 90 answers would have gone."),
        (4, 90, 0, (0, 0), "4 of your last 90 answers would have gone, for nothing."),
        (4, 90, None, (0, 0), "4 of your last 90 answers would have gone; what that costs is not known, for "
         "the model has no known price."),
        (4, 90, 900, (2, 3), "4 of your last 90 answers would have gone, for less than €0.001. Of 3 that you "
         "called wrong, 2 are among them."),
    ],
)  # fmt: skip
def test_the_slider_is_honest(
    qtbot: QtBot,
    open_page: Open,
    asked: int,
    total: int,
    amount: int | None,
    wrong: tuple[int, int],
    said: str,
) -> None:
    cloud = FakeCloud()
    cloud.effects = ThresholdEffects((ThresholdEffect(0.5, asked, total, amount, *wrong),))
    assert open_page(cloud).page.allowed.threshold.said == said


def test_a_collection_that_has_gone_stays_kept_here(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    cloud.now_policy = replace(cloud.now_policy, kept_here=frozenset({"Removed"}))
    desk = open_page(cloud)
    assert desk.page.allowed.collection("Removed").isChecked()


def test_a_proxy_is_kept(qtbot: QtBot, open_page: Open) -> None:
    cloud = FakeCloud()
    desk = open_page(cloud)
    press(desk.page, "Advanced: proxy and certificates")
    desk.page.advanced.proxy.setText(" http://proxy.example:8080 ")
    press(desk.page, "Save proxy and certificates")
    idle(qtbot, desk)
    assert cloud.now_proxy.url == "http://proxy.example:8080"


# For everybody


def test_everything_has_a_name_and_is_reached_by_tab_in_reading_order(qtbot: QtBot, open_page: Open) -> None:
    desk = open_page(FakeCloud())
    desk.page.open_provider("openai")
    desk.page.advanced.set_open(True)
    QApplication.processEvents()
    reached = list(reading_order(desk.page))
    controls = [
        each
        for kind in (QPushButton, QAbstractButton, QLineEdit, QSlider)
        for each in desk.page.findChildren(kind)
        if each.isVisible() and each.isEnabled()
    ]
    assert [each for each in controls if each not in reached] == []
    assert [each for each in reached if not each.accessibleName()] == []
    heights = [each.mapTo(desk.page, each.rect().center()).y() for each in reached]
    assert all(later > earlier - 40 for earlier, later in pairwise(heights))


def test_a_row_opens_by_key(qtbot: QtBot, open_page: Open) -> None:
    desk = open_page(FakeCloud())
    entry = desk.page.providers.entry("openai")
    QTest.keyClick(entry.head, Qt.Key.Key_Return)
    assert entry.is_open
    QTest.keyClick(entry.head, Qt.Key.Key_Space)
    assert not entry.is_open


def test_hostile_names_neither_widen_the_page_nor_are_taken_for_markup(qtbot: QtBot, open_page: Open) -> None:
    hostile = Provider(
        "bad", "<img src='file:///etc/passwd'>" + "W" * 200, "openai", f"https://{'x' * 200}.example/v1",
        (f"<b>{'M' * 300}</b>",), keys_page="y" * 300,
    )  # fmt: skip
    cloud = FakeCloud(rows=[ProviderRow(hostile, "keyring", used=True)])
    cloud.now_policy = replace(cloud.now_policy, provider="bad", model=hostile.models[0])
    cloud.tests = [[KeyRefused("Z" * 400, "V" * 400)]]
    desk = open_page(cloud)
    desk.page.open_provider("bad")
    press(key_of(desk, "bad"), "Test")
    qtbot.waitUntil(lambda: "ZZZ" in key_of(desk, "bad").said)
    press(key_of(desk, "bad"), "Replace…")
    area = desk.page.findChild(QScrollArea)
    assert area is not None
    assert area.widget().minimumSizeHint().width() <= 640 - 10
    assert {each.textFormat() for each in desk.page.findChildren(QLabel)} == {Qt.TextFormat.PlainText}
