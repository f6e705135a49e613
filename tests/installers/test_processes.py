from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from installers.checkout.console import SetupError
from installers.checkout.disk import check_free_space
from installers.checkout.places import ROOT, read_note, write_note
from installers.checkout.processes import child

if sys.platform == "win32":
    pytest.skip("the lock is taken from outside by POSIX means", allow_module_level=True)

HOLD = """
import sys
from installers.checkout.processes import only_one, child
with only_one(), child([sys.executable, "-c", "print('up', flush=True); input()"]) as grandchild:
    print(grandchild.stdout.readline().strip(), flush=True)
    grandchild.wait()
"""
PASS = "from installers.checkout.processes import only_one\nwith only_one(): print('in', flush=True)"


def start(code: str, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"XDG_CACHE_HOME": str(cache), "HOME": str(cache)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_second_set_up_waits_even_for_the_child_of_a_killed_one(tmp_path: Path) -> None:
    with start(HOLD, tmp_path) as first:
        assert first.stdout and first.stdout.readline() == "up\n"
        with start(PASS, tmp_path) as second:
            assert second.stderr and "waiting" in second.stderr.readline()
            first.kill()
            first.wait()
            # Its child is still there and holds the lock until it ends, here for want of input.
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(timeout=0.3)
            assert first.stdin
            first.stdin.close()
            assert second.stdout and second.stdout.readline() == "in\n"


def test_child_ends_when_what_reads_it_fails() -> None:
    with pytest.raises(RuntimeError), child([sys.executable, "-c", "input()"]) as process:
        raise RuntimeError
    assert process.returncode is not None


def test_full_disk_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    check_free_space({tmp_path: 1})
    with pytest.raises(SetupError, match="free some space and start again"):
        check_free_space({tmp_path: 1, tmp_path / "not" / "there" / "yet": 10**18})


def test_damaged_note_says_nothing_and_a_written_one_is_whole(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    assert read_note(note) == {}
    note.write_text('{"half": ')
    assert read_note(note) == {}
    write_note(note, {"a": [1, 2]})
    assert read_note(note) == {"a": [1, 2]}
    assert [path.name for path in tmp_path.iterdir()] == ["note.json"]
