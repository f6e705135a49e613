"""How many real JSON Schemas are taken, whether replies keep to them, and what that costs.

    python -m tests.benchmarks.schemas MODEL.gguf FOLDER [--sample 60] [--max-tokens 160]

FOLDER holds JSONSchemaBench as `schemas.jsonl`: a schema with valid and invalid instances in each line.
Every schema that is taken is written to once by a writer without sense, who draws among all tokens that are
allowed (no evaluation, so all schemas are affordable), and every n-th by the model itself, greedily. A reply
is judged by jsonschema as it comes, with its own patterns and formats.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import jsonschema
import numpy as np

from engine.errors import OutputInvalid, SchemaUnsupported
from engine.process.constraint import Constraint, Constraints
from engine.process.llama import LoadedModel
from engine.structured.replies import parse
from engine.structured.schemas import Schema, check, invalid_at
from tests.fakes.constrained import Draw, Drunk, Evaluator, Logits, Written, greedy, write

EXTRACTION = {
    "type": "object",
    "properties": {
        "vendor": {"type": "string"},
        "invoice_number": {"type": "string"},
        "date": {"type": "string", "format": "date"},
        "total": {"type": "number"},
        "currency": {"enum": ["EUR", "USD", "GBP", "CHF"]},
    },
    "required": ["vendor", "invoice_number", "date", "total", "currency"],
}
LETTER = (
    "Invoice 2024-117 of Brightwave Ltd, 3 May 2024: consulting, in all 1,250.00 euros.\nThe same as JSON:\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--max-tokens", type=int, default=160)
    arguments = parser.parse_args()
    lines = (arguments.folder / "schemas.jsonl").read_text(encoding="utf-8").splitlines()
    model = LoadedModel(str(arguments.model), lambda _done: True)
    constraints = Constraints(model)
    evaluator = Evaluator(model)
    print(f"{arguments.model.stem}, {model.token_count:,} tokens")
    vocabulary(constraints)
    taken = accepted([json.loads(line) for line in lines])
    compile_times(constraints, taken)
    staggering(model, constraints, taken)
    writing(
        model, constraints, evaluator, taken[:: max(1, len(taken) // arguments.sample)], arguments.max_tokens
    )
    extraction(model, constraints, evaluator)
    evaluator.close()
    model.close()


def vocabulary(constraints: Constraints) -> None:
    started = time.perf_counter()
    constraints.constraint("{}")
    print(f"first schema of the model, its vocabulary included: {time.perf_counter() - started:.2f} s")


def accepted(rows: list[dict[str, Any]]) -> list[Schema]:
    """Prints what is refused and what is checked afterwards; and whether instances are judged rightly."""
    taken, seconds, refused, afterwards = [], [], Counter[str](), Counter[str]()
    instances = wrong = 0
    for row in rows:
        started = time.perf_counter()
        try:
            schema = check(row["schema"])
        except SchemaUnsupported as error:
            refused[error.keyword or "(the whole)"] += 1
            continue
        finally:
            seconds.append(time.perf_counter() - started)
        taken.append(schema)
        afterwards.update(schema.afterwards)
        instances += len(row["tests"])
        wrong += sum((not invalid_at(schema, test["data"])) != test["valid"] for test in row["tests"])
    print(f"taken: {len(taken)} of {len(rows)} ({len(taken) / len(rows):.1%}); check {spread_ms(seconds)}")
    print(f"  refused by keyword: {counts(refused)}")
    print(f"  with keywords checked afterwards: {counts(afterwards)}")
    print(f"  judged wrongly: {wrong} of {instances} instances")
    return taken


def compile_times(constraints: Constraints, taken: list[Schema]) -> None:
    seconds = []
    for schema in taken:
        check(schema.text)  # not timed here; few are kept
        started = time.perf_counter()
        constraint = constraints.constraint(schema.text)
        constraint.forced()
        seconds.append(time.perf_counter() - started)
    print(f"compiled for the vocabulary (checked before): {spread_ms(seconds)}")


def staggering(model: LoadedModel, constraints: Constraints, taken: list[Schema]) -> None:
    drunk = Drunk(model, seed=1)
    outcomes, masks = Counter[str](), []
    for schema in taken:
        timed = TimedMasks(constraints.constraint(schema.text), masks)
        written = write(model, timed, drunk.evaluate, greedy, max_tokens=800)  # type: ignore[arg-type]
        outcomes[outcome(written, schema)] += 1
    print(f"without sense: {counts(outcomes)}")
    print(f"  mask and its application: {spread_ms(masks)}")


def writing(
    model: LoadedModel, constraints: Constraints, evaluator: Evaluator, sample: list[Schema], max_tokens: int
) -> None:
    outcomes, forced, tokens = Counter[str](), 0, 0
    for schema in sample:
        prompt = model.tokenize(f"Schema: {schema.text[:600]}\nAn example, as short JSON:\n", control=False)
        written = held(model, constraints, evaluator, schema.text, prompt, max_tokens)
        outcomes[outcome(written, schema)] += 1
        forced, tokens = forced + written.forced, tokens + len(written.tokens)
    print(f"by the model, at most {max_tokens} tokens: {counts(outcomes)}")
    print(f"  forced: {forced} of {tokens} tokens ({forced / max(1, tokens):.0%})")


def extraction(model: LoadedModel, constraints: Constraints, evaluator: Evaluator) -> None:
    prompt = model.tokenize(LETTER, control=False)
    written = held(model, constraints, evaluator, json.dumps(EXTRACTION), prompt, 160)
    steps = len(written.tokens) - written.forced
    print(f"five keys: {len(written.tokens)} tokens, {written.forced} forced, {steps} drawn: {written.text}")


def held(
    model: LoadedModel,
    constraints: Constraints,
    evaluator: Evaluator,
    schema: str,
    prompt: list[int],
    max_tokens: int,
    draw: Draw = greedy,
) -> Written:
    evaluator.clear()
    constraint = constraints.constraint(schema)
    return write(model, constraint, evaluator.evaluate, draw, prompt, max_tokens)


def outcome(written: Written, schema: Schema) -> str:
    if written.cut:
        return "cut by the token limit"
    try:
        value = parse(written.text, schema)
    except OutputInvalid:
        return "left to the repair"
    kind = getattr(jsonschema, f"{schema.draft}Validator")
    plain = kind(
        schema.rules, format_checker=kind.FORMAT_CHECKER, registry=jsonschema.validators.SPECIFICATIONS
    )
    return "valid" if plain.is_valid(value) else "INVALID"


class TimedMasks:
    """A constraint that notes how long each mask took."""

    def __init__(self, constraint: Constraint, seconds: list[float]) -> None:
        self._constraint = constraint
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._constraint, name)

    def mask(self, logits: Logits) -> None:
        started = time.perf_counter()
        self._constraint.mask(logits)
        self._seconds.append(time.perf_counter() - started)


def spread_ms(seconds: list[float]) -> str:
    p95 = float(np.quantile(seconds, 0.95))
    return f"p50 {median(seconds) * 1e3:.2f}, p95 {p95 * 1e3:.2f}, longest {max(seconds) * 1e3:.1f} ms"


def counts(counter: Counter[str]) -> str:
    items: Iterable[tuple[str, int]] = counter.most_common()
    return ", ".join(f"{name} {count}" for name, count in items) or "none"


if __name__ == "__main__":
    main()
