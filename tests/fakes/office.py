"""Small office files made in a test: workbooks, presentations, OpenDocument files and e-books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.fakes.documents import docx

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_OFFICE = OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"

zipped = docx
"""A ZIP of these parts."""


def written(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """A .rels part: id → (kind, target); a target with a colon in it lies outside the file."""
    entries = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if ':' in target else ''}/>"
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}">{entries}</Relationships>'


# --- Excel -------------------------------------------------------------------------------------------


def cell(reference: str, value: object, style: int = 0, kind: str = "") -> str:
    """A cell as Excel writes it: a number, or a text of its own."""
    if isinstance(value, str) and not kind:
        return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{reference}" s="{style}" t="{kind or "n"}"><v>{escape(str(value))}</v></c>'


def rows(*values: Sequence[object], first: int = 1) -> str:
    """Rows of values from column A on; None leaves a cell out, an empty row is not written."""
    return "".join(
        f'<row r="{number}">'
        + "".join(
            cell(f"{chr(ord('A') + place)}{number}", value)
            for place, value in enumerate(row)
            if value is not None
        )
        + "</row>"
        for number, row in enumerate(values, first)
        if row
    )


def merged(*ranges: str) -> str:
    """What follows the rows of a sheet that has merged cells."""
    return "<after/><mergeCells>" + "".join(f'<mergeCell ref="{each}"/>' for each in ranges) + "</mergeCells>"


def workbook_parts(
    sheets: Mapping[str, str], *, codes: Sequence[str] = (), strings: str = "", workbook: str = ""
) -> dict[str, str | bytes]:
    """Sheets by name (“hidden!Name”): their rows and `merged`. Style `n` shows numbers as `codes[n - 1]`."""
    listed, targets = "", {"rIdS": ("styles", "styles.xml"), "rIdT": ("sharedStrings", "strings.xml")}
    parts: dict[str, str | bytes] = {}
    for number, (name, content) in enumerate(sheets.items(), 1):
        state, _, name = name.rpartition("!")
        listed += f'<sheet name="{name}" sheetId="{number}" state="{state or "visible"}" r:id="rId{number}"/>'
        targets[f"rId{number}"] = ("worksheet", f"worksheets/sheet{number}.xml")
        data, _, after = content.partition("<after/>")
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet><sheetData>{data}</sheetData>{after}</worksheet>"
        )
    formats = "".join(
        f'<numFmt numFmtId="{200 + n}" formatCode="{escape(c, {chr(34): "&quot;"})}"/>'
        for n, c in enumerate(codes)
    )
    styles = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(codes)))
    parts["xl/styles.xml"] = (
        f'<styleSheet><numFmts>{formats}</numFmts><cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>'
    )
    parts["xl/strings.xml"] = f"<sst>{strings}</sst>"
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns:r="{_RELATIONS}">{workbook}<sheets>{listed}</sheets></workbook>'
    )
    parts["xl/_rels/workbook.xml.rels"] = relations(targets)
    parts["_rels/.rels"] = relations({"rId1": ("officeDocument", "xl/workbook.xml")})
    return parts


# --- PowerPoint --------------------------------------------------------------------------------------


def shape(role: str, *paragraphs: str) -> str:
    """A shape with text; `role` is that of its placeholder ("title", "body"), or empty for a text box."""
    place = f'<p:ph type="{role}"/>' if role else ""
    text = "".join(
        each if each.startswith("<a:p>") else f"<a:p><a:r><a:t>{escape(each)}</a:t></a:r></a:p>"
        for each in paragraphs
    )
    return f"<p:sp><p:nvSpPr><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:txBody>{text}</p:txBody></p:sp>"


def slide(shapes: str, root: str = "sld") -> str:
    return (
        f'<p:{root} xmlns:p="urn:p" xmlns:a="{_DRAWING}" xmlns:r="{_RELATIONS}" xmlns:c="urn:c">'
        f"<p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{root}>"
    )


def presentation_parts(
    slides: Sequence[str], leads_to: Mapping[int, Mapping[str, tuple[str, str]]] | None = None, **parts: str
) -> dict[str, str | bytes]:
    """`slides` are their shapes; `leads_to` what a slide (from 1) refers to; `parts` go to `ppt/NAME.xml`."""
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    made: dict[str, str | bytes] = {f"ppt/{name}.xml": content for name, content in parts.items()}
    for number, shapes in enumerate(slides, 1):
        made[f"ppt/slides/slide{number}.xml"] = slide(shapes)
    for number, targets in (leads_to or {}).items():
        made[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(targets)
    made["ppt/presentation.xml"] = (
        f'<p:presentation xmlns:p="urn:p" xmlns:r="{_RELATIONS}"><p:sldIdLst>{listed}</p:sldIdLst>'
        "</p:presentation>"
    )
    made["ppt/_rels/presentation.xml.rels"] = relations(
        {f"rId{n}": ("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)}
    )
    return made


# --- OpenDocument ------------------------------------------------------------------------------------

_ODF = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "draw", "presentation", "style")
)


def odf_parts(kind: str, body: str, styles: str = "") -> dict[str, str | bytes]:
    """`kind` is "text", "spreadsheet" or "presentation"."""
    return {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": (
            f"<office:document-content{_ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
        ),
        "META-INF/manifest.xml": "<manifest/>",
    }


# --- e-books -----------------------------------------------------------------------------------------


def epub_parts(chapters: Mapping[str, str], *, title: str = "", spine: str = "") -> dict[str, str | bytes]:
    """Chapters by file name, read in this order unless `spine` (itemrefs) says otherwise."""
    items = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in chapters
    )
    order = spine or "".join(f'<itemref idref="{name}"/>' for name in chapters)
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            '<container><rootfiles><rootfile full-path="book/a.opf"/></rootfiles></container>'
        ),
        "book/a.opf": (
            f'<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>{title}</dc:title>'
            f"</metadata><manifest>{items}</manifest><spine>{order}</spine></package>"
        ),
        **{f"book/{name}": content for name, content in chapters.items()},
    }
