"""Providers on the loopback, a courier that carries to them, and replies as each format writes them."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from engine.errors import FrontierError, KeyMissing, ProviderUnreachable
from engine.frontier.drafts import Masking
from engine.frontier.values import (
    Connecting,
    Provider,
    ReplyUsage,
    ResponseData,
    ResponseEnded,
    ResponseEvent,
    ResponseStarted,
    WireFormat,
    WireRequest,
)
from engine.masking.values import Finding, Mask
from engine.usage.values import CallRow, CallState, Estimate, Origin, Price, Receipt
from tests.fakes.model import never

FORMATS: tuple[WireFormat, ...] = ("openai", "anthropic", "google", "azure")
KEY = "sk-test-4711-secret"
LONGEST_STALL_S = 10.0
USAGE = ReplyUsage(12, 7, 3)
PRICE = Price(2.0, 10.0)


# --- replies -----------------------------------------------------------------------------------------


def reply(
    form: WireFormat,
    pieces: Sequence[str],
    usage: ReplyUsage | None = USAGE,
    *,
    reason: str = "",
) -> bytes:
    """A whole streamed reply; `reason` in the format's own word where it is not the usual end."""
    write = {"anthropic": _anthropic, "google": _google}.get(form, _openai)
    return b"".join(_event(name, value) for name, value in write(pieces, usage, reason))


def _event(name: str, value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    lead = f"event: {name}\n" if name else ""
    return f"{lead}data: {text}\n\n".encode()


def _openai(pieces: Sequence[str], usage: ReplyUsage | None, reason: str) -> Iterator[tuple[str, Any]]:
    def chunk(delta: dict[str, Any], ended: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": ended}
        return _chunk([choice])

    yield "", chunk({"role": "assistant", "content": ""})
    for piece in pieces:
        yield "", chunk({"content": piece})
    yield "", chunk({}, reason or "stop")
    if usage is not None:
        counted = {
            "prompt_tokens": usage.prompt,
            "completion_tokens": usage.completion,
            "total_tokens": usage.prompt + usage.completion,
            "prompt_tokens_details": {"cached_tokens": usage.cached},
        }
        yield "", _chunk([]) | {"usage": counted}
    yield "", "[DONE]"


def _chunk(choices: list[Any]) -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}


def _anthropic(pieces: Sequence[str], usage: ReplyUsage | None, reason: str) -> Iterator[tuple[str, Any]]:
    usage = usage or ReplyUsage(0, 0)
    counted = {
        "input_tokens": usage.prompt - usage.cached,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": 1,
    }
    message = {"id": "m1", "type": "message", "role": "assistant", "model": "m", "content": []}
    start = message | {"stop_reason": None, "stop_sequence": None, "usage": counted}
    values: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
    ]
    for piece in pieces:
        delta = {"type": "text_delta", "text": piece}
        values.append({"type": "content_block_delta", "index": 0, "delta": delta})
    end = {"stop_reason": reason or "end_turn", "stop_sequence": None}
    values += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": usage.completion}},
        {"type": "message_stop"},
    ]
    yield from ((value["type"], value) for value in values)


def _google(pieces: Sequence[str], usage: ReplyUsage | None, reason: str) -> Iterator[tuple[str, Any]]:
    for piece in pieces:
        yield "", {"candidates": [{"content": {"parts": [{"text": piece}], "role": "model"}, "index": 0}]}
    last: dict[str, Any] = {"candidates": [{"finishReason": reason or "STOP", "index": 0}]}
    if usage is not None:
        last["usageMetadata"] = {
            "promptTokenCount": usage.prompt,
            "candidatesTokenCount": usage.completion - 1,
            "thoughtsTokenCount": 1,
            "cachedContentTokenCount": usage.cached,
            "totalTokenCount": usage.prompt + usage.completion,
        }
    yield "", last


def split(data: bytes, draw: random.Random, longest: int = 40) -> list[bytes]:
    """The same bytes in pieces of random lengths: characters, lines and events fall apart."""
    pieces, at = [], 0
    while at < len(data):
        size = draw.randint(1, longest)
        pieces.append(data[at : at + size])
        at += size
    return pieces


# --- a provider on the loopback ------------------------------------------------------------------------


