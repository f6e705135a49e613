"""“Get another”, or the first: what suits this computer best, then all the others, to be searched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from desktop.models.desk import ModelDesk
from desktop.models.offer_row import OfferRow
from desktop.theme.controls import label, line
from desktop.theme.foreign import breakable
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from engine.models.values import Offer

ORDER = {"fits": 0, "slow": 1, "too_large": 2}


class OfferTable(QFrame):
    """Rows with hairlines between them, under a title; hidden while it has none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "table")
        self._rows: dict[str, OfferRow] = {}
        self._lines: list[QFrame] = []
        self._column = column(spacing=0)
        self.setLayout(self._column)

    def row_of(self, model_id: str) -> OfferRow | None:
        return self._rows.get(model_id)

    def show_offers(self, offers: Sequence[Offer], desk: ModelDesk) -> None:
        """Rows are kept while their models stay: nothing jumps, and the keyboard keeps its place."""
        wanted = [offer.model.id for offer in offers]
        if wanted != list(self._rows):
            self._arrange(wanted, desk)
        for offer in offers:
            self._rows[offer.model.id].show_offer(offer, desk.downloads.of(offer.model.id))
        self.setVisible(bool(offers))

    def _arrange(self, wanted: Sequence[str], desk: ModelDesk) -> None:
        kept, self._rows = self._rows, {}
        for shown in [*kept.values(), *self._lines]:
            self._column.removeWidget(shown)
        for gone in [*(kept[name] for name in kept.keys() - set(wanted)), *self._lines]:
            gone.hide()
            gone.deleteLater()
        self._lines = []
        for number, model_id in enumerate(wanted):
            if number:
                self._lines.append(line())
                self._column.addWidget(self._lines[-1])
            self._rows[model_id] = kept.get(model_id) or self._row(desk)
            self._column.addWidget(self._rows[model_id])

    def _row(self, desk: ModelDesk) -> OfferRow:
        made = OfferRow(self._theme)
        made.download_asked.connect(desk.download)
        made.resume_asked.connect(desk.downloads.start)
        made.pause_asked.connect(desk.downloads.pause)
        made.discard_asked.connect(desk.discard)
        return made


class Offers(QWidget):
    """The models of the catalogue that are not here yet."""

    def __init__(self, theme: Theme, desk: ModelDesk) -> None:
        super().__init__()
        self._desk = desk
        self._offers: Sequence[Offer] = ()
        self._best, self._others = OfferTable(theme), OfferTable(theme)
        self._build()
        desk.downloads.changed.connect(self._moved)

    def show_offers(self, offers: Sequence[Offer], *, has_one: bool) -> None:
        """`has_one`: whether a model is on this computer already."""
        self._title.setText("Get another" if has_one else "Get a model")
        self._offers = [offer for offer in offers if not offer.installed]
        self.setVisible(bool(self._offers))
        self._search.show()
        self._show()

    def show_problem(self, words: str) -> None:
        """Nothing can be offered, and why."""
        self._offers = ()
        self._show()
        self._search.hide()
        self._nothing.setText(breakable(words))
        self.show()

    def _show(self) -> None:
        asked = self._search.text().casefold().split()
        found = [offer for offer in self._offers if all(word in _text_of(offer) for word in asked)]
        best = [offer for offer in found if offer.model.recommended and offer.fit.verdict == "fits"]
        others = [offer for offer in found if offer not in best]
        self._best.show_offers(best, self._desk)
        self._best_title.setVisible(bool(best))
        self._others_title.setVisible(bool(best) and bool(others))
        self._others.show_offers(sorted(others, key=lambda offer: ORDER[offer.fit.verdict]), self._desk)
        self._nothing.setText(f"No other model matches “{self._search.text().strip()}”." if not found else "")
        self._nothing.setVisible(not found)

    def _moved(self, model_id: str) -> None:
        shown = self._best.row_of(model_id) or self._others.row_of(model_id)
        if shown is not None:
            shown.show_download(self._desk.downloads.of(model_id))

    # Parts

    def _build(self) -> None:
        words = "Fetched once, then it works without the internet. These have been chosen with care."
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search models")
        self._search.setAccessibleName("Search models")
        self._search.setClearButtonEnabled(False)
        self._search.setMaximumWidth(220)
        self._search.textChanged.connect(self._show)
        self._best_title = label("Best for this computer", tone="muted", size="label", weight="medium")
        self._others_title = label("More models", tone="muted", size="label", weight="medium")
        self._title = label("Get another", size="reading", weight="semibold")
        head = boxed(row(self._title, None, self._search, spacing=12))
        self._nothing = label(tone="muted", wrap=True)
        parts = (head, label(words, tone="muted", wrap=True), 2, self._best_title, self._best)
        others = (self._others_title, self._others, self._nothing)
        self.setLayout(column(*parts, 4, *others, spacing=9))


def _text_of(offer: Offer) -> str:
    model = offer.model
    return " ".join((model.name, model.good_for, model.description, model.licence, model.id)).casefold()
