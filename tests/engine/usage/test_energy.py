from __future__ import annotations

from pathlib import Path

import pytest

from engine.usage.energy import counters, used_wh


def zone(folder: Path, name: str, energy: int, most: int = 262_143_328_850) -> None:
    made = folder / name
    made.mkdir(exist_ok=True)
    (made / "energy_uj").write_text(f"{energy}\n")
    (made / "max_energy_range_uj").write_text(f"{most}\n")


def test_processors_are_added_up_and_their_parts_not_counted_twice(tmp_path: Path) -> None:
    for name in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        zone(tmp_path, name, 1_000)
    before = counters(tmp_path)
    for name in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        zone(tmp_path, name, 1_000 + 1_800_000_000)
    assert used_wh(before, counters(tmp_path)) == pytest.approx(1.0)


def test_a_counter_that_begins_anew_goes_on(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", 9_000_000_000, most=10_000_000_000)
    before = counters(tmp_path)
    zone(tmp_path, "intel-rapl:0", 2_600_000_000, most=10_000_000_000)
    assert used_wh(before, counters(tmp_path)) == pytest.approx(1.0)


def test_where_the_system_does_not_tell_nothing_is_guessed(tmp_path: Path) -> None:
    assert counters(tmp_path / "none") == {}
    assert used_wh({}, {}) is None
    zone(tmp_path, "intel-rapl:0", 5)
    before = counters(tmp_path)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("denied")
    assert used_wh(before, counters(tmp_path)) is None
