"""How many damaged model files pass `inspect` and then end the process that loads them. Aim: none.

Each mutant is a small model that llama.cpp loads, or the header of SmolLM2 over a sparse file, with a few
seeded changes of its entries, tensors or bytes. What passes is loaded in a process of its own, tokenizes,
and decodes a few tokens there, under a limit on memory and time.

    python -m tests.benchmarks.gguf_mutants [--count 1000] [--first 0] [--smollm PATH] [--keep FOLDER]

Linux only: it forks after llama.cpp has been imported, which makes a load take milliseconds.
"""

from __future__ import annotations

import argparse
import copy
import ctypes
import os
import random
import resource
import signal
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.models.gguf import inspect
from tests.fakes.gguf import ARRAY, BOOL, FLOAT32, INT32, STRING, UINT32, UINT64, Gguf
from tests.fakes.loadable import loadable_model

MEMORY_LIMIT_BYTES = 3 << 30
TIME_LIMIT_S = 20
REFUSED = 3  # exit status of a load that llama.cpp refused in an orderly way

NUMBERS = (
    0, 1, 2, 3, 5, 7, 8, 16, 31, 33, 63, 64, 65, 127, 128, 255, 256, 299, 511, 512, 4096, 65535, 1 <<
    20, (1 << 24) - 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1
)  # fmt: skip
FLOATS = (0.0, -1.0, 1.0, 1e-30, 1e30, float("inf"), float("-inf"), float("nan"))
WORDS = (
    "", "llama", "bert", "gpt2", "t5", "rwkv", "plamo2", "none", "no_vocab", "default", "smollm",
    "yarn", "linear", "longrope", "qwen2", "gemma", "gemma2", "gemma3", "phi3", "mamba", "mamba2",
    "rwkv6", "falcon", "mpt", "starcoder2", "deepseek2", "command-r", "olmo", "olmoe", "qwen2moe",
    "granite", "lfm2", "jamba", "gpt-oss", "stablelm", "clip", "model", "adapter", "x" * 300, "a\0b",
    "{{ 1 }}", "llama-bpe", "deepseek-llm", "qwen2", "tekken", "gpt-4o"
)  # fmt: skip
FURTHER = (
    "{a}.attention.key_length", "{a}.attention.value_length", "{a}.expert_count",
    "{a}.expert_used_count", "{a}.attention.sliding_window", "{a}.rope.scaling.type",
    "{a}.rope.scaling.factor", "{a}.rope.scale_linear", "{a}.rope.scaling.original_context_length",
    "{a}.rope.dimension_sections", "{a}.pooling_type", "{a}.attention.causal", "{a}.ssm.conv_kernel",
    "{a}.ssm.state_size", "{a}.leading_dense_block_count", "{a}.nextn_predict_layers",
    "{a}.decoder_block_count", "{a}.embedding_length_out", "{a}.expert_group_count",
    "{a}.attention.layer_norm_epsilon", "{a}.use_parallel_residual", "{a}.expert_feed_forward_length",
    "{a}.attention.scale", "{a}.logit_scale", "{a}.residual_scale", "{a}.embedding_scale",
    "{a}.vocab_size", "{a}.attention.sliding_window_pattern", "{a}.attention.key_length_mla",
    "{a}.attention.q_lora_rank", "{a}.n_deepstack_layers", "{a}.expert_weights_scale",
    "{a}.attention.group_norm_groups", "{a}.attention.recurrent_layers", "{a}.full_attention_interval",
    "{a}.classifier.output_labels", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.seperator_token_id", "tokenizer.ggml.cls_token_id", "tokenizer.ggml.mask_token_id",
    "tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id", "tokenizer.ggml.add_eos_token",
    "tokenizer.ggml.add_sep_token", "tokenizer.ggml.add_space_prefix",
    "tokenizer.ggml.remove_extra_whitespaces", "tokenizer.ggml.scores",
    "tokenizer.ggml.escape_whitespaces", "tokenizer.ggml.precompiled_charsmap", "tokenizer.ggml.merges",
    "tokenizer.ggml.token_type_count", "tokenizer.ggml.added_tokens", "tokenizer.ggml.suppress_tokens",
    "tokenizer.ggml.eog_token_ids", "tokenizer.ggml.normalizer.lowercase", "general.alignment",
    "general.type", "split.count", "split.no", "split.tensors.count",
    "tokenizer.chat_template.tool_use", "general.file_type",
)  # fmt: skip
TENSORS = (
    "output.weight", "rope_freqs.weight", "rope_factors_long.weight", "blk.0.attn_q.bias",
    "blk.0.attn_qkv.weight", "blk.0.ffn_gate_inp.weight", "blk.0.ffn_down_exps.weight",
    "position_embd.weight", "blk.0.attn_output.bias", "output_norm.bias", "blk.2.attn_norm.weight",
    "blk.0.attn_q_norm.weight", "cls.weight", "blk.0.ffn_gate.scale", "blk.99999999999.x"
)  # fmt: skip


