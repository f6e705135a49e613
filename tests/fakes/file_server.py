"""A real HTTP server on the loopback that offers one file, well or badly, as told for each request."""

from __future__ import annotations

import hashlib
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from engine.models.values import CatalogueModel
from tests.fakes.gguf import small_model

ETAG = '"version-1"'
SECOND_S = 10.0  # how long a stalling server waits at most for its end


def model_bytes(extra_bytes: int = 300_000) -> bytes:
    """A sound model file whose bytes differ from place to place, so that none can stand for another."""
    return small_model().content() + random.Random(1).randbytes(extra_bytes)


def catalogue_model(content: bytes, url: str, **changes: object) -> CatalogueModel:
    fields: dict[str, object] = {
        "id": "tiny",
        "name": "Tiny",
        "description": "Small.",
        "good_for": "Trying things out.",
        "licence": "MIT",
        "licence_url": "https://example.org/licence",
        "url": url,
        "file": "tiny.gguf",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "parameters": 100,
        "quantization": "Q4_K_M",
        "context_tokens": 512,
        "kv_bytes": 64,
    }
    return CatalogueModel(**(fields | changes))  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        fake = self.server.fake
        with fake.lock:
            fake.requests.append({key.lower(): value for key, value in self.headers.items()})
            answer = fake.script.pop(0) if fake.script else fake.otherwise
        self.close_connection = True
        with suppress(ConnectionError):  # the client has gone
            answer(self)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass

    @property
    def content(self) -> bytes:
        return self.server.fake.content

    @property
    def asked_from(self) -> int:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(found[1]) if found else 0

    def say(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined at the end
    fake: FileServer


Answer = Callable[[_Handler], None]


class FileServer:
    """`script` has an answer for each request to come; then `otherwise` answers."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.script: list[Answer] = []
        self.otherwise: Answer = honest
        self.requests: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/tiny.gguf"

    @contextmanager
    def running(self) -> Iterator[FileServer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="file server")
        thread.start()
        try:
            yield self
        finally:
            self.ending.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @property
    def ranges(self) -> list[str]:
        return [request.get("range", "") for request in self.requests]


# --- answers -----------------------------------------------------------------------------------------


def honest(handler: _Handler) -> None:
    _send(handler, *_ranged(handler))


def _ranged(handler: _Handler) -> tuple[int, dict[str, str], bytes]:
    start, size = handler.asked_from, len(handler.content)
    if start and handler.headers.get("If-Range", ETAG) == ETAG:
        return 206, {"Content-Range": f"bytes {start}-{size - 1}/{size}"}, handler.content[start:]
    return 200, {}, handler.content


def _send(handler: _Handler, status: int, headers: dict[str, str], body: bytes) -> None:
    handler.say(status, headers | {"ETag": ETAG, "Content-Length": str(len(body))}, body)


def ignores_ranges(handler: _Handler) -> None:
    _send(handler, 200, {}, handler.content)


def breaks_off(at: int, answer: Answer | None = None) -> Answer:
    """Promises all of what is asked for, and sends `at` bytes of it."""

    def reply(handler: _Handler) -> None:
        status, headers, body = (200, {}, handler.content) if answer else _ranged(handler)
        handler.say(status, headers | {"ETag": ETAG, "Content-Length": str(len(body))}, body[:at])

    return reply


def stalls(at: int) -> Answer:
    """Sends `at` bytes, then nothing, with the connection open."""

    def reply(handler: _Handler) -> None:
        breaks_off(at)(handler)
        handler.wfile.flush()
        handler.server.fake.ending.wait(SECOND_S)

    return reply


def slowly(chunk: int, pause_s: float, at: int | None = None) -> Answer:
    """Stands still at `at` bytes: whoever is late finds it under way."""

    def reply(handler: _Handler) -> None:
        status, headers, body = _ranged(handler)
        handler.say(status, headers | {"ETag": ETAG, "Content-Length": str(len(body))})
        for start in range(0, len(body) if at is None else at, chunk):
            handler.wfile.write(body[start : start + chunk])
            if handler.server.fake.ending.wait(pause_s):
                return
        if at is not None:
            handler.server.fake.ending.wait(SECOND_S)

    return reply


def says_range(text: str) -> Answer:
    """Answers a range with right bytes under a false name."""

    def reply(handler: _Handler) -> None:
        _send(handler, 206, {"Content-Range": text}, handler.content[handler.asked_from :])

    return reply


def wrong_bytes(handler: _Handler) -> None:
    """Everything about the answer is right but the bytes."""
    status, headers, body = _ranged(handler)
    _send(handler, status, headers, bytes(len(body)))


def other_version(handler: _Handler) -> None:
    """A server that has another version by now, and minds no condition."""
    start, size = handler.asked_from, len(handler.content)
    headers = {"Content-Range": f"bytes {start}-{size - 1}/{size}", "ETag": '"version-2"'}
    handler.say(206, headers | {"Content-Length": str(size - start)}, bytes(size - start))


def without_length(extra: bytes = b"", *, less: int = 0) -> Answer:
    """In chunks, so that no length is promised: more than the file, or less."""

    def reply(handler: _Handler) -> None:
        handler.say(200, {"Transfer-Encoding": "chunked", "ETag": ETAG})
        body = handler.content[: len(handler.content) - less] + extra
        for start in range(0, len(body), 50_000):
            piece = body[start : start + 50_000]
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return reply


def status(code: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.say(code, named | {"Content-Length": "5"}, b"sorry")


def redirect(url: str, code: int = 302) -> Answer:
    return lambda handler: handler.say(code, {"Location": url, "Content-Length": "0"})


def hangs_up(handler: _Handler) -> None:
    """Says nothing at all."""
