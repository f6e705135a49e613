"""Facts about an embedder that llama.cpp has no key for: what a GGUF that Carrel makes says of itself."""

from __future__ import annotations

WINDOW_KEY = "carrel.window_tokens"
IDENTITY_KEY = "carrel.identity"
WIDTH_KEY = "carrel.width"
TOKENIZER_KEY = "carrel.tokenizer"
LOWERCASE_KEY = "carrel.lowercase"
# What stands before every question and every passage, where the model was trained so.
QUESTION_PREFIX_KEY = "carrel.question_prefix"
PASSAGE_PREFIX_KEY = "carrel.passage_prefix"
