"""A service whose module opens a socket while it is imported; it only works where that is denied."""

import socket
from typing import Any

from tests.fakes.service import Misbehaving, Refused

try:
    socket.socket().close()
    _got_one = True
except PermissionError:
    _got_one = False


def build(settings: Any) -> Misbehaving:
    if _got_one:
        raise Refused("a socket while imported")
    return Misbehaving()
