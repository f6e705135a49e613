"""How well the confidences of what `confidence.py` kept part right from wrong, and the weights for them.

    python -m tests.benchmarks.confidence_figures FILE [--part test] [--fit]

`--fit` prints the weights of engine/routing/confidence.py (a logistic regression, l2 = 2 on standardised
signs) fitted on the part, and the area under the curve when cross-validated ten times in ten parts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.routing import confidence
from engine.values import Answer, Generated
from tests.benchmarks.abstention import regress, rows
from tests.benchmarks.harness import table

DRAWS = 2000
LEAST_IN_A_BIN = 10
SEED = 0

KINDS = ("FROM_DOCUMENTS", "DECLINING", "CALCULATED", "KNOWN")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given, and whether it was right. `kind`: which weights are for it."""

    set: str
    question: str
    answer: Answer
    done: Generated
    right: bool

    @property
    def kind(self) -> str:
        if not self.answer.grounded:
            return "CALCULATED" if confidence.calculates(self.done) else "KNOWN"
        return "DECLINING" if self.answer.abstained else "FROM_DOCUMENTS"

    def signs(self) -> confidence.Signs:
        if self.kind == "CALCULATED":
            return confidence.calculated_signs(self.done)
        if self.kind == "KNOWN":
            return confidence.known_signs(self.question, self.done)
        if self.kind == "DECLINING":
            return confidence.declining_signs(said=self.answer.state == "complete")
        return confidence.document_signs(self.question, self.done, self.answer.sentences)

    def confidence(self) -> float | None:
        """By the weights as they are now: those that were in force when it was asked do not matter."""
        if not self.answer.grounded:
            return confidence.of_plain(self.question, self.done)
        if self.kind == "DECLINING":
            return confidence.of_declining(self.done, said=self.answer.state == "complete")
        return confidence.from_documents(self.question, self.done, self.answer.sentences)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("done", type=Path)
    parser.add_argument("--part", default="test")
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    kept = [each for each in read(arguments.done) if each.set.endswith(f"-{arguments.part}")]
    if arguments.fit:
        print("\n".join(fitted(kind, kept) for kind in KINDS))
    else:
        print(figures(kept))


def read(path: Path) -> Iterable[Kept]:
    """Those that a model had a part in."""
    for row in rows(path):
        if row["generated"] is not None:
            answer = msgspec.convert(row["answer"], Answer)
            done = msgspec.convert(row["generated"], Generated)
            yield Kept(row["set"], row["question"], answer, done, row["right"])


# How well they part


def figures(kept: Sequence[Kept]) -> str:
    groups = {name: [each for each in kept if each.set == name] for name in sorted({e.set for e in kept})}
    groups |= {kind: [each for each in kept if each.kind == kind] for kind in KINDS}
    groups = {name: members for name, members in groups.items() if members}
    lines = [line_of(name, members) for name, members in groups.items()]
    head = ["", "answers", "right", "area", "95 %", "confidence", "Brier"]
    bins = [f"{name}\n{calibration(members)}" for name, members in groups.items()]
    return "\n\n".join([table(head, lines), *bins])


def line_of(name: str, kept: Sequence[Kept]) -> list[object]:
    sure, right = columns(kept)
    low, high = interval(sure, right)
    return [
        name,
        len(kept),
        f"{right.mean():.2f}",
        f"{area(sure, right):.3f}",
        f"{low:.2f}–{high:.2f}",
        f"{sure.mean():.2f}",
        f"{((sure - right) ** 2).mean():.3f}",
    ]


def columns(kept: Sequence[Kept]) -> tuple[Numbers, Numbers]:
    pairs = [(each.confidence(), each.right) for each in kept]
    known = [(sure, float(right)) for sure, right in pairs if sure is not None]
    return np.array([sure for sure, _ in known]), np.array([right for _, right in known])


def area(scores: Numbers, right: Numbers) -> float:
    """Under the ROC curve: how often a right one has the higher score than a wrong one."""
    good, bad = scores[right == 1], scores[right == 0]
    if not len(good) or not len(bad):
        return float("nan")
    return float((good[:, None] > bad).mean() + (good[:, None] == bad).mean() / 2)


def interval(scores: Numbers, right: Numbers) -> tuple[float, float]:
    """By drawing anew, as many right and wrong ones as there are."""
    draw = np.random.default_rng(SEED)
    good, bad = np.flatnonzero(right == 1), np.flatnonzero(right == 0)
    if not len(good) or not len(bad):
        return float("nan"), float("nan")
    areas = []
    for _ in range(DRAWS):
        chosen = np.r_[draw.choice(good, len(good)), draw.choice(bad, len(bad))]
        areas.append(area(scores[chosen], right[chosen]))
    low, high = np.quantile(areas, [0.025, 0.975])
    return float(low), float(high)


def calibration(kept: Sequence[Kept]) -> str:
    """Of each tenth what it promised and what came; a tenth with few answers goes with the next."""
    sure, right = columns(kept)
    order = np.argsort(sure)
    lines, held = [], []
    for place, number in enumerate(order):
        held.append(int(number))
        last = place == len(order) - 1
        ends = last or int(sure[order[place + 1]] * 10) != int(sure[number] * 10)
        left = len(order) - place - 1
        if ends and (last or (len(held) >= LEAST_IN_A_BIN and left >= LEAST_IN_A_BIN)):
            lines.append(
                [
                    f"{sure[held].min():.2f}–{sure[held].max():.2f}",
                    len(held),
                    f"{sure[held].mean():.2f}",
                    f"{right[held].mean():.2f}",
                ]
            )
            held = []
    return table(["confidence", "answers", "promised", "right"], lines)


# The weights


def fitted(kind: str, kept: Sequence[Kept]) -> str:
    pairs = [(each.signs(), float(each.right)) for each in kept if each.kind == kind]
    pairs = [(signs, right) for signs, right in pairs if signs]
    if len({right for _, right in pairs}) < 2:
        return f"{kind}: too few"
    names = list(pairs[0][0])
    signs = np.array([[each[name] for name in names] for each, _ in pairs])
    right = np.array([right for _, right in pairs])
    weights = regress(signs, right)
    areas = [area(guessed(signs, right, seed), right) for seed in range(10)]
    alone = ", ".join(f"{name} {area(signs[:, at], right):.2f}" for at, name in enumerate(names))
    told = "\n".join(
        f'    "{name}": {weight:.2f},' for name, weight in zip([*names, "always"], weights, strict=True)
    )
    return (
        f"{kind}: {len(right)} answers, {right.mean():.2f} right, area {fmean(areas):.3f} cross-validated; "
        f"alone: {alone}\n{told}"
    )


def guessed(signs: Numbers, right: Numbers, seed: int) -> Numbers:
    """The log-odds of each answer by weights that were fitted without it."""
    order = np.random.default_rng(seed).permutation(len(right))
    odds = np.zeros(len(right))
    for part in range(10):
        left_out = order[part::10]
        others = np.setdiff1d(order, left_out)
        weights = regress(signs[others], right[others])
        odds[left_out] = signs[left_out] @ weights[:-1] + weights[-1]
    return odds


if __name__ == "__main__":
    main()
