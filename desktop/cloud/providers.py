"""The providers that could be asked, with where each one's key is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from desktop.cloud.choices import CloudChoices
from desktop.cloud.way_out import checked_proxy
from desktop.egress.egress import Egress
from desktop.keys.key_store import KeyStore
from desktop.keys.secret import Secret
from desktop.window.ports import KeyTested, ProviderRow
from engine.frontier import listing
from engine.frontier.providers import checked, find, known
from engine.frontier.values import Provider, Proxy

Cancelled = Callable[[], bool]


class Providers:
    """Thread-safe: what it holds locks for itself."""

    def __init__(self, choices: CloudChoices, keys: KeyStore, egress: Egress) -> None:
        self._choices = choices
        self._keys = keys
        self._egress = egress

    def all(self) -> tuple[Provider, ...]:
        return known(self._choices.providers())

    def get(self, provider_id: str) -> Provider:
        """Raises ProviderUnknown."""
        return find(provider_id, self.all())

    def is_local(self, provider_id: str) -> bool:
        return any(provider.local for provider in self.all() if provider.id == provider_id)

    def suggested(self) -> list[tuple[str, str]]:
        """Provider and model of everything that is suggested where something is paid."""
        return [(each.id, model) for each in self.all() if not each.local for model in each.models]

    def rows(self) -> list[ProviderRow]:
        """At once; where keys are is what `look` has seen last."""
        used = self._choices.policy().provider
        return [
            ProviderRow(each, self._keys.place(each.id, each.authority), each.id == used)
            for each in self.all()
        ]

    def look(self) -> None:
        """Ask the keyring what it has. Seconds at worst."""
        self._keys.look((each.id, each.authority) for each in self.all())

    def save(self, provider: Provider) -> None:
        """With another address it is another place for a key: the former key goes. Raises ProviderInvalid."""
        new = checked(provider)
        for former in self.all():
            if former.id == new.id and former.authority != new.authority:
                self.remove_key(former.id)
        self._choices.save_provider(new)

    def remove(self, provider_id: str) -> None:
        """With its key: nobody would look for that afterwards. Hard questions go to it no longer."""
        provider = self.get(provider_id)
        self.remove_key(provider.id)
        self._choices.remove_provider(provider_id)
        policy = self._choices.policy()
        if policy.provider not in {each.id for each in self.all()}:
            self._choices.set_policy(replace(policy, provider="", model=""))

    # Keys

    def set_key(self, provider_id: str, key: Secret, *, session: bool) -> None:
        """Raises ProviderUnknown, KeyringMissing, KeyringLocked; NoWayOut for a key of this session."""
        provider = self.get(provider_id)
        if session:
            self._egress.hold_key(provider.id, provider.authority, key)
        else:
            self._egress.drop_key(provider.id, provider.authority)
        self._keys.set(provider.id, provider.authority, key, session=session)

    def remove_key(self, provider_id: str) -> None:
        provider = self.get(provider_id)
        self._egress.drop_key(provider.id, provider.authority)
        self._keys.remove(provider.id, provider.authority)

    def test_key(self, provider_id: str, *, cancelled: Cancelled) -> Iterator[KeyTested]:
        """Raises FrontierError."""
        began = time.perf_counter()
        models = listing.models(self._egress, self.get(provider_id), cancelled=cancelled)
        if models is not None:
            yield KeyTested(models, time.perf_counter() - began)

    # The way out

    def proxy(self) -> Proxy:
        return self._choices.proxy()

    def set_proxy(self, proxy: Proxy) -> None:
        """Raises ProviderInvalid."""
        self._choices.set_proxy(checked_proxy(proxy))
        self._egress.restart()
