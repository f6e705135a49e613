from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.errors import (
    DocumentEmpty,
    DocumentProtected,
    DocumentTooLarge,
    DocumentUnreadable,
    UnsupportedFormat,
)
from rag.values import Page, ReadDocument
from tests.fakes.documents import blocks_of, read_file
from tests.fakes.office import ENCRYPTED_OFFICE, OLE, presentation_parts, shape, slide, written, zipped


def read_parts(tmp_path: Path, parts: Mapping[str, str | bytes], **limits: int) -> ReadDocument:
    return read_file(written(tmp_path, "a.pptx", zipped(parts)), **limits)


def read_slide(tmp_path: Path, shapes: str) -> Page:
    (page,) = read_parts(tmp_path, presentation_parts([shapes])).pages
    return page


def marked(properties: str, text: str) -> str:
    return f"<a:p><a:pPr {properties}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>"


def test_slides_are_numbered_pages_with_titles_and_lists(tmp_path: Path) -> None:
    slides = [
        shape("ctrTitle", "Autumn", "programme") + shape("subTitle", "October 2026"),
        shape("body", "Coffee for 12", "Cake") + shape("title", "Meeting") + shape("sldNum", "2"),
        shape("", "No title here."),
        "",
    ]
    read = read_parts(tmp_path, presentation_parts(slides))
    assert [page.number for page in read.pages] == [1, 2, 3, 4]
    assert blocks_of(read.pages[0]) == [("heading", 1, "Autumn programme"), ("paragraph", 0, "October 2026")]
    assert blocks_of(read.pages[1]) == [
        ("heading", 1, "Meeting"),
        ("list_item", 0, "• Coffee for 12"),
        ("list_item", 0, "• Cake"),
    ]
    assert blocks_of(read.pages[2]) == [("heading", 1, "Slide 3"), ("paragraph", 0, "No title here.")]
    assert read.pages[3].text == ""


def test_list_marks_follow_the_paragraphs(tmp_path: Path) -> None:
    body = shape(
        "",
        marked('lvl="0"><a:buAutoNum type="arabicPeriod"/>', "one"),
        marked('lvl="1"><a:buAutoNum type="alphaLcParenBoth" startAt="3"/>', "deeper"),
        marked('lvl="0"><a:buAutoNum type="arabicPeriod"/>', "two"),
        marked("><a:buChar/>", "bullet"),
        marked("><a:buNone/>", "none"),
        "text",
    )
    texts = [text for _, _, text in blocks_of(read_slide(tmp_path, body))[1:]]
    assert texts == ["1. one", "(c) deeper", "2. two", "• bullet", "none", "text"]


def test_tables_groups_and_descriptions_are_read_once(tmp_path: Path) -> None:
    def row(*cells: str) -> str:
        return "<a:tr>" + "".join(f"<a:tc><a:txBody>{cell}</a:txBody></a:tc>" for cell in cells) + "</a:tr>"

    text = "<a:p><a:r><a:t>{}</a:t></a:r></a:p>".format
    table = f"<a:tbl>{row(text('Bag'), text('€ | net'))}{row(text('1') + text('kg'), text('9'))}</a:tbl>"
    inside = shape("", "In a group.")
    shapes = (
        f"<p:graphicFrame><a:graphic><a:graphicData>{table}</a:graphicData></a:graphic></p:graphicFrame>"
        f"<p:grpSp><p:grpSp>{inside}</p:grpSp></p:grpSp>"
        f'<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice>{shape("", "Newer.")}</mc:Choice>'
        f"<mc:Fallback>{shape('', 'Older.')}</mc:Fallback></mc:AlternateContent>"
        '<p:pic><p:nvPicPr><p:cNvPr descr="The harbour&#10;at dusk"/></p:nvPicPr></p:pic>'
        '<p:pic><p:nvPicPr><p:cNvPr descr="image1.png"/></p:nvPicPr></p:pic>'
    )
    assert blocks_of(read_slide(tmp_path, shapes))[1:] == [
        ("table", 0, "| Bag | € \\| net |\n| --- | --- |\n| 1 kg | 9 |"),
        ("paragraph", 0, "In a group."),
        ("paragraph", 0, "Newer."),
        ("paragraph", 0, "Picture: The harbour at dusk"),
    ]


