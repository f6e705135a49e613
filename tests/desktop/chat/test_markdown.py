"""desktop/chat/markdown.py: blocks, looks, offsets; nothing that loads or runs."""

from __future__ import annotations

import pytest

from desktop.chat.markdown import Block, Run, parse


def text_of(block: Block) -> str:
    return "".join(run.text for run in block.runs)


def all_runs(blocks: list[Block]) -> list[Run]:
    return [
        run
        for block in blocks
        for runs in (block.runs, *(cell for row in block.rows for cell in row))
        for run in runs
    ]


def test_blocks_of_every_kind_are_recognised() -> None:
    source = "# Head\n\ntext\n\n- item\n\n> quote\n\n```py\ncode\n```\n\n|a|b|\n|-|-|\n|1|2|\n\n---"
    assert [block.kind for block in parse(source)] == [
        "heading", "paragraph", "item", "quote", "code", "table", "rule",
    ]  # fmt: skip


def test_looks_are_kept() -> None:
    runs = parse("a **b** *c* ~~d~~ `e`")[0].runs
    looks = {run.text: run for run in runs}
    assert looks["b"].bold
    assert looks["c"].italic
    assert looks["d"].strike
    assert looks["e"].code
    assert not looks["a "].bold


def test_lists_carry_their_markers_and_depth() -> None:
    blocks = parse("3. three\n4. four\n   - inside\n     more")
    assert [(block.marker, block.depth) for block in blocks] == [("3.", 1), ("4.", 1), ("–", 2)]


def test_second_paragraph_of_an_item_has_no_marker() -> None:
    blocks = parse("- first\n\n  second")
    assert [(text_of(block), block.marker, block.depth) for block in blocks] == [
        ("first", "•", 1),
        ("second", "", 1),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "Plain words.",
        "Some **bold** and *slanted* words, `code` too.",
        "# Heading with **bold**\n\n1. one\n2. two\n\n> quoted **words**",
        "| a | **b** |\n|---|---|\n| c d | e |",
        "Escaped \\*stars\\* and &amp; entities &lt;b&gt; here.",
        "A [link](https://example.org/a) and ![picture](https://example.org/b.png) there.",
        "```py\nprint('x')\n```\n\nafter",
        "Zeile eins\nZeile zwei mit Umlauten äöü",
        "windows\r\nline ends\r\n\r\nand a new paragraph",
    ],
)
def test_every_character_knows_where_it_stood(source: str) -> None:
    for run in all_runs(parse(source)):
        assert len(run.at) == len(run.text)
        if run.address:
            continue
        for character, offset in zip(run.text, run.at, strict=True):
            assert source[offset] == character or source[offset] in "&\r\n ", (run.text, offset)


def test_offsets_do_not_go_back() -> None:
    source = "the the **the** the\n\n- the\n- the `the`\n\n|the|the|\n|-|-|\n|the|the|"
    offsets = [offset for run in all_runs(parse(source)) for offset in run.at]
    assert offsets == sorted(set(offsets))


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src='file:///etc/passwd'>",
        "<script>alert(1)</script>",
        "<a href='javascript:alert(1)'>press</a>",
        "<iframe src='https://example.org'></iframe>",
    ],
)
def test_html_stays_visible_as_text(hostile: str) -> None:
    assert text_of(parse(hostile)[0]) == hostile


def test_image_shrinks_to_a_link_that_says_whose_it_is() -> None:
    (block,) = parse("before ![a chart](https://example.org/track.png?q=secret) after")
    assert text_of(block) == "before Image: a chart (example.org) after"
    assert "".join(run.text for run in block.runs if run.link) == "Image: a chart (example.org)"


@pytest.mark.parametrize("source", ["/etc/passwd.png", "//server/share/x.png", "x.png", "ftp://a.org/x.png"])
def test_image_from_this_computer_or_the_network_is_no_link(source: str) -> None:
    (block,) = parse(f"![a chart]({source})")
    assert text_of(block) == f"Image: a chart ({source})"
    assert not any(run.link for run in block.runs)


def test_image_without_a_description_is_one_all_the_same() -> None:
    assert text_of(parse("![](https://example.org/x.png)")[0]) == "Image (example.org)"


def test_link_shows_its_address_beside_its_words() -> None:
    (block,) = parse("see [here](https://example.org/x) now")
    assert text_of(block) == "see here (https://example.org/x) now"
    assert [(run.text, run.link) for run in block.runs if run.link] == [("here", "https://example.org/x")]


@pytest.mark.parametrize("scheme", ["ftp://a.org/x", "ms-word:ofe|u|x", "//server/share", "/etc/passwd", "x"])
def test_other_addresses_are_shown_and_lead_nowhere(scheme: str) -> None:
    (block,) = parse(f"[press]({scheme})")
    assert not any(run.link for run in block.runs)
    assert text_of(block).startswith("press (")


def test_address_that_is_its_own_words_is_not_repeated() -> None:
    assert text_of(parse("<https://example.org/>")[0]) == "https://example.org/"


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"])
def test_dangerous_addresses_stay_text(scheme: str) -> None:
    assert text_of(parse(f"[press]({scheme})")[0]) == f"[press]({scheme})"


def test_reference_definitions_are_text_so_that_what_was_shown_stays() -> None:
    blocks = parse("[a]\n\n[a]: https://example.org")
    assert [text_of(block) for block in blocks] == ["[a]", "[a]: https://example.org"]


def test_deep_nesting_comes_to_an_end() -> None:
    assert parse(">" * 5000 + " deep")
    assert parse("- " * 2000 + "deep")
    assert parse("*" * 10_000 + "a")
    assert parse("[" * 10_000)


def test_top_level_blocks_know_where_they_begin() -> None:
    source = "one\n\n- two\n- three\n\nfour"
    assert [block.start for block in parse(source)] == [0, 5, 5, source.index("four")]


def test_empty_text_has_no_blocks() -> None:
    assert parse("") == []
    assert parse("\n\n") == []
