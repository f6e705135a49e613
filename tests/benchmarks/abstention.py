"""Does the default model decline what a passage does not say, with and without regard to its doubts?

    python -m tests.benchmarks.abstention MODEL.gguf SQUAD_FOLDER [--items 20] [--seed 12]

Half of the questions stand in the paragraph they are asked of, half are SQuAD 2.0's unanswerable ones:
written by people to look answerable. `words` is the answer as the model gives it (and as the check of its
sentences lets it pass); `doubts` is what Carrel does.

Constants of engine/abstention.py were chosen on seed 11 (24 + 24), with the mark's log-probability a and the
lowest token's l: AUC of −a .78, of l .75, of l − a/4 .83; a second question to the model (“is this stated …?
yes or no”) reached .51 to .77 and costs another reading. On seed 12 (16 + 16), not used to choose them:

            answered right  withheld  declined
    words               11         2         4
    doubts              11         2        10
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import abstention
from engine.answering import Answered, answer
from engine.models.installed import InstalledModel
from engine.process.client import LocalModel
from engine.process.service import build
from engine.settings import ModelSettings
from engine.values import Answer, Sampling, Source
from rag.grounding import check
from tests.fakes.model import InProcessWorker


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("squad", type=Path)
    parser.add_argument("--items", type=int, default=20, help="of each kind")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--how", nargs="+", choices=("words", "doubts"), default=("words", "doubts"))
    arguments = parser.parse_args()
    worker = InProcessWorker(build(ModelSettings()))
    model = LocalModel(worker, installed(arguments.model))
    items = sample(arguments.squad, arguments.items, arguments.seed)
    answers = {how: [ask(model, item, how) for item in items] for how in arguments.how}
    print(f"{arguments.items} answerable and {arguments.items} unanswerable questions, seed {arguments.seed}")
    print(f"{'':8}{'answered right':>16}{'withheld':>10}{'declined':>10}")
    for how, given in answers.items():
        pairs = list(zip(items, given, strict=True))
        right = sum(is_right(item, one) for item, one in pairs if not item["is_impossible"])
        withheld = sum(one.abstained for item, one in pairs if not item["is_impossible"])
        declined = sum(one.abstained for item, one in pairs if item["is_impossible"])
        print(f"{how:8}{right:>16}{withheld:>10}{declined:>10}")


def installed(path: Path) -> InstalledModel:
    return InstalledModel(path.stem, path.stem, path, path.stat().st_size, context_tokens=2048)


def sample(squad: Path, count: int, seed: int) -> list[dict[str, Any]]:
    paragraphs = {row["id"]: row for row in rows(squad / "paragraphs.jsonl")}
    questions = rows(squad / "questions.jsonl")
    draw = random.Random(seed)
    chosen = [
        question
        for impossible in (False, True)
        for question in draw.sample([q for q in questions if q["is_impossible"] == impossible], count)
    ]
    return [question | {"paragraph": paragraphs[question["paragraph_id"]]} for question in chosen]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ask(model: LocalModel, item: dict[str, Any], how: str) -> Answer:
    paragraph = item["paragraph"]
    title, text = paragraph["title"].replace("_", " "), paragraph["text"]
    passage = Source(title, "", None, 0, len(text), text, heading="", score=1.0)

    def retrieve(question: str, earlier: Sequence[str]) -> list[Source]:
        return [passage]

    kept = abstention.LEAST_ASSURANCE
    if how == "words":
        abstention.LEAST_ASSURANCE = float("-inf")
    try:
        events = answer(
            item["question"],
            (),
            model=model,
            retrieve=retrieve,
            check=check,
            sampling=Sampling(max_tokens=80),
            cancelled=lambda: False,
        )
        return next(event.answer for event in events if isinstance(event, Answered))
    finally:
        abstention.LEAST_ASSURANCE = kept


def is_right(item: dict[str, Any], given: Answer) -> bool:
    return any(gold.lower() in given.text.lower() for gold in item["answers"])


if __name__ == "__main__":
    main()
