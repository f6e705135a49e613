"""desktop/chat/sentences.py: marks behind sentences, waves under what was not found."""

from __future__ import annotations

from desktop.chat.markdown import parse
from desktop.chat.sentences import Citation, SentenceMarks, Text, citation_order
from engine.values import Answer, Sentence, SentenceState, Source


def source(name: str) -> Source:
    return Source(name, f"/{name}", 1, 0, 4, "text", "", 1.0)


def answer(text: str, *sentences: tuple[str, SentenceState, tuple[int, ...]]) -> Answer:
    made = []
    position = 0
    for words, state, sources in sentences:
        start = text.index(words, position)
        position = start + len(words)
        made.append(Sentence(words, start, position, state, sources, ((0, 4),) * len(sources)))
    return Answer(text, False, True, tuple(made), tuple(map(source, "abcd")), "m", "local")


def shown(given: Answer) -> str:
    """The pieces as text: citations as [n], doubtful text between ~."""
    blocks = parse(given.text)
    marks = SentenceMarks(given, blocks)
    parts = []
    for block in blocks:
        for runs in (block.runs, *(cell for row in block.rows for cell in row)):
            for piece in marks.pieces(runs):
                if isinstance(piece, Citation):
                    parts.append(f"[{piece.number}]")
                elif isinstance(piece, Text):
                    parts.append(f"~{piece.run.text}~" if piece.doubtful else piece.run.text)
        parts.append("|")
    return "".join(parts)


def test_mark_stands_behind_its_sentence() -> None:
    given = answer("One is so. Two is so.", ("One is so.", "found", (0,)), ("Two is so.", "found", (1,)))
    assert shown(given) == "One is so.[1] Two is so.[2]|"


def test_sources_are_numbered_in_the_order_of_their_marks() -> None:
    given = answer("One. Two.", ("One.", "found", (2,)), ("Two.", "supported", (0, 2)))
    assert citation_order(given) == [2, 0, 1, 3]
    assert shown(given) == "One.[1] Two.[2][1]|"


def test_unfound_sentence_is_doubtful_and_unmarked() -> None:
    given = answer("So. Perhaps.", ("So.", "found", (0,)), ("Perhaps.", "not_found", ()))
    assert shown(given) == "So.[1] ~Perhaps.~|"


def test_markup_around_a_sentence_stays_whole() -> None:
    text = "**All of it.** And *the rest.*"
    given = answer(text, ("**All of it.**", "found", (0,)), ("And *the rest.*", "not_found", ()))
    assert shown(given) == "All of it.[1] ~And ~~the rest.~|"


def test_sentence_that_ends_inside_markup_is_marked_there() -> None:
    text = "**First. Second.**"
    given = answer(text, ("First.", "found", (0,)), ("Second.", "found", (1,)))
    assert shown(given) == "First.[1] Second.[2]|"


def test_sentence_over_two_lines_is_marked_once() -> None:
    given = answer("It goes\non here. Next.", ("It goes\non here.", "found", (0,)))
    assert shown(given) == "It goes\non here.[1] Next.|"


def test_marks_reach_lists_and_tables() -> None:
    text = "- One.\n- Two.\n\n| a | b |\n|---|---|\n| Three. | x |"
    given = answer(text, ("One.", "found", (0,)), ("Two.", "not_found", ()), ("Three.", "found", (1,)))
    assert shown(given) == "One.[1]|~Two.~|abThree.[2]x|"


def test_source_that_is_not_there_is_passed_over() -> None:
    given = answer("One.", ("One.", "found", (9, 1)))
    assert shown(given) == "One.[1]|"


def test_each_mark_comes_once_though_words_repeat() -> None:
    given = answer(
        "Yes. Yes. Yes.", ("Yes.", "found", (0,)), ("Yes.", "not_found", ()), ("Yes.", "found", (1,))
    )
    assert shown(given) == "Yes.[1] ~Yes.~ Yes.[2]|"
