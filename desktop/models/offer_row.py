"""A row for a model that can be had: what it is good for, whether it fits, and its download."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.models import words
from desktop.models.downloads import Download
from desktop.models.sheets import host_of
from desktop.models.strip import ProgressStrip
from desktop.theme.controls import ElidedLabel, Icon, Pill, ThemedButton, button, label, tooltip
from desktop.theme.foreign import breakable
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.theme import Theme
from engine.models.values import Offer


class OfferRow(QWidget):
    """One offer. Asks for what the person presses, naming the model."""

    download_asked = Signal(str)
    resume_asked = Signal(str)
    pause_asked = Signal(str)
    discard_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._offer: Offer | None = None
        self._build()

    @property
    def id(self) -> str:
        return self._offer.model.id if self._offer else ""

    def show_offer(self, offer: Offer, download: Download | None) -> None:
        self._offer = offer
        name = words.model_name(offer.model)
        self.setAccessibleName(f"Model {name}")
        self._name.set_whole(name)
        self._good_for.setText(offer.model.good_for)
        self._facts.setText(words.offer_facts(offer.model))
        self._show_fit()
        for made, verb in self._named:
            made.setAccessibleName(f"{verb} {name}")
        self.show_download(download)

    def show_download(self, download: Download | None) -> None:
        """None: none runs; what was kept of an earlier one is then in the offer."""
        assert self._offer is not None
        focused = next((made for made, _ in self._named if made.hasFocus()), None)
        runs = download is not None and download.runs
        problem = download.problem if download else None
        kept = bool(self._offer.partial_bytes) and not runs
        wanted = {
            self._download: not runs and not kept and problem is None,
            self._pause: runs,
            self._resume: kept and problem is None,
            self._cancel: runs or kept,
        }
        for made in sorted(wanted, key=lambda each: not wanted[each]):
            made.setVisible(wanted[made])  # what comes first: else the keyboard would leave the row
        self._strip.setVisible(runs or kept)
        self._again.setText("Resume" if kept else "Try again")
        self._problem.setVisible(problem is not None)
        self._problem_words.setText(breakable(problem.what) if problem else "")
        self._show_progress(download)
        if focused is not None and focused.isHidden():
            self._go_on_after()

    def _show_progress(self, download: Download | None) -> None:
        offer = self._offer
        assert offer is not None
        progress = download.progress if download and download.runs else None
        done = progress.done_bytes if progress else offer.partial_bytes
        total = progress.total_bytes if progress else offer.model.size_bytes
        ending = download.ending if download else ""
        self._strip.show_progress(
            self._progress_words(download), done, total, name=f"Download of {self._name.whole}"
        )
        self._cancel.setEnabled(ending != "discarding")

    def _progress_words(self, download: Download | None) -> str:
        assert self._offer is not None
        if download is None or not download.runs:
            return words.paused(self._offer.partial_bytes, self._offer.model.size_bytes)
        if download.ending:
            return "Pausing…" if download.ending == "pausing" else "Cancelling…"
        return words.download_progress(download.progress, host_of(self._offer.model.url))

    def _show_fit(self) -> None:
        assert self._offer is not None
        fit = self._offer.fit
        fits = fit.verdict != "too_large"
        self._pill.show_state(*words.PILLS[fit.verdict])
        self._pill.setAccessibleDescription(fit.words)
        self._fit.setText(fit.words)
        self._download.setEnabled(fits)
        self._download.setToolTip("" if fits else tooltip(fit.words))
        self._download.setAccessibleDescription("" if fits else fit.words)

    def _go_on_after(self) -> None:
        """The pressed button has made way: the keyboard goes on at the one that took its place."""
        shown = (made for made, _ in self._named if not made.isHidden() and made.isEnabled())
        following = next(shown, None)
        if following is not None:
            following.setFocus(Qt.FocusReason.OtherFocusReason)

    # Parts

    def _build(self) -> None:
        theme = self._theme
        self._name = ElidedLabel(weight="semibold")
        self._pill = Pill(theme)
        self._download = ThemedButton(theme, "download", "Download", colour="text", size=16)
        self._download.clicked.connect(lambda: self.download_asked.emit(self.id))
        head = boxed(row(self._name, self._pill, self._download, spacing=10), stretch=0)
        head.setMinimumHeight(36)
        self._good_for = label(tone="muted", wrap=True)
        self._facts = label(tone="faint", size="label", wrap=True)
        self._fit = label(tone="faint", size="label", wrap=True)
        self._build_download()
        below = (self._good_for, self._facts, self._fit, self._strip, self._problem)
        self.setLayout(column(head, *below, spacing=4, margins=(18, 9, 14, 13)))

    def _build_download(self) -> None:
        self._pause = self._link("Pause", self.pause_asked)
        self._resume = self._link("Resume", self.resume_asked)
        self._cancel = self._link("Cancel", self.discard_asked)
        self._strip = ProgressStrip(self._pause, self._resume, self._cancel)
        self._again = self._link("Try again", self.resume_asked)
        self._problem_words = label(tone="danger", size="label", wrap=True)
        icon = Icon(self._theme, "circle-alert", "danger", 15)
        self._problem = wrapping(row(icon, self._problem_words, self._again, spacing=8), stretch=1)
        self._named: tuple[tuple[QPushButton, str], ...] = (
            (self._download, "Download"),
            (self._pause, "Pause the download of"),
            (self._resume, "Resume the download of"),
            (self._again, "Try again to download"),
            (self._cancel, "Cancel the download of"),
        )

    def _link(self, text: str, signal: object) -> QPushButton:
        made = button(text, "link")
        made.clicked.connect(lambda: signal.emit(self.id))  # type: ignore[attr-defined]
        return made
