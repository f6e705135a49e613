"""Whether a text fits a pattern or format, decided by the very grammar that holds the model to it.

Python's `re` is not used: a foreign pattern like “(a+)+$” would keep it busy for years, and its “\\d” and
“\\p{L}” mean something else than JSON Schema's.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any

from engine.structured.grammar import compile_error, grammar, limits

_KEPT = 256  # compiled patterns; each takes some kB


def compiles(pattern: str) -> str:
    """Why a pattern cannot be held, in llguidance's words; empty when it can."""
    return compile_error({"type": "string", "pattern": pattern})


def matches(text: str, *, pattern: str = "", format: str = "") -> bool:  # noqa: A002 the keyword's own name
    """Takes time in proportion to the text."""
    matcher = _matcher(pattern, format).deep_copy()
    # llguidance counts DEL among the control characters, which JSON escapes; json.dumps does not.
    quoted = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f").encode("utf-8", "replace")
    return bool(matcher.consume_tokens(list(quoted)) and matcher.is_accepting())


@lru_cache(_KEPT)
def _matcher(pattern: str, format_name: str) -> Any:
    import llguidance

    schema: dict[str, Any] = {"type": "string"}
    if pattern:
        schema["pattern"] = pattern
    if format_name:
        schema["format"] = format_name
    return llguidance.LLMatcher(_bytes(), grammar(schema), limits=limits(), log_level=0)


@cache
def _bytes() -> Any:
    """A vocabulary in which every byte is a token."""
    import llguidance

    return llguidance.LLTokenizer("byte")
