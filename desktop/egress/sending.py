"""Sends one request and gives back what comes: the only code of Carrel's that speaks to a provider.

What goes out is the request as it stands, with Host, Content-Length and the key beside it; no cookie, no
proxy of the environment's, no redirect followed. The key is the one kept for the host that is connected to.
"""

from __future__ import annotations

import itertools
import os
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import certifi
import httpcore

from desktop.egress.connections import Backend, Passage, TooFar, serving
from desktop.egress.hosts import Target, place, target
from desktop.egress.messages import Leaving, Send
from desktop.keys.secret import Secret
from desktop.network import Attempt, NetworkLog
from engine.errors import KeyMissing, ProviderInvalid, ProviderUnreachable
from engine.frontier.values import Provider, Proxy, ResponseData, ResponseEnded, ResponseStarted

RESTING_S = 30.0
"""So long a connection may stay open after its request, for the next one."""

_RESTING = 8

Event = Leaving | ResponseStarted | ResponseData | ResponseEnded


class KeySource(Protocol):
    def read(self, provider_id: str, authority: str) -> Secret | None:
        """A copy of the key, which the caller wipes.

        Raises:
            KeyringMissing, KeyringLocked
        """
        ...


class Sender:
    """Sends requests, each on the thread that iterates. `tell` hears of each before it begins, and after.

    Raises:
        ProviderInvalid: the proxy or the file of certificates cannot be used.
    """

    def __init__(
        self, proxy: Proxy, keys: KeySource, *, log: NetworkLog, tell: Callable[[Attempt], None]
    ) -> None:
        self._keys = keys
        self._log = log
        self._tell = tell
        self._ids = (f"{os.getpid()}-{time.time_ns():x}-{number}" for number in itertools.count(1))
        context = _encryption(proxy.certificates)
        self._straight = _pool(context, None)
        self._outward = _pool(context, _parsed(proxy.url)) if proxy.url else self._straight

    def send(self, send: Send, passage: Passage) -> Iterator[Event]:
        """What comes, until the end or until the passage is cancelled.

        Raises:
            ProviderInvalid, KeyMissing, KeyringMissing, KeyringLocked: nothing was sent.
            ProviderUnreachable: `sent` says whether all of the request had gone out.
        """
        attempt = self._begun(send)
        try:
            goal = target(send.provider, send.request.url)
        except ProviderInvalid:
            self._tell(replace(attempt, allowed=False))
            raise
        passage.near = goal.scheme == "http"
        request = self._request(send, goal)
        self._tell(attempt)
        try:
            with serving(passage), self._log.opened_to(goal.host, noted=False):
                yield from _Exchange(send, passage).run(self._pool(send.provider), request)
        except TooFar:
            attempt = replace(attempt, allowed=False)
            raise ProviderInvalid(
                f"the address of {send.provider.name} must begin with https://: "
                f"{goal.host} is not in the local network"
            ) from None
        finally:
            done = replace(attempt, bytes_out=passage.bytes_out, bytes_in=passage.bytes_in)
            self._tell(done)

    def _begun(self, send: Send) -> Attempt:
        host, port = place(send.request.url)
        return Attempt(
            when=time.time(),
            action="send",
            host=host,
            port=port,
            caller="desktop.egress.sending",
            purpose=send.connecting.purpose,
            allowed=True,
            process="courier",
            id=next(self._ids),
        )

    def _pool(self, provider: Provider) -> httpcore.ConnectionPool:
        """A provider in the local network is not asked for through a proxy."""
        return self._straight if provider.local else self._outward

    def _request(self, send: Send, goal: Target) -> httpcore.Request:
        wire = send.request
        silence, connect = send.connecting.timeouts.silence, send.connecting.timeouts.connect
        headers: list[tuple[bytes, bytes]] = [(b"Host", goal.host_header.encode("ascii"))]
        headers += [(name.encode("ascii"), value.encode("utf-8")) for name, value in wire.headers]
        if wire.body or wire.method == "POST":
            headers.append((b"Content-Length", str(len(wire.body)).encode()))
        if wire.key_header:
            headers.append((wire.key_header.encode("ascii"), self._key(send, goal)))
        return httpcore.Request(
            wire.method,
            httpcore.URL(scheme=goal.scheme, host=goal.host, port=goal.port, target=goal.path),
            headers=headers,
            content=wire.body,
            extensions={"timeout": {"connect": connect, "read": silence, "write": silence, "pool": connect}},
        )

    def _key(self, send: Send, goal: Target) -> bytes:
        key = self._keys.read(send.provider.id, goal.authority)
        if key is None:
            raise KeyMissing(send.provider.name, goal.authority)
        try:
            with key.view() as view:
                value = send.request.key_prefix.encode() + bytes(view)
        finally:
            key.wipe()
        if any(byte < 0x20 or byte == 0x7F for byte in value):  # its words would name the key
            raise ProviderInvalid(f"the key for {send.provider.name} holds a line break")
        return value

    def close(self) -> None:
        self._straight.close()
        self._outward.close()


