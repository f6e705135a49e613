"""What was spent and done, day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from engine.database import Database
from engine.usage.choices import UsageChoices
from engine.usage.prices import Prices, amount
from engine.usage.spending import day_of, spent_by
from engine.usage.values import LocalDay, Money, Origin, Spent, UsageDay, UsageReport


class Reporting:
    _database: Database
    _prices: Prices
    _choices: UsageChoices
    _clock: Callable[[], float]

    def spent(self) -> Spent:
        """Of today and this month, what is held included."""
        with self._database.reading() as connection:
            spent = spent_by(connection, day_of(self._clock()))
        return Spent(spent["day"], spent["month"], self._choices.limits())

    def spent_on_run(self, run_id: int) -> Money:
        with self._database.reading() as connection:
            return spent_by(connection, day_of(self._clock()), Origin("task", run_id))["run"]

    def paid(self, origin: Origin) -> Money:
        """What the calls for one input of a run came to, what is held included; without a row, the run."""
        if origin.subject is None or origin.row is None:
            return self.spent_on_run(origin.subject) if origin.subject is not None else 0
        with self._database.reading() as connection:
            (found,) = connection.execute(
                "SELECT COALESCE(SUM(amount), 0) FROM calls WHERE kind = ? AND subject = ? AND row = ?",
                (origin.kind, origin.subject, origin.row),
            ).fetchone()
        return int(found)

    def room(self, origin: Origin | None = None) -> Money | None:
        """What the limits leave now for calls of this origin, for a forecast; None: there is no limit."""
        limits = self._choices.limits()
        with self._database.reading() as connection:
            spent = spent_by(connection, day_of(self._clock()), origin)
        allowed = {"day": limits.day, "month": limits.month, "run": limits.run}
        left = [most - spent[name] for name, most in allowed.items() if most is not None and name in spent]
        return max(0, min(left)) if left else None

    def report(self, days: int = 30, *, provider_id: str = "", model: str = "") -> UsageReport:
        """The last days, today included, oldest first. `model` is the one for hard questions: what all that
        was done on this computer would have cost with it."""
        since = first_day(self._clock(), days)
        with self._database.reading() as connection:
            calls = connection.execute(
                "SELECT day, provider, model, kind, CASE kind WHEN 'task' THEN name ELSE '' END AS what,"
                " COUNT(*), SUM(prompt_tokens), SUM(completion_tokens), COALESCE(SUM(amount), 0),"
                " SUM(amount IS NULL) FROM calls WHERE day >= ? GROUP BY day, provider, model, kind, what"
                " ORDER BY day, provider, model, kind, what",
                (since,),
            ).fetchall()
            local = connection.execute(
                "SELECT day, kind, name, answers, prompt_tokens, completion_tokens, seconds FROM local_days"
                " WHERE day >= ? ORDER BY day, kind, name",
                (since,),
            ).fetchall()
            (energy_wh,) = connection.execute(
                "SELECT SUM(energy_wh) FROM local_days WHERE day >= ?", (since,)
            ).fetchone()
        done_here = tuple(LocalDay(*row) for row in local)
        return UsageReport(
            tuple(UsageDay(*row) for row in calls),
            done_here,
            self.spent(),
            self._choices.currency(),
            self._elsewhere(done_here, provider_id, model),
            model,
            energy_wh,
        )

    def _elsewhere(self, done_here: Sequence[LocalDay], provider_id: str, model: str) -> Money | None:
        """What work on this computer would have cost: the words are the same, and tokens nearly so."""
        prompt = sum(day.prompt_tokens for day in done_here)
        completion = sum(day.completion_tokens for day in done_here)
        return amount(self._prices.price(provider_id, model), prompt, completion) if model else None


def first_day(now: float, days: int) -> str:
    """The first of the last `days` days, today included, as the ledger writes days."""
    return str(date.fromtimestamp(now) - timedelta(days=max(1, days) - 1))
