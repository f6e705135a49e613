"""E-books (.epub): chapters as pages, in the order in which the book is read. Scripts, pictures and whatever
lies outside the file are never looked at.

Read with zipfile and lxml: ebooklib, the usual library, is AGPL.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rag.errors import DocumentEmpty, DocumentProtected, DocumentTooLarge
from rag.formats import html
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.package import Family, Package, attribute, child, children, local_name, opened
from rag.formats.registry import Progress
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_CONTAINER = "META-INF/container.xml"
_EBOOK = Family("an e-book", _CONTAINER, most_xml_bytes=30_000_000)  # a whole novel has one or two
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_LOCKED = "It is locked by the shop that it comes from (digital rights management)."
# Obfuscated fonts are no lock (EPUB 3.3, 4.2; Adobe's older way).
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """A page for each part of the book that has text, numbered from 1; most books have one for a chapter."""
    steps = Steps(progress)
    with opened(path, limits, _EBOOK, steps.pulse) as package:
        _check_not_locked(path, package)
        folder, root = _package_document(package)
        chapters = list(_chapters(folder, root))
        if len(chapters) > limits.pages:
            raise DocumentTooLarge(
                str(path), f"It has {len(chapters):,} chapters; the limit is {limits.pages:,}."
            )
        steps.expect(len(chapters))
        budget = TextBudget(path, limits.text_characters, steps.pulse)
        pages: list[Page] = []
        missing = 0
        for name in chapters:
            data = package.data(name)
            missing += data is None
            page = _page(path, data or b"", len(pages) + 1, PageBuilder(budget))
            pages += [page] if page.text else []
            steps.step()
        title = title_for(path, _title(root))
    warnings = (f"{missing:,} of its {len(chapters):,} parts are missing.",) if missing else ()
    return ReadDocument(title, tuple(pages), warnings)


def _check_not_locked(path: Path, package: Package) -> None:
    """Raises: DocumentProtected: parts other than fonts are encrypted."""
    root = package.part("META-INF/encryption.xml", declared=True)
    for element in children(root):
        method = next((e for e in element if local_name(e) == "EncryptionMethod"), None)
        if local_name(element) == "EncryptedData" and (
            method is None or attribute(method, "Algorithm") not in _FONTS
        ):
            raise DocumentProtected(str(path), _LOCKED)


def _package_document(package: Package) -> tuple[str, Any]:
    """The folder and root of the part that lists the book's parts."""
    files = children(package.part(_CONTAINER, declared=True), "rootfiles")
    name = next((attribute(e, "full-path") for e in files if local_name(e) == "rootfile"), "")
    root = package.part(name, declared=True)
    if root is None:
        raise package.damaged()
    return posixpath.dirname(name), root


def _chapters(folder: str, root: Any) -> Iterator[str]:
    """Names of the parts in reading order, without the table of contents; none comes twice."""
    manifest = {attribute(item, "id"): item for item in children(root, "manifest")}
    seen: set[str] = set()
    for reference in children(root, "spine"):
        item = manifest.get(attribute(reference, "idref")) if local_name(reference) == "itemref" else None
        if item is None or attribute(item, "media-type") not in _CHAPTERS:
            continue
        name = posixpath.normpath(posixpath.join(folder, unquote(attribute(item, "href"))))
        if name not in seen and "nav" not in attribute(item, "properties").split():
            seen.add(name)
            yield name


def _page(path: Path, data: bytes, number: int, builder: PageBuilder) -> Page:
    with suppress(DocumentEmpty):  # a cover's page without a word
        html.add_html(builder, data, path)
    return builder.build(number)


def _title(root: Any) -> str | None:
    metadata = child(root, "metadata")
    found = [e.text for e in (() if metadata is None else metadata.iter()) if local_name(e) == "title"]
    return found[0] if found else None