class _Exchange:
    """One request and its response."""

    def __init__(self, send: Send, passage: Passage) -> None:
        self._provider = send.provider
        self._silence_s = send.connecting.timeouts.silence
        self._passage = passage
        self._asks_proxy = False
        self._sent = False

    def run(self, pool: httpcore.ConnectionPool, request: httpcore.Request) -> Iterator[Event]:
        request.extensions["trace"] = self._follow
        yield Leaving()
        try:
            yield from self._exchange(pool, request)
        except httpcore.LocalProtocolError:  # its words would hold the header, and that the key
            raise ProviderInvalid(f"HTTP does not allow the request to {self._provider.name}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            if not self._passage.cancelled.is_set():
                raise self._unreachable(error) from None
        except httpcore.ProxyError:
            raise self._failed("the proxy refuses to connect to it") from None

    def _exchange(self, pool: httpcore.ConnectionPool, request: httpcore.Request) -> Iterator[Event]:
        if self._passage.cancelled.is_set():
            return
        response = pool.handle_request(request)
        try:
            headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1"))
                            for name, value in response.headers)  # fmt: skip
            yield ResponseStarted(response.status, headers)
            for data in response.iter_stream():
                if self._passage.cancelled.is_set():
                    return
                yield ResponseData(data)
        finally:
            response.close()
        yield ResponseEnded(self._passage.bytes_out, self._passage.bytes_in)

    def _follow(self, event: str, info: dict[str, Any]) -> None:
        """Notice that all of the request is out; what asks a proxy for a tunnel before does not count."""
        if event == "http11.send_request_body.started":
            self._asks_proxy = info["request"].method == b"CONNECT"
        elif event == "http11.send_request_body.complete":
            self._sent = not self._asks_proxy

    def _unreachable(self, error: Exception) -> ProviderUnreachable:
        if isinstance(error, httpcore.ConnectTimeout):
            return self._failed("it does not answer")
        if isinstance(error, httpcore.ConnectError):
            return self._failed(_why_not(error))
        if isinstance(error, httpcore.TimeoutException):
            return self._failed(f"nothing came for {self._silence_s:g} seconds")
        return self._failed("the connection broke")

    def _failed(self, detail: str) -> ProviderUnreachable:
        return ProviderUnreachable(self._provider.name, detail, sent=self._sent)


def _why_not(error: httpcore.ConnectError) -> str:
    cause = error.__context__  # its cause is taken away on the way here
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "its certificate is not trusted by this computer"
    if isinstance(cause, ssl.SSLError):
        return "it does not speak an encryption that Carrel trusts"
    if isinstance(cause, OSError) and type(cause).__name__ == "gaierror":
        return "there is no address for its name"
    if isinstance(cause, ConnectionRefusedError):
        return "nothing answers at its address"
    return "there is no connection"


def _pool(context: ssl.SSLContext, proxy: httpcore.Proxy | None) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=context,
        proxy=proxy,
        max_connections=None,
        max_keepalive_connections=_RESTING,
        keepalive_expiry=RESTING_S,
        http1=True,
        http2=False,
        network_backend=Backend(),
    )


def _encryption(certificates: str) -> ssl.SSLContext:
    """TLS 1.2 or newer, with the roots that come along and the person's own beside them.

    Not `ssl.create_default_context`, which writes what it takes to decrypt all of it into the file that
    SSLKEYLOGFILE names.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=certifi.where())
    if certificates:
        try:
            context.load_verify_locations(cafile=certificates)
        except (OSError, ssl.SSLError) as error:
            raise ProviderInvalid(f"{certificates} holds no certificates that can be read") from error
    return context


def _parsed(url: str) -> httpcore.Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or 8080
    except ValueError as error:
        raise ProviderInvalid("the proxy has an address that is none") from error
    if parts.scheme != "http" or not parts.hostname:
        raise ProviderInvalid("the address of the proxy must begin with http://")
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore.Proxy(httpcore.URL(scheme="http", host=parts.hostname, port=port, target="/"), auth=auth)
