"""Keys “for this session only”: in memory until Carrel closes, for systems without a keyring."""

from __future__ import annotations

import threading

from desktop.keys.secret import Secret


class SessionKeys:
    """Wipes what it lets go. Thread-safe."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], Secret] = {}
        self._lock = threading.Lock()

    def has(self, provider_id: str, authority: str) -> bool:
        return (provider_id, authority) in self._keys

    def held(self) -> list[tuple[str, str]]:
        """For which provider and authority there is one."""
        with self._lock:
            return list(self._keys)

    def read(self, provider_id: str, authority: str) -> Secret | None:
        """A copy, to be wiped by whoever asked."""
        with self._lock:
            kept = self._keys.get((provider_id, authority))
            return kept.copy() if kept else None

    def write(self, provider_id: str, authority: str, secret: Secret) -> None:
        """`secret` stays the caller's, to be wiped."""
        self.remove(provider_id, authority)
        with self._lock:
            self._keys[provider_id, authority] = secret.copy()

    def remove(self, provider_id: str, authority: str) -> None:
        with self._lock:
            kept = self._keys.pop((provider_id, authority), None)
            if kept:
                kept.wipe()

    def clear(self) -> None:
        for account in self.held():
            self.remove(*account)
