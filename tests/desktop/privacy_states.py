"""The Privacy place in its states, for tests/desktop/preview.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from desktop.network import Attempt
from desktop.window.window import Window
from tests.fakes.application import FakeApplication, FakeStatus
from tests.fakes.cloud import SENT_AT

BLOCKED = Attempt(SENT_AT - 300, "connect", "93.184.216.34", 443, "posthog.request:182", "", False)
LOOK_UP = replace(BLOCKED, action="look up", host="us.i.posthog.com", port=443)
CHILD = Attempt(SENT_AT - 200, "socket", "", None, "curl (4711)", "", False, process="curl")
SENT = Attempt(
    SENT_AT,
    "connect",
    "api.anthropic.com",
    443,
    "",
    "Question in “Notice periods”",
    True,
    "courier",
    6_214,
    2_480,
)
FETCHED = Attempt(
    SENT_AT - 86_400, "connect", "huggingface.co", 443, "", "Downloading Qwen 2.5 3B", True, "download",
    1_900, 1_930_000_000,
)  # fmt: skip


def offline(app: FakeApplication) -> None:
    app.cloud.is_online = False


def online(app: FakeApplication) -> None:
    app.cloud.is_online = True
    app.state = FakeStatus(connections=2, blocked=3, offline=False)
    app.cloud.earlier = 1
    app.cloud.attempted = [FETCHED, LOOK_UP, BLOCKED, CHILD, SENT, replace(SENT, when=SENT_AT + 40)]


def _open(window: Window) -> None:
    window.show_place("privacy")


def _prove(window: Window) -> None:
    window.show_place("privacy")
    window.outside.privacy.page.proofs.asked.emit()


STATES: dict[str, tuple[Callable[[FakeApplication], None], Callable[[Window], None]]] = {
    "privacy": (offline, _open),
    "privacy_online": (online, _open),
    "privacy_proved": (offline, _prove),
}
