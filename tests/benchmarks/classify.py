"""Sorting a batch of messages by topic: by the model's own probabilities, and by having it write the topic.

    python -m tests.benchmarks.classify MODEL.gguf [--server LLAMA_SERVER] [--rows 64] [--rounds 3]

Carrel scores the topics (ScoreLabels); the others write one, with just enough tokens for the longest
(“held”: by a grammar of the topics). Each round has an instruction and messages that nobody has read before.
The floor: the tokens that must be evaluated to choose by probability, common beginnings once, at the rate of
the plain loop in the chunks that are quickest here.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack

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
from tests.benchmarks.plain_loop import PlainLoop
from tests.benchmarks.ways import Messages, Rows

CONTEXT_TOKENS = 2048
CHUNKS = (128, 256, 512)
HELD = 500  # beyond any number of rounds
RATE_SENTENCES = 20  # about five hundred tokens


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--rows", type=int, default=64)
    arguments = parser.parse_args()
    machine = Machine()
    with ExitStack() as stack:
        ways = classifiers(arguments, stack)
        plain = stack.enter_context(Apart(PlainLoop, str(arguments.model), CONTEXT_TOKENS, arguments.threads))
        chunk = best_chunk(plain)
        ways["floor"] = lambda number: Rows(floor_s(plain, arguments, number, chunk), ())
        results = alternate(ways, arguments.rounds)
    floors = [rows.seconds for rows in results.pop("floor")]
    labels = [[one.label for one in tickets(arguments, number)] for number in range(arguments.rounds)]
    print(f"{arguments.model.stem}, {arguments.rows} messages, {arguments.rounds} rounds; {machine}")
    print(compared(results, floors, labels))


def classifiers(arguments: argparse.Namespace, stack: ExitStack) -> dict[str, Callable[[int], Rows]]:
    def way(apart: Apart, method: str) -> Callable[[int], Rows]:
        # The same messages with another number before them: nobody has read them the other way.
        shift = HELD if method == "classify_held" else 0
        return lambda number: apart.call(method, prompts(arguments, number, shift), materials.LABELS)

    ways = started(arguments, CONTEXT_TOKENS, stack)
    held = {f"{name}, held": way(apart, "classify_held") for name, apart in ways.items() if name != "carrel"}
    return {name: way(apart, "classify") for name, apart in ways.items()} | held


def tickets(arguments: argparse.Namespace, number: int) -> list[materials.Ticket]:
    return materials.tickets(arguments.seed * 1000 + number, rows_of(arguments.rows, number))


def prompts(arguments: argparse.Namespace, number: int, shift: int = 0) -> list[Messages]:
    return [materials.sorting(number + shift, ticket) for ticket in tickets(arguments, number)]


def best_chunk(plain: Apart) -> int:
    return max(CHUNKS, key=lambda chunk: plain.call("read_rate", materials.opening(0, RATE_SENTENCES), chunk))


def floor_s(plain: Apart, arguments: argparse.Namespace, number: int, chunk_tokens: int) -> float:
    rate: float = plain.call("read_rate", materials.opening(number, RATE_SENTENCES), chunk_tokens)
    distinct: int = plain.call("distinct_tokens", prompts(arguments, number), materials.LABELS)
    return distinct / rate


def compared(results: dict[str, list[Rows]], floors: Sequence[float], labels: Sequence[Sequence[str]]) -> str:
    """Seconds of each way, how many times quicker Carrel was, and how many labels were right and the same."""
    ours = results.get("carrel", [])
    seconds = {name: [rows.seconds for rows in found] for name, found in results.items()}
    lines = [
        [
            name,
            Spread.of(seconds[name]),
            times_faster(seconds["carrel"], seconds[name]) if ours else "",
            times_faster(seconds[name], floors),
            f"{share([rows.texts for rows in found], labels):.2f}",
            f"{share([rows.texts for rows in found], [rows.texts for rows in ours]):.2f}" if ours else "",
        ]
        for name, found in results.items()
    ]
    head = ["way", "seconds", "carrel is × faster", "of the floor", "right", "as carrel"]
    return table(head, [*lines, ["floor", Spread.of(floors)] + [""] * 4])


def share(found: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> float:
    """Of all rows of all rounds, those whose reply begins with the label."""
    pairs = [
        (text, label)
        for texts, labels in zip(found, wanted, strict=True)
        for text, label in zip(texts, labels, strict=True)
    ]
    return sum(text.strip().lower().startswith(label) for text, label in pairs) / len(pairs)


if __name__ == "__main__":
    main()
