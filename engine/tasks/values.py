"""What crosses the seams of tasks: inputs, cells, the state of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.tasks.recipe import Recipe
from engine.usage.values import Money
from engine.values import Tier, Tokens

# Inputs


@dataclass(frozen=True, slots=True)
class Item:
    """One input of a run: a row of a table (`values` by column), or a document (`path`).

    `key` tells it from the others of its source for good (a path, a row's number), `title` names it to the
    person. It is stored with the run: a source that changes later changes no run.
    """

    key: str
    title: str
    values: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start:end` of an input's text are a page of its document, or a column of its row.

    `column` is what the recipe calls it, where the run's source maps one (`RunSource.columns`).
    """

    start: int
    end: int
    page: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class TaskText:
    """The text of an input, whole. `parts` are in order and do not overlap.

    `notes` are sentences for the person about what could not be read of it.
    """

    text: str
    parts: tuple[Part, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()


# Results


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that a value rests on: characters `start:end` of a document's page, or of a column of the row.

    `path` is empty where that is the input itself; a reply's quotes stand in other documents.
    """

    text: str
    start: int
    end: int
    page: int | None = None
    column: str = ""
    path: str = ""


# unsure: less confidence than the recipe asks for. not_in_text: the value, or what it rests on, stands
# nowhere in the input. invalid: it is not what its type says (a date that no calendar has, an IBAN with
# a wrong check digit). missing: the recipe requires it and the text does not say it. incomplete: a part of
# the input could not be read.
Doubt = Literal["unsure", "not_in_text", "invalid", "missing", "incomplete"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a column; None where the text does not say.

    `value` is what JSON holds: text, number, true or false, a list or object of these. A date is
    “2026-11-24”, an amount {"value": 1940.0, "currency": "EUR"} (currency "" where none is named).
    `confidence` is 0..1, None where there is nothing to go by. A cell with `doubts` needs review.
    """

    column: str
    value: Any
    confidence: float | None = None
    evidence: tuple[Quote, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    tier: Tier = "local"


ColumnType = Literal[
    "text",
    "integer",
    "number",
    "amount",
    "date",
    "boolean",
    "choice",
    "email",
    "phone",
    "url",
    "iban",
    "json",
]


@dataclass(frozen=True, slots=True)
class Column:
    """An output column of a recipe. `labels` are what a choice may be; `many`: values are lists."""

    name: str
    type: ColumnType = "text"
    many: bool = False
    labels: tuple[str, ...] = ()


Line = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input: usually one line, several where it holds several things, none where it
    holds nothing of the kind. `notes` are sentences for the person about what could not be done."""

    lines: tuple[Line, ...]
    tokens: Tokens = field(default_factory=Tokens)
    model: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineId:
    """Where a line stands in its run: the input's number, counted from 0, and its place among that input's
    lines. Row -1 holds lines about all inputs together."""

    row: int
    line: int = 0


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What can be said once all inputs are done: lines about all of them, and lines that say again what an
    earlier one says (those are hidden, not deleted)."""

    lines: tuple[Line, ...] = ()
    repeats: tuple[LineId, ...] = ()


# Questions about every document

Operator = Literal["is", "is_not", "contains", "before", "after", "between", "less", "more", "named"]
Aggregate = Literal["count", "list", "sum", "average", "least", "most"]


@dataclass(frozen=True, slots=True)
class CountQuestion:
    """A question that is answered by counting over the cells of a run, not by a model.

    A line counts where `column` `operator` `value` holds; “between” takes `value` up to `until`, both
    included (“in 2025”: 2025-01-01 to 2025-12-31), “named” any value at all. `of` is the column that is
    summed or averaged.
    """

    text: str
    column: str
    operator: Operator = "named"
    value: str = ""
    until: str = ""
    aggregate: Aggregate = "count"
    of: str = ""


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """How a question about every document is to be answered: `recipe` takes out of each what `question`
    counts. `total` inputs; `seconds` is how long that is expected to take, None where nothing was measured.

    `sentence` says the plan as a person would: “I will read the end date of each of 300 documents and count
    those in 2025.”
    """

    question: CountQuestion
    recipe: Recipe
    source: RunSource
    total: int | None
    seconds: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The answer, counted by code. Every input stands in exactly one of the lists.

    `number` is None where there is nothing to count or average. `matches` and `others` have a clear value,
    `unclear` one in doubt or none (`silent` of them none), `unreadable` could not be read. `sentence` is the
    answer in words.
    """

    question: CountQuestion
    number: float | None
    sentence: str
    matches: tuple[LineId, ...]
    others: tuple[LineId, ...]
    unclear: tuple[LineId, ...]
    unreadable: tuple[LineId, ...]
    waiting: int = 0
    silent: int = 0


# Runs

RowState = Literal["waiting", "done", "failed"]
RunState = Literal["running", "paused", "done"]


@dataclass(frozen=True, slots=True)
class RunSource:
    """Where a run's inputs come from: files and folders (`paths`), or a collection of the library (“”: all).

    `columns` maps names that the recipe knows to columns of the table (column: what the recipe calls it);
    empty: all columns. `sheet` names one of a workbook. `limit`: only so many inputs; None: all.
    """

    paths: tuple[str, ...] = ()
    collection: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Inputs: `done + failed + waiting == total`. Lines: how many have cells, need review, were corrected;
    `cloud` have cells that a provider's model filled."""

    total: int = 0
    done: int = 0
    failed: int = 0
    lines: int = 0
    review: int = 0
    corrected: int = 0
    cloud: int = 0

    @property
    def waiting(self) -> int:
        return self.total - self.done - self.failed


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in a list. Times are seconds since 1970, `seconds` those it has worked.

    `state` is “running” also for a run that a killed app left, until `RunStore.recover` pauses it.
    `input_columns` are those of its table (none for documents), in order. `cost` is what providers were paid
    for it; `asks` lines are still to be asked about, and `asks_reason` says why that has stopped.
    """

    id: int
    recipe_id: int | None
    recipe_name: str
    kind: str
    title: str
    state: RunState
    reason: str
    source: RunSource
    input_columns: tuple[str, ...]
    columns: tuple[Column, ...]
    counts: RunCounts
    created: float
    updated: float
    seconds: float = 0.0
    cost: Money = 0
    model: str = ""
    question: CountQuestion | None = None
    asks: int = 0
    asks_reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredCell:
    """A cell as it is kept: `corrected` says whether the person set `value`, `first` is what was there.

    `local` is the cell as this computer filled it, where a provider's `model` filled it after that.
    """

    cell: Cell
    corrected: bool = False
    first: Any = None
    local: Cell | None = None
    model: str = ""

    @property
    def needs_review(self) -> bool:
        return bool(self.cell.doubts) and not self.corrected


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line with its input, as the table shows it. An input that waits, failed or holds nothing of the kind
    has one, without cells: no input is left out.

    `accepted`: the person looked at it and found it right. `seconds`, `tokens` and `cost` are the whole
    input's; the tokens are those of this computer's model.
    """

    id: LineId
    item: Item
    state: RowState
    reason: str = ""
    cells: Mapping[str, StoredCell] = field(default_factory=dict)
    accepted: bool = False
    model: str = ""
    seconds: float = 0.0
    cost: Money = 0
    tokens: Tokens = field(default_factory=Tokens)
    notes: tuple[str, ...] = ()

    @property
    def needs_review(self) -> bool:
        return not self.accepted and any(cell.needs_review for cell in self.cells.values())

    @property
    def has_cloud(self) -> bool:
        """Whether a provider's model filled some of its cells."""
        return any(cell.local is not None for cell in self.cells.values())


LineFilter = Literal["all", "review", "corrected", "failed", "cloud"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that two runs of a recipe fill differently, for the same input (by `Item.key`) and line.

    None stands for no value, and for an input that the other run does not have or could not do.
    """

    key: str
    title: str
    column: str
    one: Any
    other: Any
    one_line: LineId | None = None
    other_line: LineId | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`same` cells of `cells` in both runs are equal; `differences` are the others, in the order of the first
    run."""

    cells: int
    same: int
    differences: tuple[Difference, ...]


# Recipes, as lists show them


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """A saved recipe. `version` counts from 1; `examples` are those it says and those of corrections."""

    id: int
    name: str
    kind: str
    description: str
    version: int
    examples: int
    runs: int
    updated: float


@dataclass(frozen=True, slots=True)
class RecipeVersion:
    version: int
    saved: float


# What a source holds, before a run


@dataclass(frozen=True, slots=True)
class Preview:
    """`columns` and `first` rows of a table, or documents (`titles` of the first, no columns).

    `total` is None where it takes reading everything to know. `unreadable`: files that no reader is for,
    with the reason.
    """

    total: int | None
    columns: tuple[str, ...] = ()
    first: tuple[Item, ...] = ()
    sheets: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()


# Events of a run, in the order in which they may come


@dataclass(frozen=True, slots=True)
class Gathering:
    """Inputs are being read from their source; `total` is None where that is not known."""

    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run is stored, with all its inputs: from now on it can be resumed."""

    run_id: int
    total: int


@dataclass(frozen=True, slots=True)
class RowsStored:
    """These inputs are done, or failed, and stored. Times are of this stretch of the run."""

    run_id: int
    rows: tuple[int, ...]
    counts: RunCounts
    rows_per_minute: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """A provider was asked about these inputs; what came is stored. `done` of `total` lines are settled, and
    the run has cost `cost` so far."""

    run_id: int
    rows: tuple[int, ...]
    counts: RunCounts
    done: int
    total: int
    cost: Money
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing waits any more (“done”), or it was stopped on the way (“paused”; `reason` where not by the
    person)."""

    run_id: int
    state: RunState
    counts: RunCounts
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exporting:
    """Lines written so far."""

    done: int
    total: int


RunEvent = Gathering | RunStarted | RowsStored | RowsAsked | RunEnded


@dataclass(frozen=True, slots=True)
class GalleryRecipe:
    """A recipe that came with Carrel; `sample` is a file or folder with small inputs for it."""

    key: str
    recipe: Recipe
    sample: str


# Files that follow others


@dataclass(frozen=True, slots=True)
class WatchedTask:
    """For every new file in `folder` the recipe is run, and its lines are added to the file `output`."""

    id: int
    recipe_id: int
    recipe_name: str
    folder: str
    output: str
    on: bool
    done: int = 0
    reason: str = ""
