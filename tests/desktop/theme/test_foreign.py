"""desktop/theme/foreign: what a hostile file calls itself still fits into a label."""

from __future__ import annotations

from desktop.theme.foreign import breakable, plain


def test_line_ends_and_invisible_characters_go() -> None:
    assert plain("a\nb\u202ec\u200b\x00  d\t") == "a bc d"


def test_long_text_is_cut_with_an_ellipsis() -> None:
    cut = plain("word " * 100, 20)
    assert len(cut) <= 20
    assert cut.endswith("…")


def test_long_words_get_places_to_break_and_short_ones_stay() -> None:
    text = "short " + "x" * 60
    assert breakable("short words stay") == "short words stay"
    assert max(len(part) for part in breakable(text).replace("\u200b", " ").split()) <= 24
    assert breakable(text).replace("\u200b", "") == text
