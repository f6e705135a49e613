"""Labels persons in English text for train_names.py, with spaCy's en_core_web_md (MIT, only for this).

    python tests/benchmarks/label_names.py MODEL TARGET DATA   in an environment of its own, with spaCy

Texts: every second article of SQuAD's paragraphs, questions of GSM8K, and questions to a bank (banking77), in
which nobody is named. What the head learns from them is where in running text no names are.
"""

from __future__ import annotations

import csv
import json
import random
import sys
import zlib
from pathlib import Path

import spacy


def texts(data: Path) -> list[str]:
    found = []
    with (data / "squad_dev" / "paragraphs.jsonl").open(encoding="utf-8") as lines:
        paragraphs = [json.loads(line) for line in lines]
    found += [each["text"] for each in paragraphs if is_for_training(each["title"])]
    with (data / "gsm8k" / "test.jsonl").open(encoding="utf-8") as lines:
        found += [json.loads(line)["question"] for line in lines][:300]
    with (data / "banking77" / "train.csv").open(encoding="utf-8") as lines:
        questions = [row["text"] for row in csv.DictReader(lines)]
    random.Random(1).shuffle(questions)
    return found + questions[:300]


def is_for_training(title: str) -> bool:
    return zlib.crc32(title.encode()) % 2 == 0


def main() -> None:
    model, target, data = spacy.load(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    with target.open("w", encoding="utf-8") as out:
        for document in model.pipe(texts(data), disable=["lemmatizer"]):
            parts, at = [], 0
            for entity in document.ents:
                if entity.label_ != "PERSON":
                    continue
                end = entity.end_char - (2 if entity.text.endswith(("'s", "’s")) else 0)
                parts.append([document.text[at : entity.start_char], ""])
                parts.append([document.text[entity.start_char : end], "PERSON"])
                at = end
            out.write(json.dumps([*parts, [document.text[at:], ""]], ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
