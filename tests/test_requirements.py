from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ["build.txt", "app.txt", "test.txt"]


def locked(name: str) -> dict[str, list[str]]:
    """The versions that a lock holds of each package, for whatever systems."""
    versions: dict[str, list[str]] = {}
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    for package, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE):
        versions.setdefault(package, []).append(version)
    return versions


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_by_version_and_hash_and_names_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^    --hash=.*$", "", text, flags=re.MULTILINE), re.MULTILINE)
    for entry in re.split(r"^(?=\w)", text, flags=re.MULTILINE):
        if entry.strip():
            assert re.match(r"[\w.-]+==\S+ (; .+ )?\\\n    --hash=sha256:[0-9a-f]{64}", entry), entry[:80]


def test_what_pyproject_asks_for_is_locked_in_a_version_it_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    test = [*project["project"]["optional-dependencies"]["improve"], *project["dependency-groups"]["test"]]
    for name, wanted in (("app.txt", project["project"]["dependencies"]), ("test.txt", test)):
        versions = locked(name)
        for requirement in map(Requirement, wanted):
            found = versions.get(canonicalize_name(requirement.name), [])
            assert found, f"{name} lacks {requirement}: run requirements/lock.py"
            assert all(requirement.specifier.contains(version) for version in found), (name, str(requirement))


def test_locks_agree_since_all_go_into_one_environment() -> None:
    both = locked("test.txt")
    for name in ("app.txt", "build.txt"):
        for package, versions in locked(name).items():
            assert both.get(package, versions) == versions, (name, package)
    assert locked("app.txt").keys() <= both.keys()


@pytest.mark.parametrize("name", ["app.txt", "test.txt"])
def test_what_is_left_out_stays_out(name: str) -> None:
    lists = ["without.txt"] + (["without-app.txt"] if name == "app.txt" else [])
    left_out = {
        line
        for source in lists
        for line in (ROOT / "requirements" / source).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    assert left_out
    assert not left_out & locked(name).keys()
