"""`carrel tasks run | resume | retry | export | ask`: recipes at work, with progress on standard error."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desktop.cli.indexing import duration
from desktop.cli.output import Progress, show_json
from desktop.cli.recipes import recipe_of
from desktop.cli.session import opened
from desktop.cli.tasks import run_document
from desktop.errors import UsageError
from desktop.window.ports import Tasks
from engine.tasks.exports import check_output
from engine.tasks.values import (
    Gathering,
    LineId,
    RowsStored,
    RunEnded,
    RunEvent,
    RunRow,
    RunSource,
    RunStarted,
    StoredLine,
    Tally,
)

SOME_FAILED, CANCELLED = 3, 130
_FAILURES_SHOWN = 10
_LINES_TOGETHER = 500

Cancelled = Callable[[], bool]


def run_run(arguments: argparse.Namespace) -> int:
    source = source_of(arguments, dict(arguments.column))
    output = _output(arguments)
    check_output(source, output)  # before hours of work
    progress = Progress()
    with opened(arguments) as application, interruptible() as cancelled:
        tasks = application.tasks
        recipe = recipe_of(tasks, arguments.recipe)
        events = tasks.run_recipe(recipe.id, source, model_id=arguments.model, cancelled=cancelled)
        run_id = follow(events, progress)
        return _finished(tasks, run_id, output, arguments, progress, cancelled)


def run_resume(arguments: argparse.Namespace) -> int:
    progress = Progress()
    with opened(arguments) as application, interruptible() as cancelled:
        return _resumed(application.tasks, arguments, progress, cancelled)


def run_retry(arguments: argparse.Namespace) -> int:
    progress = Progress()
    with opened(arguments) as application, interruptible() as cancelled:
        again = application.tasks.retry_rows(arguments.run_id)
        progress.say(f"{again:,} inputs are tried again." if again else "No input of this run has failed.")
        return _resumed(application.tasks, arguments, progress, cancelled)


def _resumed(tasks: Tasks, arguments: argparse.Namespace, progress: Progress, cancelled: Cancelled) -> int:
    run = tasks.run(arguments.run_id)
    output = _output(arguments) if arguments.output else None
    if output:
        check_output(run.source, output)
    if run.counts.waiting or run.state != "done":
        follow(tasks.resume_run(run.id, cancelled=cancelled), progress)
    return _finished(tasks, run.id, output, arguments, progress, cancelled)


def run_export(arguments: argparse.Namespace) -> int:
    progress = Progress()
    output = _output(arguments)
    with opened(arguments) as application:
        run = application.tasks.run(arguments.run_id)
        lines = _export(application.tasks, run.id, output, progress)
    if run.counts.waiting:
        progress.say(f"{run.counts.waiting:,} inputs of this run still wait.")
    if arguments.json:
        show_json({"run": run.id, "output": str(output), "lines": lines})
    else:
        print(f"{lines:,} lines written to {output}")
    return SOME_FAILED if run.counts.failed else 0


def run_ask(arguments: argparse.Namespace) -> int:
    if not arguments.question.strip():
        raise UsageError("The question is empty.")
    source = source_of(arguments, {})
    output = _output(arguments) if arguments.output else None
    if output:
        check_output(source, output)
    progress = Progress()
    with opened(arguments) as application, interruptible() as cancelled:
        tasks = application.tasks
        plan = tasks.plan_question(arguments.question, source, cancelled=cancelled)
        if plan is None:
            return _stopped(None, progress)
        progress.say(plan.sentence)
        run_id = follow(tasks.run_question(plan, cancelled=cancelled), progress)
        run = tasks.run(run_id) if run_id is not None else None
        if run is None or run.state != "done":
            return _stopped(run, progress)
        if output:
            _export(tasks, run.id, output, progress)
        tally = tasks.tally(run.id)
        _show_tally(tasks, run, plan.sentence, tally, as_json=arguments.json)
    return SOME_FAILED if tally.unreadable else 0


# Inputs and interruptions


def source_of(arguments: argparse.Namespace, columns: dict[str, str]) -> RunSource:
    """Raises: UsageError: neither inputs nor a collection, or both."""
    if bool(arguments.inputs) == bool(arguments.collection):
        raise UsageError("Name the files or folders to work on, or a --collection.")
    paths = tuple(str(Path(path).expanduser().absolute()) for path in arguments.inputs)
    return RunSource(paths, arguments.collection, columns, arguments.sheet, arguments.limit)


def _output(arguments: argparse.Namespace) -> Path:
    return Path(arguments.output).expanduser().absolute()


@contextmanager
def interruptible() -> Iterator[Cancelled]:
    """Ctrl-C lets what is under way come to an end, so that the run is paused in good order; the second
    one ends the command."""
    stopped = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, before)
        print("\nStopping…", file=sys.stderr, flush=True)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)


# Events


def follow(events: Iterator[RunEvent], progress: Progress) -> int | None:
    """Drive a run and say how far it is; its number, None where it did not come to be."""
    run_id: int | None = None
    for event in events:
        if not isinstance(event, Gathering):
            run_id = event.run_id
        match event:
            case Gathering(done=done, total=total):
                progress.show(f"Gathering inputs… {done:,}" + (f" of {total:,}" if total else ""))
            case RunStarted(total=total):
                progress.show(f"Run {run_id}: {total:,} inputs")
            case RowsStored():
                progress.show(_rate(event))
            case RunEnded(state="paused", reason=reason) if reason:
                progress.say(reason)
    progress.clear()
    return run_id


def _rate(event: RowsStored) -> str:
    counts = event.counts
    parts = [f"{counts.done + counts.failed:,} of {counts.total:,}"]
    parts += [f"{counts.failed:,} failed"] if counts.failed else []
    parts += [f"{event.rows_per_minute:.0f} a minute"] if event.rows_per_minute else []
    parts += [f"{duration(event.seconds_left)} left"] if event.seconds_left is not None else []
    return "  ·  ".join(parts)


# Results


def _finished(
    tasks: Tasks,
    run_id: int | None,
    output: Path | None,
    arguments: argparse.Namespace,
    progress: Progress,
    cancelled: Cancelled,
) -> int:
    """Write the lines of a run that is done, and say how it went; of one that is not, how to go on."""
    run = tasks.run(run_id) if run_id is not None else None
    if run is None or run.state != "done":
        status = _stopped(run, progress)
        if run is not None and arguments.json:
            show_json(run_document(run) | {"output": None, "failures": []})
        return status if cancelled() or run is None else 1
    if output:
        _export(tasks, run.id, output, progress)
    failed = _lines(tasks, run.id, tasks.line_ids(run.id, "failed"))
    if arguments.json:
        failures = [
            {"input": line.item.title, "key": line.item.key, "reason": line.reason} for line in failed
        ]
        show_json(run_document(run) | {"output": str(output) if output else None, "failures": failures})
    else:
        _show(run, failed, output)
    return SOME_FAILED if run.counts.failed else 0


def _stopped(run: RunRow | None, progress: Progress) -> int:
    if run is None:
        progress.say("Stopped. Nothing was begun.")
    else:
        counts = run.counts
        progress.say(
            f"Run {run.id} is paused: {counts.done + counts.failed:,} of {counts.total:,} inputs are done and"
            f" kept. To go on: carrel tasks resume {run.id} --output FILE"
        )
    return CANCELLED


def _show(run: RunRow, failed: Sequence[StoredLine], output: Path | None) -> None:
    counts = run.counts
    for line in failed[:_FAILURES_SHOWN]:
        is_named = line.reason.startswith(line.item.title)  # by InputUnreadable
        print(line.reason if is_named else f"{line.item.title}: {line.reason}", file=sys.stderr)
    if len(failed) > _FAILURES_SHOWN:
        print(f"… and {len(failed) - _FAILURES_SHOWN:,} more that failed.", file=sys.stderr)
    review = f", {counts.review:,} lines to be looked at" if counts.review else ""
    print(f"Run {run.id}: {counts.done:,} inputs done, {counts.failed:,} failed{review}.")
    if output:
        print(f"{counts.lines + counts.failed:,} lines written to {output}")


def _export(tasks: Tasks, run_id: int, output: Path, progress: Progress) -> int:
    lines = 0
    for event in tasks.export_run(run_id, output):
        lines = event.done
        progress.show(f"Writing… {event.done:,} of {event.total:,}")
    progress.clear()
    return lines


def _lines(tasks: Tasks, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
    found: list[StoredLine] = []
    for start in range(0, len(ids), _LINES_TOGETHER):
        found += tasks.lines(run_id, ids[start : start + _LINES_TOGETHER])
    return found


# The answer to a question about every document


def _show_tally(tasks: Tasks, run: RunRow, plan: str, tally: Tally, *, as_json: bool) -> None:
    lists = {
        name: _lines(tasks, run.id, ids)
        for name, ids in (
            ("matches", tally.matches),
            ("others", tally.others),
            ("unclear", tally.unclear),
            ("unreadable", tally.unreadable),
        )
    }
    column = tally.question.column
    if as_json:
        found = {name: [_counted(line, column) for line in lines] for name, lines in lists.items()}
        head = {"question": tally.question.text, "plan": plan, "run": run.id}
        show_json(head | {"number": tally.number, "sentence": tally.sentence} | found)
        return
    print(tally.sentence)
    for name, lines in lists.items():
        if lines and name != "others":
            print(f"\n{name.capitalize()}:")
        for line in lines if name != "others" else ():
            print(f"  {line.item.title}{_why(line, column)}")


def _counted(line: StoredLine, column: str) -> dict[str, Any]:
    stored = line.cells.get(column)
    return {
        "input": line.item.title,
        "key": line.item.key,
        "path": line.item.path,
        "value": stored.cell.value if stored else None,
        "quotes": [
            {"text": quote.text, "page": quote.page, "start": quote.start, "end": quote.end}
            for quote in (stored.cell.evidence if stored else ())
        ],
        "doubts": list(stored.cell.doubts) if stored else [],
        "reason": line.reason,
    }


def _why(line: StoredLine, column: str) -> str:
    if line.reason:
        return f": {line.reason}"
    stored = line.cells.get(column)
    if stored is None or stored.cell.value is None:
        return ""
    quotes = "".join(f"  “{' '.join(quote.text.split())}”" for quote in stored.cell.evidence[:1])
    return f": {stored.cell.value}{quotes}"
