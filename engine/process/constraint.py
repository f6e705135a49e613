"""Holds one sequence of the model to a JSON Schema: which tokens may come next, and which must.

A scheduler asks, for each sequence with a schema:

    constraint = constraints.constraint(schema_text)   # its own state; the compiled grammar is shared
    evaluate(prompt + constraint.forced())             # the first bracket and key cost no step
    while not constraint.finished:
        constraint.mask(logits)                        # then draw as usual
        constraint.accept(token)
        evaluate([token, *constraint.forced()])        # keys and punctuation in one go

Everything here belongs to the thread that uses the model.
"""

from __future__ import annotations

import ctypes
import json
from collections import OrderedDict
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import SchemaUnsupported
from engine.process.llama import LoadedModel, library
from engine.structured.grammar import grammar, limits
from engine.structured.schemas import check

COMPILED_KEPT = 32  # grammars of a model, each a few MB at most


class Constraints:
    """What one loaded model can be held to. Costs nothing until the first schema, then 1–2 s once for
    a vocabulary of 150,000; drop it with the model."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._compiled: OrderedDict[str, Any] = OrderedDict()

    def constraint(self, schema_text: str) -> Constraint:
        """A fresh constraint. A schema that was used lately is not compiled again.

        Raises:
            SchemaUnsupported: it cannot be promised, or its grammar grows too large.
        """
        matcher = self._compiled.get(schema_text)
        if matcher is None:
            matcher = self._compiled[schema_text] = self._compile(schema_text)
            if len(self._compiled) > COMPILED_KEPT:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(schema_text)
        return Constraint(matcher.deep_copy(), self._model.token_count)

    def _compile(self, schema_text: str) -> Any:
        import llguidance

        guide = json.loads(check(schema_text).guide)
        matcher = llguidance.LLMatcher(self._vocabulary, grammar(guide), limits=limits(), log_level=0)
        _raise_error(matcher)
        return matcher

    @cached_property
    def _vocabulary(self) -> Any:
        """The model's tokens as llguidance sees them; it tokenizes what is forced with llama.cpp itself."""
        import llguidance

        native, model = library(), self._model
        ends = [token for token in range(model.token_count) if model.ends_generation(token)]
        tokenizer: Any = llguidance.LLTokenizer  # `from_llamacpp` is missing from its type stub
        return tokenizer.from_llamacpp(
            tokens=_pieces(native, model),
            vocab_ptr=native.llama_model_get_vocab(model.handle),
            tokenize_fptr=ctypes.cast(native._lib.llama_tokenize, ctypes.c_void_p).value,
            eos_token=ends or [model.eos],
            slices=None,
        )


def _pieces(native: Any, model: LoadedModel) -> list[bytes]:
    """The bytes of every token. A leading FF, which no text contains, marks those that are no text.

    As llguidance's own `lltokenizer_from_vocab`, which asks llama.cpp in a way that warns.
    """
    vocabulary = native.llama_model_get_vocab(model.handle)
    pieces = []
    for token in range(model.token_count):
        piece = model.piece(token)
        user_defined = native.llama_vocab_get_attr(vocabulary, token) & native.LLAMA_TOKEN_ATTR_USER_DEFINED
        if model.is_control(token) or (user_defined and piece[:1] == b"<" and piece[-1:] == b">"):
            piece = b"\xff" + (piece or model.text_of(token).encode())
        pieces.append(piece)
    return pieces


class Constraint:
    """The state of one reply. Made by `Constraints.constraint`."""

    def __init__(self, matcher: Any, token_count: int) -> None:
        self._matcher = matcher
        self._token_count = token_count
        self._bits = np.zeros((token_count + 31) // 32, np.uint32)

    @property
    def finished(self) -> bool:
        """Nothing more may be written, whether or not an end token was accepted."""
        return bool(self._matcher.is_stopped())

    def mask(self, logits: NDArray[np.float32]) -> None:
        """Set the logits, `(vocabulary,)` float32, of all tokens that may not come next to -inf, in place.

        Raises:
            SchemaUnsupported: the schema turns out to be too intricate to go on with (bounded by llguidance's
                own limits, some 10 ms a step).
        """
        self._matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        _raise_error(self._matcher)
        allowed = np.unpackbits(self._bits.view(np.uint8), bitorder="little", count=self._token_count)
        np.copyto(logits, -np.inf, where=allowed == 0)

    def accept(self, token: int) -> None:
        """Go on with a token that was drawn after `mask`.

        Raises:
            SchemaUnsupported: as `mask`; also when the token was not among those allowed.
        """
        if not self._matcher.consume_token(token):
            _raise_error(self._matcher)

    def forced(self) -> list[int]:
        """The tokens that must come now whatever the model thinks; they are accepted already.

        Empty where there is a choice, also of how the next bytes are cut into tokens. Never an end token.
        """
        if self.finished:
            return []
        tokens: list[int] = self._matcher.compute_ff_tokens()
        if tokens and not self._matcher.consume_tokens(tokens):
            _raise_error(self._matcher)
        return tokens


def _raise_error(matcher: Any) -> None:
    if matcher.is_error():
        detail = " ".join(matcher.get_error().split())[:200]
        raise SchemaUnsupported("", "", f"it is too intricate ({detail})")
