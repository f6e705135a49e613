"""The sample documents are what people see first: they must be readable, and answer what is suggested."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from assets import make_samples
from rag.formats import supported
from tests.fakes.documents import blocks_of, read_file

SAMPLES = Path(__file__).parents[2] / "assets" / "samples"
DOCUMENTS = sorted(path for path in SAMPLES.iterdir() if supported(path))
QUESTIONS = tomllib.loads((SAMPLES.parent / "sample_questions.toml").read_text(encoding="utf-8"))["questions"]


def everything(path: Path) -> str:
    return "\n".join(page.text for page in read_file(path).pages)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_samples_are_small_and_have_structure(path: Path) -> None:
    assert path.stat().st_size < 200_000
    document = read_file(path)
    assert document.warnings == ()
    assert sum(len(page.blocks) for page in document.pages) > 10


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["text"])
def test_suggested_questions_are_answered_by_the_document_they_name(question: dict[str, str]) -> None:
    if question["document"]:
        assert question["says"] in everything(SAMPLES / question["document"])
    else:
        assert all("1974" not in everything(path) for path in DOCUMENTS)


def test_all_formats_are_among_the_samples_and_one_question_has_no_answer() -> None:
    assert {path.suffix for path in DOCUMENTS} == {".pdf", ".docx", ".html", ".md", ".txt"}
    assert sum(not question["document"] for question in QUESTIONS) == 1


def test_agreement_reads_back_word_for_word() -> None:
    """The committed PDF is the one that the script writes, and reading loses and invents nothing."""
    document = read_file(SAMPLES / "Brightwave framework agreement.pdf")
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5]
    text = " ".join("\n\n".join(page.text for page in document.pages).split())
    for number, (heading, paragraphs) in enumerate(make_samples.CLAUSES, 1):
        assert f"{number}. {heading}" in text
        for place, paragraph in enumerate(paragraphs, 1):
            clause = f"{number}.{place} {paragraph}"
            assert clause in text or _across_a_page_break(clause, text)


def _across_a_page_break(clause: str, text: str) -> bool:
    """A clause may begin on one page and end on the next, with the first page's footer in between."""
    footer = f"{make_samples.FOOTER} Page 1 of 5"
    return clause in text.replace(f" {footer}", "")


def test_term_and_termination_stands_on_page_three_with_its_notice() -> None:
    page = read_file(SAMPLES / "Brightwave framework agreement.pdf").pages[2]
    assert ("heading", 2, "12. Term and termination") in blocks_of(page)
    assert "ninety (90) days’ written notice with effect to the end of a calendar quarter" in page.text


def test_handbook_is_the_one_that_the_script_writes(tmp_path: Path) -> None:
    make_samples.write_handbook(tmp_path / "Staff handbook.docx")
    assert everything(tmp_path / "Staff handbook.docx") == everything(SAMPLES / "Staff handbook.docx")
