"""“Try to get out”: Carrel tries to reach another computer in several ways, and says what came of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.egress.proving import Proof
from desktop.theme.controls import Icon, ThemedButton, Tone, label, line
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme

PROMISE = "Carrel tries to reach the network in every way that it knows. Each try must fail."
NAMES = {"urllib": "Python's own web client (urllib)", "DNS": "The look-up of a name (DNS)"}
"""Of ways that have only a programmer's name."""


class Proofs(QFrame):
    """A card with a button; below it what the tries came to, as they come. `ended` once all have."""

    asked = Signal()
    ended = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._theme = theme
        self._proofs: list[Proof] = []
        self._button = ThemedButton(theme, "shield-check", "Try to get out")
        self._button.clicked.connect(self.asked)
        self._words = label(PROMISE, tone="muted", size="label", wrap=True)
        text = column(label("Do not take our word for it"), self._words, spacing=3)
        head = row(text, self._button, spacing=18, margins=(18, 14, 16, 14))
        head.setStretch(0, 1)
        self._rows = column(spacing=0)
        self.setLayout(column(boxed(head), self._rows, spacing=0))

    def begin(self) -> None:
        self._proofs = []
        clear(self._rows)
        self._button.setEnabled(False)
        self._words.setText("Trying…")

    def show_proof(self, proof: Proof) -> None:
        self._proofs.append(proof)
        for part in (line(), self._row(proof)):
            self._rows.addWidget(part)
            part.show()  # else it counts for the height only two events later

    def break_off(self) -> None:
        """It went wrong on the way: what was not tried proves nothing."""
        self._button.setEnabled(True)
        self._words.setText("The proof broke off. Please try again.")

    def end(self) -> None:
        self._button.setEnabled(True)
        held = sum(proof.blocked for proof in self._proofs)
        total = len(self._proofs)
        self._words.setText(
            f"All {total} tries were blocked." if held == total else f"{total - held} of {total} got out."
        )
        self.ended.emit()

    def _row(self, proof: Proof) -> QWidget:
        icon, tone, said = _outcome(proof)
        body = row(
            Icon(self._theme, icon, tone or "muted", 16),
            label(NAMES.get(proof.name, proof.name), size="label"),
            None,
            label(said, tone=tone, size="label", weight="medium"),
            spacing=12,
            margins=(18, 9, 18, 9),
        )
        return boxed(body)


def _outcome(proof: Proof) -> tuple[str, Tone, str]:
    if not proof.blocked:
        return "triangle-alert", "danger", "Got out"
    if not proof.listed:
        return "shield-check", "accent", "Blocked"
    return "shield-check", "accent", "Blocked and listed"
