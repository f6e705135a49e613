"""Keys that are kept for this session only: in the processes that send, never in the app."""

from __future__ import annotations

import threading

from desktop.keys.secret import Secret


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
    """Keys of the session, then those of the system's keyring."""

    def __init__(self, session: SessionKeys) -> None:
        self._session = session

    def read(self, provider_id: str, authority: str) -> Secret | None:
        """
        Raises:
            KeyringMissing, KeyringLocked
        """
        return self._session.read(provider_id, authority) or _kept(provider_id, authority)


def _kept(provider_id: str, authority: str) -> Secret | None:
    from desktop.keys.system_keyring import Keyring  # starts a process: only where it is asked

    return Keyring().read(provider_id, authority)
