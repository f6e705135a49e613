"""Opens the window on a profile. `carrel` without a command comes here."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Sequence
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtGui import QIcon, QPainter, QPixmap, Qt
from PySide6.QtWidgets import QApplication

from desktop import places
from desktop.compose import compose
from desktop.egress.door import open_door
from desktop.errors import DesktopError
from desktop.explain import explain
from desktop.network import go_offline
from desktop.places import Profile
from desktop.theme.controls import paint_mark
from desktop.theme.fonts import load_fonts
from desktop.theme.theme import Theme
from desktop.theme.tokens import LIGHT
from desktop.window.ports import CarrelApplication
from desktop.window.window import Window
from engine.errors import EngineError
from rag.errors import RagError

log = logging.getLogger(__name__)

CLOSING_S = 2.0
"""Jobs that have not ended by then end with the process: quitting is quick."""

Factory = Callable[[], CarrelApplication]


def run(profile: str | None = None) -> int:
    """Open the app on the named profile, or the person's own. Returns the exit status."""
    door = open_door(places.catalogue())  # before the network is given up for good
    network = go_offline(door)
    return show(lambda: compose(Profile.chosen(profile), network=network, door=door), sys.argv[:1])


def show(factory: Factory, argv: Sequence[str]) -> int:
    """Show the window of the application that `factory` builds, until it is closed.

    What keeps the application from being built (a locked or damaged profile) is shown as a sheet of its
    own, and gives exit status 1.
    """
    qt = _qt(argv)
    try:
        app = factory()
    except (DesktopError, EngineError, RagError) as error:
        return _refused(error)
    theme = Theme(qt, app.setting("window.appearance", "system"), app.setting("window.scale", 1.0))
    window = Window(app, theme)
    failures = _Failures(window)
    failures.install()
    try:
        window.show()
        window.begin()
        # What is there now stays until the end: looked at by the collector of cycles again and again, it
        # held up frames of a long table by 80 ms (tests/benchmarks/task_screen.py), and by 10 without.
        gc.freeze()
        return qt.exec()
    finally:
        gc.unfreeze()
        failures.remove()
        _close(window, app)


def _close(window: Window, app: CarrelApplication) -> None:
    """Ask the jobs to end, stop the processes they wait for, then wait for the jobs: in that order."""
    window.lanes.cancel_all()
    app.close()
    if not window.lanes.close(CLOSING_S):
        log.warning("a job did not end in time; it ends with the process")


def _qt(argv: Sequence[str]) -> QApplication:
    qInstallMessageHandler(_log_qt)
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setDesktopFileName("carrel")
    qt = QApplication(list(argv))
    qt.setApplicationName("Carrel")
    qt.setStyle("Fusion")
    load_fonts()
    qt.setWindowIcon(app_icon())
    return qt


def app_icon() -> QIcon:
    """The mark, at the sizes that docks and title bars ask for."""
    icon = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        drawn = QPixmap(size, size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        paint_mark(painter, drawn.rect().toRectF(), LIGHT.accent, LIGHT.on_accent)
        painter.end()
        icon.addPixmap(drawn)
    return icon


def _refused(error: Exception) -> int:
    """Say in a small window why Carrel does not open."""
    from desktop.window.refusal import Refusal

    explanation = explain(error)
    sys.stderr.write(f"{explanation.title}. {explanation.what}\n")
    Refusal(explanation).exec()
    return 1


class _Failures(QObject):
    """Bugs on their way up: an exception in a slot ends here, on whichever thread it was."""

    happened = Signal(object)

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._before = sys.excepthook
        self.happened.connect(window.show_failure, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        sys.excepthook = self._hook

    def remove(self) -> None:
        sys.excepthook = self._before

    def _hook(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.error("an unexpected error", exc_info=(kind, error, traceback))
        self.happened.emit(error)


_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(
        _LEVELS.get(kind, logging.WARNING), "%s: %s", getattr(context, "category", ""), message
    )
