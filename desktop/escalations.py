"""Asking a provider about lines of a run: what it would take, and doing it, as far as they may leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from desktop.kept_here import KeptHere
from desktop.window.ports import EscalationPlan
from engine.errors import AskingOff, FrontierError, PriceUnknown
from engine.routing.values import Policy
from engine.tasks.alongside import alongside
from engine.tasks.asking_frontier import Questions
from engine.tasks.asks import Ask, doubtful
from engine.tasks.escalation import escalate, sentence
from engine.tasks.forecasting import forecast
from engine.tasks.frontier import Frontier
from engine.tasks.leaving import without_kept_examples
from engine.tasks.ports import Texts, Tools
from engine.tasks.recipe import Recipe
from engine.tasks.runs import RunStore
from engine.tasks.values import LineId, RunEvent, RunSource
from engine.usage.values import Estimate, Money
from rag.library import Library

Cancelled = Callable[[], bool]

NO_PROVIDER = "No provider is chosen. Choose one in Settings, under Cloud."
NOT_ALLOWED = "Tasks may not ask a provider. Settings, under Cloud, can allow it."
WRITTEN_ANEW = "Questions and answers are written anew each time, so single ones cannot be asked about."
NOTHING = "No line of this run needs to be asked about."


def no_frontier() -> Frontier | None:
    return None


def not_allowed() -> Policy:
    return Policy(tasks="never")


class Escalations:
    """Thread-safe: it holds nothing but what it was given."""

    def __init__(
        self,
        *,
        runs: RunStore,
        library: Library,
        tools: Callable[[Recipe], Tools],
        texts: Callable[[RunSource], Texts],
        lost: tuple[type[Exception], ...],
        frontier: Callable[[], Frontier | None] = no_frontier,
        policy: Callable[[], Policy] = not_allowed,
    ) -> None:
        """`frontier` leads to the provider's model that is chosen now, None where none is; it may raise
        FrontierError. `tools` and `texts` are those that runs work with."""
        self._runs = runs
        self._library = library
        self._tools = tools
        self._texts = texts
        self._lost = lost
        self._frontier = frontier
        self._policy = policy

    # At once

    def name(self) -> str:
        """The provider that may be asked; “”: none may."""
        found, _ = self._allowed()
        return found.provider if found is not None else ""

    def money(self, amount: Money) -> str:
        try:
            found = self._frontier()
        except FrontierError:
            found = None
        return found.words(amount) if found is not None else f"${amount / 1_000_000:.2f}"

    def _allowed(self) -> tuple[Frontier | None, str]:
        """The way to the provider, or why there is none."""
        if self._policy().tasks == "never":
            return None, NOT_ALLOWED
        try:
            found = self._frontier()
        except FrontierError as error:
            return None, sentence(error)
        return found, "" if found is not None else NO_PROVIDER

    # What it would take

    def plan(self, run_id: int, lines: Sequence[LineId] | None) -> EscalationPlan:
        """For these lines, or all that need review and were not asked about. Raises RunUnknown."""
        asks, cells = self._asks(run_id, lines)
        wanted = tuple(LineId(ask.row, line) for ask in asks for line in ask.columns)
        frontier, blocked = self._allowed()
        if self._runs.run(run_id).kind == "faq":
            blocked = WRITTEN_ANEW
        if frontier is None or blocked or not asks:
            nothing = Estimate(0, 0, 0, 0)
            provider = (frontier.provider, frontier.model) if frontier else ("", "")
            return EscalationPlan(run_id, wanted, 0, nothing, 0, *provider, blocked or NOTHING, cells)
        questions = self._questions(run_id, frontier, lambda: False)
        found, left = forecast(questions, asks), frontier.left(run_id)
        if found.first is None:
            blocked = "None of these inputs can be sent: " + " ".join(f"{each}." for each in found.reasons)
        elif found.estimate.amount is None:
            blocked = sentence(PriceUnknown(frontier.provider, frontier.model))
        return EscalationPlan(
            run_id,
            wanted,
            found.calls,
            found.estimate,
            found.fits(left),
            frontier.provider,
            frontier.model,
            blocked,
            cells,
            found.first,
            found.left_out,
            found.reasons,
            left,
        )

    def _asks(self, run_id: int, lines: Sequence[LineId] | None) -> tuple[list[Ask], int]:
        """What would be asked, by input, and how many cells that are; nothing is put yet."""
        wanted = self._runs.to_ask(run_id) if lines is None else lines
        asks: dict[int, Ask] = {}
        cells = 0
        for line in self._runs.lines(run_id, [each for each in wanted if each.row >= 0]):
            if columns := doubtful(line):
                cells += len(columns)
                known = asks.get(line.id.row, Ask(line.id.row, line.item, {}))
                asks[line.id.row] = Ask(known.row, known.item, {**known.columns, line.id.line: columns})
        return list(asks.values()), cells

    # Doing it

    def ask(self, run_id: int, lines: Sequence[LineId], cancelled: Cancelled) -> Iterator[RunEvent]:
        """Those lines, and what waits from before; see `engine.tasks.escalation.escalate`.

        Raises:
            RunUnknown
            AskingOff: nobody may be asked now.
        """
        frontier = self._chosen()
        self._runs.put_asks(run_id, lines)
        questions = self._questions(run_id, frontier, cancelled)
        return escalate(self._runs, questions, lost=self._lost, cancelled=cancelled)

    def beside(self, run_id: int, run: Iterator[RunEvent], cancelled: Cancelled) -> Iterator[RunEvent]:
        """The run's events; where that is allowed without asking, its lines in doubt go out meanwhile."""
        found = self._runs.run(run_id)
        if self._policy().tasks != "automatic" or found.kind == "faq":
            return run
        frontier, _ = self._allowed()
        if frontier is None:
            return run
        chosen = frontier

        def asking(more: Cancelled, stopped: Cancelled) -> Iterator[RunEvent]:
            questions = self._questions(run_id, chosen, stopped)
            return escalate(self._runs, questions, lost=self._lost, cancelled=stopped, more=more)

        return alongside(run, lambda: self._runs.put_asks(run_id), asking, cancelled)

    def _chosen(self) -> Frontier:
        found, why = self._allowed()
        if found is None:
            raise AskingOff(why)
        return found

    def _questions(self, run_id: int, frontier: Frontier, cancelled: Cancelled) -> Questions:
        run, recipe = self._runs.run(run_id), self._runs.recipe(run_id)
        kept = KeptHere.of(self._library, self._policy().kept_here)
        return Questions(
            run_id,
            without_kept_examples(recipe, self._runs, kept) if kept.holds_any else recipe,
            run.source,
            frontier,
            self._tools(recipe),
            self._texts(run.source),
            kept,
            partial(self._runs.lines_of_input, run_id),
            cancelled,
        )
