"""Taking orders out of a batch of messages, as JSON that fits a schema.

    python -m tests.benchmarks.extract MODEL.gguf [--server LLAMA_SERVER] [--rows 64] [--rounds 3]

Each round has an instruction and messages that nobody has read before. “valid”: parses and fits the schema.
“as carrel”: the same values in all fields, whatever the white space.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from jsonschema import Draft202012Validator

from tests.benchmarks import materials
from tests.benchmarks.harness import (
    Apart,
    Machine,
    Spread,
    alternate,
    arguments_of,
    rows_of,
    table,
    times_faster,
)
from tests.benchmarks.peers import started
from tests.benchmarks.ways import Messages, Rows

CONTEXT_TOKENS = 2048
REPLY_TOKENS = 120  # twice of what is needed: who does not come to an end shall pay for it


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--rows", type=int, default=64)
    arguments = parser.parse_args()
    machine = Machine()
    with ExitStack() as stack:
        ways = started(arguments, CONTEXT_TOKENS, stack)
        results = alternate({name: extractor(arguments, way) for name, way in ways.items()}, arguments.rounds)
    print(f"{arguments.model.stem}, {arguments.rows} messages, {arguments.rounds} rounds; {machine}")
    print(compared(results))


def extractor(arguments: argparse.Namespace, way: Apart) -> Callable[[int], Rows]:
    return lambda number: way.call("extract", prompts(arguments, number), materials.SCHEMA, REPLY_TOKENS)


def prompts(arguments: argparse.Namespace, number: int) -> list[Messages]:
    texts = materials.orders(arguments.seed * 1000 + number, rows_of(arguments.rows, number))
    return [materials.entering(number, text) for text in texts]


def compared(results: dict[str, list[Rows]]) -> str:
    seconds = {name: [rows.seconds for rows in found] for name, found in results.items()}
    objects = {
        name: [parsed(text) for rows in found for text in rows.texts] for name, found in results.items()
    }
    ours = "carrel" in results
    lines = [
        [
            name,
            Spread.of(seconds[name]),
            times_faster(seconds["carrel"], seconds[name]) if ours else "",
            f"{sum(rows.tokens for rows in found) / len(objects[name]):.1f}",
            f"{sum(map(fits, objects[name])) / len(objects[name]):.2f}",
            f"{same(objects[name], objects['carrel']):.2f}" if ours else "",
        ]
        for name, found in results.items()
    ]
    return table(["way", "seconds", "carrel is × faster", "tokens/row", "valid", "as carrel"], lines)


def parsed(text: str) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def fits(value: Any) -> bool:
    return Draft202012Validator(json.loads(materials.SCHEMA)).is_valid(value)


def same(ours: Sequence[Any], theirs: Sequence[Any]) -> float:
    return sum(one == other for one, other in zip(ours, theirs, strict=True)) / len(ours)


if __name__ == "__main__":
    main()
