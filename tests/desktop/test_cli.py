"""The command line as others script against it: shapes, exit statuses, sentences. Real processes only."""

import json
import signal
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.desktop.cli_process import SMALL, carrel, carrel_json, started

AGREEMENT = """# Brightwave framework agreement

## Term and termination

Either party may end this agreement with ninety days' written notice to the end of a calendar quarter.

## Prices

The unit price is 14.20 euros and is fixed until 31 March 2027.
"""
HANDBOOK = """# Staff handbook

## Leave

Everybody has 28 days of paid leave a year. Leave is requested in the calendar.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Contracts"
    folder.mkdir()
    (folder / "agreement.md").write_text(AGREEMENT, encoding="utf-8")
    (folder / "handbook.txt").write_text(HANDBOOK, encoding="utf-8")
    return folder


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


def test_help_names_every_command(profile: Path) -> None:
    done = carrel("--help", profile=profile)
    assert done.returncode == 0
    for command in ("ask", "documents", "search", "models", "network", "doctor"):
        assert command in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("ask",),
        ("search", "x", "-k", "0"),
        ("search", "x", "--since", "May"),
        ("documents", "remove"),
        ("ask", "  "),
    ],
    ids=["unknown command", "no question", "no passages", "no day", "nothing to remove", "empty question"],
)
def test_wrong_use_is_status_2_and_no_traceback(arguments: tuple[str, ...], profile: Path) -> None:
    done = carrel(*arguments, profile=profile)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_an_unknown_model_is_one_sentence(profile: Path, weights: Path) -> None:
    done = carrel("ask", "Hello?", "--model", "nobody", profile=profile)
    assert done.returncode == 1
    assert "nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_profile_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = carrel("documents", "status", profile=tmp_path / "file")
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_models_list_shows_the_delivered_ones(profile: Path, weights: Path) -> None:
    models = carrel_json("models", "list", profile=profile)["models"]
    small = next(model for model in models if model["id"] == SMALL)
    assert small["size_bytes"] == 98_362_432
    assert Path(small["path"]).is_file()


def test_an_empty_library_has_a_status(profile: Path) -> None:
    assert carrel_json("documents", "status", profile=profile) == {"collections": []}


@pytest.mark.model
def test_documents_are_added_listed_found_and_removed(folder: Path, profile: Path, weights: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    added = carrel_json("documents", "add", str(folder), profile=profile, status=3)
    assert (added["ready"], added["failed"]) == (2, 1)
    assert added["problems"][0]["path"].endswith("broken.pdf")

    [collection] = carrel_json("documents", "status", profile=profile)["collections"]
    assert collection["name"] == "Contracts"
    assert (collection["documents"], collection["ready"], collection["failed"]) == (3, 2, 1)
    assert collection["problems"][0]["reason"]

    again = carrel_json("documents", "add", str(folder), profile=profile, status=3)
    assert again["unchanged"] == 2

    found = carrel_json("search", "How much notice must be given?", "-k", "3", profile=profile)["passages"]
    best = found[0]
    assert best["document"] == "agreement.md"
    assert "ninety days" in best["text"]
    assert set(best) == {"document", "path", "page", "start", "end", "text", "score"}
    assert carrel_json("search", "notice", "--kind", "pdf", profile=profile)["passages"] == []
    assert carrel_json("search", "notice", "--kind", ".MD", "--since", "2001-01-01", profile=profile)[
        "passages"
    ]
    assert carrel_json("search", "notice", "--until", "2001-01-01", profile=profile)["passages"] == []
    scores = [passage["score"] for passage in found]
    assert scores == sorted(scores, reverse=True)

    assert carrel_json("documents", "remove", str(folder), profile=profile) == {"removed": 3}
    assert carrel_json("search", "notice", profile=profile)["passages"] == []


@pytest.mark.model
def test_ask_has_the_promised_shape(folder: Path, profile: Path, weights: Path) -> None:
    question = "How much written notice must either party give to end the agreement?"
    answer = carrel_json("ask", question, "--documents", str(folder), "--model", SMALL, profile=profile)
    assert set(answer) == {
        "answer", "abstained", "sentences", "sources", "confidence", "model", "tier", "tokens", "seconds",
        "cost",
    }  # fmt: skip
    assert answer["tier"] == "local"
    assert answer["sources"][0]["document"] == "agreement.md"
    assert answer["tokens"]["prompt"] > 50
    assert answer["seconds"]["total"] >= answer["seconds"]["first_token"] > 0
    for sentence in answer["sentences"]:
        assert sentence["state"] in {"found", "supported", "not_found"}
        assert all(0 <= index < len(answer["sources"]) for index in sentence["sources"])


@pytest.mark.model
def test_a_question_far_from_the_documents_is_not_answered(
    folder: Path, profile: Path, weights: Path
) -> None:
    question = "Which galaxy did the zebra astronaut photograph?"
    answer = carrel_json("ask", question, "--documents", str(folder), "--model", SMALL, profile=profile)
    assert answer["abstained"]
    assert answer["answer"] == "I did not find this in your documents."
    assert answer["sentences"] == []


@pytest.mark.model
def test_questions_from_standard_input_give_one_document_a_line(
    folder: Path, profile: Path, weights: Path
) -> None:
    assert carrel("documents", "add", str(folder), profile=profile).returncode == 0
    done = carrel("search", "-", "--json", profile=profile, stdin="notice period\n\npaid leave\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["passages"][0]["document"] for line in lines] == ["agreement.md", "handbook.txt"]


def test_text_shows_what_was_read(folder: Path, profile: Path) -> None:
    [page] = carrel_json("documents", "text", str(folder / "handbook.txt"), profile=profile)["pages"]
    assert page["page"] is None
    assert "28 days of paid leave" in page["text"]


@pytest.mark.model
def test_doctor_finds_nothing_wrong(profile: Path, weights: Path) -> None:
    report = carrel_json("doctor", "--model", SMALL, profile=profile)
    assert report["ok"], report
    assert {check["name"] for check in report["checks"]} >= {"Weights", "Model", "Documents", "Network"}


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent in another way there")
def test_a_watched_folder_is_followed_until_the_person_interrupts(
    folder: Path, profile: Path, weights: Path
) -> None:
    with started("documents", "add", str(folder), "--watch", profile=profile) as child:
        assert child.stderr is not None
        said = _until(child.stderr, "Following the folders")
        (folder / "pets.txt").write_text("Nobody may keep a crocodile.", encoding="utf-8")
        (folder / "handbook.txt").unlink()
        said += _until(child.stderr, "1 read, 1 forgotten")
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130
    (status,) = carrel_json("documents", "status", profile=profile)["collections"]
    assert (status["documents"], status["ready"], status["watched"]) == (2, 2, True)
    rebuilt = carrel_json("documents", "rebuild", "--collection", "Contracts", profile=profile)
    assert (rebuilt["ready"], rebuilt["failed"]) == (2, 0)
    removed = carrel_json("documents", "remove", str(folder / "pets.txt"), profile=profile)
    assert removed == {"removed": 1}


def _until(lines: IO[str], words: str) -> str:
    """What is said up to the line with `words`."""
    said = ""
    for line in lines:
        said += line
        if words in line:
            return said
    raise AssertionError(f"“{words}” was not said: {said}")
