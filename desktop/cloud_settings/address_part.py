"""Where a provider of the person's own is: name, address, and how it is spoken to."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import button, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.inputs import show_text, text_line
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.segments import Segments
from desktop.theme.switch import Switch
from desktop.theme.theme import Theme
from engine.frontier.providers import is_near, own_id
from engine.frontier.values import Provider, WireFormat

FORMS: dict[str, WireFormat] = {"OpenAI-compatible": "openai", "Anthropic": "anthropic", "Azure": "azure"}
HINTS: dict[WireFormat, str] = {
    "openai": "Ollama, vLLM, LM Studio, llama.cpp and many others: the address ends in /v1, such as "
    "http://127.0.0.1:11434/v1.",
    "anthropic": "Servers that speak Anthropic's protocol: the address without /v1/messages.",
    "azure": "The address of your resource, such as https://my-resource.openai.azure.com; the model is the "
    "name of your deployment.",
}
_NAMED = 92  # pixels for the words before a field


class AddressPart(QWidget):
    """`saved` carries the provider as it is wanted; whoever keeps it says what is wrong with it.

    A new one may be given up: `cancelled`.
    """

    saved = Signal(object)
    cancelled = Signal()

    def __init__(self, theme: Theme, *, is_new: bool = False) -> None:
        super().__init__()
        self._provider = Provider("", "", "openai", "")
        self._title = label("A server of your own" if is_new else "Server", weight="medium")
        self._form = Segments("Protocol", FORMS)
        self._hint = label(tone="faint", size="label", wrap=True)
        self.name = text_line("Name of the provider", "My server")
        self.address = text_line("Address", "https://")
        self.version = text_line("API version", "2024-10-21")
        self._needs_key = Switch(theme, "It asks for a key")
        self._save = button("Save", "primary" if is_new else "secondary", name="Save the address")
        cancel = button("Cancel", "quiet", name="Cancel the new provider")
        cancel.clicked.connect(self.cancelled)
        if not is_new:
            cancel.hide()
        self._wrong = label(tone="danger", size="label", wrap=True)
        self._wrong.hide()
        self._version_line = _line("API version", self.version)
        self.setLayout(
            column(
                self._title,
                boxed(row(self._form, None)),
                wrapping(row(self._hint)),
                _line("Name", self.name),
                _line("Address", self.address),
                self._version_line,
                boxed(row(self._needs_key, None, cancel, self._save)),
                self._wrong,
                spacing=8,
            )
        )
        self._form.chosen.connect(self._choose_form)
        self._save.clicked.connect(self._give)
        for field in (self.name, self.address, self.version):
            field.returnPressed.connect(self._give)

    def show_provider(self, provider: Provider) -> None:
        self._provider = provider
        show_text(self.name, provider.name)
        show_text(self.address, provider.base_url)
        show_text(self.version, provider.api_version)
        self._needs_key.setChecked(provider.needs_key)
        self._form.choose(next((words for words, form in FORMS.items() if form == provider.format), ""))
        self._show_form()
        self.show_error("")

    def show_error(self, said: str) -> None:
        self._wrong.setText(breakable(plain(said, 300)))
        self._wrong.setVisible(bool(said))

    @property
    def wanted(self) -> Provider:
        address = self.address.text().strip().rstrip("/")
        name = self.name.text().strip()
        return replace(
            self._provider,
            id=self._provider.id or own_id(name),
            name=name,
            base_url=address,
            api_version=self.version.text().strip(),
            needs_key=self._needs_key.isChecked(),
            local=is_near(address),
        )

    def _choose_form(self, words: str) -> None:
        self._provider = replace(self._provider, format=FORMS[words])
        self._show_form()

    def _show_form(self) -> None:
        self._hint.setText(HINTS.get(self._provider.format, ""))
        self._version_line.setVisible(self._provider.format == "azure")
        self._form.setVisible(not self._provider.built_in)
        self.name.setEnabled(not self._provider.built_in)

    def _give(self) -> None:
        self.saved.emit(self.wanted)


def _line(name: str, field: QWidget) -> QWidget:
    named = label(name, tone="muted", size="label")
    named.setFixedWidth(_NAMED)
    return boxed(row(named, field, spacing=8), stretch=1)
