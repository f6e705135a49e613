from __future__ import annotations

import random

import pytest

from engine.frontier.formats.sse import MOST_BYTES, ServerEvent, ServerEvents, TooLong
from tests.fakes.wire import split

STREAM = (
    "\ufeff: a comment\n"
    "event: begin\ndata: one\n\n"
    "data:two\r\ndata: lines\r\n\r\n"
    "id: 7\rretry: 10\rdata: Zoë\r\r"
    "event: nothing\n\n"
    "data\n\n"
    "data:  two spaces\nfield: unknown\n\n"
    "data: last"
).encode()
EVENTS = [
    ServerEvent("begin", "one"),
    ServerEvent("", "two\nlines"),
    ServerEvent("", "Zoë"),
    ServerEvent("", ""),
    ServerEvent("", " two spaces"),
    ServerEvent("", "last"),
]


def read(pieces: list[bytes]) -> list[ServerEvent]:
    events = ServerEvents()
    found = [event for piece in pieces for event in events.feed(piece)]
    return found + events.finish()


def test_a_stream_is_read_as_the_specification_says() -> None:
    assert read([STREAM]) == EVENTS


def test_byte_by_byte_it_is_the_same() -> None:
    assert read([bytes([byte]) for byte in STREAM]) == EVENTS


@pytest.mark.parametrize("seed", range(50))
def test_split_anywhere_it_is_the_same(seed: int) -> None:
    assert read(split(STREAM, random.Random(seed), 20)) == EVENTS


def test_empty_pieces_change_nothing() -> None:
    assert read([STREAM[:30], b"", STREAM[30:], b""]) == EVENTS


def test_a_line_without_an_end_is_given_up_before_it_fills_the_memory() -> None:
    events = ServerEvents()
    with pytest.raises(TooLong):
        for _ in range(20):
            events.feed(b"x" * (MOST_BYTES // 10))


def test_so_is_an_event_of_many_lines() -> None:
    events = ServerEvents()
    with pytest.raises(TooLong):
        for _ in range(20):
            events.feed(b"data: " + b"x" * (MOST_BYTES // 10) + b"\n")


def test_a_line_of_nearly_a_megabyte_is_read() -> None:
    text = "x" * (MOST_BYTES - 10)
    assert read([f"data: {text}\n\n".encode()]) == [ServerEvent("", text)]
