"""A model that llama.cpp really loads, in 400 kilobytes: two layers, 264 tokens, zeros for weights."""

from __future__ import annotations

from tests.fakes.gguf import ARRAY, BOOL, FLOAT32, INT32, STRING, UINT32, Gguf

WIDTH, FEED_FORWARD, LAYERS = 64, 128, 2
CONTROL, NORMAL, BYTE = 3, 1, 6
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


def loadable_model(tokenizer: str = "llama") -> Gguf:
    """`tokenizer`: llama (SentencePiece: scores) or gpt2 (byte pairs: merges)."""
    tokens, types = _vocabulary(tokenizer)
    model = Gguf(
        entries=[
            ("general.architecture", STRING, "llama"),
            ("general.name", STRING, "Tiny"),
            ("llama.block_count", UINT32, LAYERS),
            ("llama.context_length", UINT32, 512),
            ("llama.embedding_length", UINT32, WIDTH),
            ("llama.feed_forward_length", UINT32, FEED_FORWARD),
            ("llama.attention.head_count", UINT32, 4),
            ("llama.attention.head_count_kv", UINT32, 2),
            ("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
            ("llama.rope.freq_base", FLOAT32, 10_000.0),
            ("llama.rope.dimension_count", UINT32, WIDTH // 4),
            ("llama.vocab_size", UINT32, len(tokens)),
            ("tokenizer.ggml.model", STRING, tokenizer),
            ("tokenizer.ggml.pre", STRING, "smollm" if tokenizer == "gpt2" else "default"),
            ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens)),
            ("tokenizer.ggml.token_type", ARRAY, (INT32, types)),
            ("tokenizer.ggml.bos_token_id", UINT32, 1),
            ("tokenizer.ggml.eos_token_id", UINT32, 2),
            ("tokenizer.ggml.unknown_token_id", UINT32, 0),
            ("tokenizer.ggml.padding_token_id", UINT32, 2),
            ("tokenizer.ggml.add_bos_token", BOOL, True),
            ("tokenizer.chat_template", STRING, TEMPLATE),
        ]
    )
    if tokenizer == "gpt2":
        model.set("tokenizer.ggml.merges", ARRAY, (STRING, ["a b", "ab c"]))
    else:
        model.set("tokenizer.ggml.scores", ARRAY, (FLOAT32, [-float(i) for i in range(len(tokens))]))
    return _with_weights(model, len(tokens))


def _vocabulary(tokenizer: str) -> tuple[list[str | bytes], list[int]]:
    controls = ["<unk>", "<s>", "</s>"]
    if tokenizer == "gpt2":
        pieces: list[str | bytes] = [*(chr(33 + i) for i in range(94)), "Ġ", "Ċ", "ab", "abc"]
        return [*controls, *pieces], [CONTROL] * 3 + [NORMAL] * len(pieces)
    pieces = [*(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "b", "ab", "▁a"]
    return [*controls, *pieces], [CONTROL] * 3 + [BYTE] * 256 + [NORMAL] * 5


def _with_weights(model: Gguf, tokens: int) -> Gguf:
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (WIDTH, tokens),
        "output_norm.weight": (WIDTH,),
    }
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        for name in ("attn_norm", "ffn_norm"):
            shapes[f"{block}{name}.weight"] = (WIDTH,)
        for name, width in (("attn_q", 64), ("attn_k", 32), ("attn_v", 32), ("attn_output", 64)):
            shapes[f"{block}{name}.weight"] = (WIDTH, width)
        for name in ("ffn_gate", "ffn_up"):
            shapes[f"{block}{name}.weight"] = (WIDTH, FEED_FORWARD)
        shapes[f"{block}ffn_down.weight"] = (FEED_FORWARD, WIDTH)
    offset = 0
    for name, shape in shapes.items():
        model.tensors.append((name, shape, 0, offset))
        offset += shape[0] * (shape[1] if len(shape) > 1 else 1) * 4
    model.data_bytes = offset
    return model
