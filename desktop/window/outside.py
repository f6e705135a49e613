"""The places of what can leave this computer: Privacy, Cloud, Usage, and asking a provider from a chat."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.conversation import Conversation
from desktop.cloud_settings.desk import CloudDesk
from desktop.cloud_settings.page import CloudPage
from desktop.lanes import Lanes
from desktop.privacy.page import PrivacyPage
from desktop.theme.theme import Theme
from desktop.usage.page import UsagePage
from desktop.window.asking import AskingPlace
from desktop.window.ports import CarrelApplication
from desktop.window.privacy import PrivacyPlace
from desktop.window.sheet import Sheet
from desktop.window.toasts import Toast
from desktop.window.usage import UsagePlace

PRIVACY, CLOUD, USAGE, SETTINGS = "privacy", "cloud", "usage", "settings"


class Outside(QObject):
    """`place_asked` brings the key of a place that is to be shown; `changed`: what the strip shows may be
    another."""

    place_asked = Signal(str)
    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        app: CarrelApplication,
        theme: Theme,
        lanes: Lanes,
        conversation: Conversation,
        sheet: Sheet,
        toast: Toast,
        window: QWidget,
        *,
        is_shown: Callable[[str], bool],
    ) -> None:
        super().__init__(window)
        self.privacy = PrivacyPlace(
            app.cloud, theme, lanes.errands, toast, window, is_shown=partial(is_shown, PRIVACY)
        )
        self.usage = UsagePlace(app.cloud, theme, lanes, sheet, toast, window)
        self.cloud = CloudDesk(
            app.cloud,
            theme,
            lanes.errands,
            sheet,
            window,
            collections=lambda: [status.name for status in app.collections()],
        )
        self.asking = AskingPlace(app, theme, lanes.errands, conversation, sheet, toast, window)
        self._connect()

    @property
    def pages(self) -> dict[str, PrivacyPage | CloudPage | UsagePage]:
        return {PRIVACY: self.privacy.page, CLOUD: self.cloud.page, USAGE: self.usage.page}

    def enter(self, key: str) -> None:
        """Before one of the places is shown."""
        if key == CLOUD:
            self.cloud.refresh()
        elif key == USAGE:
            self.usage.enter()

    def _connect(self) -> None:
        self.privacy.cloud_asked.connect(partial(self.place_asked.emit, CLOUD))
        self.cloud.closed.connect(partial(self.place_asked.emit, SETTINGS))
        self.cloud.connections_asked.connect(partial(self.place_asked.emit, PRIVACY))
        self.cloud.budget_asked.connect(partial(self.place_asked.emit, USAGE))
        self.asking.key_asked.connect(self._show_provider)
        for place in (self.privacy, self.usage, self.cloud):
            place.changed.connect(self.changed)
            place.failed.connect(self.failed)

    def _show_provider(self, provider_id: str) -> None:
        self.place_asked.emit(CLOUD)
        self.cloud.open(provider_id)
