"""Sentences in a document that give orders to whoever answers from it: no evidence for anything.

A model that obeys one repeats its words, and the words stand in the document: without this they would be
marked as found.
"""

from __future__ import annotations

import re

_REPLY = r"(?:response|repl(?:y|ies)|answers?|output|summary)"
_ORDER = re.compile(
    rf"""
      \b(?:ignore|disregard|forget|override)\b.{{0,40}}\b(?:instructions?|prompts?|rules|told|said)\b
    | \b(?:in|into|to|with|of|for|when\ \w+ing)\s+your\s+(?:next\s+|final\s+)?{_REPLY}\b
    | \byour\s+(?:next\s+|final\s+|own\s+)?{_REPLY}\s+(?:must|should|shall|has\ to|in|into|to|with|using|as)\b
    | \b(?:reverse|encode|encrypt|translate|present|format|use)\b.{{0,40}}\byour\s+{_REPLY}\b
    | \b(?:answer|reply|respond|say|print|write|output)\s+(?:only|nothing\ but|exactly|solely)\b
      .{{0,30}}\b(?:word|text|phrase)\b
    | \bwhoever\s+(?:answers|reads|summari[sz]es)\b.{{0,60}}\b(?:must|should|has\ to|shall)\b
    | \b(?:ai|language\ models?|llms?|chatbots?|assistants?)\b.{{0,20}}
      \b(?:must|should|shall|has\ to|have\ to|are\ to)\b
      .{{0,60}}\b(?:say|answer|reply|respond|write|include|add|mention)\b
    | \bfrom\s+now\s+on\b.{{0,20}}\b(?:say|answer|reply|respond|you\ are)\b
    | \bsystem\s+prompt\b
    | \b(?:ignoriere|missachte|vergiss)\b.{{0,40}}\b(?:anweisung(?:en)?|regeln|vorgaben)\b
    | \b(?:in|mit|zu)\s+deiner\s+(?:nächsten\s+)?(?:antwort|ausgabe)\b
    | \bantworte\s+(?:nur|ausschließlich|immer)\b
    | \b(?:ignore|ignorez|oublie[zr]?)\b.{{0,30}}\binstructions?\b | \bignora\b.{{0,30}}\binstrucciones\b
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def is_order(sentence: str) -> bool:
    """Whether a sentence of a document tells whoever answers what to say, and so says nothing itself."""
    return _ORDER.search(sentence) is not None
