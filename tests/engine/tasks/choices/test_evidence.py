from __future__ import annotations

from engine.tasks.choices.evidence import telling_sentence
from engine.tasks.choices.sentences import LONGEST_CHARACTERS, sentences
from engine.tasks.choices.similar import Similar
from engine.tasks.recipe import Choice, Example, Label
from engine.tasks.values import Item, Part, TaskText
from tests.fakes.tasks import row_text

QUEUE = Choice("queue", (Label("network", "internet, line, router"), Label("billing", "invoices, payments")))


def evidence(text: TaskText | str, label: str, *shown: Example) -> list[str]:
    whole = TaskText(text) if isinstance(text, str) else text
    return [
        quote.text for quote in telling_sentence(whole, QUEUE, label, Similar(QUEUE.labels, shown, None, ()))
    ]


def test_the_sentence_with_the_label_s_words_is_the_evidence() -> None:
    text = "Good morning. Since Monday our router blinks. Please call me."
    assert evidence(text, "network") == ["Since Monday our router blinks."]
    assert evidence(text, "billing") == []


def test_words_that_only_this_label_s_examples_have_tell_too() -> None:
    shown = (
        Example("There is no signal in the whole house", {"queue": "network"}),
        Example("The house number is wrong", {"queue": "billing"}),
    )
    text = "The house is new. We have no signal in the whole flat."
    assert evidence(text, "network", *shown) == ["We have no signal in the whole flat."]
    assert evidence("Our house is big.", "network", *shown) == []


def test_the_evidence_stands_in_one_column_and_says_which() -> None:
    text = row_text(Item("1", "1", {"subject": "Router", "message": "It is dead."}))
    (quote,) = telling_sentence(text, QUEUE, "network", Similar(QUEUE.labels, (), None, ()))
    assert (quote.text, quote.column, quote.start, quote.end) == ("Router", "subject", 0, 6)


def test_sentences_cover_all_words_and_stay_within_their_part() -> None:
    text = TaskText("One. Two!\n\nThree\n第四句。第五句", (Part(0, 11), Part(11, 24)))
    assert [text.text[a:b] for a, b in sentences(text)] == ["One.", "Two!", "Three", "第四句。", "第五句"]
    assert sentences(TaskText("")) == sentences(TaskText(" \n ")) == []


def test_what_never_ends_is_cut_at_words() -> None:
    text = TaskText("word " * 300)
    spans = sentences(text)
    assert max(end - start for start, end in spans) <= LONGEST_CHARACTERS
    assert "".join(text.text[a:b] + " " for a, b in spans) == text.text
    assert len(sentences(TaskText("x" * 1000))) == 3
