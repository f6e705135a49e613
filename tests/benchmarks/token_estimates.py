"""Our estimate of tokens (`engine.frontier.estimating`) against real tokenizers, text by text.

    .venv/bin/python -m tests.benchmarks.token_estimates

Qwen2.5's tokenizer (151,000 tokens) stands for those of providers, which are not to be had without their
SDKs; SmolLM2's (49,000) for the smallest servers on a person's own computer, where nothing is paid.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop.places import weights
from engine.frontier.estimating import count

HERE = Path(__file__).parent
MODELS = {
    "Qwen2.5": "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    "SmolLM2": "smollm2-135m-instruct-q4_1.gguf",
}
SENTENCES = {
    "ru": "Срок аренды помещения составляет шесть месяцев. Платежи производятся ежемесячно.",
    "ja": "家賃は毎月三営業日までに振り込んでください。契約は書面で解約することができます。",
    "ar": "يمكن لأي من الطرفين إنهاء عقد إيجار المكتب بإشعار مدته ستة أشهر.",
    "hi": "किराया अनुबंध तिमाही के अंत से छह महीने पहले लिखित सूचना देकर समाप्त किया जा सकता है।",
    "short words": "The harbour of Genoa has many boats, and the sea is blue. " * 10,
    "emoji": "Great 😀🎉 thanks 👍🏽 see you ❤️ " * 5,
}


def texts() -> Iterator[tuple[str, str]]:
    told = tomllib.loads((HERE / "languages.toml").read_text(encoding="utf-8"))
    for language in told["language"]:
        yield language["name"], "\n".join(language["texts"])
    yield "en", "\n".join(told["english"])
    yield "prose", (HERE.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")[:6000]
    yield "code", (HERE.parents[1] / "engine" / "answering.py").read_text(encoding="utf-8")[:6000]
    yield (
        "JSON",
        json.dumps([{"id": n, "amount": n * 37.5, "due": f"2026-11-{n % 28 + 1}"} for n in range(60)]),
    )
    yield from SENTENCES.items()


def counter(name: str) -> Callable[[str], int]:
    from llama_cpp import Llama

    model = Llama(str(weights() / name), vocab_only=True, verbose=False)
    return lambda text: len(model.tokenize(text.encode(), add_bos=False))


def main() -> None:
    counters = {name: counter(file) for name, file in MODELS.items()}
    print(f"{'text':12}{'characters':>12}{'estimate':>10}" + "".join(f"{name:>18}" for name in counters))
    for name, text in texts():
        estimate = count(text)
        told = "".join(
            f"{tokens:>10} ({estimate / tokens:4.2f})"
            for tokens in (each(text) for each in counters.values())
        )
        print(f"{name:12}{len(text):>12}{estimate:>10}{told}")


if __name__ == "__main__":
    main()
