from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from engine.errors import ExportFailed
from engine.tasks.exports import append, size_of
from engine.tasks.values import Column
from tests.fakes.run_lines import line, lines, run_row


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def add(path: Path, count: int) -> None:
    append(run_row(), list(lines(count)), path, size_of(path))


def test_lines_are_added_below_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    add(path, 2)
    add(path, 3)
    assert [row[0] for row in rows(path)] == ["id", "1", "2", "1", "2", "3"]
    assert list(tmp_path.iterdir()) == [path]


def test_json_lines_are_added(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    add(path, 2)
    add(path, 1)
    assert [json.loads(text)["row"] for text in path.read_text("utf-8").splitlines()] == [0, 1, 0]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99, 1.0])
def test_a_kill_in_the_middle_neither_loses_nor_doubles_a_line(
    tmp_path: Path, ending: str, share: float
) -> None:
    path = tmp_path / f"a.{ending}"
    add(path, 2)
    at = size_of(path)
    append(run_row(), list(lines(5)), path, at)
    whole = path.read_bytes()
    path.write_bytes(whole[: at + int((len(whole) - at) * share)])  # what a kill may leave
    append(run_row(), list(lines(5)), path, at)
    assert path.read_bytes() == whole


def test_what_others_added_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    add(path, 1)
    at = size_of(path)
    path.write_bytes(path.read_bytes() + b"my own line\r\n")
    append(run_row(), list(lines(2)), path, at)
    assert [row[0] for row in rows(path)] == ["id", "1", "my own line", "1", "2"]


def test_a_last_line_that_was_left_open_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    add(path, 1)
    path.write_bytes(path.read_bytes().rstrip(b"\r\n"))
    add(path, 1)
    assert [row[0] for row in rows(path)] == ["id", "1", "1"]


def test_a_file_with_other_columns_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    add(path, 1)
    before = path.read_bytes()
    with pytest.raises(ExportFailed, match="It has other columns"):
        append(run_row(columns=(Column("other"),)), [line()], path, size_of(path))
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="There is no such folder"):
        append(run_row(), [line()], tmp_path / "none" / "a.csv", 0)
