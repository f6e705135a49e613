"""A real GNOME keyring on a D-Bus of its own, without a screen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")


def absent() -> str:
    """Why there can be none here; “” where it can."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"{', '.join(missing)} not installed (the packages dbus and gnome-keyring)" if missing else ""


class RunningKeyring:
    """`address`: of its bus, for DBUS_SESSION_BUS_ADDRESS. `folder`: where it writes what it keeps."""

    def __init__(self, folder: Path, address: str, daemon: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.address = address
        self._daemon = daemon

    def pause(self) -> None:
        """From here on it answers nothing, as one that hangs."""
        self._daemon.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._daemon.send_signal(signal.SIGCONT)

    def lock(self) -> None:
        import secretstorage

        bus = secretstorage.dbus_init()
        secretstorage.get_default_collection(bus).lock()
        bus.close()


@contextmanager
def running_keyring(folder: Path) -> Iterator[RunningKeyring]:
    """An unlocked keyring. Prompts of its own find no screen, and count as dismissed."""
    variables = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    variables |= {"XDG_DATA_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    bus = _started(["dbus-daemon", "--session", "--nofork", "--print-address"], variables)
    try:
        assert bus.stdout is not None
        address = bus.stdout.readline().decode().strip()
        variables["DBUS_SESSION_BUS_ADDRESS"] = address
        daemon = _started(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"], variables
        )
        try:
            assert daemon.stdin is not None and daemon.stdout is not None
            daemon.stdin.write(b"password of the keyring")
            daemon.stdin.close()
            daemon.stdout.readline()  # it says where it is once it is there
            yield RunningKeyring(folder, address, daemon)
        finally:
            _end(daemon)
    finally:
        _end(bus)


def _started(command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=variables,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
