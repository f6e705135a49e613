"""What the person chose about the cloud, in carrel.db: what is allowed, providers, how to get out."""

from __future__ import annotations

import threading
from typing import Any, Protocol, TypeVar

import msgspec

from engine.frontier.values import Provider, Proxy
from engine.routing.values import Policy

T = TypeVar("T")

POLICY, PROVIDERS, PROXY = "cloud.policy", "cloud.providers", "cloud.proxy"


class Kept(Protocol):
    """The settings of the profile."""

    def setting(self, key: str, default: Any) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None: ...


class CloudChoices:
    """Usable from any thread. What is kept and cannot be understood counts as not allowed, or not there."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._lock = threading.Lock()

    def policy(self) -> Policy:
        kept = self._kept.setting(POLICY, None)
        return Policy() if kept is None else _as(kept, Policy, Policy(mode="never", tasks="never"))

    def set_policy(self, policy: Policy) -> None:
        self._write(POLICY, policy)

    def chosen(self) -> tuple[str, str]:
        """Provider and model for hard questions; “” where none is chosen."""
        policy = self.policy()
        return policy.provider, policy.model

    def providers(self) -> tuple[Provider, ...]:
        """Those that the person added or changed."""
        return _as(self._kept.setting(PROVIDERS, []), tuple[Provider, ...], ())

    def save_provider(self, provider: Provider) -> None:
        with self._lock:
            others = [kept for kept in self.providers() if kept.id != provider.id]
            self._write(PROVIDERS, [*others, provider])

    def remove_provider(self, provider_id: str) -> None:
        with self._lock:
            self._write(PROVIDERS, [kept for kept in self.providers() if kept.id != provider_id])

    def proxy(self) -> Proxy:
        return _as(self._kept.setting(PROXY, {}), Proxy, Proxy())

    def set_proxy(self, proxy: Proxy) -> None:
        self._write(PROXY, proxy)

    def _write(self, key: str, value: Any) -> None:
        self._kept.put_setting(key, msgspec.to_builtins(value))


def _as(kept: Any, kind: type[T], otherwise: T) -> T:
    try:
        return msgspec.convert(kept, kind)
    except msgspec.ValidationError:
        return otherwise