def test_charts_are_tables_of_their_figures(tmp_path: Path) -> None:
    def points(name: str, *values: object) -> str:
        listed = "".join(f'<c:pt idx="{n}"><c:v>{value}</c:v></c:pt>' for n, value in enumerate(values))
        return f"<c:{name}><c:cache>{listed}</c:cache></c:{name}>"

    series = points("tx", "Visitors") + points("cat", "May", "June") + points("val", "0.30000000000000004", 7)
    chart = (
        '<c:chartSpace xmlns:c="urn:c" xmlns:a="urn:a"><c:chart><c:title><a:t>By month</a:t></c:title>'
        f"<c:ser>{series}</c:ser></c:chart></c:chartSpace>"
    )
    frame = '<p:graphicFrame><a:graphic><c:chart r:id="rId7"/></a:graphic></p:graphicFrame>'
    parts = presentation_parts([frame], {1: {"rId7": ("chart", "../charts/c.xml")}}, **{"charts/c": chart})
    assert blocks_of(read_parts(tmp_path, parts).pages[0])[1:] == [
        ("paragraph", 0, "By month"),
        ("table", 0, "|  | Visitors |\n| --- | --- |\n| May | 0.3 |\n| June | 7 |"),
    ]


def test_notes_and_comments_stand_under_headings_of_their_own(tmp_path: Path) -> None:
    notes = slide(
        shape("sldImg", "") + shape("body", "Say hello.", "Then wait.") + shape("sldNum", "1"), "notes"
    )
    comments = '<p:cmLst xmlns:p="urn:p"><p:cm><p:text>Shorter,\nplease.</p:text></p:cm></p:cmLst>'
    leads_to = {"rId2": ("notesSlide", "../n.xml"), "rId3": ("comments", "../c.xml")}
    parts = presentation_parts([shape("title", "Hello")], {1: leads_to}, n=notes, c=comments)
    assert blocks_of(read_parts(tmp_path, parts).pages[0]) == [
        ("heading", 1, "Hello"),
        ("heading", 2, "Speaker notes"),
        ("paragraph", 0, "Say hello."),
        ("paragraph", 0, "Then wait."),
        ("heading", 2, "Comments"),
        ("paragraph", 0, "Shorter, please."),
    ]


def test_what_lies_outside_the_file_is_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(slide(shape("body", "TOP-SECRET"), "notes"))
    leads_to = {"rId2": ("notesSlide", secret.as_uri()), "rId3": ("notesSlide", "../../../../secret.xml")}
    page = read_parts(tmp_path, presentation_parts([shape("", "x")], {1: leads_to})).pages[0]
    assert page.text == "Slide 1\n\nx"


def test_slides_of_pictures_alone_hold_no_text(tmp_path: Path) -> None:
    with pytest.raises(DocumentEmpty):
        read_parts(tmp_path, presentation_parts(["<p:pic/>", "<p:pic/>"]))


def test_limits_on_slides_text_and_size_are_kept(tmp_path: Path) -> None:
    parts = presentation_parts([shape("", "word " * 50)] * 3)
    with pytest.raises(DocumentTooLarge, match="3 slides; the limit is 2"):
        read_parts(tmp_path, parts, pages=2)
    with pytest.raises(DocumentTooLarge, match="more than 300 characters"):
        read_parts(tmp_path, parts, text_characters=300)
    with pytest.raises(DocumentTooLarge, match="unpacks to far more"):
        read_parts(tmp_path, {**parts, "ppt/slides/slide1.xml": b" " * 31_000_000})


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declared in ('<!ENTITY x SYSTEM "file:///etc/hostname">', f'<!ENTITY l0 "ha">{laughs}'):
        parts = presentation_parts([shape("", "x")])
        parts["ppt/slides/slide1.xml"] = f"<!DOCTYPE x [{declared}]>{parts['ppt/slides/slide1.xml']!s}"
        with pytest.raises(DocumentUnreadable, match="declarations that do not belong in a PowerPoint"):
            read_parts(tmp_path, parts)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("ppt/presentation.xml", "<p"),
        ("ppt/slides/slide1.xml", "<p:sld"),
        ("ppt/slides/_rels/slide1.xml.rels", "<<"),
    ],
)
def test_broken_parts_are_named_as_damage(tmp_path: Path, part: str, content: str) -> None:
    with pytest.raises(DocumentUnreadable, match="cannot be opened as a PowerPoint presentation"):
        read_parts(tmp_path, {**presentation_parts([shape("", "x")]), part: content})


def test_missing_slide_is_damage(tmp_path: Path) -> None:
    parts = presentation_parts([shape("", "x")])
    del parts["ppt/slides/slide1.xml"]
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_parts(tmp_path, parts)


def test_groups_nested_without_end_are_damage(tmp_path: Path) -> None:
    assert "deep" in read_slide(tmp_path, "<p:grpSp>" * 200 + shape("", "deep") + "</p:grpSp>" * 200).text
    with pytest.raises(DocumentUnreadable, match="damaged"):
        read_slide(tmp_path, "<p:grpSp>" * 300 + "</p:grpSp>" * 300)


def test_password_and_old_format_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DocumentProtected, match="password"):
        read_file(written(tmp_path, "a.pptx", ENCRYPTED_OFFICE))
    with pytest.raises(UnsupportedFormat, match="old PowerPoint format"):
        read_file(written(tmp_path, "a.pptx", OLE + b"\0" * 600))
