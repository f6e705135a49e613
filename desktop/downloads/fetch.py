"""Fetches one model: resumes what is there, survives what servers and connections do, checks what came.

What a model must be is known beforehand, from the catalogue: its length and its SHA-256. So nothing that a
server says is believed for longer than the download takes, and a range that it answers wrongly costs time,
never a wrong model.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from desktop.downloads.gate import HostRefused
from desktop.downloads.meter import Meter
from desktop.downloads.partial import Partial
from engine.errors import DownloadDamaged, DownloadFailed, ModelError
from engine.models.catalogue import is_secure
from engine.models.gguf import inspect
from engine.models.values import CatalogueModel, Downloading

Cancelled = Callable[[], bool]

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_REDIRECTS = (301, 302, 303, 307, 308)
# Said by servers that are busy or being mended: the same request may work later.
_LATER = (408, 425, 429, 500, 502, 503, 504)
_GONE = {401: "it wants a log-in", 403: "it refuses", 404: "the file is not there", 410: "the file is gone"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what. `tries`: in a row without progress, the first included."""

    connect_s: float = 15.0
    stall_s: float = 30.0
    tries: int = 6
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    longest_asked_pause_s: float = 300.0
    redirects: int = 5
    # Less is no progress: a server that gives a byte at each try would otherwise hold us for ever.
    progress_bytes: int = 64 << 10


class _Broken(Exception):
    """This try is over, the next may do better. `pause_s`: what the server asked for."""

    def __init__(self, words: str, pause_s: float | None = None) -> None:
        super().__init__(words)
        self.pause_s = pause_s


def download(
    model: CatalogueModel,
    folder: Path,
    *,
    transport: httpx.BaseTransport,
    cancelled: Cancelled,
    patience: Patience = Patience(),
) -> Iterator[Downloading]:
    """Fetch a model into `folder`, going on from what is there; it becomes visible when all of it is right.

    Returns early when `cancelled`, or when closed: what has come stays and is gone on with next time.

    Raises:
        NotEnoughSpace, ModelUnwritable: of the folder; what has come stays.
        DownloadRunning: another process fetches it already.
        DownloadFailed: the server or the connection, after `patience`; what has come stays.
        DownloadDamaged: all of it came and is something else; nothing stays.
    """
    partial = Partial(model, folder)
    with partial.held(), _client(transport, patience) as client:
        partial.require_space()
        yield from _Download(model, partial, client, cancelled, patience).run()


def _client(transport: httpx.BaseTransport, patience: Patience) -> httpx.Client:
    """No proxies, no stored passwords, no cookies kept between tries: nothing but the request itself."""
    timeout = httpx.Timeout(patience.stall_s, connect=patience.connect_s)
    headers = {"User-Agent": "Carrel", "Accept": "*/*", "Accept-Encoding": "identity"}
    return httpx.Client(
        transport=transport, timeout=timeout, headers=headers, follow_redirects=False, trust_env=False
    )


