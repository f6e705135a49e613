"""An answer from documents, with the real small model: works without a network, and does not try for one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.offline.watching import run_watched, run_without_network

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's namespaces and strace"),
]
CARREL = [sys.executable, "-m", "desktop.cli"]
UNCONFINED = [sys.executable, str(Path(__file__).with_name("unconfined.py"))]
QUESTION = "What is the unit price of the brackets?"
LONG_S = 280


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "Contracts"
    folder.mkdir()
    (folder / "agreement.md").write_text(
        "# Framework agreement\n\nThe unit price of the brackets is 14.20 euros until 31 March 2027.\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def ask(documents: Path, weights: Path) -> list[str]:
    return ["ask", QUESTION, "--documents", str(documents), "--model", "smollm2-135m", "--json"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"CARREL_HOME": str(tmp_path / "profile")}


def assert_answered(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["answer"].strip()
    assert answer["model"] == "smollm2-135m"
    assert any("14.20" in source["quote"] for source in answer["sources"]) or answer["abstained"]


@pytest.mark.timeout(300)
def test_ask_works_without_a_network(ask: list[str], environment: dict[str, str]) -> None:
    assert_answered(run_without_network([*CARREL, *ask], environment=environment, timeout_s=LONG_S))


@pytest.mark.timeout(300)
def test_ask_does_not_try_for_a_network(ask: list[str], environment: dict[str, str]) -> None:
    watched = run_watched([*CARREL, *ask], environment=environment, timeout_s=LONG_S)
    assert_answered(watched.done)
    assert watched.attempts == ()


@pytest.mark.timeout(300)
def test_ask_does_not_try_for_a_network_with_the_walls_down_either(
    ask: list[str], environment: dict[str, str]
) -> None:
    watched = run_watched([*UNCONFINED, *ask], environment=environment, timeout_s=LONG_S)
    assert_answered(watched.done)
    assert watched.attempts == ()
