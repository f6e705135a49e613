"""What crosses the seams of the frontier: providers, what is asked, what goes over the wire, what comes back.

Nothing here holds a key. A `WireRequest` says where one belongs; it is put there by the process that
sends (`desktop/egress/`), from the keyring, for the host of the request's address and for no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from engine.masking.values import Mask
from engine.usage.values import Estimate
from engine.values import FinishReason, Message, Source, TextDelta

WireFormat = Literal["openai", "anthropic", "google", "azure"]
"""How a provider is spoken to: chat completions, messages, generateContent, Azure's chat completions."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Someone who answers. `base_url` has no slash at its end; `needs_key` False: works with none.

    `local`: a server on this computer or in the local network; nothing is paid there. `models` are those
    suggested; the provider may list more. `keys_page` is where a person gets a key, shown as text.
    `api_version`: Azure's. `built_in`: came with Carrel; others were added by the person.
    """

    id: str
    name: str
    format: WireFormat
    base_url: str
    models: tuple[str, ...] = ()
    needs_key: bool = True
    local: bool = False
    built_in: bool = False
    keys_page: str = ""
    api_version: str = ""

    @property
    def authority(self) -> str:
        return authority(self.base_url)


def authority(url: str) -> str:
    """Host and, where it is not the scheme's own, port, in lower case: what a key is bound to."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = (parts.hostname or "").lower()
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


@dataclass(frozen=True, slots=True)
class CloudQuestion:
    """What a provider's model is asked. `schema`: a JSON Schema for the reply; “”: free text.

    `temperature` None leaves it to the provider (some models refuse any other).
    """

    provider: Provider
    model: str
    messages: tuple[Message, ...]
    max_tokens: int = 2048
    temperature: float | None = None
    schema: str = ""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """Exactly what goes out, byte for byte, but for the key and what HTTP itself adds (Host, length).

    The key goes into the header `key_header`, after `key_prefix`; an empty `key_header`: none is sent.
    """

    method: Literal["GET", "POST"]
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    key_header: str = ""
    key_prefix: str = ""


# What comes back over the wire


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """Status and headers, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ResponseData:
    data: bytes


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    """The response came to its end as HTTP says. Bytes as they crossed the connection, TLS aside."""

    bytes_out: int = 0
    bytes_in: int = 0


ResponseEvent = ResponseStarted | ResponseData | ResponseEnded


# What it says


@dataclass(frozen=True, slots=True)
class ReplyUsage:
    """Tokens as the provider counts and bills them. `cached` are among `prompt`."""

    prompt: int
    completion: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    reason: FinishReason


ReplyEvent = TextDelta | ReplyUsage | ReplyEnd


# Before it is sent


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it would be sent, for the person to look at; sending it sends `request` as it stands.

    `question` holds the originals, `sent` the messages as they stand in `request.body`, masked;
    `masks` are all that were found, each switched on or off. Where the question is about documents,
    `sources` are the passages found for it, `passages` the numbers (from 0) of those that go along, and
    `kept_here` (number, collection) of those that may not. `unsought` says why names and addresses could
    not be looked for; “”: they were.
    """

    id: str
    question: CloudQuestion
    sent: tuple[Message, ...]
    masks: tuple[Mask, ...]
    request: WireRequest
    estimate: Estimate
    passages: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    kept_here: tuple[tuple[int, str], ...] = ()
    unsought: str = ""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `silence`: between two pieces of a reply."""

    connect: float = 15.0
    silence: float = 60.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """How to get out: a proxy's address (“”: none) and a file with further certificates (“”: none)."""

    url: str = ""
    certificates: str = ""


@dataclass(frozen=True, slots=True)
class Connecting:
    """The way out of one request. `purpose` is shown in the log of connections."""

    purpose: str
    timeouts: Timeouts = field(default_factory=Timeouts)
