"""Everything that can leave this computer, behind one door; the port is `desktop.window.ports.Cloud`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from desktop.cloud.chats import ChatQuestions
from desktop.cloud.choices import CloudChoices
from desktop.cloud.providers import Providers
from desktop.cloud.tasks import TaskFrontier
from desktop.egress.egress import Egress
from desktop.egress.kept_log import KeptLog
from desktop.egress.proving import Proof, prove
from desktop.egress.report import write_report
from desktop.keys.key_store import KeyStore
from desktop.keys.secret import Secret
from desktop.money import Money
from desktop.network import Attempt, NetworkLog
from desktop.processes.sandbox import Confinement
from desktop.window.ports import KeyTested, ProviderRow
from engine.answering import AnswerEvent
from engine.chats.store import Scope
from engine.frontier.values import Draft, Provider, Proxy
from engine.routing.thresholds import effects
from engine.routing.values import PastAnswer, Policy, Route, ThresholdEffects
from engine.usage.values import (
    CallRow,
    Currency,
    Limits,
    OriginKind,
    Price,
    PriceRow,
    Receipt,
    Spent,
    UsageReport,
)
from engine.values import Answer

Cancelled = Callable[[], bool]
COURIER = "courier"


def _never() -> bool:
    return False


class Cloud:
    """Thread-safe: its parts lock for themselves."""

    def __init__(
        self,
        *,
        egress: Egress,
        network: NetworkLog,
        log: KeptLog,
        held: Callable[[], dict[str, Confinement]],
        keys: KeyStore,
        choices: CloudChoices,
        providers: Providers,
        questions: ChatQuestions,
        money: Money,
        past: Callable[[], Sequence[PastAnswer]],
        tasks: Callable[[Provider, str], TaskFrontier],
        close: Callable[[], None],
    ) -> None:
        """`held`: what the system holds the running processes to; `past`: what the slider looks back on;
        `tasks`: the way of runs to a model."""
        self._egress = egress
        self._network = network
        self._log = log
        self._held = held
        self._keys = keys
        self._choices = choices
        self._providers = providers
        self._questions = questions
        self._money = money
        self.work = money.work
        self._past = past
        self._tasks = tasks
        self._close = close

    # The way out

    def online(self) -> bool:
        return self._egress.online

    def set_online(self, online: bool) -> None:
        """Raises NoWayOut."""
        self._egress.set_online(online)

    def attempts(self) -> list[Attempt]:
        return self._log.entries()

    def attempts_now(self) -> list[Attempt]:
        return self._network.entries()

    def export_attempts(self, path: Path) -> None:
        write_report(self.attempts(), path)

    def held(self) -> dict[str, Confinement]:
        held = self._held()
        if self.online():
            held[COURIER] = Confinement(reason="it carries what you send, and nothing else")
        return held

    def prove(self) -> Iterator[Proof]:
        return prove(self._network)

    # Providers and keys

    def keyring(self) -> str:
        return self._keys.keyring()

    def look_for_keys(self) -> None:
        """Ask the keyring what it has. Seconds at worst, so run it on a lane."""
        self._providers.look()

    def providers(self) -> list[ProviderRow]:
        return self._providers.rows()

    def save_provider(self, provider: Provider) -> None:
        self._providers.save(provider)

    def remove_provider(self, provider_id: str) -> None:
        self._providers.remove(provider_id)

    def set_key(self, provider_id: str, key: Secret, *, session: bool = False) -> None:
        self._providers.set_key(provider_id, key, session=session)

    def remove_key(self, provider_id: str) -> None:
        self._providers.remove_key(provider_id)

    def test_key(self, provider_id: str, *, cancelled: Cancelled = _never) -> Iterator[KeyTested]:
        return self._providers.test_key(provider_id, cancelled=cancelled)

    def proxy(self) -> Proxy:
        return self._providers.proxy()

    def set_proxy(self, proxy: Proxy) -> None:
        self._providers.set_proxy(proxy)

    # What is allowed

    def policy(self) -> Policy:
        return self._choices.policy()

    def set_policy(self, policy: Policy) -> None:
        self._choices.set_policy(policy)

    def threshold_effects(self) -> ThresholdEffects:
        return effects(self._past())

    # Chats

    def route(self, chat_id: int) -> Route:
        return self._questions.route(chat_id)

    def draft(
        self,
        chat_id: int,
        *,
        provider_id: str = "",
        model: str = "",
        passages: Sequence[int] | None = None,
        cancelled: Cancelled = _never,
    ) -> Iterator[Draft]:
        return self._questions.draft(
            chat_id, provider_id=provider_id, model=model, passages=passages, cancelled=cancelled
        )

    def masked(self, draft: Draft, placeholder: str, on: bool) -> Draft:
        return self._questions.masked(draft, placeholder, on)

    def send_draft(
        self, chat_id: int, draft: Draft, *, cancelled: Cancelled = _never
    ) -> Iterator[AnswerEvent]:
        return self._questions.send(chat_id, draft, cancelled=cancelled)

    # Questions without a chat

    def draft_alone(
        self, question: str, answer: Answer, scope: Scope, *, provider_id: str = "", model: str = ""
    ) -> Draft:
        """A question answered on this computer, as it would be sent. Raises KeptHere, ProviderUnknown."""
        return self._questions.draft_alone(question, answer, scope, provider_id=provider_id, model=model)

    def send_alone(self, draft: Draft, *, cancelled: Cancelled = _never) -> Iterator[AnswerEvent]:
        """Send exactly this; nothing but its receipt is kept. Raises FrontierError."""
        return self._questions.send_alone(draft, cancelled=cancelled)

    def receipt(self, message_id: int) -> Receipt | None:
        return self._money.receipt(message_id)

    # Tasks

    def frontier(self) -> TaskFrontier | None:
        """The provider's model chosen for hard questions, as runs ask it; None where none is chosen.

        Raises:
            ProviderUnknown: it was removed.
        """
        policy = self._choices.policy()
        if not policy.provider or not policy.model:
            return None
        return self._tasks(self._providers.get(policy.provider), policy.model)

    # Money

    def usage(self, days: int = 30) -> UsageReport:
        return self._money.usage(days)

    def spent(self) -> Spent:
        return self._money.spent()

    def currency(self) -> Currency:
        return self._money.currency()

    def currencies(self) -> list[str]:
        return self._money.currencies()

    def set_currency(self, code: str) -> None:
        self._money.set_currency(code)

    def limits(self) -> Limits:
        return self._money.limits()

    def set_limits(self, limits: Limits) -> None:
        self._money.set_limits(limits)

    def price(self, provider_id: str, model: str) -> Price | None:
        return self._money.price(provider_id, model)

    def prices(self) -> list[PriceRow]:
        return self._money.prices()

    def set_price(self, provider_id: str, model: str, price: Price | None) -> None:
        self._money.set_price(provider_id, model, price)

    def calls(self, limit: int = 100) -> list[CallRow]:
        return self._money.calls(limit)

    def receipt_of_call(self, call_id: int) -> Receipt | None:
        return self._money.receipt_of_call(call_id)

    def export_usage(self, path: Path) -> None:
        self._money.export_usage(path)

    def forget_all_but(self, kind: OriginKind, subjects: Iterable[int]) -> int:
        """Receipts of chats or runs that there are no more."""
        return self._money.forget_all_but(kind, subjects)

    def close(self) -> None:
        """End the courier, forget keys of this session, close the ledger. Quick."""
        self._egress.close()
        self._keys.close()
        self._close()
