"""What crosses the pipe between the app and a worker: MessagePack, checked against the service's types.

Never pickle: the reader parses hostile files, and whatever takes it over must not get to run code in the
app. A message is `[request id, kind, payload]`; a kind is the name of a dataclass.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from desktop.errors import WorkerBug
from desktop.processes.sandbox import Confinement
from desktop.processes.service import ServiceDescription

# The longest reply is a whole document with its passages and their vectors: rag's limit of 50 million
# characters makes about 300 MB. Neither side reads a longer message.
MESSAGE_BYTES = 1 << 30

# Replies of one request that may be on their way or wait to be taken; the worker pauses it until they have
# been. What a reply takes beside its bytes, as an object in the app, counts as REPLY_BYTES.
WINDOW_BYTES = 16 << 20
REPLY_BYTES = 500

NO_REQUEST = 0
"""The request id of what concerns the process as a whole."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """To the worker: stop this request."""


@dataclass(frozen=True, slots=True)
class Taken:
    """To the worker: whoever asked has taken further replies of this request, `size_bytes` of them."""

    size_bytes: int


@dataclass(frozen=True, slots=True)
class Ready:
    """To the app: the service is built and takes requests."""

    confinement: Confinement


@dataclass(frozen=True, slots=True)
class Beat:
    """To the app, every second: still alive."""


@dataclass(frozen=True, slots=True)
class End:
    """To the app: no more replies to this request."""


@dataclass(frozen=True, slots=True)
class Bug:
    """To the app: this request ran into an exception that nobody expected."""

    traceback: str


@dataclass(frozen=True, slots=True)
class _ExpectedError:
    """An error of the service's tree: its class by name, its fields as they are."""

    name: str
    facts: msgspec.Raw


_Fact = str | int | float | bool | None


class MalformedMessage(Exception):
    """The other side sent what is not in the vocabulary, or not well formed."""


class _Envelope(msgspec.Struct, array_like=True, frozen=True):
    request: int
    kind: str
    payload: msgspec.Raw


class Vocabulary:
    """The dataclasses that may travel in one direction."""

    def __init__(self, kinds: Iterable[type]) -> None:
        self._decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {}
        self._encoder = msgspec.msgpack.Encoder()
        for kind in kinds:
            if kind.__name__ in self._decoders:
                raise ValueError(f"two messages are called {kind.__name__}")
            self._decoders[kind.__name__] = msgspec.msgpack.Decoder(kind)

    def encode(self, request: int, body: Any) -> bytes:
        """
        Raises:
            TypeError: `body`, or a value in it, is none that may travel.
        """
        kind = type(body).__name__
        if kind not in self._decoders:
            raise TypeError(f"{kind} is not among the messages that may cross this pipe")
        payload = msgspec.Raw(self._encoder.encode(body))
        return self._encoder.encode(_Envelope(request, kind, payload))

    def decode(self, data: bytes) -> tuple[int, Any]:
        """The request id and the message.

        Raises:
            MalformedMessage: unknown, of the wrong type or nested too deeply.
        """
        try:
            envelope = _ENVELOPES.decode(data)
            decoder = self._decoders.get(envelope.kind)
            if decoder is None:
                raise MalformedMessage(f"unknown kind {envelope.kind[:80]!r}")
            return envelope.request, decoder.decode(envelope.payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedMessage(str(error)) from error


_ENVELOPES = msgspec.msgpack.Decoder(_Envelope)


class Codec:
    """Both directions of one service's pipe, and its expected errors."""

    def __init__(self, description: ServiceDescription) -> None:
        self.to_worker = Vocabulary((Cancel, Taken, *description.requests))
        self.to_app = Vocabulary((Ready, Beat, End, Bug, _ExpectedError, *description.replies))
        self._name = description.name
        self.errors = description.errors

    def encode_failure(self, request: int, error: BaseException, traceback: str) -> bytes:
        """An expected error as its class and facts; anything else as a bug with its traceback."""
        if not isinstance(error, self.errors):
            return self.to_app.encode(request, Bug(traceback))
        try:
            facts = msgspec.Raw(msgspec.msgpack.encode(_facts(error)))
        except (TypeError, UnicodeEncodeError):
            return self.to_app.encode(request, Bug(traceback))
        return self.to_app.encode(request, _ExpectedError(type(error).__name__, facts))

    def decode_reply(self, data: bytes) -> tuple[int, Any]:
        """The request id and a reply, a message of the host, or the exception to raise.

        Raises:
            MalformedMessage: the worker cannot be trusted any more.
        """
        request, body = self.to_app.decode(data)
        if isinstance(body, Bug):
            return request, WorkerBug(self._name, body.traceback)
        if isinstance(body, _ExpectedError):
            return request, self._rebuild(body)
        return request, body

    def _rebuild(self, sent: _ExpectedError) -> Exception:
        kind = next((kind for kind in _tree(self.errors) if kind.__name__ == sent.name), None)
        if kind is None:
            return WorkerBug(self._name, f"The app knows no error {sent.name!r}.")
        try:
            if not dataclasses.is_dataclass(kind):
                return kind(*msgspec.msgpack.decode(sent.facts, type=tuple[_Fact, ...]))
            facts = msgspec.msgpack.decode(sent.facts, type=_facts_type(kind))
            return kind(*msgspec.structs.astuple(facts))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedMessage(f"{sent.name}: {error}") from error


def _facts(error: BaseException) -> Any:
    if not dataclasses.is_dataclass(error):
        return error.args
    return {field.name: getattr(error, field.name) for field in _fields(type(error))}


def _fields(kind: type) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)


def _facts_type(kind: type[Exception]) -> type[msgspec.Struct]:
    """The fields of an error class as a type of their own.

    Not the class itself: msgspec makes objects without calling `__new__`, and an exception made so has
    no `args`: Python crashes when it is printed (msgspec 0.22).
    """
    hints = typing.get_type_hints(kind)
    return msgspec.defstruct(kind.__name__, [(field.name, hints[field.name]) for field in _fields(kind)])


def _tree(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)
