from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from engine.errors import ModelDamaged, ModelMissing, ModelUnsupported
from engine.models.gguf import inspect
from tests.fakes.gguf import ARRAY, FLOAT32, INT32, STRING, UINT32, Gguf, small_model, string
from tests.own_time import own_time


def damage(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelDamaged) as caught:
        inspect(path)
    return caught.value.detail


def test_a_sound_header_is_told_in_our_words(tmp_path: Path) -> None:
    header = inspect(small_model().write(tmp_path / "model.gguf"))
    assert (header.architecture, header.name, header.licence) == ("llama", "Tiny", "mit")
    assert (header.layers, header.heads, header.kv_heads, header.embedding_length) == (2, 4, 2, 64)
    assert (header.quantization, header.context_tokens, header.vocabulary) == ("Q4_K_M", 512, 4)
    assert header.chat_template == "{{ messages[0]['content'] }}"
    assert header.parameters == 64 * 4 + 64
    assert header.kv_bytes(100) == 2 * 2 * 2 * 16 * 100 * 2  # layers, K and V, heads, size, tokens, bytes


def test_heads_may_differ_from_layer_to_layer(tmp_path: Path) -> None:
    model = small_model().set("llama.attention.head_count_kv", ARRAY, (INT32, [2, 1]))
    header = inspect(model.write(tmp_path / "model.gguf"))
    assert header.kv_heads == 2
    assert header.kv_bytes(1) == 3 * 2 * 16 * 2


def test_a_model_without_a_name_goes_by_its_file(tmp_path: Path) -> None:
    model = small_model()
    model.entries = [entry for entry in model.entries if entry[0] != "general.name"]
    assert inspect(model.write(tmp_path / "my-model.gguf")).name == "my-model"


def test_a_missing_file_is_missing_and_a_folder_too(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(ModelMissing):
            inspect(path)


def test_another_kind_of_file_is_named_as_such(tmp_path: Path) -> None:
    assert "not a GGUF" in damage(tmp_path, b"%PDF-1.7 and so on")
    assert "not a GGUF" in damage(tmp_path, b"")


def test_a_newer_version_is_not_called_damaged(tmp_path: Path) -> None:
    model = small_model()
    model.version = 9
    with pytest.raises(ModelUnsupported, match="version 9"):
        inspect(model.write(tmp_path / "model.gguf"))


def test_a_part_of_a_split_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    model = small_model().set("split.count", UINT32, 3)
    with pytest.raises(ModelUnsupported, match="parts"):
        inspect(model.write(tmp_path / "model.gguf"))


def test_every_cut_of_a_file_is_noticed(tmp_path: Path) -> None:
    content = small_model().content()
    for length in range(len(content) - 1, 0, -7):
        damage(tmp_path, content[:length])


def test_a_copy_that_was_cut_off_says_how_much_is_missing(tmp_path: Path) -> None:
    assert "300 bytes are missing" in damage(tmp_path, small_model().content()[:-300])


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (("weight", (64, 0), 0, 0), "claims 0 numbers"),
        (("weight", (1 << 40, 1 << 40), 0, 0), "claims"),
        (("weight", (64,), 0, 1 << 62), "missing"),
        (("weight", (64,), 0, 7), "place"),
        (("weight", (64,), 4, 0), "unknown type"),
        (("weight", (33,), 12, 0), "unknown type"),
        (("weight", (1, 1, 1, 1, 1), 0, 0), "5 dimensions"),
        (("w" * 64, (64,), 0, 0), "claims 64 bytes"),
        (("output_norm.weight", (64,), 0, 0), "twice"),
    ],
)
def test_a_tensor_that_cannot_be_there_is_refused(
    tmp_path: Path, tensor: tuple[str, tuple[int, ...], int, int], expected: str
) -> None:
    model = small_model()
    model.tensors.append(tensor)
    assert expected in damage(tmp_path, model.content())


