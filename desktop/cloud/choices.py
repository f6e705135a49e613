"""What the person chose about the cloud: what is allowed, their own providers, how to get out. In carrel.db."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from engine.frontier.values import Provider, Proxy
from engine.routing.values import Policy

POLICY, PROVIDERS, PROXY = "cloud.policy", "cloud.providers", "cloud.proxy"


class Kept(Protocol):
    """The settings of the profile."""

    def setting(self, key: str, default: Any) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None: ...


class CloudChoices:
    """Usable from any thread. What a newer Carrel wrote and this one does not understand counts as not chosen:
    of what is allowed that is the careful side."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._lock = threading.Lock()

    def policy(self) -> Policy:
        return self._read(POLICY, Policy, Policy(mode="never"))

    def set_policy(self, policy: Policy) -> None:
        self._write(POLICY, policy)

    def providers(self) -> Sequence[Provider]:
        """Those that the person added or changed."""
        return self._read(PROVIDERS, tuple[Provider, ...], ())

    def save_provider(self, provider: Provider) -> None:
        with self._lock:
            others = [kept for kept in self.providers() if kept.id != provider.id]
            self._write(PROVIDERS, [*others, provider])

    def remove_provider(self, provider_id: str) -> None:
        with self._lock:
            self._write(PROVIDERS, [kept for kept in self.providers() if kept.id != provider_id])

    def proxy(self) -> Proxy:
        return self._read(PROXY, Proxy, Proxy())

    def set_proxy(self, proxy: Proxy) -> None:
        self._write(PROXY, proxy)

    def _read(self, key: str, kind: Any, unread: Any) -> Any:
        kept = self._kept.setting(key, None)
        if kept is None:
            return Policy() if kind is Policy else unread
        try:
            return msgspec.convert(kept, kind)
        except msgspec.ValidationError:
            return unread

    def _write(self, key: str, value: Any) -> None:
        self._kept.put_setting(key, msgspec.to_builtins(value))
