"""Company, date, address and total out of receipts, by the kind “extract” as a run uses it.

    python -m tests.benchmarks.tasks_extract MODEL.gguf FOLDER RECORD [--part test] [--most 15] [--threads 4]

FOLDER holds SROIE as `receipts.jsonl`. Half of the receipts are for tuning, half for testing, by a fixed
seed. Replies are kept in RECORD, so that a run can be broken off (`--minutes`) and gone on with, and what is
made of them tried again for nothing; rows per minute count the new ones alone.

A value is right when it is the expected one: texts by their letters and digits (case, spaces and punctuation
aside), dates as days, day first, totals as numbers. What is not expected must be absent. “unmarked”: a date
or a total that stands nowhere in the text and has no doubt.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.errors import OutputInvalid
from engine.models.installed import CONTEXT_TOKENS, InstalledModel
from engine.process.client import LocalModel
from engine.process.service import ModelService
from engine.settings import ModelSettings
from engine.structured.schemas import check, invalid_at
from engine.tasks.kinds.extract import KIND
from engine.tasks.ports import Tools
from engine.tasks.recipe import Example, Field, Recipe
from engine.tasks.values import Cell, TaskText
from rag.locating import Locator
from tests.benchmarks.recorded import Recorded
from tests.fakes.model import InProcessWorker, never

MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
FIELDS = ("company", "date", "address", "total")
RECIPE = Recipe(
    "Receipts",
    "extract",
    instructions="The text is a receipt, as a scanner read it: one line for each piece of text.",
    fields=(
        Field(
            "company",
            "text",
            "full name of the company that issued the receipt, with SDN BHD where it has that",
            True,
        ),
        Field("date", "date", "day of the purchase", True),
        Field(
            "address",
            "text",
            "where the shop is, from building or street to postcode and state, no phone",
            True,
        ),
        Field(
            "total",
            "amount",
            "amount that has to be paid in the end, after tax and rounding; not cash given",
            True,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    id: str
    text: str
    expected: dict[str, str]


@dataclass
class Counts:
    """Of one field, over all receipts."""

    right: int = 0
    given: int = 0
    expected: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, self.given + self.expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("record", type=Path)
    parser.add_argument("--part", choices=("tune", "test"), default="test")
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=4.5)
    parser.add_argument("--examples", type=int, default=0, help="receipts of the tuning part in the recipe")
    parser.add_argument("--show", action="store_true", help="what is wrong, field by field")
    arguments = parser.parse_args()
    examples = part(arguments.folder, "tune")[: arguments.examples]
    shown = [receipt for receipt in part(arguments.folder, arguments.part) if receipt not in examples]
    receipts = shown[: arguments.most]
    recipe = replace(RECIPE, examples=tuple(map(example, examples)))
    service = ModelService(ModelSettings())
    installed = InstalledModel("local", arguments.model.stem, arguments.model, 1, CONTEXT_TOKENS)
    model = Recorded(LocalModel(InProcessWorker(service), installed, priority="batch"), arguments.record)
    known = model.known
    started = time.monotonic()
    end = started + arguments.minutes * 60
    tools = Tools(model, Locator(), _unused, _unused, _unused)  # type: ignore[arg-type]

    def work(receipt: Receipt) -> list[Cell] | None:
        if time.monotonic() > end:
            return None
        try:
            outcome = KIND.work(recipe, TaskText(receipt.text), tools, cancelled=never)
        except OutputInvalid as error:  # a failed row of a run: it has no values, and says why
            print(f"{receipt.id} failed: {error}")
            return [Cell(name, None) for name in FIELDS]
        assert outcome is not None
        return list(outcome.lines[0])

    with ThreadPoolExecutor(arguments.threads) as threads:
        rows = list(threads.map(work, receipts))
    seconds = time.monotonic() - started
    done = [(receipt, cells) for receipt, cells in zip(receipts, rows, strict=True) if cells is not None]
    shot = f"{len(examples)} examples" if examples else "no examples"
    print(f"{arguments.model.stem}, {arguments.part}, {shot}: {len(done)} of {len(receipts)} receipts")
    if new := model.known - known:
        print(f"{new} new replies in {seconds:.0f} s: {new / seconds * 60:.1f} rows a minute")
    report(done, arguments.show)
    service.close()


def _unused(*_arguments: Any, **_named: Any) -> Any:
    raise AssertionError("no examples, no library")


def part(folder: Path, name: str) -> list[Receipt]:
    lines = (folder / "receipts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [Receipt(row["id"], row["ocr_text"], row["expected"]) for row in map(json.loads, lines)]
    random.Random(0).shuffle(rows)
    return rows[:60] if name == "test" else rows[60:]


def example(receipt: Receipt) -> Example:
    return Example(receipt.text, {**receipt.expected, "date": _day(receipt.expected["date"])})


def report(done: Sequence[tuple[Receipt, Sequence[Cell]]], show: bool) -> None:
    counts = {name: Counts() for name in FIELDS}
    unmarked = marked = valid = 0
    for receipt, cells in done:
        valid += fits_types(cells)
        for cell in cells:
            count_cell(counts[cell.column], cell, receipt)
            marked += bool(cell.doubts)
            unmarked += (
                not cell.doubts and cell.column in ("date", "total") and not stands(cell, receipt.text)
            )
    for name, count in counts.items():
        print(
            f"{name:8} F1 {count.f1:.3f}  "
            f"right {count.right} of {count.given} given, {count.expected} expected"
        )
        if show:
            print("".join(f"    {line}\n" for line in count.wrong), end="")
    both = Counts(
        *(sum(getattr(count, each) for count in counts.values()) for each in ("right", "given", "expected"))
    )
    print(
        f"all      F1 {both.f1:.3f}; valid {valid} of {len(done)}; "
        f"dates and totals not in the text unmarked: {unmarked}"
    )
    print(f"marked for review: {marked} of {len(done) * len(FIELDS)} cells")


def count_cell(count: Counts, cell: Cell, receipt: Receipt) -> None:
    expected = plain(cell.column, receipt.expected[cell.column])
    given = given_value(cell)
    count.given += bool(given)
    count.expected += bool(expected)
    count.right += bool(given) and given == expected
    if given != expected:
        surety = "—" if cell.confidence is None else f"{cell.confidence:.2f}"
        count.wrong.append(
            f"{receipt.id} {surety} {cell.doubts}: {cell.value} for {receipt.expected[cell.column]}"
        )


def given_value(cell: Cell) -> str:
    if cell.value is None:
        return ""
    if cell.column == "total":
        return str(Decimal(str(cell.value["value"])).normalize()) if isinstance(cell.value, dict) else "?"
    return str(cell.value) if cell.column == "date" else plain(cell.column, str(cell.value))


def plain(column: str, text: str) -> str:
    """What is compared."""
    if column == "total":
        digits = re.sub(r"[^\d.]", "", text)
        return str(Decimal(digits).normalize()) if digits else ""
    if column == "date":
        return _day(text)
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _day(text: str) -> str:
    parts = re.findall(r"\d+|[a-z]{3}", text.lower())
    if len(parts) == 1:
        (digits,) = parts
        year_first = digits[:2] == "20"
        parts = [digits[6:], digits[4:6], digits[:4]] if year_first else [digits[:2], digits[2:4], digits[4:]]
    day, month, year = parts
    number = MONTHS.index(month) // 3 + 1 if month.isalpha() else int(month)
    return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day)).isoformat()


def fits_types(cells: Sequence[Cell]) -> bool:
    """Whether the values are of their types, or marked as invalid."""
    shape = check(
        json.dumps(
            {
                "type": "object",
                "properties": {
                    "company": {"type": ["string", "null"]},
                    "address": {"type": ["string", "null"]},
                    "date": {"type": ["string", "null"], "format": "date"},
                    "total": {
                        "type": ["object", "null"],
                        "properties": {"value": {"type": "number"}, "currency": {"type": "string"}},
                        "required": ["value", "currency"],
                    },
                },
            }
        )
    )
    values = {cell.column: None if "invalid" in cell.doubts else cell.value for cell in cells}
    return not invalid_at(shape, values)


def stands(cell: Cell, text: str) -> bool:
    """Looked up in another way than the kind does: the digits as they stand in the text."""
    if cell.value is None or not isinstance(cell.value, dict | str):
        return cell.value is None
    if cell.column == "total":
        wanted = Decimal(str(cell.value["value"]))
        numbers = (number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text))
        return any(Decimal(number) == abs(wanted) for number in numbers)
    days = re.findall(r"\d{1,2}[-/. ]?(?:\d{1,2}|[A-Za-z]{3})[-/. ]?\d{2,4}|\d{8}", text)
    return any(_is_day(day, str(cell.value)) for day in days)


def _is_day(text: str, wanted: str) -> bool:
    try:
        return _day(text) == wanted
    except ValueError:
        return False


if __name__ == "__main__":
    main()
