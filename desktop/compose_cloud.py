"""Joins what can leave this computer: the way out, keys, drafts, the ledger. Called by `compose.py`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from desktop import places
from desktop.answers import Answers
from desktop.cloud.chats import ChatQuestions
from desktop.cloud.choices import CloudChoices
from desktop.cloud.cloud import Cloud
from desktop.cloud.drafting import Drafting, restorer
from desktop.cloud.past import past_answers
from desktop.cloud.providers import Providers
from desktop.cloud.tasks import TaskFrontier
from desktop.egress.door import Door
from desktop.egress.egress import Egress
from desktop.egress.kept_log import KeptLog
from desktop.errors import WorkerLost
from desktop.keys.key_store import KeyStore
from desktop.keys.system_keyring import Keyring
from desktop.money import Money
from desktop.names_for_masking import NamesForMasking
from desktop.network import NetworkLog
from desktop.places import Profile
from desktop.processes.sandbox import Confinement
from engine.chats.store import ChatStore
from engine.database import Database
from engine.errors import PricesDamaged
from engine.frontier.calling import Calls
from engine.frontier.values import Provider
from engine.usage import prices
from engine.usage.choices import Kept, UsageChoices
from engine.usage.ledger import Ledger
from engine.usage.migrations import MIGRATIONS
from rag.library import Library

log = logging.getLogger(__name__)


def compose_cloud(
    profile: Profile,
    network: NetworkLog,
    door: Door | None,
    chats: ChatStore,
    library: Library,
    answers: Answers,
    *,
    held: Callable[[], dict[str, Confinement]],
) -> Cloud:
    """Offline; nothing is started and nobody is asked. `held`: what the system holds the processes to."""
    attempts = KeptLog(profile.network)
    attempts.follow(network)
    choices, keys = CloudChoices(chats), KeyStore(Keyring())
    egress = Egress(door=door, network=network, proxy=choices.proxy)
    providers = Providers(choices, keys, egress)
    ledger, known, chosen = usage(profile, chats, is_local=providers.is_local)
    ledger.recover()
    drafting = Drafting(NamesForMasking(library, lost=(WorkerLost,)), known)
    calls = Calls(egress, ledger, restorer)
    questions = ChatQuestions(
        chats=chats,
        library=library,
        answers=answers,
        choices=choices,
        providers=providers,
        drafting=drafting,
        calls=calls,
        ledger=ledger,
        online=lambda: egress.online,
    )

    def way_of_tasks(provider: Provider, model: str) -> TaskFrontier:
        drafts = drafting.unattended(choices.policy().masked)
        return TaskFrontier(calls, drafts, provider, model, ledger=ledger, choices=chosen)

    return Cloud(
        egress=egress,
        network=network,
        log=attempts,
        held=held,
        keys=keys,
        choices=choices,
        providers=providers,
        questions=questions,
        money=Money(ledger, known, chosen, hard=choices.chosen, suggested=providers.suggested),
        past=partial(past_answers, chats, known, choices),
        tasks=way_of_tasks,
        close=ledger.close,
    )


def usage(
    profile: Profile, kept: Kept, *, is_local: Callable[[str], bool] = lambda _: False
) -> tuple[Ledger, prices.Prices, UsageChoices]:
    """What was spent, what is asked for it, and what may be; `kept` are the profile's settings.

    A table of prices that cannot be read leaves every price unknown, and keeps nobody from their chats.
    """
    try:
        table = prices.read(places.prices())
    except PricesDamaged as error:
        log.warning("%s", error)
        table = prices.PriceTable()
    choices = UsageChoices(kept, table.currencies)
    known = prices.Prices(table, choices, is_local=is_local)
    return Ledger(Database(profile.usage, MIGRATIONS), known, choices), known, choices
