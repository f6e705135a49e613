"""What Word, Excel and PowerPoint files have in common: which part refers to which, and their title."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rag.formats.package import Family, Package, attribute, child, local_name

WORD = Family(
    "a Word document",
    "word/",
    "It is in the old Word format; save it as .docx or .pdf, and Carrel can read it.",
)
EXCEL = Family(
    "an Excel workbook",
    "xl/",
    "It is in the old Excel format; save it as .xlsx, and Carrel can read it.",
)
POWERPOINT = Family(
    "a PowerPoint presentation",
    "ppt/",
    "It is in the old PowerPoint format; save it as .pptx or .pdf, and Carrel can read it.",
    most_xml_bytes=30_000_000,  # a slide has a part of its own, of some kB
)


@dataclass(frozen=True, slots=True)
class Relationship:
    """`kind` is the last word of its type (“slide”); `target` the name of the part it leads to."""

    kind: str
    target: str


def relationships(package: Package, part: str) -> dict[str, Relationship]:
    """What a part refers to, by id. What lies outside the file is left out: nothing is fetched."""
    folder, name = posixpath.split(part)
    root = package.part(f"{folder}/_rels/{name}.rels".lstrip("/"))
    found: dict[str, Relationship] = {}
    for element in () if root is None else root:
        if local_name(element) == "Relationship" and attribute(element, "TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attribute(element, "Target")))
            kind = attribute(element, "Type").rpartition("/")[2]
            found[attribute(element, "Id")] = Relationship(kind, target.lstrip("/"))
    return found


def relation_id(element: Any, name: str) -> str:
    """An attribute that holds a relationship's id: `r:id` beside an `id` of another meaning."""
    for key, value in element.attrib.items():
        namespace, _, local = key.rpartition("}")
        if local == name and namespace.endswith("/relationships"):
            return str(value)
    return ""


def main_part(package: Package, usual: str) -> str:
    """The name of the part that holds the document itself."""
    found = relationships(package, "").values()
    return next((each.target for each in found if each.kind == "officeDocument"), usual)


def related(package: Package, leads_to: Mapping[str, Relationship], kind: str) -> Iterator[Any]:
    """The root elements of the parts of a kind that are referred to."""
    for relationship in leads_to.values():
        if relationship.kind == kind and (root := package.part(relationship.target)) is not None:
            yield root


def core_title(package: Package) -> str | None:
    """The title in the file's properties."""
    root = package.part("docProps/core.xml")
    element = child(root, "title") if root is not None else None
    return element.text if element is not None else None
