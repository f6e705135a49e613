"""Tries to reach 127.0.0.1:PORT in the way named, and says whether it could. Both watchers must catch it.

Usage: canary.py WAY PORT, where WAY is python, libc, child, datagram, thread, offline or worker.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path


def by_python(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), 5).close()


def by_libc(port: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    address = struct.pack("=HHI8x", socket.AF_INET, socket.htons(port), 0x0100007F)
    if libc.connect(libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0), address, len(address)):
        raise OSError(ctypes.get_errno(), "connect")


def by_child(port: int) -> None:
    subprocess.run([sys.executable, __file__, "python", str(port)], check=True, timeout=30)


def by_datagram(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"x", ("127.0.0.1", port))


def by_thread(port: int) -> None:
    thread = threading.Thread(target=by_python, args=(port,))
    thread.start()
    thread.join()


def while_offline(port: int) -> None:
    """Refused by Carrel's own walls: the try itself must be seen nevertheless."""
    from desktop.network import go_offline

    go_offline()
    by_libc(port)


def in_a_worker(port: int) -> None:
    from desktop.processes.supervisor import Supervisor
    from tests.fakes.service import Reach, describe

    with tempfile.TemporaryDirectory() as folder:
        supervisor = Supervisor(describe(), Path(folder) / "log")
        try:
            (reached,) = supervisor.call(Reach("python", port), timeout_s=60)
        finally:
            supervisor.stop()
    if not reached.yes:
        raise OSError(reached.detail)


WAYS = {
    "python": by_python,
    "libc": by_libc,
    "child": by_child,
    "datagram": by_datagram,
    "thread": by_thread,
    "offline": while_offline,
    "worker": in_a_worker,
}

if __name__ == "__main__":
    WAYS[sys.argv[1]](int(sys.argv[2]))
