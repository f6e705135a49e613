"""The chats of the sidebar: found, opened, renamed, deleted, and brought back."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop.chat.conversation import Conversation
from desktop.window.ports import Chats
from desktop.window.sidebar import Sidebar
from desktop.window.toasts import Toast
from engine.chats.store import ChatRow


class ChatHistory(QObject):
    """`open_asked` brings the chat that is to be on the screen."""

    open_asked = Signal(object)

    def __init__(
        self, chats: Chats, conversation: Conversation, sidebar: Sidebar, toast: Toast, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._chats = chats
        self._conversation = conversation
        self._sidebar = sidebar
        self._toast = toast
        sidebar.search_changed.connect(self.refresh)
        sidebar.history.chat_chosen.connect(self.open_asked)
        sidebar.history.delete_asked.connect(self._delete)
        sidebar.history.rename_asked.connect(self._rename)
        conversation.chats_changed.connect(self.refresh)

    def refresh(self) -> None:
        self._sidebar.show_chats(self._chats.chats(self._sidebar.search.text().strip()))

    def go_to_neighbour(self, step: int) -> None:
        chat = self._sidebar.history.rows.neighbour(self._conversation.chat_id, step)
        if chat is not None:
            self.open_asked.emit(chat)

    def _delete(self, chat: ChatRow) -> None:
        self._chats.delete_chat(chat.id)
        if chat.id == self._conversation.chat_id:
            self._conversation.stop()
            self._conversation.new_chat()
        self.refresh()
        self._toast.offer_undo("Chat deleted", partial(self._restore, chat))

    def _restore(self, chat: ChatRow) -> None:
        self._chats.restore_chat(chat.id)
        self.refresh()

    def _rename(self, chat_id: int, title: str) -> None:
        self._chats.rename_chat(chat_id, title)
        self.refresh()
        if chat_id == self._conversation.chat_id:
            self._conversation.refresh_title()
