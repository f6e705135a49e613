"""Where each provider's key is, answered at once: the keyring is asked before, on another thread."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal, Protocol

from desktop.keys.secret import Secret
from desktop.keys.session_keys import SessionKeys
from engine.errors import KeyringMissing

KeyPlace = Literal["", "keyring", "session"]

Account = tuple[str, str]
"""A provider's id, and the authority that its key is bound to."""


class SystemKeyring(Protocol):
    """`desktop.keys.system_keyring.Keyring`, whose methods may take seconds."""

    def name(self) -> str: ...
    def look(self, accounts: Iterable[Account]) -> set[Account]: ...
    def read(self, provider_id: str, authority: str) -> Secret | None: ...
    def write(self, provider_id: str, authority: str, secret: Secret) -> None: ...
    def remove(self, provider_id: str, authority: str) -> None: ...


class KeyStore:
    """The system's keyring and the keys of this session.

    At once, from any thread: `place`, `keyring`, `session`. The others may take seconds; where there is no
    keyring they raise KeyringMissing, where it stays shut KeyringLocked.
    """

    def __init__(self, keyring: SystemKeyring) -> None:
        self.session = SessionKeys()
        self._keyring = keyring
        self._name = ""
        self._kept: set[Account] = set()
        self._lock = threading.Lock()

    def keyring(self) -> str:
        """The keyring's name as last seen; “” where there is none, or before `look`."""
        return self._name

    def place(self, provider_id: str, authority: str) -> KeyPlace:
        """Where the key is, as last seen: one of this session goes before the keyring's."""
        if self.session.has(provider_id, authority):
            return "session"
        return "keyring" if (provider_id, authority) in self._kept else ""

    def look(self, accounts: Iterable[Account]) -> None:
        """Ask the keyring which of these it has. A system without one has none; that is no error here."""
        wanted = set(accounts)
        try:
            found = self._keyring.look(wanted)
            name = self._keyring.name() if not self._name else self._name
        except KeyringMissing:
            found, name = set(), ""
        with self._lock:
            self._kept = (self._kept - wanted) | found
            self._name = name

    def set(self, provider_id: str, authority: str, key: Secret, *, session: bool = False) -> None:
        """Keep a key in place of any before; it is wiped here, whatever becomes of it."""
        try:
            if session:
                self.session.write(provider_id, authority, key)
                return
            self._keyring.write(provider_id, authority, key)
        finally:
            key.wipe()
        self.session.remove(provider_id, authority)
        with self._lock:
            self._kept.add((provider_id, authority))

    def remove(self, provider_id: str, authority: str) -> None:
        """From wherever it is."""
        self.session.remove(provider_id, authority)
        with suppress(KeyringMissing):
            self._keyring.remove(provider_id, authority)
        with self._lock:
            self._kept.discard((provider_id, authority))

    def close(self) -> None:
        self.session.clear()
