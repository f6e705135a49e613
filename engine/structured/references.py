"""Where the references of a schema lead. Only places in the schema itself: nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from engine.errors import SchemaUnsupported
from engine.structured.keywords import IN_PLACE, children

_IDS = ("$id", "id")


def local(root: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every schema that a value can meet, by its JSON pointer. Changes `root`: names that it gives to its
    parts are taken away and references through them become plain pointers.

    Raises:
        SchemaUnsupported: a reference leads out of the schema, nowhere, or in a circle on the same value.
    """
    own = next((root[key] for key in _IDS if isinstance(root.get(key), str)), "").rstrip("#")
    places: dict[str, dict[str, Any]] = {}
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        pointer, node = waiting.pop()
        if not isinstance(node, dict) or pointer in places:
            continue
        places[pointer] = node
        if "$ref" in node:
            _shorten(node, own, pointer)
            waiting.append((node["$ref"][1:], target(root, node["$ref"], pointer)))
        waiting += [(pointer + step, child) for _, step, child in children(node)]
    _refuse_names(places)
    _refuse_circles(places)
    return places


def _shorten(node: dict[str, Any], own: str, pointer: str) -> None:
    reference = node["$ref"]
    if not isinstance(reference, str):
        raise SchemaUnsupported("$ref", pointer, "it is not a text")
    if own and reference.startswith(own + "#"):
        reference = reference[len(own) :]
    if reference != "#" and not reference.startswith("#/"):
        raise SchemaUnsupported("$ref", pointer, f"“{reference[:80]}” does not lead to a place in the schema")
    steps = unquote(reference[1:])
    node["$ref"] = "#" if steps == "/" else f"#{steps}"


def target(root: Any, reference: str, pointer: str = "") -> Any:
    """The schema that `reference` (“#/a/b”) leads to; `pointer` is where it stands.

    Raises:
        SchemaUnsupported: there is none.
    """
    node = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and name in node:
            node = node[name]
        elif isinstance(node, list) and name.isascii() and name.isdigit() and int(name) < len(node):
            node = node[int(name)]
        else:
            raise SchemaUnsupported("$ref", pointer, f"“{reference[:80]}” leads nowhere")
    if not isinstance(node, dict | bool):
        raise SchemaUnsupported("$ref", pointer, f"“{reference[:80]}” does not lead to a schema")
    return node


def _refuse_names(places: dict[str, dict[str, Any]]) -> None:
    """A part that renames itself changes where “#/…” inside it leads. Without such, names are dropped."""
    references = [pointer for pointer, node in places.items() if "$ref" in node]
    for pointer, node in places.items():
        for key in _IDS:
            name = node.get(key)
            if isinstance(name, str):
                inside = any(other.startswith(f"{pointer}/") for other in references)
                if pointer and not name.startswith("#") and inside:
                    raise SchemaUnsupported(key, pointer, "references inside a part with a name of its own")
                del node[key]


def _refuse_circles(places: dict[str, dict[str, Any]]) -> None:
    """Refuse a schema that leads back to itself without stepping into the value: it would never end."""
    done: set[str] = set()
    for start in places:
        trail: list[tuple[str, Iterator[str]]] = [(start, _same_value(start, places[start]))]
        open_ = {start}
        while trail:
            pointer, following = trail[-1]
            step = next((each for each in following if each in places and each not in done), None)
            if step is None:
                trail.pop()
                open_.discard(pointer)
                done.add(pointer)
            elif step in open_:
                raise SchemaUnsupported("$ref", step, "it leads back to itself")
            else:
                trail.append((step, _same_value(step, places[step])))
                open_.add(step)


def _same_value(pointer: str, node: dict[str, Any]) -> Iterator[str]:
    if "$ref" in node:
        yield node["$ref"][1:]
    yield from (pointer + step for keyword, step, _ in children(node) if keyword in IN_PLACE)
