from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import DocumentEmpty, DocumentUnreadable
from rag.values import Page
from tests.fakes.documents import blocks_of, read_file


def read_html(tmp_path: Path, source: str | bytes) -> Page:
    path = tmp_path / "a.html"
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    (page,) = read_file(path).pages
    assert page.number is None
    return page


def test_headings_lists_code_and_tables_are_kept(tmp_path: Path) -> None:
    source = """<title>Prices</title><h1>Price list</h1><p>Valid
      in <b>2026</b>.</p><h2>Coffee</h2><ul><li>Harbour<li>Night <i>Ferry</i></ul>
      <pre>a  b
  c</pre><table><tr><th>Bag<th>Price<tr><td>1 kg<td>€21.90 | net</table>after"""
    assert blocks_of(read_html(tmp_path, source)) == [
        ("heading", 1, "Price list"),
        ("paragraph", 0, "Valid in 2026."),
        ("heading", 2, "Coffee"),
        ("list_item", 0, "• Harbour"),
        ("list_item", 0, "• Night Ferry"),
        ("code", 0, "a  b\n  c"),
        ("table", 0, "| Bag | Price |\n| --- | --- |\n| 1 kg | €21.90 \\| net |"),
        ("paragraph", 0, "after"),
    ]


def test_what_a_reader_of_the_page_does_not_see_is_not_read(tmp_path: Path) -> None:
    source = """<p>Seen<!-- comment -->.</p><script>var a = "script"</script><style>p {}</style>
      <nav>menu</nav><template>template</template><noscript>no</noscript><p hidden>attribute</p>
      <p style="color: red; display : none">style</p><div style="visibility:hidden">v</div>
      <svg><text>s</text></svg>
      <?pi instruction?><select><option>choice</select>Tail."""
    assert read_html(tmp_path, source).text == "Seen.\n\nTail."


def test_nested_lists_keep_the_text_of_each_item(tmp_path: Path) -> None:
    texts = [text for _, _, text in blocks_of(read_html(tmp_path, "<ul><li>a<ul><li>b</li></ul>c</li></ul>"))]
    assert texts == ["• a", "• b", "• c"]


def test_tables_that_lay_out_a_page_are_read_as_text(tmp_path: Path) -> None:
    inner = "<table><tr><td>1</td><td>2</td></tr></table>"
    source = f"<table><tr><td><h1>Head</h1>{inner}</td><td>Side</td></tr></table>"
    assert blocks_of(read_html(tmp_path, source)) == [
        ("heading", 1, "Head"),
        ("table", 0, "| 1 | 2 |\n| --- | --- |"),
        ("paragraph", 0, "Side"),
    ]
    assert blocks_of(read_html(tmp_path, "<table><tr><td>only</td></tr></table>")) == [
        ("paragraph", 0, "only")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "<p>Grüße, 日本語</p>".encode(),
        "<p>Grüße, 日本語</p>".encode("utf-8-sig"),
        "<p>Grüße, 日本語</p>".encode("utf-16"),
        '<meta charset="iso-2022-jp"><p>日本語</p>'.encode("iso-2022-jp"),
        '<meta charset="utf-16"><p>Grüße, 日本語</p>'.encode(),
        '<?xml version="1.0" encoding="latin-1"?><p>Grüße, 日本語</p>'.encode(),
        '<meta http-equiv=content-type content="text/html; charset=gb18030"><p>Grüße, 日本語</p>'.encode(
            "gb18030"
        ),
    ],
)
def test_encodings_are_found_whatever_is_declared(tmp_path: Path, source: bytes) -> None:
    assert "日本語" in read_html(tmp_path, source).text


def test_title_comes_from_the_page(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text("<title> Price\n list </title><p>x")
    assert read_file(path).title == "Price list"


def test_unclosed_script_swallows_the_rest_quietly(tmp_path: Path) -> None:
    assert read_html(tmp_path, "<p>Before.</p><script>if (a < b) {<p>after").text == "Before."
    with pytest.raises(DocumentEmpty):
        read_html(tmp_path, "<script>only")


def test_elements_nested_without_end_are_refused_or_read(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable, match="nested too deeply"):
        read_html(tmp_path, "<div>" * 60_000 + "deep")


def test_nothing_is_fetched_nor_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")
    source = (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]><p>a &x; b</p>'
        f'<img src="http://example.invalid/i.png"><link rel=stylesheet href="http://example.invalid/s.css">'
        f'<iframe src="{secret.as_uri()}"></iframe>'
    )
    page = read_html(tmp_path, source)
    assert "TOP-SECRET" not in page.text
    assert page.text.endswith("a &x; b")
