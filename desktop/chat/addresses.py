"""Which addresses in an answer may be opened, and what a person should know of one before. Qt-free.

An answer is foreign text: a model can be made to write an address that looks like another, or that carries
words of a document to whoever it names. Nothing is opened without a click on what is said here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

LONGEST = 4_000
CARRIED = 60
"""Characters behind the host that are more than the name of a page."""

_MAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_SAFE = "/%:@!$&'()*+,;=-._~"
_LOCAL = (".local", ".lan", ".home", ".internal", ".localhost")


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is what would be opened, in plain ASCII; `host` whose it is; `cautions` are sentences."""

    url: str
    host: str
    cautions: tuple[str, ...] = ()


def read(written: str) -> Address | None:
    """The address that `written` is; None for what is never opened.

    Web pages and e-mail addresses only: no script, no file, no network share, no program of the system's.
    """
    if not written or len(written) > LONGEST or any(_is_hidden(character) for character in written):
        return None
    try:
        parts = urlsplit(written)
        if parts.scheme.lower() == "mailto":
            return _mail(parts)
        return _page(parts) if parts.scheme.lower() in ("http", "https") else None
    except ValueError:  # no address at all: a bad port, half a bracket, a name that cannot be
        return None


def host_of(written: str) -> str:
    """Whose address it is, for a label; empty where it is none that may be opened."""
    address = read(written)
    return address.host if address is not None else ""


def _is_hidden(character: str) -> bool:
    return character.isspace() or character == "\\" or unicodedata.category(character)[0] == "C"


def _mail(parts: SplitResult) -> Address | None:
    """Without what would be written into the mail, or attached to it."""
    if not _MAIL.fullmatch(parts.path):
        return None
    cautions = ("The text and attachments that it asks for are left out.",) if parts.query else ()
    return Address(f"mailto:{parts.path}", parts.path.rpartition("@")[2], cautions)


def _page(parts: SplitResult) -> Address | None:
    if not parts.hostname:
        return None
    host = _ascii(parts.hostname)
    place = f"[{host}]" if ":" in host else host
    netloc = place if parts.port is None else f"{place}:{parts.port}"
    path, query, fragment = (quote(part, safe=_SAFE + "?") for part in parts[2:])
    url = urlunsplit((parts.scheme.lower(), netloc, path, query, fragment))
    return Address(url, host, tuple(_cautions(parts, host)))


def _ascii(host: str) -> str:
    return host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()


def _cautions(parts: SplitResult, host: str) -> list[str]:
    said = []
    reads = _reads(host)
    if reads != host:
        said.append(f"The name reads “{reads}”. Letters of other alphabets can look like a name you know.")
    if parts.username is not None:
        said.append(f"What stands before “@” is not whose page it is; it is left out. The page is {host}'s.")
    if _is_local(host):
        said.append("It leads into your own network, or to this computer.")
    if parts.scheme.lower() == "http":
        said.append("The connection would not be encrypted.")
    carried = len(parts.query) + len(parts.fragment)
    if carried >= CARRIED or len(parts.path) >= 4 * CARRIED:
        said.append(
            f"It carries {carried or len(parts.path):,} characters with it, which may be words of your "
            "documents."
        )
    return said


def _reads(host: str) -> str:
    """The host as a browser may show it: `xn--…` as the letters that it stands for."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def _is_local(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_LOCAL)
