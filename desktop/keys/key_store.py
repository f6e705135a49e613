"""Where each provider's key is, answered at once: the keyring is asked before, on another thread."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal, Protocol

from desktop.keys.secret import Secret
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
    """The system's keyring, and which keys there are for this session only.

    Those are held by whoever sends (`desktop/egress/`), outside of the app; here stands only that there is
    one. At once, from any thread: `place`, `keyring`. The others may take seconds; where there is no keyring
    they raise KeyringMissing, where it stays shut KeyringLocked.
    """

    def __init__(self, keyring: SystemKeyring) -> None:
        self._keyring = keyring
        self._name = ""
        self._kept: set[Account] = set()
        self._held: set[Account] = set()
        self._lock = threading.Lock()

    def keyring(self) -> str:
        """The keyring's name as last seen; “” where there is none, or before `look`."""
        return self._name

    def place(self, provider_id: str, authority: str) -> KeyPlace:
        """Where the key is, as last seen: one of this session goes before the keyring's."""
        if (provider_id, authority) in self._held:
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
        """Keep a key in place of any before; it is wiped here, whatever becomes of it.

        `session`: whoever sends has it by now, and nothing is kept here.
        """
        try:
            if not session:
                self._keyring.write(provider_id, authority, key)
        finally:
            key.wipe()
        account = (provider_id, authority)
        with self._lock:
            if session:
                self._held.add(account)
            else:
                self._held.discard(account)
                self._kept.add(account)

    def remove(self, provider_id: str, authority: str) -> None:
        """From the keyring; whoever sends forgets its own."""
        with self._lock:
            self._held.discard((provider_id, authority))
        with suppress(KeyringMissing):
            self._keyring.remove(provider_id, authority)
        with self._lock:
            self._kept.discard((provider_id, authority))

    def close(self) -> None:
        with self._lock:
            self._held.clear()
