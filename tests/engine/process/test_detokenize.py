from __future__ import annotations

import random

import pytest

from engine.process.detokenize import StreamedText


def stream(text: StreamedText, pieces: list[bytes]) -> list[str]:
    return [text.push(piece) for piece in pieces] + [text.finish()]


def test_half_a_character_is_never_shown() -> None:
    shown = stream(StreamedText(), [byte.to_bytes() for byte in "Grüße 中文 🎉".encode()])
    assert "".join(shown) == "Grüße 中文 🎉"
    assert "�" not in "".join(shown)


def test_an_unfinished_character_at_the_end_is_dropped() -> None:
    assert stream(StreamedText(), [b"good ", "🎉".encode()[:3]]) == ["good ", "", ""]


def test_bytes_that_are_no_text_do_not_stop_it() -> None:
    assert "".join(stream(StreamedText(), [b"a\xffb"])) == "a�b"


@pytest.mark.parametrize("pieces", [[b"one STOP two"], [b"one ", b"ST", b"OP", b" two"], [b"one S", b"TOP"]])
def test_nothing_of_a_stop_string_is_shown(pieces: list[bytes]) -> None:
    text = StreamedText(["STOP"])
    assert "".join(stream(text, pieces)) == "one "
    assert text.stopped


def test_what_only_looked_like_a_stop_string_is_shown_after_all() -> None:
    text = StreamedText(["STOP"])
    assert stream(text, [b"one ST", b"ep", b" ST"]) == ["one ", "STep", " ", "ST"]
    assert not text.stopped


def test_the_first_of_several_stop_strings_counts() -> None:
    assert "".join(stream(StreamedText(["two", "one"]), [b"zero one two"])) == "zero "


def test_however_it_is_cut_the_text_is_the_same() -> None:
    chance = random.Random(3)
    data = "Käse und Brot — naïve 日本語. ENDE danach".encode()
    for _ in range(200):
        cuts = sorted(chance.sample(range(1, len(data)), 12))
        pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        assert "".join(stream(StreamedText(["ENDE"]), pieces)) == "Käse und Brot — naïve 日本語. "
