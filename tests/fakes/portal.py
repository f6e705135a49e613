"""The desktop's portal on a bus of its own: `dbus-run-session -- python -m tests.fakes.portal URL`.

Has a child open the address as Carrel does, and prints what the portal was asked and whether the child was
told that it was opened.
"""

from __future__ import annotations

import json
import subprocess
import sys

from jeepney import HeaderFields, MessageType, message_bus, new_method_return
from jeepney.io.blocking import open_dbus_connection

CHILD = """
import sys
from PySide6.QtCore import QCoreApplication
from desktop.window.browser import ask_portal
application = QCoreApplication([])
print(ask_portal(sys.argv[1]))
"""


def main() -> None:
    bus = open_dbus_connection("SESSION")
    bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.portal.Desktop"))
    child = subprocess.Popen([sys.executable, "-c", CHILD, sys.argv[1]], stdout=subprocess.PIPE, text=True)
    asked = None
    while asked is None:
        message = bus.receive()
        fields = message.header.fields
        if message.header.message_type is MessageType.method_call:
            bus.send(new_method_return(message, "o", ("/org/freedesktop/portal/desktop/request/1",)))
            if fields.get(HeaderFields.interface) == "org.freedesktop.portal.OpenURI":
                asked = [fields.get(HeaderFields.member), *message.body]
    took, _ = child.communicate()
    sys.stdout.write(json.dumps({"asked": asked, "took": took.strip()}))


if __name__ == "__main__":
    main()
