"""Calls to providers and what they cost, in usage.db: nothing is sent before it is reserved here.

Identity: a call is its row id, which is never used again. It is reserved with the most that it may cost, and
settled once with what it did cost: what a first settling said stands. One that is neither, because Carrel
ended meanwhile, was perhaps answered and counts with its most. The day of a call, against which it counts, is
the person's own at the time it was reserved.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable

from engine.database import Database
from engine.errors import BudgetReached, PriceUnknown
from engine.frontier.values import ReplyUsage
from engine.usage.choices import UsageChoices
from engine.usage.money import shown
from engine.usage.prices import Prices, amount
from engine.usage.receipts import ReceiptStore, storable
from engine.usage.reporting import Reporting
from engine.usage.spending import day_of, spent_by
from engine.usage.values import CallState, Estimate, Money, Origin, Price, PriceRow

BYTES_PER_TOKEN = 4  # of a reply that was not counted: as in English prose


def digest(request: bytes) -> str:
    """What tells one request's bytes from another's."""
    return hashlib.sha256(request).hexdigest()


class Ledger(ReceiptStore, Reporting):
    """Usable from any thread, and by several processes; each method is one transaction.

    Raises ProfileUnavailable where the file cannot be written: then nothing is to be sent, either.
    """

    def __init__(
        self,
        database: Database,
        prices: Prices,
        choices: UsageChoices,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._prices = prices
        self._choices = choices
        self._clock = clock

    def close(self) -> None:
        self._database.close()

    def recover(self) -> int:
        """Call at the start of the one Carrel that sends: what it had reserved when it ended is counted."""
        self._forget_old(self._clock())
        return self._change(
            "UPDATE calls SET state = 'interrupted', reason = 'Carrel ended meanwhile.'"
            " WHERE state = 'reserved'"
        )

    # One call

    def reserve(
        self, origin: Origin, provider_id: str, model: str, estimate: Estimate, *, automatic: bool
    ) -> int:
        """Hold the most that a call may cost; returns the call's number. To be called before it is sent.

        Raises:
            BudgetReached: with what is spent and held already, this would pass a limit.
            PriceUnknown: nobody looks at it before it goes, and what it costs is not known.
        """
        if automatic and estimate.most is None:
            raise PriceUnknown(provider_id, model)
        limits, now = self._choices.limits(), self._clock()
        today = day_of(now)
        with self._database.transaction() as connection:
            spent = spent_by(connection, today, origin)
            for limit, allowed in (("day", limits.day), ("month", limits.month), ("run", limits.run)):
                if allowed is not None and limit in spent:
                    self._check(limit, allowed, spent[limit], estimate.most)
            cursor = connection.execute(
                "INSERT INTO calls (at, day, kind, subject, row, name, provider, model, estimated_prompt,"
                " estimated_completion, amount) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    now,
                    today,
                    origin.kind,
                    origin.subject,
                    origin.row,
                    storable(origin.name),
                    provider_id,
                    storable(model),
                    estimate.prompt_tokens,
                    estimate.completion_tokens,
                    estimate.most,
                ),
            )
        assert cursor.lastrowid is not None  # SQLite gives every inserted row an id
        return cursor.lastrowid

    def _check(self, limit: str, allowed: Money, spent: Money, most: Money | None) -> None:
        """What costs nothing passes no limit; what costs nobody knows how much, none that is reached."""
        passed = spent >= allowed if most is None else most > 0 and spent + most > allowed
        if passed:
            currency = self._choices.currency()
            could = "" if most is None else f", this could cost {shown(most, currency)}"
            words = f"{shown(spent, currency)} of {shown(allowed, currency)} are spent or held{could}"
            raise BudgetReached(limit, allowed, spent, most or 0, words)

    def settle(
        self,
        call_id: int,
        state: CallState,
        *,
        usage: ReplyUsage | None = None,
        seconds: float = 0.0,
        reason: str = "",
        url: str = "",
        request: bytes = b"",
        response: str = "",
        restored: str = "",
        placeholders: tuple[tuple[str, str], ...] = (),
        billed: bool | None = None,
    ) -> None:
        """What became of a call: “done”, “failed” or “cancelled”, and its receipt where `request` went out.

        Where the provider said no `usage`, `billed` tells whether it may have worked for it (as after a
        connection that broke), and by default everything has but what failed without a word of an answer.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT provider, model, estimated_prompt, estimated_completion FROM calls"
                " WHERE id = ? AND state = 'reserved'",
                (call_id,),
            ).fetchone()
            if row is None:
                return
            price = self._prices.price(row[0], row[1])
            may_cost = billed if billed is not None else state != "failed" or bool(response)
            counted = usage or (_supposed(row[2], row[3], response) if may_cost else ReplyUsage(0, 0))
            paid = _paid(price, counted) if usage or may_cost else 0
            connection.execute(
                "UPDATE calls SET state = ?, prompt_tokens = ?, cached_tokens = ?, completion_tokens = ?,"
                " amount = ?, exact = ?, seconds = ?, reason = ? WHERE id = ?",
                (
                    state,
                    counted.prompt,
                    counted.cached,
                    counted.completion,
                    paid,
                    usage is not None or not may_cost,
                    seconds,
                    storable(reason),
                    call_id,
                ),
            )
            if request:
                receipt = (call_id, url, request, digest(request), response, restored, placeholders)
                self._keep_receipt(connection, *receipt)

    # Prices

    def set_price(self, provider_id: str, model: str, price: Price | None) -> None:
        """The person's own price; None: back to the table's. Calls whose price was not known get theirs."""
        self._choices.set_price(provider_id, model, price)
        found = self._prices.price(provider_id, model)
        with self._database.transaction() as connection:
            unpriced = connection.execute(
                "SELECT id, prompt_tokens, completion_tokens, cached_tokens FROM calls"
                " WHERE amount IS NULL AND state != 'reserved' AND provider = ? AND model = ?",
                (provider_id, model),
            ).fetchall()
            for call_id, prompt, completion, cached in unpriced:
                paid = amount(found, prompt, completion, cached)
                connection.execute("UPDATE calls SET amount = ? WHERE id = ?", (paid, call_id))

    def price_rows(self, suggested: Iterable[tuple[str, str]] = ()) -> list[PriceRow]:
        """The models with a price, those that were asked, and `suggested` ones (provider, model); by name."""
        with self._database.reading() as connection:
            asked = {
                (provider, model): calls
                for provider, model, calls in connection.execute(
                    "SELECT provider, model, COUNT(*) FROM calls GROUP BY provider, model"
                )
            }
        own = self._choices.own_prices()
        every = {*self._prices.table.prices, *own, *asked, *suggested}
        return [
            PriceRow(*which, self._prices.price(*which), which in own, asked.get(which, 0))
            for which in sorted(every)
        ]

    # Work on this computer

    def local(
        self,
        origin: Origin,
        *,
        prompt_tokens: int,
        completion_tokens: int,
        seconds: float,
        answers: int = 1,
        energy_wh: float | None = None,
    ) -> None:
        """Add what was answered on this computer to its day. `energy_wh`: see `energy.py`."""
        name = storable(origin.name) if origin.kind == "task" else ""
        self._change(
            "INSERT INTO local_days VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (day, kind, name) DO UPDATE SET answers = answers + excluded.answers,"
            " prompt_tokens = prompt_tokens + excluded.prompt_tokens,"
            " completion_tokens = completion_tokens + excluded.completion_tokens,"
            " seconds = seconds + excluded.seconds,"
            " energy_wh = COALESCE(energy_wh + excluded.energy_wh, energy_wh, excluded.energy_wh)",
            day_of(self._clock()),
            origin.kind,
            name,
            answers,
            prompt_tokens,
            completion_tokens,
            seconds,
            energy_wh,
        )

    def _change(self, statement: str, *values: object) -> int:
        with self._database.transaction() as connection:
            return connection.execute(statement, values).rowcount


def _supposed(prompt: int, completion: int, response: str) -> ReplyUsage:
    """What a call took whose provider does not say: by its request's estimate and its reply's length."""
    written = -(-len(response.encode("utf-8", "replace")) // BYTES_PER_TOKEN)
    return ReplyUsage(prompt, written or completion)


def _paid(price: Price | None, usage: ReplyUsage) -> Money | None:
    return amount(price, usage.prompt, usage.completion, usage.cached)
