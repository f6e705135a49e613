"""Keys where they are needed: in the processes that send, never in the app."""

from __future__ import annotations

import math
import threading
import time

from desktop.keys.secret import Secret

REMEMBERED_S = 60.0


class SessionKeys:
    """Keys by provider and by the one host that each may be sent to. Thread-safe."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}
        self._lock = threading.Lock()

    def hold(self, provider_id: str, authority: str, key: bytes) -> None:
        with self._lock:
            self._kept[provider_id, authority] = key

    def drop(self, provider_id: str, authority: str) -> None:
        with self._lock:
            self._kept.pop((provider_id, authority), None)

    def read(self, provider_id: str, authority: str) -> Secret | None:
        """A copy, which the caller wipes."""
        with self._lock:
            key = self._kept.get((provider_id, authority))
        return Secret(bytearray(key)) if key is not None else None

    def all(self) -> list[tuple[str, str, bytes]]:
        with self._lock:
            return [(*whose, key) for whose, key in self._kept.items()]


class Keys:
    """Keys of the session, then those of the system's keyring. Thread-safe.

    Asking the keyring starts a process, which takes 0.1 to 0.4 seconds: what it gave is remembered for a
    minute, so that the rows of a run do not each ask.
    """

    def __init__(self, session: SessionKeys) -> None:
        self._session = session
        self._remembered: dict[tuple[str, str], tuple[float, bytes]] = {}
        self._asking = threading.Lock()

    def hold(self, provider_id: str, authority: str, key: bytes) -> None:
        self._session.hold(provider_id, authority, key)

    def drop(self, provider_id: str, authority: str) -> None:
        """Forget a key of the session, and ask the keyring anew."""
        self._session.drop(provider_id, authority)
        self._remembered.pop((provider_id, authority), None)

    def read(self, provider_id: str, authority: str) -> Secret | None:
        """A copy, which the caller wipes.

        Raises:
            KeyringMissing, KeyringLocked
        """
        return self._session.read(provider_id, authority) or self._of_keyring(provider_id, authority)

    def _of_keyring(self, provider_id: str, authority: str) -> Secret | None:
        with self._asking:
            at, key = self._remembered.get((provider_id, authority), (-math.inf, b""))
            if time.monotonic() - at < REMEMBERED_S:
                return Secret(bytearray(key))
            found = _kept(provider_id, authority)
            if found is not None:
                with found.view() as view:
                    self._remembered[provider_id, authority] = (time.monotonic(), bytes(view))
            return found


def _kept(provider_id: str, authority: str) -> Secret | None:
    from desktop.keys.system_keyring import Keyring  # starts a process: only where it is asked

    return Keyring().read(provider_id, authority)
