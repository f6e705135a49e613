"""multilingual-e5-small as sentence-transformers reads it, from the packed file of Carrel's own forms.

A folder as its makers give it out: float32 values for `BertModel`, the tokenizer with the marks at both
ends, mean pooling, unit length, and “passage: ” before every text unless told otherwise.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gguf
import numpy as np
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from rag.embedders.export_packed import PASSAGE_PREFIX, QUESTION_PREFIX
from rag.embedders.packed_e5 import PackedE5, Shape, Vocabulary, parse
from rag.embedders.unigram import unigram

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def write_folder(source: Path, folder: Path) -> None:
    """What `SentenceTransformer(folder)` opens. Needs the extra `improve`. Raises: PackDamaged, OSError."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()  # it would miss a pooler, which this embedder has not
    packed = parse(source)
    with TemporaryDirectory() as encoder:  # the encoder alone, as transformers has it
        bert(packed).save_pretrained(encoder)
        _tokenizer(packed.vocabulary, packed.shape).save_pretrained(encoder)
        modules = [Transformer(encoder), Pooling(packed.shape.width, "mean"), Normalize()]
    prompts = {"query": QUESTION_PREFIX, "document": PASSAGE_PREFIX}
    whole = SentenceTransformer(
        modules=modules, prompts=prompts, default_prompt_name="document", device="cpu"
    )
    whole.save(str(folder))


def bert(packed: PackedE5) -> Any:
    """The same values in the framework that the model was trained with."""
    import torch
    from transformers import BertConfig, BertModel

    shape = packed.shape
    config = BertConfig(
        vocab_size=shape.rows,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner_width,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.token_types,
        layer_norm_eps=shape.norm_epsilon,
        pad_token_id=packed.vocabulary.padding,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    values = {_torch_name(tensor.name): _floats(tensor.values) for tensor in packed.tensors}
    own = model.state_dict()
    model.load_state_dict({name: torch.from_numpy(values[name].reshape(own[name].shape)) for name in own})
    return model


def _floats(values: Any) -> Any:
    """By the library's own code, not by that of `rag.embedders`, which is to be compared with it."""
    if values.dtype == np.uint8:
        return gguf.dequantize(values, gguf.GGMLQuantizationType.Q4_0)
    return values.copy()


def _torch_name(packed: str) -> str:
    if packed in _EMBEDDING:
        return _EMBEDDING[packed]
    layer, part, ending = packed.split(".")
    return f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{'weight' if ending == 'w' else 'bias'}"


def _tokenizer(vocabulary: Vocabulary, shape: Shape) -> Any:
    from transformers import PreTrainedTokenizerFast

    special = {
        name: vocabulary.pieces[id_][0]
        for name, id_ in (
            ("bos_token", vocabulary.first),
            ("eos_token", vocabulary.last),
            ("pad_token", vocabulary.padding),
            ("unk_token", vocabulary.unknown),
        )
    }
    return PreTrainedTokenizerFast(
        tokenizer_object=_marked(vocabulary),
        model_max_length=shape.positions,
        model_input_names=["input_ids", "attention_mask"],
        **special,
    )


def _marked(vocabulary: Vocabulary) -> Tokenizer:
    """XLM-R's: with its marks around every text."""
    tokenizer = unigram(vocabulary.pieces, vocabulary.unknown)
    first, last = vocabulary.pieces[vocabulary.first][0], vocabulary.pieces[vocabulary.last][0]
    tokenizer.post_processor = TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(first, vocabulary.first), (last, vocabulary.last)],
    )
    return tokenizer
