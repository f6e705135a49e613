"""How many rows does “classify” get right, how sure is it, and how long does it take?

    python -m tests.benchmarks.tasks_classify MODEL.gguf DATA_FOLDER
        [--set banking77-names banking77 sms_spam] [--done FILE] [--seconds 280] [--tune 40]

Through the real processes, sixteen rows under way as in a run. `banking77-names`: 77 labels by their names
alone; `banking77`: with five examples of each out of the training part; `sms_spam`: two labels with
descriptions, ten examples of each. The rows are drawn from the test part; with `--tune` from the training
part, where all was tried. `--done` keeps what is done: a run that was broken off (`--seconds`) goes on.

November 2026, Qwen2.5-Coder-1.5B Q4_K_M, multilingual-e5-small, two shared cores; the test part, asked once.
“Sure” is what need not be reviewed (a confidence of .7 and more).

                     rows  right  per minute   sure: right  unsure: right  tokens a row  known
    sms_spam          200  0.950          55  0.973 of 184    0.688 of 16           420    385
    banking77-names   150  0.627          56   0.924 of 66    0.393 of 84          1049   1021
    banking77         150  0.833         *16  0.960 of 99     0.588 of 51           166     32
                                         * beside other work that took a core

Confidences are about the share that is right: of those from .9 on .986 and .981 (.968 and .952 on average),
from .7 to .9 .930 and .932 (.840 and .810), from .5 to .7 .688 and .826 (.589 and .594). 58 rows of
banking77 needed no model.

Tried on the training part with five examples of each of the 77 labels, 129 texts: right are .775 by the votes
of the examples and names, .74 as the model has it that reads the nearest six, .80 by both. Before the votes
told what sets labels apart (`rag/process/ranking_texts.py`) it was .793 of the test part, with 1,200 tokens
a row. Not built: telling the names as well (as many right), what the model replies to an empty text taken
off where it reads examples (.70 instead of .75 of 40), one example of each candidate beside it (the model
alone .48 of 40).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from desktop.compose import model_description, reader_description
from desktop.errors import WorkerLost
from desktop.places import Profile
from desktop.processes.supervisor import Supervisor
from engine.batches import IN_FLIGHT
from engine.models.installed import InstalledModel
from engine.process.client import LocalModel
from engine.tasks.kinds.classify import KIND
from engine.tasks.ports import Tools
from engine.tasks.recipe import Choice, Example, Label, Recipe
from engine.tasks.values import TaskText
from rag.grounding import check
from rag.library import Library
from rag.settings import RetrievalSettings
from tests.benchmarks.harness import table
from tests.fakes.tasks import CannedLookUp, locate

SEED = 77
INTENT = "intent"
KINDS_OF_SMS = (
    Label("ham", "an ordinary message between people who know each other, or from a service they use"),
    Label("spam", "advertising, a prize, a paid number or the like, sent to many who did not ask for it"),
)
HEAD = ["", "rows", "right", "per minute", "sure: right", "unsure: right", "tokens a row", "known"]


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Set:
    """A recipe, and rows with what they should become."""

    name: str
    recipe: Recipe
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a row."""

    value: str
    right: bool
    confidence: float
    sure: bool
    prompt_tokens: int
    cached_tokens: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", nargs="+", default=["banking77-names", "banking77", "sms_spam"])
    parser.add_argument("--done", type=Path)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--tune", type=int, default=0, help="so many rows of the training part instead")
    arguments = parser.parse_args()
    until = time.monotonic() + arguments.seconds
    with tempfile.TemporaryDirectory() as folder, working(arguments.model, Path(folder)) as tools:
        done = arguments.done or Path(folder) / "done.jsonl"
        lines = [line_of(one, run(one, tools, done, until)) for one in sets(arguments)]
    print(table(HEAD, lines))


def sets(arguments: argparse.Namespace) -> Iterator[Set]:
    for name in arguments.set:
        part = "train" if arguments.tune else "test"
        if name == "sms_spam":
            yield sms_spam(arguments.data / name, part, arguments.tune or 200)
        else:
            yield banking(arguments.data / "banking77", name, part, arguments.tune or 150)


def banking(folder: Path, name: str, part: str, count: int) -> Set:
    train = rows_of(folder / "train.csv", "category")
    shown = drawn(train, 5)
    labels = tuple(Label(name) for name in json.loads((folder / "categories.json").read_text("utf-8")))
    recipe = Recipe(
        name,
        "classify",
        instructions="You sort messages to the support of a bank by what the customer wants.",
        choices=(Choice(INTENT, labels),),
        examples=() if name.endswith("names") else examples(shown),
    )
    return Set(name, recipe, sample(rows_of(folder / f"{part}.csv", "category"), shown, count))


