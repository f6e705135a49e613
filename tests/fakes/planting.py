"""An app with the real page, field, store and keyring, into which a test plants a key and looks for it.

    python -m tests.fakes.planting PROFILE typed|pasted

Says on standard output what it has done, a line each, and goes on at a byte on standard input. A key that
is typed comes in over standard input, a character at a time.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from desktop.cloud_settings.desk import CloudDesk
from desktop.explain import explain
from desktop.keys.key_store import KeyStore
from desktop.keys.secret import Secret
from desktop.keys.system_keyring import Keyring
from desktop.lanes import Lane
from desktop.network import go_offline
from desktop.theme.fonts import load_fonts
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.window.ports import ProviderRow
from desktop.window.sheet import Sheet
from engine.frontier.values import Provider
from tests.fakes.cloud import FakeCloud

log = logging.getLogger(__name__)


class KeyedCloud(FakeCloud):
    """Scripted, but for the keys: those are kept as Carrel keeps them."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(is_online=False, rows=[ProviderRow(provider)])
        self.store = KeyStore(Keyring())
        self._account = provider.id, provider.authority
        self.store.look([self._account])

    def set_key(self, provider_id: str, key: Secret, *, session: bool = False) -> None:
        self.store.set(*self._account, key, session=session)

    def remove_key(self, provider_id: str) -> None:
        self.store.remove(*self._account)

    def providers(self) -> list[ProviderRow]:
        return [replace(row, key=self.store.place(*self._account)) for row in self.rows]


def say(done: str) -> None:
    os.write(1, f"{done}\n".encode())
    os.read(0, 1)


def settle(until: Callable[[], bool]) -> None:
    loop = QEventLoop()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if until() else None)
    timer.start(10)
    loop.exec()


def type_in(field: QWidget) -> None:
    """As the keyboard does, one key after the other."""
    while (character := os.read(0, 1)) != b"\n":
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character.decode())
            QCoreApplication.sendEvent(field, event)
        QApplication.processEvents()


def press(root: QWidget, name: str) -> None:
    next(b for b in root.findChildren(QAbstractButton) if b.accessibleName() == name).click()


def fail(profile: Path, field: Any) -> None:
    """A bug, while the key stands in the field: its traceback goes to the log, its details to be copied."""
    try:
        raise RuntimeError(f"a bug beside {field!r} and {Secret(bytearray(4))!r}")
    except RuntimeError as error:
        log.exception("an unexpected error")
        (profile / "crash.txt").write_text(explain(error).details, encoding="utf-8")
    with (profile / "logs" / "threads.txt").open("w") as file:
        faulthandler.dump_traceback(file)


def main(profile: Path, how: str, provider: Provider) -> None:
    go_offline()
    (profile / "logs").mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=profile / "logs" / "carrel.log", level=logging.DEBUG)
    qt = QApplication(["carrel"])
    load_fonts()
    theme = Theme(qt, "light")
    window = QWidget()
    lane = Lane("errands", window)
    sheet = Sheet(theme, window)
    cloud = KeyedCloud(provider)
    desk = CloudDesk(cloud, theme, lane, sheet, window, collections=list)
    window.setLayout(column(desk.page))
    window.resize(900, 700)
    window.show()
    desk.refresh()
    desk.page.open_provider(provider.id)
    settle(lambda: not lane.is_busy)
    key = desk.page.providers.entry(provider.id).panel.key
    say("shown")
    if how == "typed":
        type_in(key.field)
    else:
        press(key, "Paste the key")
    key._reveal.click()
    fail(profile, key.field)
    say(f"written {len(key.field)}")
    press(key, "Keep in the system's keyring")
    settle(lambda: not lane.is_busy and key._where.isVisible())
    for width in (901, 900):  # the window is drawn, as it is all the time
        other = QWidget()
        other.show()
        window.resize(width, 700)
        QApplication.processEvents()
        other.close()
        other.deleteLater()
        QApplication.processEvents()
    say("kept")
    press(key, "Remove")
    press(sheet, "Remove key")
    settle(lambda: not lane.is_busy and not key._where.isVisible())
    say("removed")
    lane.close()
    cloud.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Provider("planted", "Planted", "openai", sys.argv[3]))
