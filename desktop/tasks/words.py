"""How recipes and runs are spoken of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from desktop.documents.activity import time_left
from desktop.documents.cards import count
from desktop.tasks.running import Underway
from desktop.theme.foreign import plain
from engine.tasks.recipe import FieldType, Kind
from engine.tasks.values import GalleryRecipe, RecipeRow, RunRow, RunSource, WatchedTask

BETWEEN = "  ·  "
NAME = 60  # characters of a recipe's or a file's name


@dataclass(frozen=True, slots=True)
class KindWords:
    """`does` ends the sentence “For each input, …”."""

    name: str
    does: str
    icon: str


KINDS: dict[Kind, KindWords] = {
    "classify": KindWords("Sort into categories", "One of your labels for each, or several", "tags"),
    "extract": KindWords("Take out facts", "Dates, amounts, names: a column for each", "list-checks"),
    "summarise": KindWords("Summarise", "As long as you say, alone or all together", "text-align-start"),
    "moderate": KindWords("Check against a policy", "A severity for each category of it", "shield-alert"),
    "route": KindWords("Send to the right place", "Your rules first, then the model", "split"),
    "faq": KindWords(
        "Collect questions and answers", "Each with the place it stands", "circle-question-mark"
    ),
    "reply": KindWords("Draft replies", "A suggestion out of your documents", "reply"),
    "structured": KindWords("Fill a form", "Columns, or a JSON Schema of your own", "braces"),
}

TYPES: dict[FieldType, str] = {
    "text": "Text",
    "date": "Date",
    "amount": "Amount of money",
    "integer": "Whole number",
    "number": "Number",
    "boolean": "Yes or no",
    "choice": "One of a list",
    "email": "E-mail address",
    "phone": "Phone number",
    "url": "Web address",
    "iban": "IBAN",
}

_ICONS = (
    ("invoice", "receipt-text"),
    ("receipt", "receipt-text"),
    ("contract", "scroll-text"),
    ("triage", "headset"),
    ("support", "headset"),
    ("cv", "id-card"),
    ("minute", "list-checks"),
    ("action", "list-checks"),
    ("review", "star"),
    ("mail", "mails"),
    ("faq", "circle-question-mark"),
    ("pii", "scan-search"),
    ("personal", "scan-search"),
)
"""Drawings for the recipes that come with Carrel, by a word of their key; others have that of their kind."""


def icon_of(ready: GalleryRecipe) -> str:
    words = ready.key.casefold()
    found = (icon for word, icon in _ICONS if word in words)
    return next(found, KINDS[ready.recipe.kind].icon)


def kind_icon(kind: str) -> str:
    return next((words.icon for name, words in KINDS.items() if name == kind), "table")


def kind_name(kind: str) -> str:
    return next((words.name for name, words in KINDS.items() if name == kind), kind)


def file_name(name: str) -> str:
    """A recipe's name without what some system forbids in one of a file."""
    kept = "".join(c if c.isalnum() or c in " -_().," else " " for c in name)
    return " ".join(kept.split())[:80] or "Recipe"


def source_words(source: RunSource) -> str:
    """“tickets.xlsx”, “3 files”, “Contracts”."""
    if source.collection:
        return plain(source.collection, NAME)
    if len(source.paths) == 1:
        return plain(Path(source.paths[0]).name, NAME)
    return count(len(source.paths), "file") if source.paths else "All documents"


def recipe_facts(row: RecipeRow) -> str:
    """“Version 3  ·  12 examples  ·  2 runs”."""
    facts = [kind_name(row.kind)]
    if row.version > 1:
        facts.append(f"version {row.version}")
    if row.examples:
        facts.append(count(row.examples, "example"))
    if row.runs:
        facts.append(count(row.runs, "run"))
    return BETWEEN.join(facts)


# Runs


def noun_of(run: RunRow) -> str:
    return "row" if run.input_columns else "document"


