"""What crosses the seams of usage. Money is whole micro-dollars (1 USD = 1,000,000): providers bill in USD.

The person sees it in their currency, at the dated rate of the price table (`Currency`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Money = int
"""Micro-dollars."""

OriginKind = Literal["chat", "task", "question", "test"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a call is for. `subject` is the chat's or run's number; `row` the input's number in a run.

    `name` is shown: the recipe's name, the chat's title.
    """

    kind: OriginKind
    subject: int | None = None
    row: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """Of one model, in USD per million tokens. `cached` None: as `prompt`. `as_of`: “2026-11-01”."""

    prompt: float
    completion: float
    cached: float | None = None
    as_of: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A model in the list of prices. `price` None: it is not known. `own`: the person entered it.

    `calls`: how often it was asked.
    """

    provider: str
    model: str
    price: Price | None
    own: bool = False
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Currency:
    """How money is shown: `code` (EUR), and how many of it one dollar is, on which day."""

    code: str = "USD"
    per_dollar: float = 1.0
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call would take. `amount` None: the price is not known; 0 for local servers.

    `completion_tokens` is what is expected, `most` the amount if the reply is as long as it may be:
    what is held against the budget.
    """

    prompt_tokens: int
    completion_tokens: int
    amount: Money | None
    most: Money | None


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard limits; None: none. `run`: for one run of a task."""

    day: Money | None = None
    month: Money | None = None
    run: Money | None = None


CallState = Literal["reserved", "done", "failed", "cancelled", "interrupted"]
"""“reserved” counts with its most until it is settled; “interrupted”: Carrel ended meanwhile."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as the ledger keeps it. `amount` is what it cost, an estimate where `exact` is False.

    `seconds` wall time, `when` seconds since 1970. `reason` says why it failed.
    """

    id: int
    when: float
    origin: Origin
    provider: str
    model: str
    state: CallState
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    amount: Money | None = None
    exact: bool = True
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was sent and what came, word for word: `request` is the body's bytes as they went out.

    `response` is the reply's text as it came, with its placeholders; `restored` as the person sees it.
    `placeholders`: (placeholder, original) of what was masked.
    """

    call: CallRow
    url: str
    request: bytes
    response: str
    restored: str
    placeholders: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """Against the limits now; what is reserved included."""

    day: Money = 0
    month: Money = 0
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class UsageDay:
    """Calls of one day (“2026-11-24”, local time), provider, model and kind of origin, added up."""

    day: str
    provider: str
    model: str
    origin: OriginKind
    name: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    amount: Money
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class LocalDay:
    """What was answered on this computer on one day."""

    day: str
    origin: OriginKind
    name: str
    answers: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class UsageReport:
    """`frontier_amount`: what the local work would have cost with the model chosen for hard questions; None
    where that has no known price. `energy_wh`: of the local work, None where the system does not tell."""

    days: tuple[UsageDay, ...]
    local: tuple[LocalDay, ...]
    spent: Spent
    currency: Currency
    frontier_amount: Money | None = None
    frontier_model: str = ""
    energy_wh: float | None = None
