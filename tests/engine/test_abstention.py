from __future__ import annotations

import pytest

from engine.abstention import Gate, abstains, asks_yes_or_no

NOTHING_FOUND = [
    "",
    "NOT_FOUND",
    "not found.",
    '"NOT_FOUND"',
    "**NOT_FOUND**",
    "NOT_FOUND. The passages are about ferries.",
    "I don't know.",
    "I don’t know the answer to that.",
    "I cannot find this in the passages.",
    "I'm sorry, but the provided passages do not mention the price.",
    "The passages do not contain information about the price.",
    "The text doesn't say when he was born.",
    "The given context does not explicitly state it.",
    "Passages provided do not specify the year.",
    "There is no information about that in the text.",
    "There is no mention of a parking space.",
    "No information is given.",
    "Not mentioned.",
    "It is not specified in the passages.",
    "The price of the ticket is not mentioned in the passages.",
    "The profit is not provided in the given text.",
    "Unfortunately, the documents don't tell.",
    "Ich weiß es nicht.",
    "Die Passagen enthalten die Antwort nicht.",
    "No lo sé.",
    "Je ne sais pas.",
]
ANSWERS = [
    "The rent is 1,240 euros.",
    "No, dogs are not allowed.",
    "No.",
    "Breakfast is not included in the price.",
    "Unfortunately, the deposit is not refundable.",
    "The passages do not mention the price, but the ferry leaves at 16:15.",
    "The text was written in 1904.",
    "There is a parking space behind the house.",
    "I was born in Bodø.",
    "The document does not expire before 2027.",
    "It is not far: 11 km.",
    "Nothing.",
    "Notwithstanding the above, three months.",
]


@pytest.mark.parametrize("text", NOTHING_FOUND)
def test_the_ways_to_say_that_nothing_was_found_are_known(text: str) -> None:
    assert abstains(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_no_abstention(text: str) -> None:
    assert not abstains(text)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("text", [text for text in NOTHING_FOUND if text])
def test_nothing_of_an_abstention_is_shown(text: str, size: int) -> None:
    shown, gate = through_gate(text, size)
    if "mentioned in" in text or "provided in" in text:  # begins like an answer; told at the end
        assert abstains(shown) or gate.abstained
        return
    assert shown == ""
    assert gate.abstained


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_shown_whole(text: str, size: int) -> None:
    shown, gate = through_gate(text, size)
    assert shown == text
    assert not gate.abstained


def test_an_ordinary_answer_is_shown_from_its_fourth_word_on() -> None:
    gate = Gate()
    shown = [gate.push(word) for word in ("Captains ", "report ", "their ", "cargo ", "by ", "radio.")]
    assert shown[:4] == ["", "", "", "Captains report their cargo "]
    assert shown[4] == "by "


def test_a_mark_that_comes_late_is_not_shown() -> None:
    for size in (1, 4, 1000):
        assert through_gate("The rent is high.\nNOT_FOUND", size)[0] == "The rent is high.\n"
        assert through_gate("The rent is NOT high.", size)[0] == "The rent is NOT high."


def through_gate(text: str, size: int) -> tuple[str, Gate]:
    gate = Gate()
    shown = "".join(gate.push(text[start : start + size]) for start in range(0, len(text), size))
    return shown + gate.finish(), gate


@pytest.mark.parametrize(
    ("question", "is_one"),
    [
        ("Was the rent paid?", True),
        ("Was Anna invited?", True),
        ("was there a meeting?", True),
        ("Was kostet die Miete im Monat?", False),
        ("Was ist nicht erlaubt?", False),
        ("Darf ich einen Hund halten?", True),
        ("What was paid?", False),
    ],
)
def test_a_question_for_yes_or_no_is_told_from_a_german_one(question: str, is_one: bool) -> None:
    assert asks_yes_or_no(question) is is_one
