from __future__ import annotations

import pytest

from rag.questions import leans_back, standalone


@pytest.mark.parametrize(
    "question",
    [
        "And when is it due?",
        "Why?",
        "What about pets?",
        "Who signed it?",
        "How much is that per year?",
        "Und wann?",
        "Und wie hoch ist sie im Jahr?",
        "Et quand faut-il la payer ?",
        "Combien coûte celui de Lyon ?",
        "¿Y cuándo se paga?",
        "¿Cuánto cuesta eso al año?",
        "那什么时候付？",
        "它什么时候到期，要付多少钱？",
        "多少钱？",
        "それはいつ払いますか。",
    ],
)
def test_question_that_points_back_leans_on_the_one_before(question: str) -> None:
    assert leans_back(question)
    assert standalone(question, ["What is the rent?"]) == f"What is the rent?\n{question}"


@pytest.mark.parametrize(
    "question",
    [
        "What is the notice period of the office lease?",
        "Which company signed the contract that governs its branch in Lyon since January?",
        "Wann endet der Mietvertrag in Berlin?",
        "Quel est le préavis du bail de Lyon ?",
        "¿Cuál es el plazo de preaviso del contrato?",
        "办公室的租金什么时候付？",
        "事務所の家賃はいつ払いますか。",
    ],
)
def test_question_that_names_its_subject_stands_alone(question: str) -> None:
    assert standalone(question, ["What is the rent?"]) == question


def test_first_question_stands_alone_even_if_it_points_somewhere() -> None:
    assert standalone("When is it due?", []) == "When is it due?"


def test_chain_of_follow_ups_goes_back_to_the_question_that_began_it() -> None:
    earlier = ["What do bees eat?", "What is the rent of the office?", "And when is it due?"]
    assert standalone("Why?", earlier) == "What is the rent of the office?\nAnd when is it due?\nWhy?"
