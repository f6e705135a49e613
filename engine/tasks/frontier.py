"""What tasks ask of whoever leads to a provider (`desktop/cloud.py` passes it in)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.frontier.values import Draft
from engine.tasks.ports import TaskModel
from engine.usage.values import Money, Origin
from engine.values import Message


class Frontier(Protocol):
    """The provider's model that the person chose for hard lines, with the ledger that pays for it.

    Called from several threads at once.
    """

    @property
    def provider(self) -> str:
        """Its name, as it is shown: “Anthropic”."""
        ...

    @property
    def model(self) -> str: ...

    def asking(self, origin: Origin) -> TaskModel:
        """The model for the questions of one input; `origin` says of which run and which row.

        Each request is held against the limits before it goes out, paid for, and kept. One whose reply was
        kept for this origin, byte for byte the same, is answered from that: it is neither sent nor paid
        again. A `score` is a question whose reply may only be one of the labels.

        Its methods raise FrontierError, of which BudgetReached and PriceUnknown before anything is sent;
        what is worth a retry was retried.
        """
        ...

    def draft(
        self,
        origin: Origin,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        schema: str = ...,
        labels: Sequence[str] = ...,
    ) -> Draft:
        """The same request as `asking` would send it, masked and with its estimate; nothing is sent.

        With `labels` that of a `score`, else that of a `generate`. Raises FrontierError.
        """
        ...

    def paid(self, origin: Origin) -> Money:
        """What all calls for this run and row came to so far, by the ledger; without a row, for the run."""
        ...

    def left(self, run_id: int) -> Money | None:
        """What the limits leave for a run now, the least of day, month and run; None: there is no limit."""
        ...

    def words(self, amount: Money) -> str:
        """An amount in the person's currency: “€5.00”."""
        ...
