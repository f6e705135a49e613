from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.frontier.formats.retry_after import duration_s, retry_after_s

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360.0),
        (
            {
                "x-ratelimit-reset-requests": "6m0s",
                "x-ratelimit-remaining-requests": "9",
                "x-ratelimit-reset-tokens": "120ms",
                "x-ratelimit-remaining-tokens": "0",
            },
            0.12,
        ),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "2.5s"}, 2.5),
        (
            {
                "anthropic-ratelimit-input-tokens-reset": "2026-11-24T12:00:45Z",
                "anthropic-ratelimit-input-tokens-remaining": "0",
            },
            45.0,
        ),
        ({"x-ratelimit-reset": "1795521660000"}, 60.0),
        ({"x-ratelimit-reset": "1795521660"}, 60.0),
        ({"x-ratelimit-reset": "12"}, 12.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"x-ratelimit-reset-tokens": "1y"}, None),
        ({}, None),
    ],
)
def test_every_way_of_saying_it_becomes_seconds(headers: dict[str, str], seconds: float | None) -> None:
    found = retry_after_s(headers, now=NOW)
    assert found == (seconds if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h2m3.5s", 3723.5), ("37s", 37.0), ("120ms", 0.12), ("", None), ("1s!", None)]
)
def test_lengths_are_read_whole_or_not_at_all(text: str, seconds: float | None) -> None:
    assert duration_s(text) == seconds
