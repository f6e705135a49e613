"""Speed of the embedder's forms on the same passages.

    python -m tests.benchmarks.embedders [--passages 48] [--threads 2] [--only gguf-f16 torch …]

Prints passages and queries per second, seconds to load, resident memory (Linux), and how far the vectors
are from torch's; torch and onnx need the extra `improve`. Each form runs in a process of its own, as the
reader process sets it up; the forms alternate in rounds and the best round counts, because another program
on the computer only ever makes one slower.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from desktop.places import weights
from rag.embedders.export import export
from rag.ports import Vectors
from tests.rag.embedders.texts import SHORT

FORMS = ("gguf-f32", "gguf-f16", "gguf-q8_0", "torch", "onnx")
ROUNDS = 3
BATCH = 4  # as rag/process/reading.py does
SENTENCE = "The tenant shall give notice in writing, no later than the third working day of a month. "

Embed = Callable[[Sequence[str]], Vectors]


def passages(count: int) -> list[str]:
    """Texts of about 120 tokens, none equal."""
    return [f"Section {number}. " + SENTENCE * 6 for number in range(count)]


def queries(count: int) -> list[str]:
    return [f"How long is the notice period of contract {number}?" for number in range(count)]


# Forms


def opened(form: str, folder: Path, threads: int) -> Embed:
    if form.startswith("gguf"):
        from rag.embedders.gguf import GgufEmbedder

        return GgufEmbedder(folder / f"{form}.gguf", threads).embed
    if form == "torch":
        from rag.embedders.sentence_transformer import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(weights() / "all-minilm-l6-v2", threads).embed
    return _onnx(folder / "onnx.onnx", threads)


def _onnx(path: Path, threads: int) -> Embed:
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(weights() / "all-minilm-l6-v2" / "tokenizer.json"))
    tokenizer.enable_padding()
    tokenizer.enable_truncation(256)

    def embed(texts: Sequence[str]) -> Vectors:
        return np.vstack([_run(list(texts[i : i + BATCH])) for i in range(0, len(texts), BATCH)])

    def _run(texts: list[str]) -> Vectors:
        encoded = tokenizer.encode_batch(texts)
        ids = np.array([item.ids for item in encoded], np.int64)
        mask = np.array([item.attention_mask for item in encoded], np.int64)
        (hidden,) = session.run(None, {"ids": ids, "mask": mask})
        mean = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)

    return embed


def make(forms: Sequence[str], folder: Path) -> None:
    """Write the files of the forms that have one."""
    source = weights() / "all-minilm-l6-v2"
    export(source, folder / "gguf-f32.gguf", precision="f32")
    export(source, folder / "gguf-f16.gguf", precision="f16")
    if "gguf-q8_0" in forms:
        _quantize(folder / "gguf-f32.gguf", folder / "gguf-q8_0.gguf")
    if "onnx" in forms:
        subprocess.run(_command("make-onnx", folder), check=True, stdout=sys.stderr)


def _quantize(source: Path, target: Path) -> None:
    import llama_cpp

    from rag.embedders.gguf import _library

    _library()  # silences it
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    llama_cpp.llama_model_quantize(os.fsencode(source), os.fsencode(target), parameters)


def make_onnx(folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

    # Does nothing for this model, but asks for the package `onnx`.
    onnx_proto_utils._add_onnxscript_fn = lambda model, _opsets: model
    bert = SentenceTransformer(str(weights() / "all-minilm-l6-v2"), device="cpu")[0].auto_model.eval()
    bert.set_attn_implementation("eager")

    class Hidden(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert  # its weights become part of what is exported

        def forward(self, ids: Any, mask: Any) -> Any:
            # Not the model's own forward: how it makes its mask cannot be traced.
            hidden = self.bert.embeddings(input_ids=ids)
            away = (1.0 - mask[:, None, None, :].float()) * -1e9
            return self.bert.encoder(hidden, attention_mask=away)[0]

    example = torch.ones(2, 16, dtype=torch.long)
    dynamic = {"ids": {0: "texts", 1: "tokens"}, "mask": {0: "texts", 1: "tokens"}}
    torch.onnx.export(
        Hidden(),
        (example, example),
        str(folder / "onnx.onnx"),
        input_names=["ids", "mask"],
        output_names=["hidden"],
        dynamic_axes=dynamic,
        dynamo=False,
    )


# One form, in its own process


def measure(form: str, folder: Path, threads: int, count: int) -> dict[str, Any]:
    started = time.perf_counter()
    embed = opened(form, folder, threads)
    embed(["warm"])
    load_s = time.perf_counter() - started
    np.save(folder / f"{form}.npy", embed(SHORT))
    texts, questions = passages(count), queries(count)
    return {
        "load_s": load_s,
        "passages_s": count / _best(lambda: [embed(texts[i : i + BATCH]) for i in range(0, count, BATCH)]),
        "queries_s": count / _best(lambda: [embed([question]) for question in questions]),
        "memory_mb": _resident_mb(),
    }


def _resident_mb() -> float:
    # not getrusage: its high-water mark begins with that of the parent
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if statm.exists() else 0.0


def _best(work: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(2):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.embedders", *map(str, arguments)]


def run(form: str, folder: Path, threads: int, count: int) -> dict[str, Any]:
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        _command("measure", form, folder, threads, count), env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=48)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=FORMS, default=FORMS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(chosen.only, folder)
        rounds = [
            {form: run(form, folder, chosen.threads, chosen.passages) for form in chosen.only}
            for _ in range(ROUNDS)
        ]
        report(rounds, folder, chosen.only)


def report(rounds: Sequence[dict[str, dict[str, Any]]], folder: Path, forms: Sequence[str]) -> None:
    reference = np.load(folder / "torch.npy") if "torch" in forms else None
    print(f"{'form':<10} {'passages/s':>10} {'queries/s':>10} {'load s':>7} {'MB':>5} {'furthest':>9}")
    for form in forms:
        results = [each[form] for each in rounds]
        vectors = np.load(folder / f"{form}.npy")
        apart = "" if reference is None else f"{np.abs(vectors - reference).max():.1e}"
        print(
            f"{form:<10} {max(r['passages_s'] for r in results):>10.1f}"
            f" {max(r['queries_s'] for r in results):>10.1f} {min(r['load_s'] for r in results):>7.2f}"
            f" {min(r['memory_mb'] for r in results):>5.0f} {apart:>9}"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", form, folder, threads, count]:
            print(json.dumps(measure(form, Path(folder), int(threads), int(count))))
        case ["make-onnx", folder]:
            make_onnx(Path(folder))
        case _:
            main()
