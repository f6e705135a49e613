"""States of the Models place, to be drawn (`preview.py`) and walked through by tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication, QScrollArea

from desktop.models.offers import Offers
from desktop.window.window import Window
from engine.errors import DownloadFailed
from engine.models.installed import InstalledModel
from engine.models.values import Copying, Downloading, Fit, Measuring
from tests.fakes.application import FakeApplication
from tests.fakes.models import (
    GB,
    NO_GAIN,
    OWN,
    QUICKENED,
    QUICKER_LAYOUT,
    QWEN,
    SLOW,
    SMALL,
    TOO_LARGE,
    offered,
)
from tests.fakes.scripts import Gate

GIFT = Path("/home/ada/Downloads/legal-llama-8b-q4.gguf")
HOSTILE = InstalledModel(
    "bad", "<img src='file:///etc/passwd'><b>Best\u202emodel</b>\n" + "very " * 30 + "W" * 300,
    Path("/home/ada/.local/share/carrel/models/" + "x" * 120 + ".gguf"), 3 * GB, 4096, "Q4_K_M" * 20,
    "licence <b>of</b> " + "L" * 200,
)  # fmt: skip
DAMAGED = InstalledModel(
    "cut", "half-a-model", Path("/home/ada/models/half.gguf"), 700_000_000, 0,
    problem="The model file /home/ada/.local/share/carrel/models/half-a-model.gguf is damaged: 1,200,000 "
    "bytes are missing at its end; the copy was probably cut off",
)  # fmt: skip


QUICK = Fit(
    "fits", 300_000_000, 9_800_000_000, 248.0, 120.0,
    "Needs 0.3 GB of memory; 9.8 GB are free. Writes about 90 words a second, and begins an answer from "
    "documents after about 6 seconds.",
)  # fmt: skip


def several(app: FakeApplication) -> None:
    """A few that are here, and a catalogue of eight."""
    app.installed = [QWEN, SMALL, OWN]
    app.fits = {"small": QUICK, "mine": SLOW}
    app.offers = [
        offered("Granite 3B", 2_100_000_000, good_for="Summaries and lists from long contracts, carefully.",
                recommended=True),
        offered("Llama 3.2 1B", 810_000_000, good_for="Quick answers and sorting on an older computer.",
                recommended=True, licence="Llama 3.2 Community License", context_tokens=8192),
        offered("Mistral 7B", 4_400_000_000, SLOW, good_for="Longer texts and reasoning; takes its time."),
        offered("Phi Mini 3.8B", 2_400_000_000, good_for="Numbers, tables, and steps that build on another.",
                licence="MIT"),
        offered("Qwen2.5 14B", 9_000_000_000, TOO_LARGE, good_for="The most careful one in this list."),
        offered("Gemma 1B", 806_000_000, good_for="Short texts in many languages."),
    ]  # fmt: skip


def fetching(app: FakeApplication) -> None:
    several(app)
    running = Downloading("fetching", 903_000_000, 2_100_000_000, 12_300_000.0, 98.0)
    app.downloads["granite-3b"] = [[running, Gate()]]
    app.downloads["gemma-1b"] = [[DownloadFailed("models.example.org", "it does not answer.")]]
    app.offers = [
        replace(offer, partial_bytes=348_000_000) if offer.model.id == "llama-3.2-1b" else offer
        for offer in app.offers
    ]


def start_fetching(window: Window) -> None:
    window.show_place("models")
    window.desk.downloads.start("gemma-1b")
    window.desk.downloads.start("granite-3b")
    _scroll_to_offers(window)


def bringing(app: FakeApplication) -> None:
    several(app)
    app.installed += [DAMAGED]
    app.imports[GIFT] = [Copying(2_100_000_000, 4_900_000_000), Gate()]
    app.quickenings["qwen"] = [Measuring(2, 6, "Measuring how fast it reads now…"), Gate()]


def start_bringing(window: Window) -> None:
    window.show_place("models")
    window.desk.imports.start(GIFT, copy=True)


def start_quickening(window: Window) -> None:
    window.show_place("models")
    window.desk.quickenings.start("qwen")


def quickened(app: FakeApplication) -> None:
    several(app)
    app.quickenings["qwen"] = [QUICKENED]


def quicker_layout(app: FakeApplication) -> None:
    several(app)
    app.quickenings["qwen"] = [QUICKER_LAYOUT]


def laid_out(app: FakeApplication) -> None:
    several(app)
    app.installed = [replace(QWEN, repacked=False), SMALL, OWN]


def not_quickened(app: FakeApplication) -> None:
    several(app)
    app.quickenings["qwen"] = [NO_GAIN]


def hostile(app: FakeApplication) -> None:
    several(app)
    app.installed = [HOSTILE, DAMAGED]
    app.settings["model"] = "bad"


def nothing_here(app: FakeApplication) -> None:
    several(app)
    app.installed = []


def _then(step: Callable[[Window], None]) -> Callable[[Window], None]:
    def run(window: Window) -> None:
        window.show_place("models")
        step(window)

    return run


def _scroll_to_offers(window: Window) -> None:
    QApplication.processEvents()
    offers = window.models.findChildren(Offers)[0]
    window.models.findChildren(QScrollArea)[0].verticalScrollBar().setValue(offers.y())


STATES: dict[str, tuple[Callable[[FakeApplication], None], Callable[[Window], None]]] = {
    "models-several": (several, _then(lambda window: None)),
    "models-below": (several, _then(_scroll_to_offers)),
    "models-fetching": (fetching, start_fetching),
    "models-bringing": (bringing, start_bringing),
    "models-quickening": (bringing, start_quickening),
    "models-quickened": (quickened, start_quickening),
    "models-quicker-layout": (quicker_layout, start_quickening),
    "models-laid-out": (laid_out, _then(lambda window: None)),
    "models-no-gain": (not_quickened, start_quickening),
    "models-hostile": (hostile, _then(lambda window: None)),
    "models-nothing": (nothing_here, _then(lambda window: None)),
    "models-details": (several, _then(lambda window: window.desk.show_details("qwen"))),
    "models-ask-download": (several, _then(lambda window: window.desk.download("granite-3b"))),
    "models-ask-import": (several, _then(lambda window: window.desk.add([GIFT]))),
    "models-ask-remove": (several, _then(lambda window: window.desk.remove("mine"))),
    "models-ask-quicken": (several, _then(lambda window: window.desk.quicken("qwen"))),
}
