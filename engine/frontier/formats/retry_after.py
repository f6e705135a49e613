"""When a provider says that it may be asked again: five ways of saying it, one number of seconds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# Kinds of limits, each with what is left of it and when it is whole again. OpenAI, Groq and Azure begin with
# `x-ratelimit-`; Anthropic with `anthropic-ratelimit-`, the kind before the word.
_LIMITS = ("requests", "tokens", "input-tokens", "output-tokens")


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds from `now`; None where the headers (names in lower case) do not say.

    The exact words come first: `retry-after-ms`, `retry-after` (seconds, or a date); then when the limit that
    is used up begins anew.
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if (number := _number(headers.get(name, ""))) is not None:
            return number * unit_s
    if (date := _http_date(headers.get("retry-after", ""))) is not None:
        return max(0.0, (date - now).total_seconds())
    return _reset(headers, now)


def _reset(headers: Mapping[str, str], now: datetime) -> float | None:
    whole = {limit: _moment(_named(headers, limit, "reset"), now) for limit in _LIMITS}
    used_up = [limit for limit in _LIMITS if _number(_named(headers, limit, "remaining")) == 0]
    waits = [wait for limit in used_up or _LIMITS if (wait := whole[limit]) is not None]
    return max(waits) if waits else _moment(headers.get("x-ratelimit-reset", ""), now)


def _named(headers: Mapping[str, str], limit: str, word: str) -> str:
    return headers.get(f"x-ratelimit-{word}-{limit}") or headers.get(
        f"anthropic-ratelimit-{limit}-{word}", ""
    )


def _moment(text: str, now: datetime) -> float | None:
    """Seconds until what `text` says: a length (“6m0s”, “120ms”, “37s”), a date, or a time since 1970."""
    if (number := _number(text)) is not None:
        return _since_1970(number, now)
    if (length := duration_s(text)) is not None:
        return length
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp())


def _since_1970(number: float, now: datetime) -> float:
    """Small numbers are seconds from now; greater ones seconds or, as OpenRouter has it, milliseconds."""
    if number < 1e8:
        return number
    moment = number / 1000 if number > 1e11 else number
    return max(0.0, moment - now.timestamp())


def duration_s(text: str) -> float | None:
    """“1h2m3.5s” as seconds; None where it is no such thing."""
    parts = list(_PART.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text.strip():
        return None
    return sum(float(part[1]) * _SECONDS[part[2]] for part in parts)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
