"""How providers are spoken to: a module for each wire format, all `engine.frontier.ports.Format`."""

from __future__ import annotations

from engine.frontier.formats import anthropic, google, openai
from engine.frontier.formats.azure import Azure
from engine.frontier.ports import Format
from engine.frontier.values import CloudQuestion, WireFormat

_FORMATS: dict[WireFormat, Format] = {
    "openai": openai.OpenAI(),
    "anthropic": anthropic.Anthropic(),
    "google": google.Google(),
    "azure": Azure(),
}


def of(name: WireFormat) -> Format:
    """The format of that name; it holds no state, so there is one of each."""
    return _FORMATS[name]


def holds(question: CloudQuestion) -> bool:
    """Whether the provider holds its model to the question's schema; else it must be told in words."""
    if question.provider.format == "anthropic":
        return anthropic.held_schema(question) is not None
    if question.provider.format == "google":
        return google.held_schema(question) is not None
    return question.provider.local or openai.strict_schema(question) is not None