@pytest.mark.parametrize(
    ("key", "kind", "value", "expected"),
    [
        ("general.alignment", UINT32, 24, "power of two"),
        ("general.alignment", STRING, "32", "power of two"),
        ("general.architecture", UINT32, 1, "no text"),
        ("general.architecture", STRING, "../../etc", "architecture"),
        ("llama.block_count", UINT32, 4_000_000_000, "out of range"),
        ("llama.block_count", INT32, -1, "out of range"),
        ("llama.block_count", STRING, "two", "no number"),
        ("llama.attention.head_count", FLOAT32, 4.0, "no number"),
        ("tokenizer.ggml.tokens", UINT32, 4, "no list"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, ["<s>", "a", "a", "b"]), "names a token twice"),
        # C reads up to the zero byte, and so finds “<” twice.
        ("tokenizer.ggml.tokens", ARRAY, (STRING, ["<", "<\0x", "a", "b"]), "names a token twice"),
        ("tokenizer.ggml.scores", ARRAY, (FLOAT32, [0.0]), "does not fit"),
        ("tokenizer.ggml.token_type", ARRAY, (FLOAT32, [0.0] * 4), "does not fit"),
    ],
)
def test_an_entry_that_contradicts_the_model_is_refused(
    tmp_path: Path, key: str, kind: int, value: object, expected: str
) -> None:
    assert expected in damage(tmp_path, small_model().set(key, kind, value).content())


def test_an_entry_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    model = small_model()
    model.entries.append(model.entries[0])
    assert "there twice" in damage(tmp_path, model.content())


def test_a_list_of_lists_is_refused(tmp_path: Path) -> None:
    nested = struct.pack("<IIQ", ARRAY, ARRAY, 1) + struct.pack("<IQ", ARRAY, 1)
    content = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + string("deep") + nested
    assert "unknown type" in damage(tmp_path, content)


@pytest.mark.parametrize("item_type", [STRING, FLOAT32, 0])
def test_a_false_count_costs_neither_time_nor_memory(tmp_path: Path, item_type: int) -> None:
    claim = struct.pack("<IIQ", ARRAY, item_type, (1 << 63) - 1)
    content = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + string("many") + claim + bytes(1000)
    began = own_time()
    assert "header" in damage(tmp_path, content)
    assert own_time() - began < 1


def test_empty_tokens_may_repeat(tmp_path: Path) -> None:
    model = small_model().set("tokenizer.ggml.tokens", ARRAY, (STRING, ["", "", "a", "b"]))
    assert inspect(model.write(tmp_path / "model.gguf")).vocabulary == 4


def test_whatever_a_header_holds_it_is_read_or_called_damaged(tmp_path: Path) -> None:
    """Seeded mutants of a sound file: no other exception, none that takes long."""
    sound = small_model().content()
    header_end = len(sound) - 1280
    chance = random.Random(20)
    path = tmp_path / "model.gguf"
    refused = 0
    slowest = 0.0
    for _ in range(600):
        path.write_bytes(mutant(sound, header_end, chance))
        began = own_time()
        try:
            inspect(path)
        except (ModelDamaged, ModelUnsupported):
            refused += 1
        slowest = max(slowest, own_time() - began)
    assert 200 < refused < 600
    assert slowest < 1


def mutant(sound: bytes, header_end: int, chance: random.Random) -> bytes:
    content = bytearray(sound)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(4, header_end)
        match chance.randrange(5):
            case 0:
                content[at] ^= 1 << chance.randrange(8)
            case 1:
                content[at] = chance.choice((0, 0x7F, 0x80, 0xFF))
            case 2:
                content[at : at + 8] = struct.pack(
                    "<Q", chance.choice((0, 1, 1 << 31, 1 << 63, (1 << 64) - 1))
                )
            case 3:
                del content[at : at + chance.randint(1, 16)]
            case 4:
                content[at:at] = chance.randbytes(chance.randint(1, 16))
    return bytes(content)


def test_an_empty_gguf_has_no_architecture(tmp_path: Path) -> None:
    assert "architecture" in damage(tmp_path, Gguf().content())


@pytest.mark.model
def test_the_small_model_is_read_as_what_it_is(weights: Path) -> None:
    header = inspect(weights / "smollm2-135m-instruct-q4_1.gguf")
    assert (header.architecture, header.quantization, header.layers) == ("llama", "Q4_1", 30)
    assert (header.parameters, header.vocabulary) == (134_515_008, 49_152)
    assert "<|im_start|>" in header.chat_template
