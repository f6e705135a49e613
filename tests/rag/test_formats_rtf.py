from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import DocumentEmpty, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
from rag.values import ReadDocument
from tests.fakes.documents import blocks_of, read_file
from tests.fakes.office import written

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil Arial;}{\f1\fcharset204 Arial CYR;}"
    r"{\f2\fcharset128 MS Gothic;}}{\colortbl;\red0\green0\blue0;}"
    r"{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\s2\outlinelevel1 \'dcberschrift zwei;}}"
)


def read_rtf(tmp_path: Path, body: str, **limits: int) -> ReadDocument:
    return read_file(written(tmp_path, "a.rtf", f"{HEAD}{body}}}".encode("latin-1")), **limits)


def text_of(tmp_path: Path, body: str) -> str:
    return read_rtf(tmp_path, body).pages[0].text


def test_headings_are_known_by_style_and_by_outline_level(tmp_path: Path) -> None:
    body = (
        r"\pard\s1 Leave\par\pard\s2 Annual leave\par\pard\s0 27 days a year.\par"
        r"\pard\outlinelevel2 Rules\par\pard\outlinelevel9 Text.\par"
    )
    read = read_rtf(tmp_path, body)
    assert read.pages[0].number is None
    assert blocks_of(read.pages[0]) == [
        ("heading", 1, "Leave"),
        ("heading", 2, "Annual leave"),
        ("paragraph", 0, "27 days a year."),
        ("heading", 3, "Rules"),
        ("paragraph", 0, "Text."),
    ]


def test_list_items_carry_the_number_that_the_file_holds(tmp_path: Path) -> None:
    body = (
        r"\pard{\listtext\pard\plain 12.2\tab}Notice\par"
        r"\pard{\pntext\f1\u-3913\'3f\tab}by post\par\pard plain\par"
    )
    assert blocks_of(read_rtf(tmp_path, body).pages[0]) == [
        ("list_item", 0, "12.2 Notice"),
        ("list_item", 0, "• by post"),
        ("paragraph", 0, "plain"),
    ]


def test_tables_keep_their_columns_where_cells_are_merged(tmp_path: Path) -> None:
    whole, part = r"\trowd\cellx1000\cellx2010\cellx3000", r"\trowd\cellx1000\cellx3000"
    body = (
        rf"Before\par{whole}\pard\intbl What\cell \'80 | net\cell Note\cell\row"
        rf"{part}\pard\intbl\s1 Train\par second line\cell both\cell\row"
        r"\trowd\trleft2000\cellx3000\pard\intbl late\cell\row\pard After\par"
    )
    assert blocks_of(read_rtf(tmp_path, body).pages[0]) == [
        ("paragraph", 0, "Before"),
        (
            "table",
            0,
            "| What | € \\| net | Note |\n| --- | --- | --- |\n"
            "| Train second line | both |  |\n|  |  | late |",
        ),
        ("paragraph", 0, "After"),
    ]


def test_characters_come_in_the_code_page_of_their_font(tmp_path: Path) -> None:
    body = r"Gr\'fc\'dfe {\f1 \'cf\'f0\'e8\'e2\'e5\'f2} {\f2 \'93\'fa\'96\'7b} \'80\par"
    assert text_of(tmp_path, body) == "Grüße Привет 日本 €"


def test_unicode_replaces_what_stands_in_for_it(tmp_path: Path) -> None:
    body = (
        r"\u8364?5 {\uc2\u26085\'93\'fa}{\uc0\u26412}{\u-10179?\u-8704?} {\upr{old}{\*\ud new}}"
        r" \uc1\u233\'e9t\u233 ?\par"
    )
    assert text_of(tmp_path, body) == "€5 日本😀 new été"


def test_signs_and_escapes_are_read(tmp_path: Path) -> None:
    body = r"a\~b\_c \{x\}\\ 1\endash 2 \ldblquote q\rdblquote\line next\tab t co\-op" "\\\nsecond"
    assert text_of(tmp_path, body) == "a b-c {x}\\ 1–2 “q” next t coop\n\nsecond"


def test_notes_and_text_boxes_stand_after_their_paragraph(tmp_path: Path) -> None:
    body = (
        r"\pard\s1 Price{\footnote \pard\plain \s0 Until\par 2027.} list"
        r"{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt In the box.\par}}}\par\pard\s0 Next.\par"
    )
    assert blocks_of(read_rtf(tmp_path, body).pages[0]) == [
        ("heading", 1, "Price list"),
        ("paragraph", 0, "Note: Until 2027."),
        ("paragraph", 0, "In the box."),
        ("paragraph", 0, "Next."),
    ]


def test_what_a_reader_of_the_page_does_not_see_is_not_read(tmp_path: Path) -> None:
    body = (
        r"{\info{\author Ada}{\title Price list}}{\header Head}{\*\template http://example.invalid/x.dot}"
        r"{\pict\wmetafile8 0102abcdef}{\v hidden}{\deleted gone}{\*\unknown secret}"
        r"{\field{\*\fldinst DDEAUTO c:\\\\calc.exe}{\fldrslt shown}}"
        r"{\object{\*\objdata 01050000}{\result  result}} end\par"
    )
    read = read_rtf(tmp_path, body)
    assert read.title == "Price list"
    assert read.pages[0].text == "shown result end"


def test_raw_bytes_of_pictures_are_passed_over(tmp_path: Path) -> None:
    data = HEAD.encode() + b"Before {\\pict\\bin9 }}{{\\par\\}after.\\par}"
    assert read_file(written(tmp_path, "a.rtf", data)).pages[0].text == "Before after."


def test_cut_off_file_is_read_with_a_warning(tmp_path: Path) -> None:
    read = read_file(written(tmp_path, "a.rtf", (HEAD + r"\pard One.\par Tw{\b o").encode()))
    assert read.pages[0].text == "One.\n\nTwo"
    assert read.warnings == ("The file seems to be cut off; its end may be missing.",)


def test_file_cut_off_in_its_head_holds_no_text(tmp_path: Path) -> None:
    for end in (6, 40, 120):
        with pytest.raises(DocumentEmpty):
            read_file(written(tmp_path, "a.rtf", HEAD[:end].encode()))


def test_groups_nested_without_end_are_refused(tmp_path: Path) -> None:
    assert text_of(tmp_path, "{" * 500 + "deep" + "}" * 500) == "deep"
    with pytest.raises(DocumentUnreadable, match="nested too deeply"):
        text_of(tmp_path, "{" * 100_000)


@pytest.mark.parametrize(
    "body", [r"\'41" * 100_000, r"{\footnote x" * 300 + "y" * 99_999, r"x\cell " * 50_000]
)
def test_too_much_text_is_stopped_while_it_is_read(tmp_path: Path, body: str) -> None:
    with pytest.raises(DocumentTooLarge, match="more than 50,000 characters"):
        read_rtf(tmp_path, body, text_characters=50_000)


def test_odd_numbers_and_words_are_survived(tmp_path: Path) -> None:
    body = (
        r"\u99999999999?\u-1?\uc-5\s-1\f99\outlinelevel-3\ansicpg99999\cellx-999\trowd\row\bin-4 \'zz\'4"
        r"}}}} still here\par"
    )
    assert "still here" in text_of(tmp_path, body)


def test_other_contents_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="not an RTF document"):
        read_file(written(tmp_path, "a.rtf", b"Dear reader,"))
    with pytest.raises(UnsupportedFormat, match="not a text file"):
        read_file(written(tmp_path, "a.txt", HEAD.encode()))