def run_state(run: RunRow, underway: Underway | None, now: float) -> str:
    """“Running  ·  6,412 of 10,000 rows  ·  about 3 min left  ·  1,240 a minute”."""
    counts = underway.counts if underway and underway.counts else run.counts
    through = counts.done + counts.failed
    said = f"{through:,} of {count(counts.total, noun_of(run))}"
    if underway is not None:
        return underway_words(underway, said)
    if run.state == "running":
        return BETWEEN.join(("Running", said))
    if run.state == "paused":
        return BETWEEN.join(part for part in ("Paused", said, plain(run.reason, 120)) if part)
    failed = f"{counts.failed:,} could not be done" if counts.failed else ""
    done = ("Done", count(counts.total, noun_of(run)), failed, when(run.updated, now))
    return BETWEEN.join(part for part in done if part)


def underway_words(underway: Underway, said: str) -> str:
    """What a run that is under way does now; `said` is how far it is."""
    if underway.stopping:
        return BETWEEN.join(part for part in ("Pausing…", said) if part)
    if underway.is_waiting:
        return BETWEEN.join(part for part in ("Waits for its turn", said) if part)
    if underway.run_id is None:
        return gathering_words(underway)
    rate = f"{underway.rows_per_minute:,.0f} a minute" if underway.rows_per_minute >= 1 else ""
    parts = ("Running", said, time_left(underway.seconds_left), rate)
    return BETWEEN.join(part for part in parts if part)


def gathering_words(underway: Underway) -> str:
    """“Reading what it works on  ·  340 of 1,000”."""
    if not underway.gathered:
        return "Reading what it works on…"
    of = (
        f"{underway.gathered:,} of {underway.to_gather:,}" if underway.to_gather else f"{underway.gathered:,}"
    )
    return BETWEEN.join(("Reading what it works on", of))


# Watched folders


def folder_name(task: WatchedTask) -> str:
    return plain(Path(task.folder).name or task.folder, NAME)


def watched_way(task: WatchedTask) -> str:
    """“Invoices → invoices.csv”."""
    return f"{folder_name(task)} → {plain(Path(task.output).name, NAME)}"


def watched_reason(task: WatchedTask) -> str:
    """What is in its way; files are named without their folders."""
    said = task.reason.replace(task.output, Path(task.output).name)
    return plain(said.replace(f"{task.folder}{os.sep}", ""), 200)


def watched_state(task: WatchedTask, paused: bool) -> str:
    """“12 files done  ·  The disk is full.”"""
    done = f"{count(task.done, 'file')} done" if task.done else ""
    parts = ("Paused" if paused else "", done, watched_reason(task))
    return BETWEEN.join(part for part in parts if part) or "Waits for new files"


def added_words(number: int, task: WatchedTask) -> str:
    """“3 new files: Invoices → invoices.csv”."""
    return f"{count(number, 'new file')}: {watched_way(task)}"


def review_words(number: int) -> str:
    """“87 need review”; nothing where none does."""
    if not number:
        return ""
    return "1 needs review" if number == 1 else f"{number:,} need review"


def when(moment: float, now: float) -> str:
    """“today 14:02”, “yesterday”, “14 November”, “14 November 2025”."""
    then, today = datetime.fromtimestamp(moment), datetime.fromtimestamp(now)
    if then.date() == today.date():
        return f"today {then:%H:%M}"
    if then.date() == today.date() - timedelta(days=1):
        return "yesterday"
    year = f" {then.year}" if then.year != today.year else ""
    return f"{then.day} {then:%B}{year}"


def duration(seconds: float) -> str:
    """“about 4 minutes”."""
    if seconds < 45:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 90:
        return "about a minute" if minutes <= 1 else f"about {minutes} minutes"
    return f"about {round(seconds / 3600)} hours"


def seconds_for(total: int | None, runs: Sequence[RunRow]) -> float | None:
    """How long so many inputs will take, going by the newest run that worked on at least three."""
    if not total:
        return None
    for run in runs:
        through = run.counts.done + run.counts.failed
        if through >= 3 and run.seconds > 0:
            return total * run.seconds / through
    return None
