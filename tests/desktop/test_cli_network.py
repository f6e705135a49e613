"""`carrel network` and `carrel doctor --network` as processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.egress.kept_log import KeptLog
from desktop.network import Attempt
from tests.desktop.cli_process import carrel, carrel_json

WAYS = ["A socket", "A thread", "urllib", "DNS", "A child process", "Native code"]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


def test_without_an_attempt_there_is_nothing_to_list(profile: Path) -> None:
    assert carrel_json("network", profile=profile) == {"allowed": 0, "blocked": 0, "attempts": []}
    assert not profile.exists()


def test_attempts_of_earlier_starts_are_listed(profile: Path, tmp_path: Path) -> None:
    (profile / "logs").mkdir(parents=True)
    kept = KeptLog(profile / "logs" / "network.jsonl")
    kept.add(Attempt(1_700_000_000.0, "send", "api.example", 443, "", "Asking", True, "courier", 12, 34))
    kept.add(Attempt(1_700_000_001.0, "open", "", None, "process 7", "", False, "curl"))
    listed = carrel_json("network", profile=profile)
    assert (listed["allowed"], listed["blocked"]) == (1, 1)
    first = listed["attempts"][0]
    assert (first["host"], first["purpose"], first["bytes_out"], first["bytes_in"]) == (
        "api.example",
        "Asking",
        12,
        34,
    )
    done = carrel("network", "--report", str(tmp_path / "report.csv"), profile=profile)
    assert done.returncode == 0
    assert "2 attempts" in done.stdout
    assert "api.example" in (tmp_path / "report.csv").read_text(encoding="utf-8")
    wrong = carrel("network", "--report", str(tmp_path / "report.pdf"), profile=profile)
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)


@pytest.mark.skipif(sys.platform != "linux", reason="enforced by Linux only")
def test_the_proof_finds_every_way_out_blocked_and_listed(profile: Path) -> None:
    proof = carrel_json("doctor", "--network", profile=profile)
    assert proof["ok"]
    assert [check["name"] for check in proof["checks"]] == WAYS
    assert all(check["blocked"] for check in proof["checks"])
    listed = carrel_json("network", profile=profile)["attempts"]
    assert len(listed) >= len(WAYS)
    assert not any(attempt["outcome"] == "allowed" for attempt in listed)


def test_the_proof_says_so_where_something_gets_out(profile: Path, tmp_path: Path) -> None:
    """With Carrel's walls taken down: a proof that could not fail would prove nothing."""
    script = tmp_path / "unwalled.py"
    script.write_text(
        "import sys\n"
        "import tests.offline.unconfined\n"
        "from desktop.cli import main\n"
        "if __name__ == '__main__':\n"
        "    sys.exit(main(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, str(script), "doctor", "--network", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "CARREL_HOME": str(profile)},
    )
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert not any(checks[name]["blocked"] for name in ("A socket", "A thread", "urllib", "A child process"))
    assert all("not blocked" in checks[name]["detail"] for name in ("A socket", "A thread", "urllib"))
