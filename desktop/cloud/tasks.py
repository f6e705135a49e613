"""The way from a run's lines to the provider's model that is chosen for hard questions."""

from __future__ import annotations

from collections.abc import Sequence

from engine.frontier.calling import Calls
from engine.frontier.drafts import Drafts
from engine.frontier.model import FrontierModel
from engine.frontier.values import Draft, Provider
from engine.tasks.ports import TaskModel
from engine.usage.choices import UsageChoices
from engine.usage.ledger import Ledger
from engine.usage.money import shown
from engine.usage.values import Money, Origin
from engine.values import Message, Sampling


class TaskFrontier:
    """Implements `engine.tasks.frontier.Frontier`; made anew whenever something is asked. Thread-safe."""

    def __init__(
        self,
        calls: Calls,
        drafts: Drafts,
        provider: Provider,
        model: str,
        *,
        ledger: Ledger,
        choices: UsageChoices,
    ) -> None:
        self._calls = calls
        self._drafts = drafts
        self._provider = provider
        self._model = model
        self._ledger = ledger
        self._choices = choices

    @property
    def provider(self) -> str:
        return self._provider.name

    @property
    def model(self) -> str:
        return self._model

    def asking(self, origin: Origin) -> TaskModel:
        return self._asking(origin)

    def draft(
        self,
        origin: Origin,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        schema: str = "",
        labels: Sequence[str] = (),
    ) -> Draft:
        asking = self._asking(origin)
        if labels:
            return asking.draft_of_labels(messages, labels)
        return asking.draft_of(messages, Sampling(max_tokens=max_tokens), schema)

    def paid(self, origin: Origin) -> Money:
        return self._ledger.paid(origin)

    def left(self, run_id: int) -> Money | None:
        return self._ledger.room(Origin("task", run_id))

    def words(self, amount: Money) -> str:
        return shown(amount, self._choices.currency())

    def _asking(self, origin: Origin) -> FrontierModel:
        return FrontierModel(self._calls, self._drafts, self._provider, self._model, origin)