# --- changes ------------------------------------------------------------------------------------------


def mutate(model: Gguf, chance: random.Random) -> Gguf:
    """A copy with one to three changes; further ones of its bytes are `scramble`'s."""
    mutant = Gguf(list(model.entries), list(model.tensors), model.data_bytes, model.version)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        change = chance.choice((_entry, _entry, _entry, _add, _add, _drop, _tensor, _tensor, _tensor, _array))
        change(mutant, chance)
    return mutant


def _entry(model: Gguf, chance: random.Random) -> None:
    key, kind, _ = chance.choice(model.entries)
    if kind == ARRAY:
        _array(model, chance)
    elif kind == STRING:
        model.set(key, STRING, chance.choice(WORDS))
    elif chance.random() < 0.8:
        model.set(key, kind, _number(kind, chance))
    else:
        kind = chance.choice((UINT32, INT32, FLOAT32, BOOL, UINT64))
        model.set(key, kind, _number(kind, chance))


def _number(kind: int, chance: random.Random) -> Any:
    if kind in (6, 12):
        return chance.choice(FLOATS)
    if kind == BOOL:
        return chance.random() < 0.5
    number = chance.choice(NUMBERS)
    return number if kind != INT32 or number < 1 << 31 else chance.choice((-1, -2, -(1 << 31)))


def _architecture(model: Gguf) -> str:
    return next((str(v) for k, _, v in model.entries if k == "general.architecture"), "llama")


def _add(model: Gguf, chance: random.Random) -> None:
    key = chance.choice(FURTHER).format(a=_architecture(model))
    kind = chance.choice((UINT32, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY))
    if kind == ARRAY:
        item = chance.choice((INT32, UINT32, FLOAT32, BOOL, STRING))
        count = chance.choice((0, 1, 2, 3, 4, 64, 264))
        items = [chance.choice(WORDS) if item == STRING else _number(item, chance) for _ in range(count)]
        model.set(key, ARRAY, (item, items))
    else:
        model.set(key, kind, chance.choice(WORDS) if kind == STRING else _number(kind, chance))


def _drop(model: Gguf, chance: random.Random) -> None:
    model.entries.remove(chance.choice(model.entries))


def _array(model: Gguf, chance: random.Random) -> None:
    arrays = [entry for entry in model.entries if entry[1] == ARRAY and entry[2][1]]
    if not arrays:
        return
    key, _, (item, items) = chance.choice(arrays)
    items = list(items)
    match chance.randrange(5):
        case 0:
            items = items[: chance.randrange(len(items))]
        case 1:
            items += items[: chance.randint(1, 4)]
        case 2:
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(items))
                items[at] = _item(item, chance)
        case 3:
            chance.shuffle(items)
        case 4:
            item = chance.choice((INT32, FLOAT32, STRING))
            items = [_item(item, chance) for _ in items]
    model.set(key, ARRAY, (item, items))


