"""`carrel tasks escalate`: asking a provider about lines in doubt, after saying what that costs."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from desktop.cli.indexing import duration
from desktop.cli.output import Progress, show_json
from desktop.cli.session import online, opened
from desktop.cli.task_runs import Cancelled, interruptible
from desktop.cli.tasks import run_document
from desktop.errors import UsageError
from desktop.window.ports import EscalationPlan, Tasks
from engine.errors import AskingOff
from engine.tasks.asks import why_asks_wait
from engine.tasks.values import LineId, RowsAsked, RunEnded

DONE, FAILED, SOME_FAILED, CANCELLED = 0, 1, 3, 130


def run_escalate(arguments: argparse.Namespace) -> int:
    if arguments.limit is not None and arguments.limit < 1:
        raise UsageError("--limit must be at least 1.")
    progress = Progress()
    with opened(arguments) as application, interruptible() as cancelled:
        tasks = application.tasks
        plan = _planned(tasks, arguments)
        if not plan.lines:
            return _show(tasks, arguments, plan, "")
        if plan.blocked:
            raise AskingOff(plan.blocked)
        progress.say(forecast_words(tasks, plan))
        if not arguments.yes and not _agreed(plan):
            return _refused(arguments, plan, progress)
        with online(application.cloud):
            return _asked(tasks, arguments, plan, progress, cancelled)


def _planned(tasks: Tasks, arguments: argparse.Namespace) -> EscalationPlan:
    plan = tasks.plan_escalation(arguments.run_id)
    if arguments.limit is None or len(plan.lines) <= arguments.limit:
        return plan
    return tasks.plan_escalation(arguments.run_id, plan.lines[: arguments.limit])


def forecast_words(tasks: Tasks, plan: EscalationPlan) -> str:
    """“37 cells in 30 lines: about 30 questions to Anthropic (claude-x), about €0.21; €4.80 is left.”"""
    amount = plan.estimate.amount
    cost = f", about {tasks.money(amount)}" if amount is not None else ""
    left = f"; {tasks.money(plan.left)} of the budget is left" if plan.left is not None else ""
    said = (
        f"{plan.cells:,} cells in {len(plan.lines):,} lines: about {plan.calls:,} questions to"
        f" {plan.provider} ({plan.model}){cost}{left}."
    )
    if plan.fits < plan.calls:
        said += f" That is enough for about {plan.fits:,} questions; the rest will wait."
    if plan.left_out:
        said += f" About {plan.left_out:,} inputs are not asked about: {'; '.join(plan.reasons)}."
    return said


def _agreed(plan: EscalationPlan) -> bool:
    """Asked on a terminal alone: a script says --yes."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"Ask {plan.provider}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _refused(arguments: argparse.Namespace, plan: EscalationPlan, progress: Progress) -> int:
    if arguments.json:
        show_json({"asked": False} | _plan_document(plan))
    progress.say("Nothing was sent. With --yes it is.")
    return DONE


def _asked(
    tasks: Tasks,
    arguments: argparse.Namespace,
    plan: EscalationPlan,
    progress: Progress,
    cancelled: Cancelled,
) -> int:
    reason = ""
    for event in tasks.escalate(plan.run_id, plan.lines, cancelled=cancelled):
        if isinstance(event, RowsAsked):
            progress.show(_rate(tasks, event))
        elif isinstance(event, RunEnded):
            reason = event.reason
    progress.clear()
    if reason:
        progress.say(reason)
    status = _show(tasks, arguments, plan, reason)
    return CANCELLED if cancelled() else status


def _rate(tasks: Tasks, event: RowsAsked) -> str:
    parts = [f"{event.done:,} of {event.total:,} lines", tasks.money(event.cost)]
    parts += [f"{duration(event.seconds_left)} left"] if event.seconds_left is not None else []
    return "  ·  ".join(parts)


def _show(tasks: Tasks, arguments: argparse.Namespace, plan: EscalationPlan, reason: str) -> int:
    """What came of it; the exit status: 3 where some lines were not answered, 1 where it had to stop."""
    run = tasks.run(plan.run_id)
    unanswered = _unanswered(tasks, plan.run_id, plan.lines)
    if arguments.json:
        found = [{"input": title, "reason": why} for title, why in unanswered]
        document = {"asked": bool(plan.lines)} | _plan_document(plan)
        show_json(document | {"unanswered": found, **run_document(run)})
    elif not plan.lines:
        print(plan.blocked)
    else:
        for title, why in unanswered[:10]:
            print(f"{title}: {why}", file=sys.stderr)
        waiting = f" {why_asks_wait(run)}" if run.asks and not reason else ""
        print(
            f"Run {run.id}: {run.counts.cloud:,} lines from the cloud, {tasks.money(run.cost)};"
            f" {run.counts.review:,} lines to be looked at.{waiting}"
        )
    if run.asks and reason:
        return FAILED
    return SOME_FAILED if unanswered else DONE


def _unanswered(tasks: Tasks, run_id: int, lines: tuple[LineId, ...]) -> list[tuple[str, str]]:
    found = []
    for start in range(0, len(lines), 500):
        for line in tasks.lines(run_id, lines[start : start + 500]):
            if line.notes and line.needs_review and not line.has_cloud:
                found.append((line.item.title, line.notes[-1]))
    return found


def _plan_document(plan: EscalationPlan) -> dict[str, Any]:
    amount, left = plan.estimate.amount, plan.left
    return {
        "run": plan.run_id,
        "provider": plan.provider,
        "cloud_model": plan.model,
        "plan": {
            "cells": plan.cells,
            "lines": len(plan.lines),
            "questions": plan.calls,
            "fits": plan.fits,
            "amount": None if amount is None else amount / 1_000_000,
            "left": None if left is None else left / 1_000_000,
            "currency": "USD",
        },
        "blocked": plan.blocked,
    }
