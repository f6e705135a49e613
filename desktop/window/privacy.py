"""The Privacy place in the window: its page, the switch between offline and online, the proof, the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.lanes import Job, Lane, once
from desktop.privacy.page import PrivacyPage
from desktop.theme.theme import Theme
from desktop.window.ports import Cloud
from desktop.window.toasts import Toast

ONLINE = "Carrel is online. Nothing is sent by itself."
OFFLINE = "Carrel is offline. What was under way has stopped."
FORMATS = "Report (*.txt);;Table (*.csv)"


class PrivacyPlace(QObject):
    """`changed`: Carrel went online or offline. `is_shown` tells whether the place is on the screen."""

    changed = Signal()
    failed = Signal(object)
    cloud_asked = Signal()

    def __init__(
        self,
        cloud: Cloud,
        theme: Theme,
        lane: Lane,
        toast: Toast,
        window: QWidget,
        *,
        is_shown: Callable[[], bool],
    ) -> None:
        super().__init__(window)
        self._cloud = cloud
        self._lane = lane
        self._toast = toast
        self._window = window
        self._is_shown = is_shown
        self.page = PrivacyPage(theme)
        self.page.online_asked.connect(self.set_online)
        self.page.export_asked.connect(self._choose_report)
        self.page.cloud_asked.connect(self.cloud_asked)
        self.page.proofs.asked.connect(self._prove)

    def refresh(self) -> None:
        """Show what has happened since; nothing while another place is on the screen."""
        if not self._is_shown():
            return
        self.page.show_state(self._cloud.online(), self._cloud.held())
        self.page.show_attempts(self._cloud.attempts(), since_start=self._cloud.attempts_now())

    def set_online(self, online: bool) -> None:
        job = self._start(once(partial(self._cloud.set_online, online)))
        job.done.connect(partial(self._switched, online))

    def _switched(self, online: bool) -> None:
        self._toast.say(ONLINE if online else OFFLINE)
        self.refresh()
        self.changed.emit()

    def _prove(self) -> None:
        self.page.proofs.begin()
        job = self._start(self._proofs)
        job.happened.connect(self.page.proofs.show_proof)
        job.done.connect(self._proved)
        for broken in (job.cancelled, job.failed):
            broken.connect(self._broke_off)

    def _proofs(self, cancelled: Callable[[], bool]) -> Iterator[Any]:
        for proof in self._cloud.prove():
            if cancelled():
                return
            yield proof

    def _proved(self) -> None:
        self.page.proofs.end()
        self.refresh()

    def _broke_off(self, *_: object) -> None:
        self.page.proofs.break_off()
        self.refresh()

    def _choose_report(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export report", "carrel-connections.txt", FORMATS
        )
        if name:
            job = self._start(once(partial(self._cloud.export_attempts, Path(name))))
            job.done.connect(partial(self._toast.say, f"The report is in {Path(name).name}."))

    def _start(self, work: Callable[[Callable[[], bool]], Iterator[Any]]) -> Job:
        job = self._lane.job(work)
        job.failed.connect(self.failed)
        self._lane.start(job)
        return job
