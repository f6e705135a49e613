"""Opens a web page or a mail in the system's own program, after the person has seen the address."""

from __future__ import annotations

import sys

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from desktop.chat.addresses import Address

PORTAL = "org.freedesktop.portal.Desktop"
WAIT_MS = 3_000


def open_address(address: Address) -> bool:
    """Whether the system took it. Only what `addresses.read` has let through can come here."""
    if sys.platform == "linux" and ask_portal(address.url):
        return True
    return QDesktopServices.openUrl(QUrl(address.url, QUrl.ParsingMode.StrictMode))


def ask_portal(url: str) -> bool:
    """Whether the desktop's portal opened it.

    A browser that Carrel starts itself would inherit that Carrel has no network; one that the portal starts
    does not.
    """
    from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    call = QDBusMessage.createMethodCall(
        PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.OpenURI", "OpenURI"
    )
    call.setArguments(["", url, {}])
    reply = bus.call(call, QDBus.CallMode.Block, WAIT_MS)
    return reply.type() == QDBusMessage.MessageType.ReplyMessage
