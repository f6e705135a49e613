"""How to get out of the person's network: a proxy, and certificates of their own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.theme.controls import ThemedButton, button, card, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.inputs import show_text, text_line
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.theme import Theme
from engine.frontier.values import Proxy

CERTIFICATES = "Certificates (*.pem *.crt *.cer);;All files (*)"
HINT = (
    "Only where your network asks for it. Servers on this computer and in the local network are reached "
    "without the proxy; certificates are trusted beside those that your system trusts."
)
_NAMED = 92


class AdvancedPart(QWidget):
    """Closed until it is asked for. `saved` carries what is wanted."""

    saved = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._head = ThemedButton(theme, "chevron-right", "Advanced: proxy and certificates", "link", size=15)
        self._head.clicked.connect(self._toggle)
        self.proxy = text_line("Proxy", "http://proxy.example:8080")
        self.certificates = text_line("File with certificates", "none")
        choose = button("Choose…", name="Choose the file with certificates")
        choose.clicked.connect(self._choose)
        save = button("Save", name="Save proxy and certificates")
        save.clicked.connect(self._give)
        self._said = label(size="label", wrap=True, tone="muted")
        hint = label(HINT, tone="muted", size="label", wrap=True)
        made = card()
        made.setLayout(
            column(
                wrapping(row(hint)),
                _line("Proxy", self.proxy),
                _line("Certificates", self.certificates, choose),
                wrapping(row(self._said, save, spacing=10), stretch=0),
                spacing=9,
                margins=(18, 15, 18, 15),
            )
        )
        self._card = made
        made.hide()
        self.setLayout(column(row(self._head, None), made, spacing=6))
        for field in (self.proxy, self.certificates):
            field.returnPressed.connect(self._give)

    def show_proxy(self, proxy: Proxy) -> None:
        if not (self.proxy.hasFocus() or self.certificates.hasFocus()):
            show_text(self.proxy, proxy.url)
            show_text(self.certificates, proxy.certificates)

    def say(self, sentence: str) -> None:
        self._said.setText(breakable(plain(sentence, 300)))

    def set_open(self, opened: bool) -> None:
        self._card.setVisible(opened)
        self._head.set_icon("chevron-down" if opened else "chevron-right")

    def _toggle(self) -> None:
        self.set_open(self._card.isHidden())

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Certificates", "", CERTIFICATES)
        if name:
            show_text(self.certificates, name)

    def _give(self) -> None:
        self.say("")
        self.saved.emit(Proxy(self.proxy.text().strip(), self.certificates.text().strip()))


def _line(name: str, *parts: QWidget) -> QWidget:
    named = label(name, tone="muted", size="label")
    named.setFixedWidth(_NAMED)
    return boxed(row(named, *parts, spacing=8), stretch=1)
