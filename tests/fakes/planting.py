"""An app with the real page, store, keyring and courier, into which a test plants a key and looks for it.

    python -m tests.fakes.planting PROFILE typed|pasted

Says on standard output what it has done, a line each, and goes on at a byte on standard input. A key that
is typed comes in over standard input, a character at a time.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from desktop import places
from desktop.cloud_settings.desk import CloudDesk
from desktop.egress.door import open_door
from desktop.egress.egress import Egress
from desktop.explain import explain
from desktop.keys.key_store import KeyStore
from desktop.keys.secret import Secret
from desktop.keys.system_keyring import Keyring
from desktop.lanes import Lane
from desktop.network import go_offline
from desktop.theme.fonts import load_fonts
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.window.ports import KeyTested, ProviderRow
from desktop.window.sheet import Sheet
from engine.frontier import listing
from engine.frontier.values import Provider
from tests.fakes.cloud import Cancelled, FakeCloud

log = logging.getLogger(__name__)


class KeyedCloud(FakeCloud):
    """Scripted, but for the keys: those are kept, and sent to their provider, as Carrel does it."""

    def __init__(self, provider: Provider, egress: Egress) -> None:
        super().__init__(is_online=False, rows=[ProviderRow(provider)])
        self.store = KeyStore(Keyring())
        self._egress = egress
        self._planted = provider
        self._account = provider.id, provider.authority
        self.store.look([self._account])

    def set_key(self, provider_id: str, key: Secret, *, session: bool = False) -> None:
        self.store.set(*self._account, key, session=session)

    def remove_key(self, provider_id: str) -> None:
        self.store.remove(*self._account)

    def online(self) -> bool:
        return self._egress.online

    def set_online(self, online: bool) -> None:
        self._egress.set_online(online)

    def test_key(self, provider_id: str, *, cancelled: Cancelled = lambda: False) -> Iterator[KeyTested]:
        models = listing.models(self._egress, self._planted, cancelled=cancelled)
        if models is not None:
            yield KeyTested(models, 0.1)

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


class Walk:
    """The page in a window, and what the person does on it."""

    def __init__(self, provider: Provider, egress: Egress) -> None:
        self.cloud = KeyedCloud(provider, egress)
        self.window = QWidget()
        self.lane = Lane("errands", self.window)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme = Theme(application, "light")
        self.sheet = Sheet(theme, self.window)
        desk = CloudDesk(self.cloud, theme, self.lane, self.sheet, self.window, collections=list)
        self.page = desk.page
        self.window.setLayout(column(desk.page))
        self.window.resize(900, 700)
        self.window.show()
        desk.open(provider.id)
        self.key = desk.page.providers.entry(provider.id).panel.key
        self.settle()

    def settle(self, until: Callable[[], bool] = lambda: True) -> None:
        settle(lambda: not self.lane.is_busy and until())

    def write(self, how: str) -> None:
        if how == "typed":
            type_in(self.key.field)
        else:
            press(self.key, "Paste the key")
        self.key._reveal.click()

    def keep(self) -> None:
        press(self.key, "Keep in the system's keyring")
        self.settle(lambda: self.key._where.isVisible())
        self.draw()

    def draw(self) -> None:
        """As it is all the time: something arrives from the window system."""
        for width in (901, 900):
            other = QWidget()
            other.show()
            self.window.resize(width, 700)
            QApplication.processEvents()
            other.close()
            other.deleteLater()
            QApplication.processEvents()

    def test(self) -> str:
        """What the provider said of the key. Offline again then."""
        press(self.page, "Go online")
        self.settle(self.cloud.online)
        press(self.key, "Test")
        self.settle(lambda: not self.key.said.startswith("Asking"))
        said = self.key.said
        press(self.page, "Go offline")
        self.settle(lambda: not self.cloud.online())
        return said

    def remove(self) -> None:
        press(self.key, "Remove")
        press(self.sheet, "Remove key")
        self.settle(lambda: not self.key._where.isVisible())

    def close(self) -> None:
        self.lane.close()
        self.cloud.store.close()


def main(profile: Path, how: str, provider: Provider) -> None:
    door = open_door(places.catalogue())
    assert door is not None
    egress = Egress(door=door, network=go_offline())
    (profile / "logs").mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=profile / "logs" / "carrel.log", level=logging.DEBUG)
    qt = QApplication(["carrel"])
    load_fonts()
    walk = Walk(provider, egress)
    say("shown")
    walk.write(how)
    fail(profile, walk.key.field)
    say(f"written {len(walk.key.field)}")
    walk.keep()
    say("kept")
    say(f"tested: {walk.test()}")
    walk.remove()
    say("removed")
    walk.close()
    egress.close()
    door.close()
    del qt


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        sys.argv[2],
        Provider("planted", "Planted", "openai", f"{sys.argv[3]}/v1", local=True),
    )
