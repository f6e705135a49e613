"""Small documents made in a test: PDFs and Word files, good ones, broken ones and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.formats import read
from rag.settings import ReadLimits
from rag.values import Block, Page, ReadDocument


def read_file(path: Path, **limits: int) -> ReadDocument:
    return read(path, ReadLimits(**limits), lambda done, total: None)


def text_of(page: Page, block: Block) -> str:
    return page.text[block.start : block.end]


def blocks_of(page: Page) -> list[tuple[str, int, str]]:
    """Kind, level and text of every block."""
    return [(block.kind, block.level, text_of(page, block)) for block in page.blocks]


# --- PDF ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """Text drawn on a page: baseline from the lower left corner in points."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False


def paragraph(*lines: str, top: float = 700, x: float = 72, step: float = 12) -> list[Shown]:
    return [Shown(x, top - step * number, line) for number, line in enumerate(lines)]


def pdf(
    pages: Sequence[Iterable[Shown]],
    *,
    title: str = "",
    protected: bool = False,
    trailing: str = "",
    paper: str = "/MediaBox [0 0 595 842]",
    outline: Mapping[str, tuple[int, int]] | None = None,
) -> bytes:
    """A PDF of A4 pages; `trailing` is put into each page's content (to draw a picture, say).

    `paper` says what the pages' size is, and how they are turned; `outline` names headings, each with its
    page and its depth (0, or 1 below a heading “Part” on the same page).
    """
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) >>",
    ]
    kids = []
    for shown in pages:
        content = "\n".join(_drawn(piece) for piece in shown) + trailing
        objects.append(f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R {paper} /Contents {len(objects)} 0 R"
            " /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    if outline:
        objects[0] = f"<< /Type /Catalog /Pages 2 0 R /Outlines {len(objects) + 1} 0 R >>"
        objects += _outline(outline, kids, len(objects) + 1)
    encryption = ""
    if protected:
        words = "0" * 64
        objects.append(f"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{words}> /U <{words}> >>")
        encryption = f"/Encrypt {len(objects)} 0 R /ID [<{words}> <{words}>]"
    return _file(objects, encryption)


def _outline(outline: Mapping[str, tuple[int, int]], kids: Sequence[str], root: int) -> list[str]:
    """Bookmarks in a row, the deeper ones each below a “Part” of its own; the first object is `root`."""
    objects: list[str] = []
    tops: list[int] = []
    for title, (page, depth) in outline.items():
        for name in [*["Part"] * depth, title]:
            number = root + 1 + len(objects)
            below = depth and name == "Part"
            if below or not depth:
                tops.append(number)
            parent = root if number in tops else number - 1
            objects.append(
                f"<< /Title ({name}) /Dest [{kids[page]} /Fit] /Parent {parent} 0 R"
                + (f" /First {number + 1} 0 R /Last {number + 1} 0 R /Count 1" if below else "")
                + " @NEXT >>"
            )
    for top, following in zip(tops, [*tops[1:], 0], strict=True):
        at = top - root - 1
        objects[at] = objects[at].replace("@NEXT", f"/Next {following} 0 R" if following else "")
    objects = [body.replace(" @NEXT", "") for body in objects]
    return [f"<< /Type /Outlines /First {tops[0]} 0 R /Last {tops[-1]} 0 R /Count {len(tops)} >>", *objects]


def with_picture(pictures: Sequence[tuple[bytes, tuple[int, int]] | None], text: str = "") -> bytes:
    """A PDF of A4 pages, each filled by a JPEG (its bytes and size in pixels), with `text` at the foot."""
    objects: list[str | bytes] = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< >>",
        "<< >>",
    ]
    kids = []
    for picture in pictures:
        content = _drawn(Shown(72, 20, text)) if text else ""
        image = ""
        if picture is not None:
            data, (width, height) = picture
            head = f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8"
            head += f" /ColorSpace /DeviceRGB /Filter /DCTDecode /Length {len(data)} >>\nstream\n"
            objects.append(head.encode() + data + b"\nendstream")
            image = f"/XObject << /I {len(objects)} 0 R >>"
            content = f"q 595 0 0 842 0 0 cm /I Do Q\n{content}"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R"
            f" /Resources << /Font << /F1 3 0 R >> {image} >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    return _file(objects, "")


def _drawn(piece: Shown) -> str:
    escaped = piece.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{'F2' if piece.bold else 'F1'} {piece.size} Tf {piece.x} {piece.y} Td ({escaped}) Tj ET"


def _file(objects: Sequence[str | bytes], encryption: str) -> bytes:
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        data = body if isinstance(body, bytes) else body.encode("cp1252")
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, data))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010} 00000 n \n".encode() for place in places)
    out.write(
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 5 0 R {encryption} >>\n"
        f"startxref\n{start}\n%%EOF\n".encode()
    )
    return out.getvalue()


# --- Word --------------------------------------------------------------------------------------------

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of these parts, as `word/document.xml`: XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def word_part(root: str, content: str) -> str:
    """A part whose root element is `root` (“document”), in the namespace `w`."""
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{root} xmlns:w="{WORD}">{content}</w:{root}>'


def word_document(body: str, **parts: str) -> bytes:
    """A Word file with this body; further parts by name: `numbering="<w:…/>"`."""
    others = {f"word/{name}.xml": word_part(name, content) for name, content in parts.items()}
    return docx({"word/document.xml": word_part("document", f"<w:body>{body}</w:body>"), **others})


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
