"""A report of all attempts to reach a network, for whoever has to be shown that nothing else left."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop.errors import UsageError
from desktop.network import Attempt
from engine.errors import ExportFailed

COLUMNS = (
    "time",
    "outcome",
    "process",
    "action",
    "host",
    "port",
    "purpose",
    "caller",
    "bytes_out",
    "bytes_in",
)
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
ENDINGS = (".csv", ".txt")


def write_report(attempts: Sequence[Attempt], path: Path) -> None:
    """A table (.csv) or a text to read (.txt), by the file's ending.

    Raises:
        UsageError: another ending.
        ExportFailed: the file cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            f"a report is written as {' or '.join(ENDINGS)}, not as “{path.suffix or path.name}”"
        )
    text = as_csv(attempts) if path.suffix.lower() == ".csv" else as_text(attempts)
    try:
        path.write_text(text, encoding="utf-8", newline="", errors="replace")
    except OSError as error:
        raise ExportFailed(str(path), error.strerror or str(error)) from error


def row(attempt: Attempt) -> dict[str, Any]:
    return {
        "time": _time(attempt).isoformat(timespec="milliseconds"),
        "outcome": "allowed" if attempt.allowed else "blocked",
        "process": attempt.process,
        "action": attempt.action,
        "host": attempt.host,
        "port": attempt.port,
        "purpose": attempt.purpose,
        "caller": attempt.caller,
        "bytes_out": attempt.bytes_out,
        "bytes_in": attempt.bytes_in,
    }


def as_csv(attempts: Sequence[Attempt]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for attempt in attempts:
        writer.writerow([_plain(value) for value in row(attempt).values()])
    return file.getvalue()


def as_text(attempts: Sequence[Attempt]) -> str:
    """Whom Carrel spoke to, then every attempt on a line of its own."""
    allowed = [attempt for attempt in attempts if attempt.allowed]
    blocked = len(attempts) - len(allowed)
    lines = [
        "Carrel: every attempt to reach a network",
        f"Written {datetime.now().astimezone():%Y-%m-%d %H:%M %z}",
        "",
        f"{len(allowed):,} allowed, {blocked:,} blocked.",
    ]
    lines += [f"  {line}" for line in _by_host(allowed)]
    return "\n".join([*lines, "", *map(line, attempts), ""])


def _by_host(allowed: Sequence[Attempt]) -> list[str]:
    hosts: dict[str, tuple[int, int, int]] = {}
    for attempt in allowed:
        count, out, came = hosts.get(attempt.host, (0, 0, 0))
        hosts[attempt.host] = (count + 1, out + attempt.bytes_out, came + attempt.bytes_in)
    return [
        f"{host}: {count:,} times, {out:,} bytes out, {came:,} bytes in"
        for host, (count, out, came) in hosts.items()
    ]


def line(attempt: Attempt) -> str:
    """One attempt as a line of text."""
    outcome = "allowed" if attempt.allowed else "blocked"
    place = attempt.host if attempt.port is None else f"{attempt.host}:{attempt.port}"
    what = f"{attempt.action} {place}".strip()
    crossed = f"{attempt.bytes_out:,} bytes out, {attempt.bytes_in:,} in" if attempt.bytes_out else ""
    details = "; ".join(one for one in (attempt.purpose, crossed, attempt.caller) if one)
    when = f"{_time(attempt):%Y-%m-%d %H:%M:%S}"
    return _printable(f"{when}  {outcome}  {attempt.process}: {what}  {details}".rstrip())


def _time(attempt: Attempt) -> datetime:
    return datetime.fromtimestamp(attempt.when).astimezone()


def _plain(value: Any) -> str:
    """Text that a spreadsheet would compute gets an apostrophe in front: names may be chosen by others."""
    text = "" if value is None else _printable(str(value))
    return f"'{text}" if text.startswith(_COMPUTED) else text


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