def _item(kind: int, chance: random.Random) -> Any:
    if kind == STRING:
        noise = chance.randbytes(chance.randint(0, 6))
        return chance.choice(
            (noise, b"", b" ", b"a b", b"\xff", b"<0x", b"x" * 5000, b"<0xZZ>", str(chance.random()).encode())
        )
    return _number(kind, chance)


def _tensor(model: Gguf, chance: random.Random) -> None:
    if not model.tensors:
        return
    at = chance.randrange(len(model.tensors))
    name, shape, kind, offset = model.tensors[at]
    match chance.randrange(8):
        case 0:
            del model.tensors[at]
            return
        case 1:
            name = chance.choice((*TENSORS, name[:-7], name + "x"))
        case 2:
            shape = tuple(reversed(shape))
        case 3:
            shape = tuple(max(1, size + chance.choice((-32, -1, 0, 1, 32))) for size in shape)
        case 4:
            shape = chance.choice(
                ((*shape, 1), (*shape, 2), shape[:1], (1, *shape), (32,), (1,), (32, 1, 1, 1))
            )
        case 5:
            kind = chance.choice(
                (0, 1, 2, 3, 6, 7, 8, 9, 10, 12, 14, 15, 16, 20, 24, 26, 27, 28, 30, 34, 39, 40, 41, 42)
            )
        case 6:
            offset = chance.choice((0, 32, 64, offset + 32, max(0, offset - 32), 1 << 62, (1 << 64) - 32))
        case 7:
            model.tensors.append((chance.choice(TENSORS), chance.choice((shape, (64,), (1,))), kind, 0))
    model.tensors[at] = (name, shape, kind, offset)


def scramble(content: bytearray, header_bytes: int, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(4, header_bytes)
        if chance.random() < 0.5:
            content[at] ^= 1 << chance.randrange(8)
        else:
            number = chance.choice((0, 1, 1 << 31, 1 << 32, 1 << 63, (1 << 64) - 1))
            content[at : at + 8] = struct.pack("<Q", number)


# --- bases ------------------------------------------------------------------------------------------


def header_of(path: Path) -> Gguf:
    """The header of a sound file, to be changed; the data follows as zeros."""
    from gguf import GGUFReader

    reader = GGUFReader(path)
    model = Gguf()
    for field in reader.fields.values():
        if field.name.startswith("GGUF."):
            continue
        kind = int(field.types[0])
        content = field.contents()
        model.entries.append((field.name, kind, (int(field.types[1]), content) if kind == ARRAY else content))
    for tensor in reader.tensors:
        offset = int(tensor.data_offset) - int(reader.data_offset)
        shape = tuple(int(size) for size in tensor.shape)
        model.tensors.append((tensor.name, shape, int(tensor.tensor_type), offset))
        model.data_bytes = max(model.data_bytes, offset + int(tensor.n_bytes))
    return model


def write(model: Gguf, path: Path, chance: random.Random) -> None:
    """Sparse: the data is a hole in the file."""
    data_bytes, model.data_bytes = model.data_bytes, 0
    content = bytearray(model.content())
    if chance.random() < 0.15:
        scramble(content, len(content), chance)
    if chance.random() < 0.05:
        data_bytes = chance.randrange(data_bytes + 1)
    with path.open("wb") as file:
        file.write(content)
        file.truncate(len(content) + data_bytes)


# --- loading ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fate:
    """`name`: loaded, refused, or what killed it."""

    name: str
    megabytes: int

    @property
    def bad(self) -> bool:
        return self.name not in ("loaded", "refused")


def load_apart(path: Path, attempt: Callable[[Path], bool]) -> Fate:
    """What becomes of a process that loads the file."""
    pid = os.fork()
    if pid == 0:
        _limit()
        os._exit(0 if attempt(path) else REFUSED)
    _, status, usage = os.wait4(pid, 0)
    return Fate(_name(status), usage.ru_maxrss >> 10)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    os.environ["GGML_NO_BACKTRACE"] = "1"  # would start a debugger at each abort
    signal.alarm(TIME_LIMIT_S)
    quiet = os.open(os.devnull, os.O_WRONLY)
    if not os.environ.get("LOUD"):
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)


