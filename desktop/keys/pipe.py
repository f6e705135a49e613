"""A key through a pipe, without a copy of it in between.

`Connection.send_bytes` puts a message's length and the message together, and `recv_bytes` reads in pieces:
both leave the key in memory that nobody wipes. Windows' pipes take the buffer as it is.
"""

from __future__ import annotations

import os
import struct
from multiprocessing.connection import Connection

from desktop.keys.secret import LONGEST, Secret

_LENGTH = struct.Struct("!I")

if os.name == "posix":

    def send_key(pipe: Connection, key: Secret) -> None:
        """Raises OSError: nobody reads."""
        _write(pipe.fileno(), memoryview(_LENGTH.pack(len(key))))
        with key.view() as bytes_of_key:
            _write(pipe.fileno(), bytes_of_key)

    def receive_key(pipe: Connection) -> Secret:
        """Raises EOFError: nobody writes; OSError: that is no key."""
        length = bytearray(_LENGTH.size)
        _read(pipe.fileno(), length)
        data = bytearray(_checked(_LENGTH.unpack(length)[0]))
        _read(pipe.fileno(), data)
        return Secret(data)

    def _write(descriptor: int, data: memoryview) -> None:
        done = 0
        while done < len(data):
            with data[done:] as rest:
                done += os.write(descriptor, rest)

    def _read(descriptor: int, data: bytearray) -> None:
        done = 0
        with memoryview(data) as room:
            while done < len(data):
                with room[done:] as rest:
                    read = os.readv(descriptor, [rest])
                if not read:
                    raise EOFError
                done += read

else:

    def send_key(pipe: Connection, key: Secret) -> None:
        """Raises OSError: nobody reads."""
        pipe.send_bytes(_LENGTH.pack(len(key)))
        with key.view() as bytes_of_key:
            pipe.send_bytes(bytes_of_key)

    def receive_key(pipe: Connection) -> Secret:
        """Raises EOFError: nobody writes; OSError: that is no key."""
        length = pipe.recv_bytes(_LENGTH.size)
        data = bytearray(_checked(_LENGTH.unpack(length)[0]))
        pipe.recv_bytes_into(data)
        return Secret(data)


def _checked(length: int) -> int:
    if length > LONGEST:
        raise OSError("longer than a key may be")
    return length
