"""A server on the loopback that keeps what reaches it, byte for byte, and answers each request as told."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

Answer = Callable[["Line"], None]
LONG_S = 20.0


class Line:
    """One connection, as an answer sees it. An answer that returns keeps it open for the next request."""

    def __init__(self, connection: socket.socket, server: Loopback) -> None:
        self.connection = connection
        self.server = server
        self.open = True

    def say(self, data: bytes) -> None:
        self.connection.sendall(data)

    def close(self) -> None:
        self.open = False

    def wait_for_close(self) -> None:
        """Wait until the other side has closed the connection, and note when that was."""
        self.connection.settimeout(LONG_S)
        with suppress(OSError):
            while self.connection.recv(1 << 16):
                pass
        self.server.closed_at.append(time.monotonic())
        self.open = False


class Loopback:
    """`script` has an answer for each request to come; then `otherwise` answers."""

    def __init__(self, *, context: ssl.SSLContext | None = None) -> None:
        self.script: list[Answer] = []
        self.otherwise: Answer = says(b"hello")
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed_at: list[float] = []
        self._context = context
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._lines: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[Loopback]:
        accepting = threading.Thread(target=self._accept, name="loopback")
        accepting.start()
        try:
            yield self
        finally:
            self._ending.set()
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            accepting.join()
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            for thread in self._threads:
                thread.join()

    def wait_for_requests(self, count: int) -> None:
        deadline = time.monotonic() + LONG_S
        while len(self.requests) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(self.requests) >= count

    def pause(self, seconds: float) -> None:
        """For answers: wait, but not beyond the end of the test."""
        self._ending.wait(seconds)

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), name="loopback line")
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines.append(connection)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._lines.append(connection)
            with connection:
                self.connections += 1
                line = Line(connection, self)
                while line.open and (request := _read_request(connection)):
                    with self._lock:
                        self.requests.append(request)
                        answer = self.script.pop(0) if self.script else self.otherwise
                    answer(line)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"(?im)^content-length: *(\d+)", head)
    length = int(found[1]) if found else 0
    while len(body) < length:
        piece = connection.recv(1 << 16)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body


# --- answers -----------------------------------------------------------------------------------------


def head(status: int = 200, **headers: str) -> bytes:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\n{named}\r\n".encode()


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    return lambda line: line.say(head(status, Content_Length=str(len(body)), **headers) + body)


def streams(pieces: Sequence[bytes], pause_s: float = 0.0) -> Answer:
    """In chunks, whole."""

    def answer(line: Line) -> None:
        line.say(head(Transfer_Encoding="chunked"))
        for piece in pieces:
            line.say(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            line.server.pause(pause_s)
        line.say(b"0\r\n\r\n")

    return answer


def breaks_off(after: bytes = b"") -> Answer:
    """Begins a reply in chunks, and hangs up; with nothing to say, before any reply."""

    def answer(line: Line) -> None:
        if after:
            line.say(head(Transfer_Encoding="chunked") + f"{len(after):x}\r\n".encode() + after + b"\r\n")
        line.close()

    return answer


def stalls(after: bytes = b"") -> Answer:
    """Says this much of a reply, then nothing, until the other side hangs up."""

    def answer(line: Line) -> None:
        if after:
            line.say(head(Transfer_Encoding="chunked") + f"{len(after):x}\r\n".encode() + after + b"\r\n")
        line.wait_for_close()

    return answer
