"""The systems' own keyrings, each by name: nothing that may be installed beside Carrel is ever asked.

`keyring.get_keyring()` would take whatever is installed (`keyrings.alt` keeps keys base64-encoded in a plain
file), and whatever a configuration file or an environment variable says. Imported by the keyring's own
process alone (`desktop/keys/process.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from importlib import import_module
from typing import Any, Protocol

SERVICE = "Carrel"

_STANDS_ON = ("keyring", "secretstorage", "jeepney", "pywintypes", "win32ctypes")


class Missing(Exception):
    """This system has no keyring of its own, or it does not run; the message says why."""


class Locked(Exception):
    """It is locked, or refused; the message says why."""


class BackEnd(Protocol):
    """A keyring. Its methods raise Missing and Locked; each may wait for the person to unlock it, but
    `held` on Linux, which asks nothing of anybody."""

    name: str

    def held(self, accounts: Iterable[str]) -> list[str]:
        """Those of the accounts that have a key."""
        ...

    def read(self, account: str) -> str | None: ...
    def write(self, account: str, key: str) -> None: ...
    def remove(self, account: str) -> None:
        """Nothing happens where there is none."""
        ...


def own_keyring() -> BackEnd:
    """This system's own keyring. Raises Missing."""
    if sys.platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring

        return Vault("Windows Credential Manager", _made(WinVaultKeyring))
    if sys.platform == "darwin":
        from keyring.backends.macOS import Keyring

        return Vault("macOS Keychain", _made(Keyring))
    from keyring.backends.SecretService import Keyring as ServiceKeyring

    return SecretService(_made(ServiceKeyring))


def _made(kind: Any) -> Any:
    """An instance of a back end of `keyring` that can be used here."""
    try:
        kind.priority  # noqa: B018 – raises where the back end cannot be used
        return kind()
    except Exception as error:
        if isinstance(error, RuntimeError) or _is_the_keyrings(error):
            raise Missing(_sentence(error)) from error
        raise


class Vault:
    """Windows' and macOS' own: one entry at a time, and no look without reading."""

    def __init__(self, name: str, keyring: Any) -> None:
        self.name = name
        self._keyring = keyring

    def held(self, accounts: Iterable[str]) -> list[str]:
        return [account for account in accounts if self.read(account) is not None]

    def read(self, account: str) -> str | None:
        with _Refusals():
            key: str | None = self._keyring.get_password(SERVICE, account)
        return key

    def write(self, account: str, key: str) -> None:
        with _Refusals():
            self._keyring.set_password(SERVICE, account, key)

    def remove(self, account: str) -> None:
        if self.read(account) is not None:
            with _Refusals():
                self._keyring.delete_password(SERVICE, account)


class SecretService(Vault):
    """GNOME's keyring, KDE's wallet and others that speak the Secret Service's protocol over D-Bus."""

    def __init__(self, keyring: Any) -> None:
        super().__init__("Secret Service", keyring)
        self._storage = import_module("secretstorage")
        keyring.appid = SERVICE  # names the entry in the system's own window of passwords

    def held(self, accounts: Iterable[str]) -> list[str]:
        """Looks at the names of what is kept: a locked keyring need not be opened for that."""
        with _Refusals(), closing(self._storage.dbus_init()) as bus:
            return [account for account in accounts if self._has(bus, account)]

    def _has(self, bus: Any, account: str) -> bool:
        found = self._storage.search_items(bus, {"service": SERVICE, "username": account})
        return next(iter(found), None) is not None


class _Refusals:
    """Turns what back ends raise into Missing and Locked; bugs travel up."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if type(error).__name__ == "SecretServiceNotAvailableException":
            raise Missing(_sentence(error)) from error
        if _is_the_keyrings(error):
            raise Locked(_sentence(error)) from error


def _is_the_keyrings(error: BaseException | None) -> bool:
    """Whether it comes of `keyring`, what that stands on, or a broken connection to the system's service."""
    module = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | EOFError) or module in _STANDS_ON


def _sentence(error: BaseException | None) -> str:
    """What the system says; no key stands in it: none of these errors is about what is kept."""
    return " ".join(str(error).split())[:200]
