"""desktop/models/words: sizes, speeds, fit and progress as a person would say them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.models import words
from engine.models.values import Copying, Downloading, Speed
from tests.fakes.models import GB, OWN, QWEN, offered


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [(4_200, "4 kB"), (98_362_432, "98 MB"), (999_700_000, "1.0 GB"), (1_117_320_768, "1.1 GB"),
     (120 * GB, "120 GB")],
)  # fmt: skip
def test_sizes(size_bytes: int, said: str) -> None:
    assert words.size(size_bytes) == said


def test_facts_of_a_model_say_where_it_comes_from() -> None:
    assert words.facts(QWEN) == (
        "1.1 GB  ·  reads about 12 pages at once  ·  Apache-2.0  ·  came with Carrel"
    )
    assert words.facts(OWN).endswith("added by you")
    assert words.facts(replace(OWN, referenced=True)).endswith("used where it is")
    assert words.facts(replace(OWN, derived_from="qwen")).endswith("made on this computer")


def test_offer_promises_no_more_pages_than_carrel_reads() -> None:
    large = offered("Granite 3B", 2_100_000_000, context_tokens=131_072).model
    assert words.offer_facts(large) == "2.1 GB  ·  reads about 12 pages at once  ·  Apache-2.0"


@pytest.mark.parametrize(
    ("tokens_per_second", "said"),
    [(17.5, "13 words a second"), (1.4, "1 word a second"), (0.4, "18 words a minute")],
)
def test_writing_speed(tokens_per_second: float, said: str) -> None:
    assert words.writing(tokens_per_second) == said


@pytest.mark.parametrize(
    ("tokens_per_second", "said"), [(900.0, "less than 1 s"), (54.0, "12 s"), (3.0, "4 min")]
)
def test_reading_speed(tokens_per_second: float, said: str) -> None:
    assert words.reading(tokens_per_second) == said


def test_agreement_is_not_rounded_up_to_perfection() -> None:
    assert words.agreement(0.97) == "Says the same next word 97 times out of 100."
    assert "99 times" in words.agreement(0.999)
    assert "100 times" in words.agreement(1.0)


def test_gain_is_said_in_times() -> None:
    assert words.times_faster(Speed(54.0, 17.5), Speed(98.0, 18.0)) == "1.8 times as fast"


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (None, "Waits for the other download"),
        (Downloading("connecting", 0, 100), "Connecting to models.example.org…"),
        (
            Downloading("fetching", 903_000_000, 2_100_000_000, 12_300_000.0, 98.0),
            "43 %  ·  903 MB of 2.1 GB  ·  12 MB a second  ·  about 2 min left",
        ),
        (Downloading("fetching", 0, 2_100_000_000), "0 %  ·  0 kB of 2.1 GB"),
        (
            Downloading("waiting", 30, 100, words="The server broke off; trying again in 8 s."),
            "The server broke off; trying again in 8 s.  ·  30 %",
        ),
        (Downloading("verifying", 43, 100), "Verifying… 43 %"),
        (
            Downloading("verifying", 43, 100, words="Checking what is here already"),
            "Checking what is here already… 43 %",
        ),
    ],
)
def test_progress_of_a_download(progress: Downloading | None, said: str) -> None:
    assert words.download_progress(progress, "models.example.org") == said


def test_progress_of_a_copy() -> None:
    halfway = Copying(2_100_000_000, 4_200_000_000)
    assert words.copy_progress("a.gguf", None, copy=True) == "Checking a.gguf…"
    assert words.copy_progress("a.gguf", halfway, copy=False) == "Checking a.gguf…"
    assert words.copy_progress("a.gguf", halfway, copy=True) == "Copying a.gguf… 50 %  ·  2.1 GB of 4.2 GB"


def test_model_without_a_readable_name_goes_by_its_id() -> None:
    assert words.model_name(replace(OWN, name="\u202e\n\x07")) == "mine"


def test_model_made_here_is_told_from_the_one_it_was_made_from() -> None:
    made = replace(OWN, id="mine-q4_0", derived_from="mine")
    assert words.model_name(made) == "Legal Assistant 3B, faster"
    assert words.presentable(replace(made, name="W" * 500), 28).name.endswith("…, faster")
    assert len(words.presentable(replace(made, name="W" * 500), 28).name) == 28


def test_name_for_the_status_strip_is_short() -> None:
    assert len(words.presentable(replace(OWN, name="W" * 500)).name) == 40


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (20.7, "Writes a little slower: 16 words a second instead of 19."),
        (16.0, "Writes slower: 12 words a second instead of 19."),
        (25.5, "Writes as fast as before."),
        (30.0, "Writes faster too: 22 words a second instead of 19."),
    ],
)
def test_gains_name_reading_first_and_what_they_cost(written: float, said: str) -> None:
    gains = words.gains(Speed(91, 25), Speed(127, written))
    assert gains == f"Reads 1.4 times as fast: the first word comes sooner. {said}"


def test_speeds_that_sound_the_same_are_said_to_be_the_same() -> None:
    assert words.gains(Speed(91, 1.3), Speed(127, 1.2)).endswith("Writes as fast as before.")