def sms_spam(folder: Path, part: str, count: int) -> Set:
    train = rows_of(folder / "train.csv", "label")
    shown = drawn(train, 10)
    recipe = Recipe(
        folder.name,
        "classify",
        instructions="You sort text messages that arrived on a phone.",
        choices=(Choice(INTENT, KINDS_OF_SMS),),
        examples=examples(shown),
    )
    return Set(folder.name, recipe, sample(rows_of(folder / f"{part}.csv", "label"), shown, count))


def rows_of(path: Path, column: str) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(row["text"], row[column]) for row in csv.DictReader(file)]


def drawn(rows: Sequence[Row], each: int) -> list[Row]:
    """So many of each label, by the seed."""
    draw = random.Random(SEED)
    of_label: dict[str, list[Row]] = {}
    for row in rows:
        of_label.setdefault(row.label, []).append(row)
    return [row for label in sorted(of_label) for row in draw.sample(of_label[label], each)]


def sample(rows: Sequence[Row], shown: Sequence[Row], count: int) -> tuple[Row, ...]:
    """Rows that are no example: so also those of the training part are new to the recipe."""
    texts = {row.text for row in shown}
    return tuple(random.Random(SEED).sample([row for row in rows if row.text not in texts], count))


def examples(rows: Sequence[Row]) -> tuple[Example, ...]:
    return tuple(Example(row.text, {INTENT: row.label}) for row in rows)


@contextmanager
def working(model: Path, folder: Path) -> Iterator[Tools]:
    """The processes of an app with an empty profile, and what tasks ask of them."""
    profile = Profile(folder)
    profile.logs.mkdir(parents=True)
    reader = Supervisor(reader_description(profile), log_path=profile.logs / "reader.log")
    engine = Supervisor(model_description(profile), log_path=profile.logs / "model.log")
    library = Library(profile.library, reader, RetrievalSettings(), lost=(WorkerLost,))
    installed = InstalledModel(model.stem, model.stem, model, model.stat().st_size, context_tokens=4096)
    local = LocalModel(engine, installed, priority="batch")
    try:
        local.load()
        yield Tools(local, locate, library.nearest, CannedLookUp(), check)
    finally:
        library.close()
        engine.stop()
        reader.stop()


def run(one: Set, tools: Tools, kept: Path, until: float) -> tuple[list[Done], float]:
    """What became of the rows, and how many were done in a minute (over all stretches)."""
    known, seconds = read(kept, one.name)
    KIND.check(one.recipe)
    tools.nearest(["warm"], [example.input for example in one.recipe.examples], 1)  # embeds them
    began, before = time.monotonic(), len(known)

    def late() -> bool:
        return time.monotonic() > until

    def work(number: int) -> None:
        if number not in known and (done := classified(one, one.rows[number], tools, late)):
            known[number] = done

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for _ in pool.map(work, range(len(one.rows))):
            spent = time.monotonic() - began if len(known) > before else 0.0
            write(kept, one.name, dict(known), seconds + spent)
    seconds += time.monotonic() - began if len(known) > before else 0.0
    return list(known.values()), 60 * len(known) / seconds if seconds else 0.0


def classified(one: Set, row: Row, tools: Tools, cancelled: Callable[[], bool]) -> Done | None:
    outcome = None if cancelled() else KIND.work(one.recipe, TaskText(row.text), tools, cancelled=cancelled)
    if outcome is None:
        return None
    ((cell,),) = outcome.lines
    return Done(
        cell.value,
        cell.value == row.label,
        cell.confidence or 0.0,
        not cell.doubts,
        outcome.tokens.prompt,
        outcome.tokens.cached,
    )


def read(path: Path, name: str) -> tuple[dict[int, Done], float]:
    whole = json.loads(path.read_text("utf-8")) if path.exists() else {}
    kept = whole.get(name, {"rows": {}, "seconds": 0.0})
    return {int(number): Done(*row) for number, row in kept["rows"].items()}, kept["seconds"]


def write(path: Path, name: str, known: Mapping[int, Done], seconds: float) -> None:
    whole = json.loads(path.read_text("utf-8")) if path.exists() else {}
    rows = {number: [getattr(row, field) for field in Done.__slots__] for number, row in known.items()}
    path.write_text(json.dumps(whole | {name: {"rows": rows, "seconds": seconds}}), "utf-8")


def line_of(one: Set, ran: tuple[list[Done], float]) -> list[object]:
    done, per_minute = ran
    return [
        one.name,
        len(done),
        right(done),
        f"{per_minute:.0f}",
        *(
            f"{right(part)} of {len(part)}"
            for part in ([d for d in done if d.sure], [d for d in done if not d.sure])
        ),
        f"{fmean(each.prompt_tokens for each in done):.0f}" if done else "",
        f"{fmean(each.cached_tokens for each in done):.0f}" if done else "",
    ]


def right(done: Sequence[Done]) -> str:
    return f"{fmean(each.right for each in done):.3f}" if done else "–"


if __name__ == "__main__":
    main()
