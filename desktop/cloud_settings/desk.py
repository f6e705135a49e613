"""What the person wants of Settings, Cloud: done in the background, and said where it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.cloud_settings import words
from desktop.cloud_settings.page import CloudPage
from desktop.keys.secret import Secret
from desktop.lanes import Job, Lane, once
from desktop.theme.theme import Theme
from desktop.window.ports import Cloud, KeyTested
from desktop.window.sheet import Sheet
from engine.errors import FrontierError
from engine.frontier.providers import own_id
from engine.frontier.values import Provider, Proxy
from engine.routing.values import Policy, ThresholdEffects

Work = Callable[[Callable[[], bool]], Iterator[Any]]


class CloudDesk(QObject):
    """`page` is what is shown; `changed` when the way out, a key or the policy is another by now.

    `closed`, `connections_asked` and `budget_asked` lead to other places; `failed` brings a bug to be shown.
    """

    changed = Signal()
    closed = Signal()
    connections_asked = Signal()
    budget_asked = Signal()
    failed = Signal(object)

    def __init__(
        self,
        cloud: Cloud,
        theme: Theme,
        lane: Lane,
        sheet: Sheet,
        window: QWidget,
        *,
        collections: Callable[[], Sequence[str]],
    ) -> None:
        super().__init__(window)
        self._cloud = cloud
        self._lane = lane
        self._sheet = sheet
        self._collections = collections
        self._knows_keyring = False
        self.page = CloudPage(theme)
        self._connect()

    def refresh(self) -> None:
        """Ask for everything anew and show it; called when the page comes up."""
        self._show()
        look = self._start(once(self._cloud.look_for_keys), self._keyring_refused)
        look.done.connect(self._looked)
        job = self._start(once(self._cloud.threshold_effects), self.failed.emit)
        job.happened.connect(self._show_effects)

    def open(self, provider_id: str = "") -> None:
        """As `refresh`, with one provider open: from wherever its key is missing."""
        self.refresh()
        if provider_id in {row.provider.id for row in self._cloud.providers()}:
            self.page.open_provider(provider_id)

    def _connect(self) -> None:
        page, providers = self.page, self.page.providers
        page.closed.connect(self.closed)
        page.way_out.online_asked.connect(self._set_online)
        page.way_out.connections_asked.connect(self.connections_asked)
        page.allowed.changed.connect(self._set_policy)
        page.allowed.budget_asked.connect(self.budget_asked)
        page.advanced.saved.connect(self._set_proxy)
        providers.key_given.connect(self._keep_key)
        providers.test_asked.connect(self._test)
        providers.remove_key_asked.connect(self._ask_to_remove_key)
        providers.use_asked.connect(self._use)
        providers.provider_saved.connect(self._save_provider)
        providers.provider_added.connect(self._add_provider)
        providers.remove_asked.connect(self._ask_to_remove)

    def _show(self) -> None:
        cloud, policy = self._cloud, self._cloud.policy()
        keyring = cloud.keyring() if self._knows_keyring else None
        self.page.show_providers(cloud.providers(), keyring, policy.model)
        self.page.show_policy(policy, self._collections(), online=cloud.online())
        self.page.allowed.show_budget(cloud.limits(), cloud.currency())
        self.page.advanced.show_proxy(cloud.proxy())

    def _looked(self) -> None:
        self._knows_keyring = True
        self._show()

    def _keyring_refused(self, error: Exception) -> None:
        """It is there and shut: each wish about a key says so where it is made."""
        if not isinstance(error, FrontierError):
            self.failed.emit(error)

    def _show_effects(self, effects: ThresholdEffects) -> None:
        self.page.allowed.show_effects(effects, self._cloud.currency())

    def _settled(self) -> None:
        self._show()
        self.changed.emit()

    # The way out, and what is allowed

    def _set_online(self, online: bool) -> None:
        job = self._start(once(partial(self._cloud.set_online, online)), self.failed.emit)
        job.done.connect(self._settled)

    def _set_policy(self, policy: Policy) -> None:
        self._cloud.set_policy(policy)
        self._settled()

    def _use(self, provider_id: str, model: str) -> None:
        self._set_policy(replace(self._cloud.policy(), provider=provider_id, model=model))
        self.refresh()

    def _set_proxy(self, proxy: Proxy) -> None:
        job = self._start(once(partial(self._cloud.set_proxy, proxy)), self._proxy_refused)
        job.done.connect(partial(self.page.advanced.say, "Saved."))

    def _proxy_refused(self, error: Exception) -> None:
        if not isinstance(error, FrontierError):
            self.failed.emit(error)
            return
        self.page.advanced.say(words.failure(error))

    # Keys

    def _keep_key(self, provider_id: str, key: Secret, session: bool) -> None:
        """The key is wiped in any case: by the store, or here where it never came to that."""
        self.page.providers.say(provider_id, "busy", "Keeping the key…")
        work = once(partial(self._kept, provider_id, key, session))
        job = self._start(work, partial(self._key_failed, provider_id))
        job.cancelled.connect(partial(_wipe, key))
        job.done.connect(partial(self._key_kept, provider_id))

    def _kept(self, provider_id: str, key: Secret, session: bool) -> None:
        try:
            self._cloud.set_key(provider_id, key, session=session)
        finally:
            key.wipe()

    def _key_kept(self, provider_id: str) -> None:
        self.page.providers.entry(provider_id).panel.key.end_replacing()
        self._settled()
        if self._cloud.online():
            self._test(provider_id)
        else:
            said = "Kept. Go online, then Test says whether it works."
            self.page.providers.say(provider_id, "works", said)

    def _key_failed(self, provider_id: str, error: Exception) -> None:
        """Wrong, expired, out of credit, asked to wait: each says its own sentence."""
        if not isinstance(error, FrontierError):
            self.page.providers.say(provider_id, "failed", "")
            self.failed.emit(error)
            return
        self.page.providers.say(provider_id, "failed", words.failure(error))

    def _test(self, provider_id: str) -> None:
        name = self._name(provider_id)
        self.page.providers.say(provider_id, "busy", f"Asking {name}…")
        work: Work = partial(self._tested, provider_id)
        job = self._start(work, partial(self._key_failed, provider_id))
        job.happened.connect(partial(self._key_works, provider_id))
        job.cancelled.connect(partial(self.page.providers.say, provider_id, "works", ""))

    def _tested(self, provider_id: str, cancelled: Callable[[], bool]) -> Iterator[KeyTested]:
        yield from self._cloud.test_key(provider_id, cancelled=cancelled)

    def _key_works(self, provider_id: str, found: KeyTested) -> None:
        self.page.providers.show_listed(provider_id, found.models)
        self.page.providers.say(provider_id, "works", words.tested(found))

    def _ask_to_remove_key(self, provider_id: str) -> None:
        self._sheet.ask(
            f"Remove the key for {self._name(provider_id)}?",
            "It goes from this computer for good. At the provider it stays valid until you revoke it there.",
            [
                ("Keep it", "secondary", None),
                ("Remove key", "danger", partial(self._remove_key, provider_id)),
            ],
        )

    def _remove_key(self, provider_id: str) -> None:
        work = once(partial(self._cloud.remove_key, provider_id))
        job = self._start(work, partial(self._key_failed, provider_id))
        job.done.connect(partial(self._key_removed, provider_id))

    def _key_removed(self, provider_id: str) -> None:
        self.page.providers.say(provider_id, "works", "")
        self._settled()

    # Providers of the person's own

    def _add_provider(self, provider: Provider) -> None:
        """Under an id that no other has: two servers may have one name."""
        taken = [row.provider.id for row in self._cloud.providers()]
        self._save_provider(replace(provider, id=own_id(provider.name, taken)))

    def _save_provider(self, provider: Provider) -> None:
        job = self._start(
            once(partial(self._cloud.save_provider, provider)), partial(self._provider_refused, provider)
        )
        job.done.connect(partial(self._provider_saved, provider))

    def _provider_saved(self, provider: Provider) -> None:
        self._settled()
        self.page.providers.saved(provider)

    def _provider_refused(self, provider: Provider, error: Exception) -> None:
        if not isinstance(error, FrontierError):
            self.failed.emit(error)
            return
        self.page.providers.refuse(provider, words.failure(error))

    def _ask_to_remove(self, provider_id: str) -> None:
        self._sheet.ask(
            f"Remove {self._name(provider_id)}?",
            "Its address and its key are forgotten. Answers that came from it stay in your chats.",
            [
                ("Keep it", "secondary", None),
                ("Remove provider", "danger", partial(self._remove, provider_id)),
            ],
        )

    def _remove(self, provider_id: str) -> None:
        job = self._start(once(partial(self._cloud.remove_provider, provider_id)), self.failed.emit)
        job.done.connect(self._settled)

    # Work

    def _name(self, provider_id: str) -> str:
        rows = self._cloud.providers()
        return next((words.name(row) for row in rows if row.provider.id == provider_id), provider_id)

    def _start(self, work: Work, failed: Callable[[Any], Any]) -> Job:
        job = self._lane.job(work)
        job.failed.connect(failed)
        self._lane.start(job)
        return job


def _wipe(key: Secret) -> None:
    key.wipe()