class _Download:
    """One run of `download`; made for it and used once."""

    def __init__(
        self,
        model: CatalogueModel,
        partial: Partial,
        client: httpx.Client,
        cancelled: Cancelled,
        patience: Patience,
    ) -> None:
        self._model = model
        self._partial = partial
        self._client = client
        self._cancelled = cancelled
        self._patience = patience
        self._meter = Meter(model.size_bytes)
        self._tries = 0
        self._highest = 0

    @property
    def _complete(self) -> bool:
        return self._partial.done_bytes >= self._model.size_bytes

    def run(self) -> Iterator[Downloading]:
        for hashed in self._partial.open():
            if self._cancelled():
                return
            yield from self._meter.tell(hashed, phase="verifying", words="Checking what is here already")
        self._highest = self._partial.done_bytes
        while not self._complete and not self._cancelled():
            yield from self._try()
        if self._complete and not self._cancelled():
            yield self._state("verifying")
            self._finish()

    def _try(self) -> Iterator[Downloading]:
        """One connection, and the pause after it when it breaks."""
        try:
            yield self._state("connecting")
            with closing(self._open()) as response:
                yield from self._receive(response)
            return
        except httpx.TransportError as error:
            broken = self._translated(error)
        except _Broken as error:
            broken = error
        self._count()
        if self._tries >= self._patience.tries:
            raise self._failed(_inside(str(broken)))
        yield from self._pause(broken)

    def _translated(self, error: httpx.TransportError) -> _Broken:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise self._failed("its certificate is not trusted by this computer") from error
        if isinstance(error, httpx.TimeoutException):
            return _Broken("The server does not answer")
        if isinstance(error, httpx.ConnectError):
            return _Broken("The server cannot be reached")
        return _Broken("The connection broke")

    def _count(self) -> None:
        """Count the tries since the last progress: more than ever was here, not merely more than before."""
        done = self._partial.done_bytes
        made_progress = done >= self._highest + self._patience.progress_bytes
        self._tries = 0 if made_progress else self._tries + 1
        self._highest = max(self._highest, done)

    # The request

    def _open(self) -> httpx.Response:
        """A response whose body goes on where the file ends.

        Raises:
            _Broken, httpx.TransportError: worth another try.
            DownloadFailed: not worth one.
        """
        response = self._send(httpx.URL(self._model.url))
        try:
            self._check_status(response)
            self._check_body(response)
        except BaseException:
            response.close()
            raise
        return response

    def _send(self, url: httpx.URL) -> httpx.Response:
        """Ask, and follow the server to where it sends us: over HTTPS, to hosts that the catalogue names."""
        for _ in range(self._patience.redirects + 1):
            request = self._client.build_request("GET", url, headers=self._range())
            try:
                response = self._client.send(request, stream=True)
            except HostRefused as error:
                raise self._failed(f"it sends us to {error}, which is not among its own addresses") from error
            if response.status_code not in _REDIRECTS:
                return response
            response.close()
            url = self._next(url, response)
        raise self._failed("it sends us from one address to the next")

    def _next(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        try:
            target = url.join(response.headers.get("location", ""))
        except httpx.InvalidURL as error:
            raise self._failed("it sends us to an address that is none") from error
        leaves_https = url.scheme == "https" and target.scheme != "https"
        if leaves_https or not is_secure(str(target)):
            raise self._failed("it sends us to an address that is not secure")
        return target

    def _range(self) -> dict[str, str]:
        done = self._partial.done_bytes
        if not done:
            return {}
        # Only if it is still the same version; a server that has another sends all of that one.
        condition = {"If-Range": self._partial.etag} if self._partial.etag else {}
        return {"Range": f"bytes={done}-"} | condition

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in (200, 206):
            return
        if status in _LATER:
            raise _Broken(f"The server is busy ({status})", _asked_pause(response))
        if status == 416 and self._partial.done_bytes:
            self._partial.begin_anew("")
            raise _Broken("The server does not go on from there; starting anew", 0.0)
        raise self._failed(f"{_GONE.get(status, 'it answers in an unexpected way')} ({status})")

    def _check_body(self, response: httpx.Response) -> None:
        """Place the file where the body begins; refuse a body that cannot be this file."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self._failed("it sends the file in another form than asked for")
        if response.status_code == 206:
            self._check_range(response)
            return
        declared = _content_length(response)
        if declared not in (None, self._model.size_bytes):
            raise self._failed(f"it offers a file of {declared:,} bytes, not of {self._model.size_bytes:,}")
        self._partial.begin_anew(_strong_etag(response))

    def _check_range(self, response: httpx.Response) -> None:
        """A range must be the one asked for, of the version that was begun; else all is asked for anew."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        size = self._model.size_bytes
        fits = found and int(found[1]) == self._partial.done_bytes and int(found[2]) < size
        same_size = found and found[3] in ("*", str(size))
        etag = _strong_etag(response)
        same_version = not etag or not self._partial.etag or etag == self._partial.etag
        if not (fits and same_size and same_version):
            self._partial.begin_anew("")
            raise _Broken("The server sent another part of the file; starting anew")

    # The body

    def _receive(self, response: httpx.Response) -> Iterator[Downloading]:
        size = self._model.size_bytes
        self._meter.begin(self._partial.done_bytes)
        for data in response.iter_raw():
            if self._cancelled():
                return
            # Whatever comes beyond what was promised is neither kept nor waited for.
            self._partial.write(data[: size - self._partial.done_bytes])
            yield from self._meter.tell(self._partial.done_bytes, phase="fetching")
            if self._complete:
                return
        raise _Broken("The connection ended early")

    def _finish(self) -> None:
        if not self._partial.is_right():
            self._refuse("its SHA-256 differs")
        try:
            inspect(self._partial.path)
        except ModelError as error:  # right by the catalogue, and yet nothing that llama.cpp may see
            self._refuse(str(error))
        self._partial.publish()

    def _refuse(self, detail: str) -> None:
        self._partial.delete()
        raise DownloadDamaged(self._host, detail)

    # Words and waiting

    @property
    def _host(self) -> str:
        return httpx.URL(self._model.url).host

    def _failed(self, detail: str) -> DownloadFailed:
        return DownloadFailed(self._host, detail, can_resume=self._partial.done_bytes > 0)

    def _state(self, phase: str, words: str = "") -> Downloading:
        return self._meter.now(self._partial.done_bytes, phase, words)

    def _pause(self, broken: _Broken) -> Iterator[Downloading]:
        seconds = self._pause_s(broken.pause_s)
        words = f"{broken}. Trying again in {seconds:.0f} s." if seconds >= 1 else f"{broken}."
        yield self._state("waiting", words)
        until = time.monotonic() + seconds
        while not self._cancelled() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))

    def _pause_s(self, asked: float | None) -> float:
        """Twice as long each time, and never for two computers the same."""
        patience = self._patience
        if asked is not None:
            return min(asked, patience.longest_asked_pause_s)
        grown: float = patience.first_pause_s * 2.0 ** max(0, self._tries - 1)
        return min(grown, patience.longest_pause_s) * random.uniform(0.5, 1.0)


def _inside(sentence: str) -> str:
    """A sentence's words where they follow a colon."""
    return sentence[:1].lower() + sentence[1:]


def _asked_pause(response: httpx.Response) -> float | None:
    """Retry-After in seconds; its other form, a date, would need clocks that agree."""
    text = response.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _content_length(response: httpx.Response) -> int | None:
    text = response.headers.get("content-length", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _strong_etag(response: httpx.Response) -> str:
    """If-Range takes no weak one, which may stand for several versions."""
    etag: str = response.headers.get("etag", "")
    return etag if etag.startswith('"') and len(etag) < 512 else ""
