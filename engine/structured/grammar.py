"""llguidance's grammar for a schema, and what it may cost."""

from __future__ import annotations

import json
from typing import Any

# One space, as Python's json and most JSON in a model's training writes it; nothing else is ever allowed
# between values, so that no model can run off in blanks, and a key needs no decision at all.
ITEM_SEPARATOR = ", "
KEY_SEPARATOR = ": "
LEXER_STATES = 50_000  # of 1–2 kB each; llguidance allows 250,000, which is half a gigabyte
GRAMMAR_SIZE = 200_000


def grammar(schema: dict[str, Any] | bool) -> str:
    import llguidance

    return llguidance.LLMatcher.grammar_from_json_schema(
        json.dumps(schema, ensure_ascii=False) if isinstance(schema, dict) else json.dumps(schema),
        overrides={
            "whitespace_flexible": False,
            "item_separator": ITEM_SEPARATOR,
            "key_separator": KEY_SEPARATOR,
            "coerce_one_of": True,
        },
    )


def limits() -> Any:
    import llguidance

    return llguidance.LLParserLimits(
        max_lexer_states=LEXER_STATES, max_grammar_size=GRAMMAR_SIZE, verbose_errors=False
    )


def compile_error(schema: dict[str, Any] | bool) -> str:
    """Why llguidance takes no grammar from a schema; empty when it does."""
    return _compiled(schema)[0]


def warnings(schema: dict[str, Any] | bool) -> list[str]:
    """What the grammar holds less strictly than the schema says."""
    return _compiled(schema)[1]


def _compiled(schema: dict[str, Any] | bool) -> tuple[str, list[str]]:
    """An error, or warnings. Takes milliseconds: the automata are built while a model writes."""
    import llguidance

    try:
        source = grammar(schema)
    except ValueError as error:  # a number beyond what a double holds
        return str(error), []
    failed, messages = llguidance.LLMatcher.validate_grammar_with_warnings(source, limits=limits())
    return (messages[0], []) if failed else ("", messages)
