"""The places of what can leave this computer: Privacy, Cloud, Usage, and asking a provider from a chat."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.conversation import Conversation
from desktop.cloud_settings.desk import CloudDesk
from desktop.lanes import Lanes
from desktop.theme.theme import Theme
from desktop.window.asking import AskingPlace
from desktop.window.later import LaterPage
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
        self._app = app
        self._theme = theme
        self._lanes = lanes
        self._sheet = sheet
        self._toast = toast
        self._window = window
        self._is_shown = is_shown
        self.asking = AskingPlace(app, theme, lanes.errands, conversation, sheet, toast, window)
        self.asking.key_asked.connect(self._show_provider)
        self.pages = {
            PRIVACY: LaterPage(lambda: self.privacy.page),
            CLOUD: LaterPage(lambda: self.cloud.page),
            USAGE: LaterPage(lambda: self.usage.page),
        }

    def enter(self, key: str) -> None:
        """Before one of the places is shown."""
        if key in self.pages:
            self.pages[key].build()
        if key == CLOUD:
            self.cloud.refresh()
        elif key == USAGE:
            self.usage.enter()

    def go_offline(self) -> None:
        """From the strip: one press, wherever somebody is."""
        self.privacy.set_online(False)

    def refresh(self) -> None:
        """What has happened since, where it is on the screen."""
        if self._is_shown(PRIVACY):
            self.privacy.refresh()

    # Places, made when they are first wanted

    @cached_property
    def privacy(self) -> PrivacyPlace:
        made = PrivacyPlace(
            self._app.cloud,
            self._theme,
            self._lanes.errands,
            self._toast,
            self._window,
            is_shown=partial(self._is_shown, PRIVACY),
        )
        made.cloud_asked.connect(partial(self.place_asked.emit, CLOUD))
        self._follow(made)
        return made

    @cached_property
    def cloud(self) -> CloudDesk:
        made = CloudDesk(
            self._app.cloud,
            self._theme,
            self._lanes.errands,
            self._sheet,
            self._window,
            collections=lambda: [status.name for status in self._app.collections()],
        )
        made.closed.connect(partial(self.place_asked.emit, SETTINGS))
        made.connections_asked.connect(partial(self.place_asked.emit, PRIVACY))
        made.budget_asked.connect(partial(self.place_asked.emit, USAGE))
        self._follow(made)
        return made

    @cached_property
    def usage(self) -> UsagePlace:
        made = UsagePlace(
            self._app.cloud,
            self._theme,
            self._lanes,
            self._sheet,
            self.asking.receipt,
            self._toast,
            self._window,
        )
        self._follow(made)
        return made

    def _follow(self, place: PrivacyPlace | CloudDesk | UsagePlace) -> None:
        place.changed.connect(self.changed)
        place.failed.connect(self.failed)

    def _show_provider(self, provider_id: str) -> None:
        self.place_asked.emit(CLOUD)
        self.cloud.open(provider_id)