@dataclass
class Captured:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with fake.lock:
            fake.captured.append(Captured(self.command, self.path, headers, body))
            answer = fake.script.pop(0) if fake.script else fake.otherwise
        self.close_connection = True
        with suppress(ConnectionError):  # the client has gone
            answer(self)

    do_GET = do_POST

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass

    def begin(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def piece(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def stall(self) -> None:
        """Say nothing until the server is closed."""
        self.server.fake.ending.wait(LONGEST_STALL_S)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined at the end
    fake: WireServer


Answer = Callable[[_Handler], None]


class WireServer:
    """`script` has an answer for each request to come; then `otherwise` answers. All requests are kept."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.otherwise: Answer = status(404)
        self.captured: list[Captured] = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.port = self._server.server_address[1]

    @contextmanager
    def running(self) -> Iterator[WireServer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="wire server")
        thread.start()
        try:
            yield self
        finally:
            self.ending.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def provider(self, form: WireFormat = "openai", **changes: Any) -> Provider:
        base = f"http://127.0.0.1:{self.port}" + {"openai": "/v1", "google": "/v1beta"}.get(form, "")
        fields: dict[str, Any] = {"id": "test", "name": "Testing", "format": form, "base_url": base}
        if form == "azure":
            fields["api_version"] = "2024-10-21"
        return Provider(**(fields | changes))


def says(pieces: Sequence[bytes]) -> Answer:
    """A streamed reply, piece by piece."""

    def answer(handler: _Handler) -> None:
        handler.begin(content_type="text/event-stream")
        for piece in pieces:
            handler.piece(piece)
        handler.end()

    return answer


def status(code: int, body: Any = b"", **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: _Handler) -> None:
        handler.begin(code, **headers)
        if data:
            handler.piece(data)
        handler.end()

    return answer


def breaks_off(data: bytes) -> Answer:
    """Part of a reply, then the connection is closed without its end."""

    def answer(handler: _Handler) -> None:
        handler.begin(content_type="text/event-stream")
        if data:
            handler.piece(data)

    return answer


def stalls(data: bytes = b"") -> Answer:
    """Part of a reply, then nothing, with the connection open."""

    def answer(handler: _Handler) -> None:
        handler.begin(content_type="text/event-stream")
        if data:
            handler.piece(data)
        handler.stall()

    return answer


def silent(handler: _Handler) -> None:
    """Takes the request and says nothing at all."""
    handler.stall()


# --- carriers ----------------------------------------------------------------------------------------


class LoopbackCarrier:
    """A real `Carrier` over httpx, with one key for all. Like the courier: no redirect, no other headers.

    `requests` counts what was sent.
    """

    def __init__(self, key: str = KEY) -> None:
        self.key = key
        self.requests = 0

    def carry(
        self,
        provider: Provider,
        request: WireRequest,
        connecting: Connecting,
        *,
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[ResponseEvent]:
        headers = list(request.headers)
        if request.key_header:
            if not self.key:
                raise KeyMissing(provider.name, provider.authority)
            headers.append((request.key_header, f"{request.key_prefix}{self.key}"))
        timeout = httpx.Timeout(connecting.timeouts.silence, connect=connecting.timeouts.connect)
        self.requests += 1
        sent = False
        try:
            with (
                httpx.Client(trust_env=False, verify=False, timeout=timeout) as client,
                client.stream(
                    request.method, request.url, content=request.body or None, headers=headers
                ) as response,
            ):
                sent = True
                named = tuple((name.lower(), value) for name, value in response.headers.items())
                yield ResponseStarted(response.status_code, named)
                for data in response.iter_raw():
                    if cancelled():
                        return
                    yield ResponseData(data)
                yield ResponseEnded()
        except httpx.ConnectError:
            raise ProviderUnreachable(provider.name, "no connection", sent=False) from None
        except httpx.TransportError as error:
            words = "nothing came for too long" if isinstance(error, httpx.TimeoutException) else "it broke"
            raise ProviderUnreachable(
                provider.name, words, sent=True if sent else not isinstance(error, httpx.ConnectTimeout)
            ) from None


Scripted = Sequence[ResponseEvent] | FrontierError


@dataclass
class ScriptedCarrier:
    """A `Carrier` without a network: plays a script for each request; the last one is repeated.

    An error in a script's place is raised; so is one among its events, once those before it are given.
    """

    script: list[Scripted | Sequence[ResponseEvent | FrontierError]]
    requests: list[WireRequest] = field(default_factory=list)
    closed: int = 0

    def carry(
        self,
        provider: Provider,
        request: WireRequest,
        connecting: Connecting,
        *,
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[ResponseEvent]:
        self.requests.append(request)
        events = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(events, FrontierError):
            raise events
        try:
            for event in events:
                if cancelled():
                    return
                if isinstance(event, FrontierError):
                    raise event
                yield event
        finally:
            self.closed += 1


def answered(data: bytes | Sequence[bytes], code: int = 200, **headers: str) -> list[ResponseEvent]:
    """The events of a response with this body."""
    pieces = [data] if isinstance(data, bytes) else data
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return [ResponseStarted(code, named), *(ResponseData(piece) for piece in pieces), ResponseEnded()]


# --- ledger, prices, masks ---------------------------------------------------------------------------


@dataclass
class Settled:
    call_id: int
    state: CallState
    usage: ReplyUsage | None
    billed: bool | None
    reason: str
    receipt: dict[str, Any]


@dataclass
class MemoryLedger:
    """A ledger in memory, without limits; `refusal` is raised by `reserve`."""

    refusal: FrontierError | None = None
    reserved: list[tuple[Origin, str, str, Estimate, bool]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    receipts: dict[tuple[Origin, str], Receipt] = field(default_factory=dict)

    def reserve(
        self, origin: Origin, provider_id: str, model: str, estimate: Estimate, *, automatic: bool
    ) -> int:
        if self.refusal is not None:
            raise self.refusal
        self.reserved.append((origin, provider_id, model, estimate, automatic))
        return len(self.reserved)

    def settle(
        self,
        call_id: int,
        state: CallState,
        *,
        usage: ReplyUsage | None,
        seconds: float,
        reason: str = "",
        url: str = "",
        request: bytes = b"",
        response: str = "",
        restored: str = "",
        placeholders: tuple[tuple[str, str], ...] = (),
        billed: bool | None = None,
    ) -> None:
        from hashlib import sha256

        told = {"url": url, "request": request, "response": response, "restored": restored}
        told["placeholders"] = placeholders
        self.settled.append(Settled(call_id, state, usage, billed, reason, told))
        origin, provider, model, *_ = self.reserved[call_id - 1]
        counted = usage or ReplyUsage(0, 0)
        row = CallRow(
            call_id, 0.0, origin, provider, model, state, counted.prompt, counted.cached, counted.completion
        )
        receipt = Receipt(row, url, request, response, restored, placeholders)
        if state == "done":
            self.receipts[origin, sha256(request).hexdigest()] = receipt

    def kept(self, origin: Origin, request_digest: str) -> Receipt | None:
        return self.receipts.get((origin, request_digest))


@dataclass
class OnePrice:
    value: Price | None = PRICE

    def price(self, provider_id: str, model: str) -> Price | None:
        return self.value


def no_masking() -> Masking:
    return Masking(
        find=lambda texts: [[] for _ in texts],
        mask=lambda texts, findings: (),
        apply=lambda text, masks: text,
    )


def masking_of(*words: str) -> Masking:
    """Masks exactly these words, wherever they stand; the real one is `engine.masking`."""

    def find(texts: Sequence[str]) -> list[list[Finding]]:
        return [
            [Finding(at, at + len(word), "PERSON") for word in words if (at := text.find(word)) >= 0]
            for text in texts
        ]

    def mask(texts: Sequence[str], findings: Sequence[Sequence[Finding]]) -> tuple[Mask, ...]:
        found = [t[f.start : f.end] for t, fs in zip(texts, findings, strict=True) for f in fs]
        return tuple(
            Mask(f"⟨PERSON_{number}⟩", "PERSON", word) for number, word in enumerate(dict.fromkeys(found), 1)
        )

    return Masking(find, mask, _apply)


def _apply(text: str, masks: Sequence[Mask]) -> str:
    for mask in sorted((mask for mask in masks if mask.on), key=lambda mask: -len(mask.original)):
        text = text.replace(mask.original, mask.placeholder)
    return text


class PlainRestorer:
    """Holds back from the last “⟨” that is not closed."""

    def __init__(self, masks: Sequence[Mask], *, in_json: bool = False) -> None:
        self._originals = {
            mask.placeholder: json.dumps(mask.original, ensure_ascii=False)[1:-1]
            if in_json
            else mask.original
            for mask in masks
        }
        self._held = ""

    def push(self, text: str) -> str:
        whole = self._held + text
        at = whole.rfind("⟨")
        if at >= 0 and "⟩" not in whole[at:]:
            whole, self._held = whole[:at], whole[at:]
        else:
            self._held = ""
        return self._restored(whole)

    def finish(self) -> str:
        held, self._held = self._held, ""
        return self._restored(held)

    def _restored(self, text: str) -> str:
        for placeholder, original in self._originals.items():
            text = text.replace(placeholder, original)
        return text
