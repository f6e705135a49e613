"""Azure's chat completions: OpenAI's body at another address, with another header for the key.

The model of the question is the name of the person's deployment. With an `api_version` the addresses are
those of dated versions; without, those of the undated v1.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/reference; `AzureOpenAI` of the SDK `openai` 3.57.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from engine.errors import FrontierError
from engine.frontier.formats import openai
from engine.frontier.ports import ReplyReader
from engine.frontier.values import CloudQuestion, Provider, WireRequest


class Azure:
    def __init__(self) -> None:
        self._openai = openai.OpenAI()

    def chat(self, question: CloudQuestion) -> WireRequest:
        deployment = quote(question.model, safe="")
        url = _url(question.provider, "chat/completions", f"deployments/{deployment}/")
        return _with_key(WireRequest("POST", url, openai.HEADERS, openai.chat_body(question)))

    def reader(self, question: CloudQuestion) -> ReplyReader:
        return self._openai.reader(question)

    def models(self, provider: Provider) -> WireRequest:
        """All models of the region: Azure does not list deployments to a key."""
        return _with_key(WireRequest("GET", _url(provider, "models"), openai.LISTING_HEADERS))

    def read_models(self, body: bytes) -> Sequence[str]:
        return self._openai.read_models(body)

    def failure(
        self, provider: Provider, status: int, headers: Sequence[tuple[str, str]], body: bytes
    ) -> FrontierError:
        return self._openai.failure(provider, status, headers, body)


def _url(provider: Provider, path: str, deployment: str = "") -> str:
    if not provider.api_version:
        return f"{provider.base_url}/openai/v1/{path}"
    version = quote(provider.api_version, safe="")
    return f"{provider.base_url}/openai/{deployment}{path}?api-version={version}"


def _with_key(request: WireRequest) -> WireRequest:
    return replace(request, key_header="api-key")
