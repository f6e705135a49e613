from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from rag.passages import HEADING_SEPARATOR, embedding_text, split
from rag.settings import PassageSettings
from rag.values import Block, BlockKind, Page, Passage

Piece = tuple[BlockKind, str] | tuple[BlockKind, str, int]


def count(text: str) -> int:
    """Words and marks, as a tokenizer of words would count."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def page(*pieces: Piece, number: int | None = 1) -> Page:
    text = ""
    blocks = []
    for kind, content, *level in pieces:
        text += "\n\n" if text else ""
        blocks.append(Block(kind, len(text), len(text) + len(content), level[0] if level else 0))
        text += content
    return Page(number, text, tuple(blocks))


def cut(
    *pages: Page, target: int = 30, overlap: int = 0, title: str = "", counter: Callable[[str], int] = count
) -> list[Passage]:
    passages = split(pages, counter, PassageSettings(target, overlap), title)
    by_number = {each.number: each for each in pages}
    for ordinal, passage in enumerate(passages):
        assert passage.ordinal == ordinal
        assert passage.text == by_number[passage.page].text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
    return passages


def texts(passages: Sequence[Passage]) -> list[str]:
    return [passage.text for passage in passages]


def sentence(name: str, words: int) -> str:
    return " ".join([name, *["word"] * (words - 2), "end."])


def test_short_page_is_one_passage() -> None:
    assert texts(cut(page(("paragraph", "One. Two."), ("list_item", "• three")))) == ["One. Two.\n\n• three"]


def test_passages_do_not_cross_pages_but_headings_do() -> None:
    passages = cut(
        page(("heading", "Term", 1), ("paragraph", "One."), number=1), page(("paragraph", "Two."), number=2)
    )
    assert [(each.page, each.text, each.heading) for each in passages] == [
        (1, "Term\n\nOne.", "Term"),
        (2, "Two.", "Term"),
    ]


def test_passages_do_not_cross_headings_and_carry_their_path() -> None:
    passages = cut(
        page(
            ("heading", "Term and termination", 1),
            ("paragraph", "One."),
            ("heading", "Notice", 2),
            ("paragraph", "Two."),
            ("heading", "Form", 3),
            ("paragraph", "Three."),
            ("heading", "Prices", 1),
            ("paragraph", "Four."),
        )
    )
    assert [each.heading for each in passages] == [
        "Term and termination",
        "Term and termination › Notice",
        "Term and termination › Notice › Form",
        "Prices",
    ]
    assert texts(passages)[1] == "Notice\n\nTwo."


def test_headings_on_top_of_each_other_stay_with_the_text_below() -> None:
    (passage,) = cut(page(("heading", "Part", 1), ("heading", "Chapter", 2), ("paragraph", "Text.")))
    assert passage.text == "Part\n\nChapter\n\nText."
    assert passage.heading == "Part › Chapter"


def test_heading_stays_with_the_beginning_of_a_text_that_is_too_long() -> None:
    first, *rest = cut(page(("heading", "Term", 1), ("paragraph", sentence("Long", 80))))
    assert first.text.startswith("Term\n\nLong word")
    assert len(rest) >= 2


def test_sentences_are_not_cut_where_they_fit() -> None:
    parts = [sentence(f"S{number}", 9) for number in range(10)]
    passages = cut(page(("paragraph", " ".join(parts))))
    assert " ".join(texts(passages)).split(" end. ") == " ".join(parts).split(" end. ")
    assert all(text.endswith("end.") for text in texts(passages))
    assert len(passages) == 4


def test_passages_overlap_by_the_sentences_asked_for() -> None:
    parts = [sentence(f"S{number}", 7) for number in range(10)]
    for overlap in (1, 2):
        passages = cut(page(("paragraph", " ".join(parts))), target=60, overlap=overlap)
        for before, after in pairwise(passages):
            shared = before.text[after.start - before.start :]
            assert shared.count("end.") == overlap
            assert after.text.startswith(shared)
    assert cut(page(("paragraph", " ".join(parts))))[1].text.startswith("S3")


def test_overlap_gives_way_to_a_sentence_that_needs_the_room() -> None:
    text = " ".join([sentence("A", 8), sentence("B", 8), sentence("C", 27)])
    assert [each.split()[0] for each in texts(cut(page(("paragraph", text)), overlap=1))] == ["A", "C"]


def test_overlap_does_not_reach_over_a_heading() -> None:
    passages = cut(
        page(("paragraph", "One. Two."), ("heading", "H", 1), ("paragraph", "Three.")), target=40, overlap=1
    )
    assert texts(passages) == ["One. Two.", "H\n\nThree."]


def test_sentence_longer_than_the_target_is_cut_at_words() -> None:
    text = sentence("Long", 200)
    passages = cut(page(("paragraph", text)))
    assert " ".join(texts(passages)) == text
    assert all(count(each) <= 30 for each in texts(passages))
    assert len(passages) < 10


def test_text_without_spaces_is_cut_all_the_same() -> None:
    text = "x" * 100_000  # one token for a tokenizer of words
    passages = cut(page(("paragraph", text)))
    assert "".join(texts(passages)) == text
    assert max(len(each) for each in texts(passages)) <= 300
    chinese = "本合同自签署之日起生效" * 40
    parts = cut(page(("paragraph", chinese)), counter=len)
    assert "".join(texts(parts)) == chinese
    assert all(len(each) <= 30 for each in texts(parts))


def test_table_that_fits_is_not_cut() -> None:
    rows = "\n".join(["| a | b |", "| --- | --- |", "| 1 | 2 |"])
    passages = cut(page(("paragraph", sentence("S", 14)), ("table", rows)))
    assert texts(passages) == [sentence("S", 14), rows]


def test_long_table_is_cut_between_rows_and_keeps_its_columns_in_mind() -> None:
    rows = ["| Blend | Price |", "| --- | --- |", *(f"| Blend {n} | 1{n} |" for n in range(20))]
    passages = cut(page(("heading", "Prices", 1), ("table", "\n".join(rows))))
    lines = [line for each in texts(passages) for line in each.split("\n")]
    assert lines == ["Prices", "", *rows]
    assert passages[0].heading == "Prices"
    assert {each.heading for each in passages[1:]} == {"Prices › Blend, Price"}
    assert all(count(embedding_text("", each)) <= 30 for each in passages)


def test_paragraph_that_fits_starts_its_own_passage_when_the_last_is_half_full() -> None:
    pieces: list[Piece] = [("paragraph", f"{sentence('A', 9)} {sentence('B', 9)}")] * 2
    assert len(cut(page(*pieces))) == 2
    assert texts(cut(page(*pieces)))[0] == pieces[0][1]


def test_code_is_cut_between_lines() -> None:
    code = "\n".join(f"x{number} = call_{number}(1)" for number in range(20))
    passages = cut(page(("code", code)))
    assert "\n".join(texts(passages)) == code


def test_page_without_blocks_is_read_as_paragraphs() -> None:
    assert texts(cut(Page(None, "  One.\n\nTwo. "))) == ["One.\n\nTwo."]
    assert cut(Page(1, "")) == []
    assert cut(page(("paragraph", "* * *"))) == []


def test_text_between_blocks_is_in_no_passage() -> None:
    text = "One.\n\n<!-- secret words -->\n\nTwo.\n\n## Three"
    two, three = text.index("Two"), text.index("Three")
    blocks = (
        Block("paragraph", 0, 4),
        Block("paragraph", two, two + 4),
        Block("heading", three, three + 5, 2),
    )
    assert texts(cut(Page(1, text, blocks))) == ["One.", "Two.", "Three"]


def test_embedding_text_puts_title_and_headings_before_what_lacks_them() -> None:
    passage = Passage(0, 1, 0, 4, "Text.", "Term › Notice")
    assert embedding_text("Agreement", passage) == "Agreement › Term › Notice\nText."
    assert embedding_text("", passage) == "Term › Notice\nText."
    with_heading = Passage(0, 1, 0, 13, "Notice\n\nText.", "Term › Notice")
    assert embedding_text("Agreement", with_heading) == "Agreement › Term\nNotice\n\nText."
    assert embedding_text("Term", passage) == "Term › Notice\nText."
    assert embedding_text("", Passage(0, 1, 0, 5, "Text.")) == "Text."


def test_endless_titles_and_headings_leave_room_for_the_text() -> None:
    heading = "endless heading " * 50
    passages = cut(
        page(("heading", heading, 1), ("heading", heading, 2), ("paragraph", sentence("S", 60))),
        title="endless title " * 50,
        target=60,
    )
    assert all(count(embedding_text("endless title " * 50, each)) <= 75 for each in passages)
    assert "".join(texts(passages)[-1:]).endswith("end.")


def test_heading_that_holds_the_separator_does_not_pass_for_two() -> None:
    (passage,) = cut(page(("heading", "A › B", 1), ("paragraph", "Text.")))
    assert HEADING_SEPARATOR not in passage.heading


@pytest.mark.parametrize("seed", range(25))
def test_any_document_is_covered_within_the_target(seed: int) -> None:
    dice = random.Random(seed)
    pages = [_random_page(dice, number) for number in range(1, 4)]
    target = dice.choice([12, 30, 160])
    passages = cut(*pages, target=target, overlap=dice.choice([0, 1, 2]), title="A title")
    for each in passages:
        assert count(embedding_text("A title", each)) <= max(target, target // 4 + 12)
    for whole in pages:
        covered = bytearray(len(whole.text))
        for each in passages:
            if each.page == whole.number:
                covered[each.start : each.end] = b"\1" * (each.end - each.start)
        missing = [c for c, is_covered in zip(whole.text, covered, strict=True) if not is_covered]
        assert not any(character.isalnum() for character in missing)
    for before, after in pairwise(passages):
        assert (before.page, before.start, before.end) < (after.page, after.start, after.end)


def _random_page(dice: random.Random, number: int) -> Page:
    pieces: list[Piece] = []
    for _ in range(dice.randrange(1, 15)):
        kind = dice.choice(["heading", "paragraph", "paragraph", "list_item", "table", "code"])
        if kind == "heading":
            pieces.append(("heading", sentence("H", dice.randrange(2, 5)), dice.randrange(1, 4)))
        elif kind == "table":
            cells = [f"| {dice.randrange(999)} | {sentence('c', dice.randrange(2, 9))} |" for _ in range(9)]
            pieces.append(("table", "\n".join([cells[0], "| --- | --- |", *cells[1:]])))
        elif kind == "code":
            pieces.append(("code", "\n".join(["a b c"] * dice.randrange(1, 30))))
        else:
            parts = [sentence("S", dice.randrange(2, 60)) for _ in range(dice.randrange(1, 12))]
            pieces.append(("paragraph" if kind == "paragraph" else "list_item", " ".join(parts)))
    return page(*pieces, number=number)


def test_every_sentence_is_counted_about_once() -> None:
    parts = " ".join(sentence(f"S{number}", 12) for number in range(2_000))
    counted = 0

    def counter(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return count(text)

    begun = time.process_time()
    cut(page(("paragraph", parts)), target=160, overlap=1, counter=counter)
    assert counted < 1.2 * len(parts)
    assert time.process_time() - begun < 5
