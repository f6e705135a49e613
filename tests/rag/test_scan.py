from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.scan import lies_in, scan
from rag.values import FileState, Problem


def _never() -> bool:
    return False


def _scan(*paths: Path, cancelled: Callable[[], bool] = _never) -> list[FileState | Problem]:
    return list(scan(paths, cancelled=cancelled))


def _names(found: list[FileState | Problem], below: Path) -> list[str]:
    return [Path(item.path).relative_to(below).as_posix() for item in found]


def _write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")


def test_folder_gives_its_files_before_its_subfolders_in_order_of_name(tmp_path: Path) -> None:
    _write(tmp_path, "b.txt", "a.md", "sub/z.txt", "sub/deep/c.pdf", "another/d.docx")
    assert _names(_scan(tmp_path), tmp_path) == [
        "a.md",
        "b.txt",
        "another/d.docx",
        "sub/z.txt",
        "sub/deep/c.pdf",
    ]


def test_hidden_temporary_and_unsupported_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    _write(
        tmp_path, ".hidden.txt", "~$lease.docx", "draft.txt.tmp", "film.pdf.part", "photo.xyz", "notes.txt~",
        ".git/config.txt", "kept.txt",
    )  # fmt: skip
    assert _names(_scan(tmp_path), tmp_path) == ["kept.txt"]


def test_file_that_was_named_and_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    _write(tmp_path, "program.exe")
    unsupported, missing = _scan(tmp_path / "program.exe", tmp_path / "gone.txt")
    assert isinstance(unsupported, Problem) and "kind of file" in unsupported.reason
    assert missing == Problem(str(tmp_path / "gone.txt"), "It is not there.")


def test_size_and_time_of_a_file_are_told(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt")
    (found,) = _scan(tmp_path / "a.txt")
    assert found == FileState(str(tmp_path / "a.txt"), 4, (tmp_path / "a.txt").stat().st_mtime_ns)


def test_file_named_twice_is_found_once(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt", "b.txt")
    assert _names(_scan(tmp_path / "b.txt", tmp_path, tmp_path), tmp_path) == ["b.txt", "a.txt"]


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "sub/a.txt")
    monkeypatch.chdir(tmp_path / "sub")
    assert _names(_scan(Path("../sub/a.txt")), tmp_path) == ["sub/a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="making links asks for a right there")
def test_links_are_followed_but_never_in_a_circle(tmp_path: Path) -> None:
    _write(tmp_path, "sub/a.txt", "elsewhere/b.txt")
    (tmp_path / "sub" / "up").symlink_to(tmp_path / "sub")
    (tmp_path / "sub" / "self").symlink_to(tmp_path / "sub" / "self")
    (tmp_path / "sub" / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "sub" / "there").symlink_to(tmp_path / "elsewhere")
    assert _names(_scan(tmp_path / "sub"), tmp_path) == ["sub/a.txt", "sub/there/b.txt"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has names that are no text")
def test_name_that_is_no_text_is_a_problem_that_can_be_shown(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("text")
    (problem,) = _scan(tmp_path)
    assert isinstance(problem, Problem)
    assert problem.path.encode() and "Rename it" in problem.reason


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_folder_that_may_not_be_opened_is_a_problem_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "closed/a.txt", "open/b.txt")
    real = os.scandir

    def scandir(path: Path) -> object:  # root may open everything, so the refusal is played
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("rag.scan.os.scandir", scandir)
    problem, found = _scan(tmp_path)
    assert problem == Problem(str(tmp_path / "closed"), "Carrel is not allowed to open it.")
    assert found.path.endswith("b.txt")


def test_very_deep_folders_are_walked(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 300)
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text("text")
    assert len(_scan(tmp_path)) == 1


def test_cancelled_scan_stops_between_folders(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt", "sub/b.txt")
    answers = iter([False, True])
    assert _names(_scan(tmp_path, cancelled=lambda: next(answers)), tmp_path) == ["a.txt"]


def test_path_lies_in_a_folder_by_whole_names(tmp_path: Path) -> None:
    assert lies_in(str(tmp_path / "a" / "b.txt"), [tmp_path / "a"])
    assert lies_in(str(tmp_path / "a"), [tmp_path / "a"])
    assert not lies_in(str(tmp_path / "ab" / "b.txt"), [tmp_path / "a"])
    assert lies_in(str(tmp_path / "a"), [Path(tmp_path.anchor)])
    assert not lies_in(str(tmp_path), [])


def test_what_programs_put_into_a_folder_is_passed_over(tmp_path: Path) -> None:
    _write(
        tmp_path, "app.py", "vendor/contract.pdf", "build/notes.txt", "web/app.js", "web/app.min.js",
        "web/package.json", "web/package-lock.json", "web/node_modules/m/index.js", "web/node_modules/m/a.md",
        ".git/HEAD.txt", ".venv/a.py", "env/pyvenv.cfg", "env/lib/site.py", "target/CACHEDIR.TAG",
        "target/x.rs", "__pycache__/a.py", "lib/site-packages/a.py", "System Volume Information/a.txt",
    )  # fmt: skip
    assert _names(_scan(tmp_path), tmp_path) == [
        "app.py",
        "build/notes.txt",
        "vendor/contract.pdf",
        "web/app.js",
        "web/package.json",
    ]


def test_folder_that_was_named_itself_is_read_whoever_made_it(tmp_path: Path) -> None:
    _write(tmp_path, "node_modules/README.md", "cache/CACHEDIR.TAG", "cache/a.txt")
    assert _names(_scan(tmp_path / "node_modules", tmp_path / "cache"), tmp_path) == [
        "node_modules/README.md",
        "cache/a.txt",
    ]


def test_archive_in_a_folder_is_found(tmp_path: Path) -> None:
    _write(tmp_path, "a.zip", "b.eml", "c.txt")
    assert _names(_scan(tmp_path), tmp_path) == ["a.zip", "b.eml", "c.txt"]


def test_files_of_other_kinds_in_folders_are_told_on_demand(tmp_path: Path) -> None:
    for name in ("a.txt", "film.mp4", "old.doc", ".hidden.mp4", "half.mp4.part"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder.mp4").mkdir()
    told = [
        found
        for found in scan([tmp_path], cancelled=lambda: False, others=True)
        if isinstance(found, Problem)
    ]
    assert [(Path(problem.path).name, problem.reason) for problem in told] == [
        ("film.mp4", "Carrel cannot read this kind of file yet."),
        ("old.doc", "It is in the old Word format; save it as .docx or .pdf, and Carrel can read it."),
    ]
    silent = scan([tmp_path], cancelled=lambda: False)
    assert [Path(found.path).name for found in silent] == ["a.txt"]
