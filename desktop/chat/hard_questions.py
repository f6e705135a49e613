"""What becomes of an answer that looks hard: offered to a provider, asked at once, or left as it is."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject

from desktop.chat.answer import AnswerView
from desktop.chat.cloud_answer import header
from desktop.preview_sheet.names import about, whom
from desktop.window.ports import CarrelApplication
from engine.chats.store import StoredMessage
from engine.frontier.values import Provider
from engine.routing.values import Route
from engine.usage.values import Currency, Receipt

UNASKED = "cloud.unasked"
"""The setting with the chats in which hard questions go without the sheet."""


class HardQuestions(QObject):
    """Offers; never sends. An offer that was turned down is not made again as long as Carrel is open."""

    def __init__(self, app: CarrelApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._turned_down: set[int] = set()

    def route(self, chat_id: int, messages: list[StoredMessage]) -> Route | None:
        """Where the chat's last answer of this computer leads; None where a provider has answered, too."""
        last = messages[-1] if messages else None
        if last is None or last.role != "assistant" or last.tier != "local":
            return None
        return self._app.cloud.route(chat_id)

    def goes_at_once(self, chat_id: int, route: Route | None) -> bool:
        """Whether the person has allowed that this is sent without a look. Not by going online for it."""
        if route is None or not self._app.cloud.online():
            return False
        return route.advice == "ask" or (route.advice == "offer" and self.is_unasked(chat_id))

    def show(self, view: AnswerView, route: Route | None) -> None:
        """Offer what the route says, in one line under the answer."""
        view.set_whom(self.whom)
        if route is None or view.message_id in self._turned_down:
            return
        if route.advice in ("offer", "ask"):
            view.offer.offer(offered(route, self._provider(route.provider), self._app.cloud.currency()))
        elif route.advice == "blocked":
            view.offer.explain(f"This one looks hard. {route.reason}".strip())

    def turn_down(self, view: AnswerView) -> None:
        view.offer.hide()
        if view.message_id is not None:
            self._turned_down.add(view.message_id)

    @property
    def whom(self) -> str:
        """Who would be asked, in a word; empty where the person asks nobody."""
        policy = self._app.cloud.policy()
        if policy.mode == "never":
            return ""
        return whom(self._provider(policy.provider), policy.model) if policy.provider else "a provider"

    def header(self, provider_id: str, model: str, at: float, receipt: Receipt | None = None) -> str:
        """Who was asked, when, and for how much. A provider that has gone is named by its id."""
        provider = self._provider(provider_id)
        name = provider.name if provider is not None else provider_id
        return header(name, model, at, receipt, self._app.cloud.currency(), time.time())

    def header_of(self, message: StoredMessage) -> str:
        """The same for an answer that is kept."""
        receipt = self._app.cloud.receipt(message.id)
        if receipt is not None:
            return self.header(receipt.call.provider, receipt.call.model, message.created, receipt)
        provider_id, _, model = message.model.partition("/")  # kept as “provider/model”
        return self.header(provider_id, model, message.created)

    def _provider(self, provider_id: str) -> Provider | None:
        rows = self._app.cloud.providers()
        return next((row.provider for row in rows if row.provider.id == provider_id), None)

    # Without the sheet, in one chat

    def is_unasked(self, chat_id: int) -> bool:
        return chat_id in self._app.setting(UNASKED, [])

    def set_unasked(self, chat_id: int, unasked: bool) -> None:
        chats = [kept for kept in self._app.setting(UNASKED, []) if kept != chat_id]
        self._app.put_setting(UNASKED, [*chats, chat_id] if unasked else chats)


def offered(route: Route, provider: Provider | None, currency: Currency) -> str:
    """“This one looks hard: ask Claude? About €0.02.”"""
    cost = about(route.estimate, currency)
    return f"This one looks hard: ask {whom(provider, route.model)}? {cost[:1].upper()}{cost[1:]}."
