from __future__ import annotations

import pytest

from engine.tasks.count_questions import asks_every_document


@pytest.mark.parametrize(
    "question",
    [
        "How many contracts end in 2025?",
        "How many of the signed contracts end in March 2025?",
        "Which contracts are governed by English law?",
        "List all contracts with a penalty for late delivery.",
        "What is the average total of all invoices?",
        "Wie viele Verträge enden 2026?",
        "Welche Rechnungen sind über 1000 Euro?",
        "Combien de contrats expirent en 2025 ?",
        "¿Cuántos contratos terminan en 2025?",
        "有多少合同在2025年到期？",
    ],
)
def test_a_question_about_many_documents_is_recognised(question: str) -> None:
    assert asks_every_document(question)


@pytest.mark.parametrize(
    "question",
    [
        "When does the contract with Acme end?",
        "How many days of notice do we have to give Brightwave?",
        "What does the handbook say about invoices?",
        "Wie lange läuft der Vertrag mit Brightwave?",
        "Which clause deals with late delivery?",
        "How many employees does Acme have?",
        "How many minutes does the test take?",
        "What documents do I have to hand in?",
    ],
)
def test_a_question_about_one_thing_is_not(question: str) -> None:
    assert not asks_every_document(question)
