"""Asking a provider, in the window: the preview sheet, receipts, and where a link leads."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.chat import addresses
from desktop.chat.conversation import Conversation
from desktop.lanes import Lane
from desktop.preview_sheet.preview import Preview, may_be_asked
from desktop.preview_sheet.receipt import ReceiptSheet
from desktop.preview_sheet.sheet import PreviewSheet
from desktop.theme.controls import label
from desktop.theme.foreign import breakable
from desktop.theme.theme import Theme
from desktop.window.browser import open_address
from desktop.window.cover import Cover
from desktop.window.ports import CarrelApplication
from desktop.window.sheet import Action, Sheet
from desktop.window.toasts import Toast

ASK, IN_THIS_CHAT = "ask", "chat"


class AskingPlace(QObject):
    """`key_asked` brings the provider whose key is missing."""

    key_asked = Signal(str)

    def __init__(
        self,
        app: CarrelApplication,
        theme: Theme,
        lane: Lane,
        conversation: Conversation,
        sheet: Sheet,
        toast: Toast,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._app = app
        self._conversation = conversation
        self._sheet = sheet
        self._toast = toast
        self._chat_id = 0
        self.sheet = PreviewSheet(theme, window)
        self.receipt = ReceiptSheet(theme, window)
        self.preview = Preview(app.cloud, lane, self.sheet, app.explain, self)
        self.preview.key_asked.connect(self.key_asked)
        self.sheet.next_time_chosen.connect(self._choose_next_time)
        conversation.preview_asked.connect(self.show_preview)
        conversation.receipt_asked.connect(self.show_receipt)
        conversation.link_asked.connect(self.show_link)

    @property
    def covers(self) -> tuple[Cover, ...]:
        return (self.sheet, self.receipt)

    def show_preview(self, chat_id: int) -> None:
        """What would be sent of the chat's last question."""
        whom = self._whom()
        if whom is None:
            self._ask_for_a_provider()
            return
        self._chat_id = chat_id
        draft = partial(self._app.cloud.draft, chat_id)
        self.preview.open(draft, partial(self._conversation.send_draft, chat_id), whom)
        choices = [(ASK, "Ask me again"), (IN_THIS_CHAT, "In this chat, send without asking")]
        unasked = self._conversation.hard.is_unasked(chat_id)
        may_choose = self._app.cloud.policy().mode == "ask"
        self.sheet.set_next_times(choices if may_choose else (), IN_THIS_CHAT if unasked else ASK)

    def _whom(self) -> tuple[str, str] | None:
        """(provider, model) to begin with: the policy's, else the first that may be asked; None: nobody."""
        if self._app.cloud.policy().provider:
            return "", ""
        rows = self._app.cloud.providers()
        ready = (row.provider for row in rows if may_be_asked(row) and row.provider.models)
        return next(((provider.id, provider.models[0]) for provider in ready), None)

    def _ask_for_a_provider(self) -> None:
        later: Action = ("Not now", "secondary", None)
        add: Action = ("Add a key…", "primary", partial(self.key_asked.emit, ""))
        words = (
            "To ask a provider, add your own key for one first. "
            "Nothing is sent before you have seen it, word for word."
        )
        self._sheet.ask("There is nobody to ask yet", words, [later, add])

    def show_receipt(self, message_id: int) -> None:
        cloud = self._app.cloud
        receipt = cloud.receipt(message_id)
        if receipt is None:
            self._toast.say("There is no receipt for this answer.")
            return
        rows = cloud.providers()
        known = {row.provider.id: row.provider.name for row in rows}
        name = known.get(receipt.call.provider, receipt.call.provider)
        self.receipt.show_receipt(receipt, name, cloud.currency(), time.time())

    def show_link(self, written: str) -> None:
        """Where a link of an answer really leads. Nothing is opened before a press on “Open”."""
        address = addresses.read(written)
        if address is None:
            self._sheet.ask(
                "This link is not opened", f"It leads to no web page: {written}", [("Close", "primary", None)]
            )
            return
        words = [label(breakable(address.url, 1), wrap=True)]
        words += [
            label(f"• {caution}", tone="warning", size="label", wrap=True) for caution in address.cautions
        ]
        words.append(label("It opens in your browser, outside of Carrel.", tone="muted", size="label"))
        actions: list[Action] = [
            ("Cancel", "secondary", None),
            ("Open", "primary", partial(self._open, address)),
            ("Copy address", "quiet", partial(QGuiApplication.clipboard().setText, address.url)),
        ]
        self._sheet.present(f"Open {address.host}?", words, actions)

    def _open(self, address: addresses.Address) -> None:
        if not open_address(address):
            QGuiApplication.clipboard().setText(address.url)
            self._toast.say("No browser took the address. It has been copied.")

    def _choose_next_time(self, choice: str) -> None:
        self._conversation.hard.set_unasked(self._chat_id, choice == IN_THIS_CHAT)
