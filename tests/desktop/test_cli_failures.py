"""What the command line says when something fails: one sentence, never a traceback."""

from pathlib import Path

import pytest

from desktop.cli.output import fail
from desktop.errors import Cancelled, UsageError, WorkerLost
from engine.errors import ModelDamaged


def test_a_bug_is_one_sentence_and_its_traceback_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "logs" / "carrel.log"
    try:
        {}["missing"]
    except KeyError as error:
        assert fail(error, log) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert str(log) in said
    assert "KeyError: 'missing'" in log.read_text(encoding="utf-8")


def test_where_no_log_can_be_written_the_sentence_says_what_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert fail(ValueError("odd\nthing"), tmp_path / "file" / "carrel.log") == 1
    said = capsys.readouterr().err
    assert "odd thing" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [(UsageError("No."), 2), (Cancelled(), 130), (WorkerLost("model", "The model stopped."), 1)],
    ids=["usage", "cancelled", "expected"],
)
def test_every_kind_of_failure_has_its_status(
    error: Exception, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error, tmp_path / "carrel.log") == status
    assert capsys.readouterr().err.strip()
    assert not (tmp_path / "carrel.log").exists()


def test_what_happened_and_what_to_do_are_two_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(ModelDamaged("/m.gguf", "it is not a GGUF file"), tmp_path / "carrel.log")
    assert "it is not a GGUF file. Fetch" in capsys.readouterr().err
