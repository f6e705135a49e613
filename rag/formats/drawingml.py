"""Text, tables and charts as PowerPoint and Excel draw them (DrawingML, ECMA-376 part 1, chapters 20–21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rag.formats.building import PageBuilder
from rag.formats.cleaning import collapse
from rag.formats.numerals import in_form
from rag.formats.package import attribute, child, local_name
from rag.formats.sheet_numbers import general

_NUMBERED = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_MOST_POINTS = 1000  # of a chart's series; what is beyond is a curve, not a figure to be quoted


def paragraphs(holder: Any) -> Iterator[Any]:
    """The paragraphs anywhere inside."""
    return (element for element in holder.iter() if local_name(element) == "p")


def text(element: Any) -> str:
    """The text a reader sees, on one line."""
    words: list[str] = []
    for inner in element.iter():
        name = local_name(inner)
        if name == "t":
            words.append(inner.text or "")
        elif name in ("br", "p"):
            words.append(" ")
    return collapse("".join(words))


def add_text(builder: PageBuilder, holder: Any, *, is_list: bool) -> None:
    """The paragraphs inside as blocks. `is_list`: its paragraphs have bullets unless they say otherwise."""
    lines = [paragraph for paragraph in paragraphs(holder) if text(paragraph)]
    counts: dict[int, int] = defaultdict(int)
    for paragraph in lines:
        mark = _mark(child(paragraph, "pPr"), counts) or ("•" if is_list and len(lines) > 1 else "")
        words = text(paragraph)
        if mark in ("", "none"):
            builder.add("paragraph", words)
        else:
            builder.add("list_item", f"{mark} {words}")


def _mark(properties: Any, counts: dict[int, int]) -> str:
    """What stands before the paragraph; "none" where it is said that nothing does, empty where nothing is."""
    if properties is None:
        return ""
    depth = attribute(properties, "lvl")
    level = int(depth) if depth.isdecimal() and len(depth) == 1 else 0
    numbered = child(properties, "buAutoNum")
    if numbered is None:
        counts[level] = 0
        names = {local_name(inner) for inner in properties}
        return "none" if "buNone" in names else "•" if names & {"buChar", "buBlip"} else ""
    start = attribute(numbered, "startAt")
    first = int(start) if start.isdecimal() and len(start) < 6 else 1
    counts[level] += 1
    for deeper in [key for key in counts if key > level]:
        counts[deeper] = 0
    return _numbered(first + counts[level] - 1, attribute(numbered, "type"))


def _numbered(number: int, form: str) -> str:
    written = in_form(number, next((name for key, name in _NUMBERED.items() if form.startswith(key)), ""))
    if form.endswith("ParenBoth"):
        return f"({written})"
    return written + (")" if form.endswith("ParenR") else "." if form.endswith("Period") else "")


def table_rows(table: Any) -> list[list[str]]:
    """Texts of the cells; a merged cell's text stands in its first place, the others are empty."""
    rows = (row for row in table if local_name(row) == "tr")
    return [[text(cell) for cell in row if local_name(cell) == "tc"] for row in rows]


def chart_title(chart: Any) -> str:
    """What stands above a chart; empty where nothing does."""
    title = child(chart, "chart", "title")
    return text(title) if title is not None else ""


def chart_rows(chart: Any) -> list[list[str]]:
    """The values that a chart shows, as a table: a column for each series, a row for each category."""
    series = [element for element in chart.iter() if local_name(element) == "ser"]
    columns = [(_points(child(one, "cat"), child(one, "xVal")), one) for one in series]
    categories = max((points for points, _ in columns), key=len, default={})
    values = [_points(child(one, "val"), child(one, "yVal")) for _, one in columns]
    places = sorted(set(categories).union(*values))[:_MOST_POINTS] if values else []
    if not places:
        return []
    header = ["", *(_name(one) for one in series)]
    return [header, *([categories.get(at, ""), *(points.get(at, "") for points in values)] for at in places)]


def _name(series: Any) -> str:
    return next(iter(_points(child(series, "tx")).values()), "")


def _points(*holders: Any) -> dict[int, str]:
    """Cached values by their index."""
    found: dict[int, str] = {}
    for holder in holders:
        for point in () if holder is None else holder.iter():
            place = attribute(point, "idx")
            if local_name(point) == "pt" and place.isdecimal() and len(place) < 8:
                value = child(point, "v")
                found[int(place)] = _value(value.text or "") if value is not None else ""
    return found


def _value(written: str) -> str:
    try:
        return general(float(written))
    except ValueError:
        return collapse(written)
