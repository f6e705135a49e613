"""What the processor says it has used: the counters of Linux (RAPL), where they may be read.

Most systems do not tell: Linux lets only root read the counters since they were found to leak secrets
(CVE-2020-8694), Windows and macOS have none for programs like this one, and a battery's rate of discharge is
too coarse for an answer of some seconds. Then it is not known, and nothing is guessed.

What is counted is the whole processor, other programs' work included.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
_MICROJOULES_PER_WH = 3.6e9

Counters = Mapping[str, int]
"""Microjoules by the counter's folder."""


def counters(folder: Path = POWERCAP) -> Counters:
    """Of each processor (its parts are in it); empty where the system does not tell."""
    found = {}
    try:
        zones = sorted(folder.glob("intel-rapl:*"))  # AMD's have the same name
    except OSError:
        return {}
    for zone in zones:
        if zone.name.count(":") == 1 and (value := _number(zone / "energy_uj")) is not None:
            found[str(zone)] = value
    return found


def used_wh(before: Counters, after: Counters) -> float | None:
    """What was used between two readings; None where it is not known. Counters begin anew at their range."""
    if not before or before.keys() != after.keys():
        return None
    total = 0
    for zone, start in before.items():
        used = after[zone] - start
        if used < 0:
            span = _number(Path(zone) / "max_energy_range_uj")
            if span is None:
                return None
            used += span
        total += used
    return total / _MICROJOULES_PER_WH


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