def _name(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return {0: "loaded", REFUSED: "refused"}.get(os.WEXITSTATUS(status), f"exit {os.WEXITSTATUS(status)}")


def attempt(path: Path) -> bool:
    """Load, tokenize and decode as the model process does; False when llama.cpp refuses."""
    import llama_cpp.llama_cpp as native

    parameters = native.llama_model_default_params()
    parameters.load_mode = native.LLAMA_LOAD_MODE_NONE
    model = native.llama_model_load_from_file(os.fsencode(path), parameters)
    if not model:
        return False
    vocabulary = native.llama_model_get_vocab(model)
    tokens = _tokenized(native, vocabulary)
    settings = native.llama_context_default_params()
    settings.n_ctx, settings.n_batch, settings.n_threads, settings.n_threads_batch = 64, 32, 1, 1
    context = native.llama_init_from_model(model, settings)
    if not context:
        return False
    for token in [*tokens[:3], max(0, native.llama_vocab_bos(vocabulary))]:
        one = (ctypes.c_int32 * 1)(token)
        if native.llama_decode(context, native.llama_batch_get_one(one, 1)) != 0:
            return False
    native.llama_free(context)
    native.llama_model_free(model)
    return True


def _tokenized(native: Any, vocabulary: Any) -> list[int]:
    room = (ctypes.c_int32 * 256)()
    buffer = ctypes.create_string_buffer(8192)
    tokens: list[int] = []
    for text in (b"a b abc <s> Hello, \xc3\xa4\xf0\x9f\x98\x80 world\n\n 12", b"ab"):
        for control in (False, True):
            count = native.llama_tokenize(vocabulary, text, len(text), room, 256, control, control)
            tokens += list(room[: max(count, 0)])
    special = (native.llama_vocab_bos, native.llama_vocab_eos, native.llama_vocab_eot, native.llama_vocab_nl)
    # As the model process does: NO_TOKEN is never asked for.
    named = [number for find in special if (number := find(vocabulary)) != -1]
    for token in [*set(tokens), *named]:
        native.llama_token_to_piece(vocabulary, token, buffer, 8192, 0, True)
        native.llama_vocab_is_eog(vocabulary, token)
        native.llama_vocab_is_control(vocabulary, token)
    return tokens


# --- the count -------------------------------------------------------------------------------------


def survey(bases: list[Gguf], first: int, count: int, keep: Path | None) -> Counter[str]:
    """What became of the mutants `first` … `first + count`; those that ended a process are told and kept."""
    fates: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mutant.gguf")
        for number in range(first, first + count):
            chance = random.Random(number)
            write(mutate(copy.copy(bases[number % len(bases)]), chance), path, chance)
            fate = _fate(path)
            fates[fate.name] += 1
            if fate.bad and fate.name != "inspected":
                print(f"mutant {number}: {fate.name} ({fate.megabytes} MB)", flush=True)
                if keep:
                    path.rename(keep / f"mutant-{number}-{fate.name}.gguf")
    return fates


def _fate(path: Path) -> Fate:
    try:
        inspect(path)
    except EngineError:
        return Fate("inspected", 0)
    return load_apart(path, attempt)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--smollm", type=Path)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    import llama_cpp.llama_cpp as native

    native.llama_backend_init()
    bases = [loadable_model("llama"), loadable_model("gpt2")]
    if arguments.smollm:
        bases = [header_of(arguments.smollm)]
    for base in bases:
        sound = Path(tempfile.mkdtemp(), "sound.gguf")
        write(base and copy.copy(base), sound, random.Random(8))
        print("sound base:", _fate(sound))
    began = time.monotonic()
    fates = survey(bases, arguments.first, arguments.count, arguments.keep)
    print(dict(fates), f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
