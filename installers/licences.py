"""The licences of what is frozen: they come along in the bundle, and none may be among them that keeps it
from being handed out. PyInstaller's recipe asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

FOLDER = "licences"
LIST = "licences.txt"

# Under the LGPL, whose terms are met by leaving them libraries of their own that can be exchanged.
LIBRARIES = frozenset({"PySide6_Essentials", "shiboken6"})
_COPYLEFT = re.compile(r"\bA?L?GPL|General Public License", re.IGNORECASE)
_TEXTS = re.compile(r"licen[cs]e|copying|notice|copyright", re.IGNORECASE)


class NotPermitted(Exception):
    """What is frozen holds a package whose licence does not go with Carrel's; the message names it."""


def distributions_of(names: Iterable[str]) -> list[Distribution]:
    """The packages that modules and files of a bundle come from, by name, without Carrel's own."""
    owners = packages_distributions()
    tops = {re.split(r"[./]", name.replace("\\", "/"), maxsplit=1)[0] for name in names}
    found = {owner for top in tops for owner in owners.get(top, ())} - {"carrel"}
    return [distribution(name) for name in sorted(found, key=str.lower)]


def licence_of(package: Distribution) -> str:
    """As the package says it: an expression, the classifiers, or the first line of what it wrote freely."""
    said = package.metadata
    classified = [
        line.rpartition("::")[2].strip() for line in said.get_all("Classifier", []) if "License" in line
    ]
    written = (said.get("License") or "").strip().partition("\n")[0]
    return said.get("License-Expression") or "; ".join(classified) or written or "not said"


def is_permitted(name: str, licence: str) -> bool:
    """Whether one may choose among its licences one that is not the GPL, LGPL or AGPL."""
    return name in LIBRARIES or any(not _COPYLEFT.search(one) for one in re.split(r"\bOR\b|;", licence))


def collected(names: Iterable[str], list_path: Path) -> list[tuple[str, str, str]]:
    """PyInstaller's entries for the licences of what `names` come from; the list is written to `list_path`.

    Raises:
        NotPermitted
    """
    entries, lines = [(f"{FOLDER}/{LIST}", str(list_path), "DATA")], []
    for package in distributions_of(names):
        name, licence = package.name, licence_of(package)
        if not is_permitted(name, licence):
            raise NotPermitted(f"{name} is under {licence}: leave it out, or replace it.")
        lines.append(f"{name} {package.version}: {licence}\n")
        for file in package.files or ():
            if _TEXTS.search(file.name) and file.suffix not in (".py", ".pyc"):
                place = "/".join(part for part in file.parts if not part.endswith(".dist-info"))
                entries.append((f"{FOLDER}/{name}/{place}", str(file.locate()), "DATA"))
    list_path.write_text("".join(lines), encoding="utf-8")
    return entries
